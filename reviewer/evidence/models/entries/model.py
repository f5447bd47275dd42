"""What a function of the source comes to beside an adversary, path by path, on each machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from reviewer.errors import LitmusError
from reviewer.evidence.models.entries.adversaries import Adversary, adversaries
from reviewer.evidence.models.entries.configured import Followed
from reviewer.evidence.models.entries.lean import changes_nothing, lean
from reviewer.evidence.models.entries.merging import merged
from reviewer.evidence.models.entries.slice import EntryTracer
from reviewer.evidence.models.entries.thread import Made, made
from reviewer.judging.scenario import Judged, Scenario, judge
from reviewer.mmu.machine import Machine
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.verdict import MachineVerdicts, WitnessEvidence
from reviewer.world import World

NEVER, SOMETIMES, UNKNOWN = "Never", "Sometimes", "Unknown"
_KINDS = {"pte_2": "pte", "pmd_2": "pmd", "ptl_2": "ptl"}


@dataclass(frozen=True, slots=True)
class EntryModel:
    """The tests made of a function beside one adversary.

    ``tests`` are the paths that differ, ``missing`` the objects that the adversary needs and no
    path touches, ``cut`` what was not followed, ``doubts`` calls that may do anything on the paths
    that have them.
    """

    adversary: Adversary
    function: str
    tests: tuple[Made, ...]
    missing: tuple[str, ...]
    cut: tuple[str, ...]
    doubts: tuple[str, ...]
    steps: int = 0
    """What it took to follow the paths."""
    followed: Followed = field(default_factory=dict, repr=False)
    """The functions that were looked into."""
    touched: frozenset[str] = frozenset()
    """The objects that some path touches, with ``!`` once more if it changes them."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """All that is not known of the function, in words."""
        return (*self.cut, *self.doubts)

    @property
    def applies(self) -> bool:
        """True if the code touches what the adversary is about."""
        return bool(self.tests) and not self.missing

    def only(self, wanted: Callable[[Made], bool]) -> EntryModel:
        """The model with some of its tests."""
        return replace(self, tests=tuple(one for one in self.tests if wanted(one)))


@dataclass(frozen=True, slots=True)
class Answer:
    """On which machines the adversary's outcome is possible, and the path that shows it."""

    machines: MachineVerdicts
    witness: WitnessEvidence | None
    shown: Made
    """The path with the witness, or the longest one."""

    def on(self, machine: str) -> str:
        """The verdict on one machine."""
        if machine in self.machines.broken:
            return SOMETIMES
        return NEVER if machine in self.machines.holds else UNKNOWN


def entry_model(
    world: World, source: SourceFile, function: Function, adversary: Adversary, mark: int = -1,
    *, sceptical: bool = False,
) -> EntryModel:  # fmt: skip
    """The tests of a function beside an adversary.

    With a ``mark``, the offset of a statement of the function, only those paths that come by it.
    ``sceptical`` of loops, that any of them makes a turn.
    """
    kinds = frozenset(_KINDS.get(one, one) for one in adversary.objects)
    contested = frozenset(_KINDS.get(one, one) for one in adversary.contested)
    tracer = EntryTracer(world, kinds, contested, adversary.given, mark)
    tracer.sceptical = sceptical
    tests: dict[str, Made] = {}
    touched: set[str] = set()
    unclear: dict[str, None] = {}
    for path in tracer.paths_of(source, function):
        if mark >= 0 and not path.marked:
            continue
        test = made(path.unmarked, adversary)
        if adversary.standing:
            test = replace(test, objects=tuple(dict.fromkeys((*test.objects, *adversary.needs))))
        touched.update(test.objects)
        unclear |= dict.fromkeys(test.notes if test.reach else ())
        if test.objects or test.reach:
            tests.setdefault(test.bare, test)
    missing = tuple(one for one in adversary.needs if one not in touched)
    return EntryModel(
        adversary,
        function.name,
        tuple(tests.values()),
        missing,
        tuple(tracer.left_out),
        tuple(tracer.doubts | unclear),
        tracer.steps,
        {**tracer.followed, (source.path, function.start_byte): (source, function)},
        frozenset(touched),
    )


def fitting(world: World, source: SourceFile, function: Function) -> Iterator[EntryModel]:
    """The models of a function with each adversary that it can meet."""
    for adversary in adversaries().values():
        if adversary.standing:
            continue  # it would fit any code at all
        model = entry_model(world, source, function, adversary)
        if model.applies:
            yield model


_BESIDE_ATOMIC = re.compile(r"\bsmp_mb__(?:before|after)_atomic\(\);")


