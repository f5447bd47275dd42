"""Which machines a claim is judged on: those its tree, its path and its conditions admit."""

from __future__ import annotations

import re
from functools import cache, lru_cache, partial

from reviewer.claims.model import Claim
from reviewer.claims.wording.machines import named_machines
from reviewer.judging.conditions import evaluate
from reviewer.mmu.machine import Machine, machines
from reviewer.tree.kconfig import selected
from reviewer.tree.model import Tree
from reviewer.tree.overlay import Overlay
from reviewer.tree.trace import traced_cache
from reviewer.tree.traced import TracedTree
from reviewer.world import World


def admitted(world: World, claim: Claim) -> tuple[Machine, ...]:
    """Machines as the tree under review builds them, less those the claim does not speak of.

    A comment below ``arch/X/`` speaks of X; one under ``#ifdef CONFIG_Y`` of machines where that
    is set or open.
    """
    return fitting(world, claim.comment.anchor.conditions)


def spoken_of(world: World, claim: Claim) -> tuple[Machine, ...]:
    """Those of the admitted machines that the claim's sentence speaks of; all if it names none.

    For claims about what a machine does, where the words may limit it to some.
    """
    found = admitted(world, claim)
    named = named_machines(claim)
    if named is None:
        return ()
    places, kinds = named
    if places:
        found = tuple(one for one in found if _is_of(one, places))
    if kinds:  # of x86: another architecture that is named beside it stays
        beside = any(one.startswith("x86") for one in places)
        found = tuple(
            one
            for one in found
            if (one.arch != "x86" and beside) or any(f"-{kind}" in one.name for kind in kinds)
        )
    return found


def _is_of(machine: Machine, names: frozenset[str]) -> bool:
    """True if one of the names is of its architecture or begins its own."""
    longer = any(machine.name.startswith(f"{name}-") and name != machine.arch for name in names)
    return machine.arch in names or longer


def fitting(world: World, conditions: tuple[str, ...]) -> tuple[Machine, ...]:
    """The same for any place of the world's file, by the preprocessor conditions it is under."""
    chosen = world.library.machines
    found = []
    for one in machines_of(world.tree):
        if chosen and one.name not in chosen:
            continue
        if not _on_path(one, world.path):
            continue
        if evaluate(conditions, partial(_configured, one)) is False:
            continue
        found.append(one)
    return tuple(found)


def machines_of(tree: Tree) -> tuple[Machine, ...]:
    """The machines that exist in a tree; see ``_machines_of``. A patch seldom changes them."""
    if isinstance(tree, TracedTree):
        return machines_of(tree.tree)
    if isinstance(tree, Overlay) and not any(_decides(path) for path in tree.changed):
        return machines_of(tree.base)
    return _machines_of(tree)


def _decides(path: str) -> bool:
    return "Kconfig" in path or path in _deciding()


@lru_cache(maxsize=1)
def _deciding() -> frozenset[str]:
    """The files that show what the machines are."""
    paths: set[str] = set()
    for found in machines():
        paths.update(need.path for need in found.needs)
        paths.update(one.path for one in found.later)
        for fact in found.facts:
            paths.update(one.path for one in (*fact.evidence, *fact.older))
    return frozenset(paths)


@traced_cache(maxsize=4)
def _machines_of(tree: Tree) -> tuple[Machine, ...]:
    """The machines that exist in a tree, with the facts that its Kconfig decides.

    A tree without the machine's architecture (a sample, a part of a kernel) says nothing about
    it, so the table stands.
    """
    tree = TracedTree(tree)
    text = cache(partial(_text, tree))
    found = []
    for one in machines():
        if tree.read(f"arch/{one.arch}/Kconfig") is None:
            found.append(one)
            continue
        there = one.in_tree(
            lambda arch, symbol: _selects(tree, arch, symbol),
            text,
        )
        if there is not None:
            found.append(there)
    return tuple(found)


def _selects(tree: Tree, arch: str, symbol: str) -> bool:
    """Whether the arch selects a symbol; its own Kconfig mostly says so, the rest is far more."""
    own = tree.read(f"arch/{arch}/Kconfig") or b""
    if re.search(rb"^\s*(?:select|config)\s+%b\b" % symbol.encode(), own, re.M):
        return True
    return bool(selected(tree, arch, symbol))


def _text(tree: Tree, path: str) -> str | None:
    data = tree.read(path)
    return None if data is None else data.decode("utf-8", "replace")


def _on_path(machine: Machine, path: str) -> bool:
    parts = path.split("/")
    return parts[0] != "arch" or len(parts) < 3 or parts[1] == machine.arch


def _configured(machine: Machine, name: str) -> bool | None:
    if not name.startswith("CONFIG_"):
        return None
    known = machine.configured(name)
    if known is None and name.removeprefix("CONFIG_") in _symbols_of_facts():
        return False
    return known


@lru_cache(maxsize=1)
def _symbols_of_facts() -> frozenset[str]:
    return frozenset(symbol for one in machines() for fact in one.facts for symbol in fact.kconfig)
