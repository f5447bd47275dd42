"""The orders in which code takes two locks: which one it certainly holds when it takes the other.

Only functions that take both are looked at, in the files that spell both names. A lock that is
only tried for can be taken in any order, and one that is taken under a subclass of its own is
told apart by lockdep: neither counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.evidence.fields import FILES_AT_MOST
from reviewer.judging.callsites import Site
from reviewer.judging.holding import GENERIC, Lock
from reviewer.judging.lockstate import Held, Wanted, is_meant, lock_at
from reviewer.judging.meant import handled
from reviewer.kernel.expressions import lock_name
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.source.file import SourceFile
from reviewer.source.model import Function, Operation
from reviewer.tree.model import NameKind
from reviewer.world import World

_FUNCTIONS_AT_MOST = 48
"""Functions followed for one claim, what it may cost: no pair of 6.12 is taken together in more."""
_LOCKS = (NameKind.FIELD, NameKind.LOCK, NameKind.VARIABLE)


@dataclass(frozen=True, slots=True)
class Taken:
    """A function that takes a lock while it holds another one."""

    path: str
    function: str
    held: Operation
    taken: Operation


@dataclass(frozen=True, slots=True)
class Orders:
    """Where the inner lock is taken inside the outer one, and where it is the other way round."""

    as_said: tuple[Taken, ...] = ()
    reversed: tuple[Taken, ...] = ()
    why: str = ""
    """Why it cannot be told at all, or ''."""


def orders_of(world: World, outer: Lock, inner: Lock) -> Orders:
    """The orders in which the tree takes two locks, as far as it is sure which locks they are."""
    if world.index is None or world.path.startswith(OTHER_PROGRAMS):
        return Orders(why="no index of the tree says where the locks are taken")
    if (outer.owner, outer.name) == (inner.owner, inner.name):
        return Orders(why="both locks have one name")
    first, second = _wanted(world, outer), _wanted(world, inner)
    if first is None or second is None:
        lock = outer if first is None else inner
        return Orders(why=f"several locks are called {lock.name}")
    as_said: list[Taken] = []
    other_way: list[Taken] = []
    near = bool(first.exact or second.exact)
    for number, (source, function) in enumerate(_both(world, outer.name, inner.name, near=near)):
        if number == _FUNCTIONS_AT_MOST:
            break
        as_said += _within(world, source, function, first, second)
        other_way += _within(world, source, function, second, first)
    return Orders(tuple(as_said), tuple(other_way))


def _wanted(world: World, lock: Lock) -> Wanted | None:
    """How code spells a lock: by its name, if nothing else has that, else with its owner."""
    assert world.index is not None
    if lock.prose:
        return None
    owners = {
        one.owner
        for one in world.index.senses(lock.name)
        if one.kind in _LOCKS and not one.path.startswith(OTHER_PROGRAMS)
    }
    if len(owners) == 1 and lock.name not in GENERIC:
        return Wanted(lock.name, "", any_owner=True)
    return Wanted(lock.name, f"{lock.owner}->{lock.name}") if lock.owner else None


def _both(
    world: World, outer: str, inner: str, *, near: bool
) -> Iterator[tuple[SourceFile, Function]]:
    """Functions that take two locks by name; of the comment's own file only if ``near``."""
    assert world.index is not None
    paths = [world.path]
    if not near:
        spelled = set(world.index.files(inner))
        folder = world.path.rpartition("/")[0]
        others = {p for p in world.index.files(outer) if p in spelled and p != world.path}
        ranked = sorted(others, key=lambda path: (path.rpartition("/")[0] != folder, path))
        paths += [path for path in ranked if not path.startswith(OTHER_PROGRAMS)]
    for path in paths[:FILES_AT_MOST]:
        source = world.file(path)
        if source is None:
            continue
        taken: dict[int, set[str]] = {}
        for at, spelled_so, tag in handled(source):
            name = lock_name(spelled_so)
            function = source.function_at(at) if name in {outer, inner} else None
            if function is not None and tag.startswith("lock.acquire"):
                taken.setdefault(function.start_byte, set()).add(name)
        for start, names in taken.items():
            function = source.function_at(start)
            if len(names) > 1 and function is not None and not function.has_error:
                yield source, function


def _within(
    world: World, source: SourceFile, function: Function, held: Wanted, taken: Wanted
) -> Iterator[Taken]:
    """Where a function takes one lock and certainly holds the other one."""
    facts = world.caller_facts(function, source)
    here = World(source, world.library)
    for number, operation in enumerate(facts.operations):
        if operation.via or "nested" in operation.name or not _takes(operation, taken):
            continue
        state = lock_at(here, Site(source, function, facts, number), held)
        if state.held is Held.YES and state.operation is not None:
            yield Taken(source.path, function.name, state.operation, operation)


def _takes(operation: Operation, wanted: Wanted) -> bool:
    return any(
        tag.startswith("lock.acquire")
        and not tag.endswith(".try")
        and lock_name(spelled) == wanted.name
        and is_meant(spelled, wanted)
        for tag, spelled in operation.objects
    )
