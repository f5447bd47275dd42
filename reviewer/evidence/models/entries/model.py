"""What a function of the source comes to beside an adversary, path by path, on each machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from reviewer.evidence.models.entries.adversaries import Adversary
from reviewer.evidence.models.entries.configured import Followed
from reviewer.evidence.models.entries.following import following
from reviewer.evidence.models.entries.lean import changes_nothing, lean
from reviewer.evidence.models.entries.meeting import Meeting
from reviewer.evidence.models.entries.merging import merged
from reviewer.evidence.models.entries.operations import ENTRIES
from reviewer.evidence.models.entries.possible import shown
from reviewer.evidence.models.entries.thread import Made, made
from reviewer.judging.scenario import Scenario, judge
from reviewer.mmu.machine import Machine
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.verdict import MachineVerdicts, WitnessEvidence
from reviewer.world import World

NEVER, SOMETIMES, UNKNOWN = "Never", "Sometimes", "Unknown"


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
    found = following(world, source, function, adversary, mark, sceptical=sceptical)
    tests: dict[str, Made] = {}
    touched: set[str] = set()
    unclear: dict[str, None] = {}
    for path in found.paths:
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
        found.cut,
        tuple(dict.fromkeys((*found.doubts_of(adversary), *unclear))),
        found.steps,
        found.into,
        frozenset(touched),
    )


def fitting(world: World, source: SourceFile, function: Function) -> Iterator[EntryModel]:
    """The models of a function with each adversary that it can meet."""
    for model in models(world, source, function, Meeting(world).adversaries(source, function)):
        if model.applies and not model.adversary.standing:  # such a one would fit any code at all
            yield model


def models(
    world: World, source: SourceFile, function: Function, beside: Iterable[Adversary],
    made_by: Callable[[World, SourceFile, Function, Adversary], EntryModel] = entry_model,
) -> Iterator[EntryModel]:  # fmt: skip
    """The models of a function beside adversaries, but for some that do not fit it.

    Which entries the paths touch is the same beside each adversary that is about such entries: what
    one model does not touch, or change, the others need not look for. Flags leave paths out.
    """
    lacking: set[str] = set()
    for adversary in beside:
        if not lacking.isdisjoint(adversary.needs):
            continue
        model = made_by(world, source, function, adversary)
        if not model.cut and not adversary.given:
            kinds = [one for one in ENTRIES if one in adversary.objects]
            lacking |= {one for kind in kinds for one in (kind, f"{kind}!")} - model.touched
        yield model


_FEW = 4
_OTHERS = re.compile(r"^P1\(.*^(?=exists )", re.M | re.S)
"""All threads but that of the code."""
_BESIDE_ATOMIC = re.compile(r"\bsmp_mb__(?:before|after)_atomic\(\);")


def _is_doubted(model: EntryModel, test: str, on: Machine) -> bool:
    """True if a barrier beside no atomic operation makes the difference on a machine.

    smp_mb__after_atomic() behind a store is a full barrier on some architectures (include/
    asm-generic/barrier.h) and nothing on others, and the operation is an atomic one on some only.
    """
    end = test.index("\nP1(")
    full = _BESIDE_ATOMIC.sub("smp_mb();", test[:end]) + test[end:]
    return full != test and not judge(Scenario(model.adversary.name, full), [on]).machines.broken


def answer(model: EntryModel, machines: Sequence[Machine], *, barred: bool = False) -> Answer:
    """Ask about every path. The outcome is possible if it is on one; excluded if it is on none.

    What could not be followed leaves the machines without the outcome unknown, as does a path that
    reaches a call that may do anything. If no path that touches what the adversary is about can be
    taken beside it, nothing is excluded, unless ``barred``: the conditions are what is asked about.
    """
    fit = [one for one in machines if model.adversary.runs_on(one)]
    tests = {one.bare: one for one in model.tests if not one.reach}
    asked = {
        text: lean(one, model.adversary)
        for text, one in tests.items()
        if not changes_nothing(one, model.adversary)
    }
    together = merged(asked.values())
    looser = {text: together.get(short, short) for text, short in asked.items()}
    looser = {text: short for text, short in looser.items() if short != text}
    reach = tuple(one.reach for one in model.tests if one.reach)
    broken: dict[str, str] = {}
    unsure: set[str] = set()
    for on in fit:
        for text, unknown in shown(model.adversary.name, tuple(asked), looser, on):
            if unknown or _is_doubted(model, text, on):
                unsure.add(on.name)
            else:
                broken[on.name] = text
                break
        # What happens behind such a call is not known, unless nobody gets there.
        if on.name in broken or on.name in unsure:
            continue
        if next(shown(model.adversary.name, reach, {}, on), None) is not None:
            unsure.add(on.name)
    held = [one for one in fit if one.name not in broken and one.name not in unsure]
    if model.cut or (held and not barred and not _gets_through(model, held[0])):
        unsure.update(one.name for one in fit)
    unsure -= broken.keys()
    witness, longest = None, max(model.tests, key=lambda one: one.litmus.text.count("\n"))
    if broken:
        first = next(text for text in asked if text in broken.values())
        there = [one for one in fit if broken.get(one.name) == first]
        longest = tests[first]
        found = judge(Scenario(model.adversary.name, first), there[:1]).witness
        witness = replace(found, litmus=longest.litmus.text) if found is not None else None
    names = [one.name for one in fit]
    return Answer(
        MachineVerdicts(
            tuple(n for n in names if n in broken),
            tuple(n for n in names if n not in broken and n not in unsure),
            tuple(n for n in names if n in unsure),
        ),
        witness,
        longest,
    )


def _gets_through(model: EntryModel, on: Machine) -> bool:
    """True if some path that touches what the adversary is about can be taken beside it.

    If none can (it asks for an absent entry, say, and the adversary has a present one), that the
    outcome is not reached says nothing of what the code does.
    """
    if any(not one.through for one in model.tests):
        return True  # the outcome itself tells what the code gave
    needs = set(model.adversary.needs)
    tests = [one for one in model.tests if not one.reach and needs.issubset(one.objects)]
    texts = tuple(one.through for one in tests)
    name = model.adversary.name
    # The others may be idle until the code is through. Who asks for less gets through more often.
    alone = sorted(
        (_OTHERS.sub("P1()\n{\n}\n", text) for text in texts), key=lambda one: one.count("if (")
    )
    rest = alone[_FEW:]
    for some, looser in ((alone[:1], {}), (alone[1:_FEW], {}), (rest, merged(rest))):
        if any(not unknown for _, unknown in shown(name, some, looser, on)):
            return True
    return any(not unknown for _, unknown in shown(name, texts, merged(texts), on))
