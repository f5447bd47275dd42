"""What a patch lets an adversary do: the model of a function before it and after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from reviewer.evidence.models.entries.adversaries import Adversary
from reviewer.evidence.models.entries.meeting import Meeting
from reviewer.evidence.models.entries.model import (
    Answer,
    EntryModel,
    answer,
    entry_model,
    models,
)
from reviewer.evidence.models.entries.operations import ENTRIES
from reviewer.evidence.models.entries.slice import EntryTracer
from reviewer.mmu.machine import Machine
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.model import CallSite
from reviewer.world import World

_FIRST = ("arm64", "x86-64-kvm", "mips32")
"""Machines that are asked first: weak order, flushes without an interrupt, and entries of two
words, where the adversary's are. What is excluded on these is not asked on others, for its cost."""
_PATHS = 24
"""Paths made or changed by a patch that are asked about: one that shows the outcome is enough."""
_RUNS = 240
"""Paths and machines, in all, up to which a question is put on every machine: 10 to 15 ms each."""
_STEPS = 120_000
"""Steps along paths, of all adversaries before a patch and after it, after which no more are asked:
some ten seconds of work. None of the 120 real changes of docs/models.md needed as many."""
_CALLERS_DEEP = 3
_CALLERS_AT_MOST = 3
"""Callers with a model of their own in which a helper is looked at."""
_LOOKED_AT = 120
"""Functions that are looked at for such callers, each of which may be a file to read: one that has
more (free_irq()) is nobody's helper."""


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
    left = Left(_STEPS)
    for source, one in subjects(world, function, left):
        old = was.library.source(source.path)
        former = old.functions_named(one.name) if old is not None else ()
        if old is None or not former:
            continue
        for adversary in left.meeting(world, source, one):
            if left.none:
                return
            after = left.model(World(source, world.library), source, one, adversary)
            if not after.applies or after.cut:
                continue
            before = left.model(World(old, was.library), old, former[0], adversary)
            found = _opened(before, after, machines)
            if found is not None and not _callers_change(world, one):
                yield Opened(adversary, one.name, source.path, *found)


@dataclass
class Left:
    """How much more may be followed for one patch of a function; the models are kept meanwhile."""

    steps: int
    _known: dict[tuple[str, bytes, int, str], EntryModel] = field(default_factory=dict)
    _meeting: Meeting | None = None

    @property
    def none(self) -> bool:
        """True if what was asked for took all."""
        return self.steps <= 0

    def meeting(self, world: World, source: SourceFile, function: Function) -> Iterator[Adversary]:
        """Adversaries that a function may meet, of those that are asked of patches."""
        self._meeting = self._meeting or Meeting(world)
        found = self._meeting.adversaries(source, function)
        return (one for one in found if one.in_patches)

    def model(
        self, world: World, source: SourceFile, function: Function, adversary: Adversary
    ) -> EntryModel:
        """The model of a function beside an adversary, each made once."""
        key = (source.path, source.data, function.start_byte, adversary.name)
        known = self._known.get(key)
        if known is None:
            known = entry_model(world, source, function, adversary)
            self._known[key] = known
            self.steps -= known.steps
        return known


def _callers_change(world: World, function: Function) -> bool:
    """True if the patch changes a caller: what the function did before may be done there now."""
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


def _opened(
    before: EntryModel, after: EntryModel, machines: Sequence[Machine]
) -> tuple[Answer, Answer] | None:
    if not before.applies or before.cut or after.cut or not after.tests:
        return None
    stood = {test.bare for test in before.tests}
    # A path that reaches a call that may do anything shows nothing.
    fresh = after.only(lambda test: test.bare not in stood and not test.reach)
    if not fresh.tests:
        return None
    fresh = replace(fresh, tests=fresh.tests[:_PATHS])
    split = after.adversary.split
    first = [one for one in machines if one.name in _FIRST and one.split <= split] or machines
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


def subjects(
    world: World, function: Function, left: Left | None = None
) -> Iterator[tuple[SourceFile, Function]]:
    """The function, if an adversary fits it; else the callers that it is a helper of.

    Of one with more paths than can be followed nothing is asked, nor of its callers, which are
    longer. A caller that is not followed into the function has one model before and after.
    """
    left = left or Left(_STEPS)
    level = [(world.source, function)]
    seen = {(world.path, function.name)}
    found = looked = 0
    # One that reaches no operation on an entry has no model, which costs more to find by its paths.
    looks = EntryTracer(world, frozenset(ENTRIES), frozenset())
    for _ in range(_CALLERS_DEEP + 1):
        above: list[tuple[SourceFile, Function]] = []
        for source, one in level:
            at = World(source, world.library)
            looked += 1
            if looked > _LOOKED_AT:
                return
            if looks.reaches(one.name, source, looks.deep):
                fits = _fits(left, at, source, one)
                if fits:
                    yield source, one
                    found += 1
                if fits is None or left.none or found >= _CALLERS_AT_MOST:
                    return
                if fits:
                    if (source, one) == (world.source, function):
                        return
                    continue
            for site in world.callers(one.name):
                if len(seen) > _LOOKED_AT:
                    break
                if site.caller and (site.path, site.caller) not in seen and _follows(site, source):
                    seen.add((site.path, site.caller))
                    caller = world.file(site.path)
                    named = caller.functions_named(site.caller) if caller is not None else ()
                    above += [(caller, named[0])] if caller is not None and named else []
        level = above


def _follows(site: CallSite, source: SourceFile) -> bool:
    """True if a caller's file may see the body of what it calls: its own, or a header's."""
    return site.path == source.path or source.path.endswith(".h")


def _fits(left: Left, at: World, source: SourceFile, function: Function) -> bool | None:
    """True if an adversary fits a function; None if one of them has too many paths to follow."""
    beside = left.meeting(at, source, function)
    for model in models(at, source, function, beside, left.model):
        if model.applies:
            return True
        if model.cut or left.none:
            return None
    return False
