"""What a patch lets an adversary do: the model of a function before it and after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reviewer.evidence.models.entries.adversaries import Adversary, adversaries
from reviewer.evidence.models.entries.model import Answer, EntryModel, answer, entry_model
from reviewer.evidence.models.entries.operations import ENTRIES
from reviewer.evidence.models.entries.slice import EntryTracer
from reviewer.mmu.machine import Machine
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

_FIRST = ("arm64", "x86-64-kvm", "mips32")
"""Machines that are asked first: weak order, flushes without an interrupt, entries of two words.
What is excluded on these is not asked on the others, for its cost."""
_PATHS = 24
"""Paths made or changed by a patch that are asked about: one that shows the outcome is enough."""
_RUNS = 240
"""Paths and machines, in all, up to which a question is put on every machine: 10 to 15 ms each."""
_CALLERS_DEEP = 3
_CALLERS_AT_MOST = 3
"""Callers with a model of their own in which a helper is looked at."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An adversary's outcome that was excluded before a patch and is possible after it."""

    adversary: Adversary
    function: str
    path: str
    before: Answer
    after: Answer


def opened(world: World, function: Function, machines: Sequence[Machine]) -> Iterator[Opened]:
    """Outcomes that the patch under review makes possible, in a function or its callers."""
    was = world.before
    if was is None:
        return
    for source, one in subjects(world, function):
        old = was.library.source(source.path)
        former = old.functions_named(one.name) if old is not None else ()
        if old is None or not former:
            continue
        for adversary in _asked():
            after = entry_model(World(source, world.library), source, one, adversary)
            before = entry_model(World(old, was.library), old, former[0], adversary)
            found = _opened(before, after, machines)
            if found is not None and not (
                any(test.ended for test in before.tests) and _callers_change(world, one)
            ):
                yield Opened(adversary, one.name, source.path, *found)


def _callers_change(world: World, function: Function) -> bool:
    """True if the patch changes a caller: what was noted for it to flush may be noted there now."""
    was = world.before
    for path in dict.fromkeys(site.path for site in world.callers(function.name)):
        now = world.file(path)
        then = was.library.source(path) if was is not None else None
        if now is None or then is None:
            return True
        if now.data == then.data:
            continue
        for caller in now.functions:
            code = now.code(caller.start_byte, caller.body_end)
            if caller.name == function.name or function.name.encode() not in code:
                continue
            former = then.functions_named(caller.name)
            if code not in [then.code(one.start_byte, one.body_end) for one in former]:
                return True
    return False


def _asked() -> Iterator[Adversary]:
    return (one for one in adversaries().values() if one.in_patches)


def _opened(
    before: EntryModel, after: EntryModel, machines: Sequence[Machine]
) -> tuple[Answer, Answer] | None:
    if not before.applies or before.cut or after.cut or not after.tests:
        return None
    stood = {test.bare for test in before.tests}
    fresh = after.only(lambda test: test.bare not in stood)
    if not fresh.tests:
        return None
    fresh = replace(fresh, tests=fresh.tests[:_PATHS])
    first = [one for one in machines if one.name in _FIRST] or machines
    shown = answer(fresh, first)
    if not shown.machines.broken:
        return None
    if len(machines) * (len(fresh.tests) + len(before.tests)) <= _RUNS:
        first, shown = list(machines), answer(fresh, machines)
    there = [one for one in first if one.name in shown.machines.broken]
    was = answer(before, there)
    excluded = [one for one in there if one.name in was.machines.holds]
    if not excluded:
        return None
    return was, answer(fresh, excluded)


def subjects(world: World, function: Function) -> Iterator[tuple[SourceFile, Function]]:
    """The function, if an adversary fits it; else the callers that it is a helper of."""
    level = [(world.source, function)]
    seen = {(world.path, function.name)}
    found = 0
    # One that reaches no operation on an entry has no model, which costs more to find by its paths.
    looks = EntryTracer(world, frozenset(ENTRIES), frozenset())
    for _ in range(_CALLERS_DEEP + 1):
        above: list[tuple[SourceFile, Function]] = []
        for source, one in level:
            at = World(source, world.library)
            near = looks.reaches(one.name, source, looks.deep)
            if near and any(entry_model(at, source, one, a).applies for a in _asked()):
                yield source, one
                found += 1
                if found >= _CALLERS_AT_MOST or (source, one) == (world.source, function):
                    return
                continue
            for site in world.callers(one.name):
                if site.caller and (site.path, site.caller) not in seen:
                    seen.add((site.path, site.caller))
                    caller = world.file(site.path)
                    named = caller.functions_named(site.caller) if caller is not None else ()
                    above += [(caller, named[0])] if caller is not None and named else []
        level = above