def _beyond_doubt(
    model: EntryModel, test: str, machines: list[Machine]
) -> tuple[list[Machine], tuple[str, ...]]:
    """The machines on which a barrier beside no atomic operation makes no difference; the others.

    smp_mb__after_atomic() behind a store is a full barrier on some architectures (include/
    asm-generic/barrier.h) and nothing on others, and the operation is an atomic one on some only.
    """
    end = test.index("\nP1(")
    full = _BESIDE_ATOMIC.sub("smp_mb();", test[:end]) + test[end:]
    if full == test:
        return machines, ()
    weak, strong = (
        judge(Scenario(model.adversary.name, one), machines).machines for one in (test, full)
    )
    doubted = tuple(name for name in weak.broken if name not in strong.broken)
    return [one for one in machines if one.name not in doubted], doubted


def answer(model: EntryModel, machines: Sequence[Machine], *, barred: bool = False) -> Answer:
    """Ask about every path. The outcome is possible if it is on one; excluded if it is on none.

    What could not be followed leaves the machines without the outcome unknown, as does a path that
    reaches a call that may do anything. If no path that touches what the adversary is about can be
    taken beside it, nothing is excluded, unless ``barred``: the conditions are what is asked about.
    """
    from reviewer.mmu.values import UnsupportedError  # the simulator is large, and seldom needed

    fit = [one for one in machines if model.adversary.runs_on(one)]
    broken: set[str] = set()
    unsure: set[str] = set()
    witness: WitnessEvidence | None = None
    shown = max(model.tests, key=lambda one: one.litmus.text.count("\n"))
    asked = {
        one.bare: lean(one, model.adversary)
        for one in model.tests
        if not one.reach and not changes_nothing(one, model.adversary)
    }
    together = merged(asked.values())
    for test in sorted(model.tests, key=lambda one: bool(one.reach)):  # first what may show it
        left = [one for one in fit if one.name not in broken]
        if not left:
            break
        if test.reach:
            left = [one for one in left if one.name not in unsure]
        try:
            if test.reach:
                # What happens behind such a call is not known, unless nobody gets there.
                there = judge(Scenario(model.adversary.name, test.reach), left)
                unsure.update((*there.machines.broken, *there.machines.unknown))
                continue
            if test.bare not in asked:
                continue
            shorter = asked[test.bare]
            left = _without(model, together.get(shorter, ""), left)
            if shorter != test.bare:
                left = _without(model, shorter, left)
            if not left:
                continue
            left, doubted = _beyond_doubt(model, test.bare, left)
            unsure.update(doubted)
            if not left:
                continue
            found: Judged = judge(Scenario(model.adversary.name, test.bare), left)
        except (LitmusError, UnsupportedError):
            unsure.update(one.name for one in left)  # beyond the simulator: nothing is decided
            continue
        broken.update(found.machines.broken)
        unsure.update(found.machines.unknown)
        if witness is None and found.witness is not None:
            witness, shown = replace(found.witness, litmus=test.litmus.text), test
    held = [one for one in fit if one.name not in broken and one.name not in unsure]
    if model.cut or (held and not barred and not _gets_through(model, held[0])):
        unsure.update(one.name for one in fit)
    unsure -= broken
    names = [one.name for one in fit]
    return Answer(
        MachineVerdicts(
            tuple(n for n in names if n in broken),
            tuple(n for n in names if n not in broken and n not in unsure),
            tuple(n for n in names if n in unsure),
        ),
        witness,
        shown,
    )


def _without(model: EntryModel, text: str, machines: list[Machine]) -> list[Machine]:
    """The machines on which a test that has more outcomes does not exclude the one asked about."""
    if not text or not machines:
        return machines
    out = judge(Scenario(model.adversary.name, text), machines).machines.holds
    return [one for one in machines if one.name not in out]


def _gets_through(model: EntryModel, on: Machine) -> bool:
    """True if some path that touches what the adversary is about can be taken beside it.

    If none can (it asks for an absent entry, say, and the adversary has a present one), that the
    outcome is not reached says nothing of what the code does.
    """
    for test in model.tests:
        if not test.through:
            return True  # the outcome itself tells what the code gave
    needs = set(model.adversary.needs)
    tests = [one for one in model.tests if not one.reach and needs.issubset(one.objects)]
    together = merged(one.through for one in tests)
    for test in tests:
        if not _without(model, together.get(test.through, ""), [on]):
            continue
        if judge(Scenario(model.adversary.name, test.through), [on]).machines.broken:
            return True
    return False
