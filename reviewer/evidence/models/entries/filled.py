"""Whether a page is seen filled by whoever reads through the entry that maps it.

The paths through a comment are followed from there on, beside a process that reads through the new
entry (read-new-page). What was stored before the comment is one store in front of the path: whether
a barrier on the path orders it before the entry is what is asked. A call that may do anything can
only order more, so that it stands in the way of the outcome alone, never of its exclusion.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reviewer.evidence.models.entries.adversaries import Adversary, adversaries
from reviewer.evidence.models.entries.slice import EntryTracer, Path
from reviewer.evidence.models.entries.thread import Made, made
from reviewer.evidence.models.trace import MARK
from reviewer.judging.scenario import Scenario, judge
from reviewer.mmu.machine import Machine
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.verdict import MachineVerdicts, WitnessEvidence
from reviewer.world import World

_BESIDE = ("read-new-page", "read-new-page-pmd")
_PLACE = r"[^\n]*// (\S+):(\d+)$"
_FENCE = re.compile(r"^\t+smp_(?:w?mb|mb__\w+)\(\);" + _PLACE, re.M)
_SETS = re.compile(r"^\t+set_p\w+_at\(" + _PLACE, re.M)
_PATHS = 24
"""Paths that are asked about; of a function with more nothing is said."""
_Where = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Filled:
    """On which machines the page can be seen as it was before it was filled.

    ``rests_on`` are the barriers without which it can be, and where the entry is set; ``why`` says
    what is not known, '' if all is.
    """

    machines: MachineVerdicts
    rests_on: tuple[_Where, ...] = ()
    witness: WitnessEvidence | None = None
    why: str = ""


def filled(
    world: World, source: SourceFile, function: Function, mark: int, machines: Sequence[Machine]
) -> Filled:
    """The paths of a function from a statement on beside a process that reads the new page."""
    nothing = MachineVerdicts((), (), tuple(one.name for one in machines))
    why = f"{function.name}() is not seen to set an entry behind the comment"
    for name in _BESIDE:
        adversary = adversaries()[name]
        tracer = EntryTracer(world, adversary.objects, adversary.contested, mark=mark)
        paths = [one for path in tracer.paths_of(source, function) for one in _behind(path)]
        tests = {test.bare: test for path in paths if (test := made(path, adversary)).objects}
        setting = [one for one in tests.values() if adversary.needs[0] in one.objects]
        if tracer.left_out:
            why = next(iter(tracer.left_out))
        elif len(setting) > _PATHS:
            why = f"{function.name}() has too many paths from there on"
        elif setting:
            return _asked(adversary, setting, machines)
    return Filled(nothing, why=why)


def _behind(path: Path) -> list[Path]:
    """What a path does behind the mark, if it passes it."""
    at = next((n for n, event in enumerate(path.events) if event.name == MARK), -1)
    rest = tuple(event for event in path.events[at + 1 :] if event.name != MARK)
    return [replace(path, events=rest)] if at >= 0 else []


def _asked(adversary: Adversary, tests: list[Made], machines: Sequence[Machine]) -> Filled:
    broken: dict[str, None] = {}
    unsure: dict[str, None] = {}
    witness: WitnessEvidence | None = None
    for test in tests:
        found = judge(Scenario(adversary.name, test.bare), machines)
        unsure |= dict.fromkeys(found.machines.unknown)
        if test.reach:  # what is set is, by the comment, the page that was filled
            unsure |= dict.fromkeys(found.machines.broken)
            continue
        broken |= dict.fromkeys(found.machines.broken)
        if witness is None and found.witness is not None:
            witness = replace(found.witness, litmus=test.litmus.text)
    names = [one.name for one in machines]
    verdicts = MachineVerdicts(
        tuple(n for n in names if n in broken),
        tuple(n for n in names if n not in broken and n not in unsure),
        tuple(n for n in names if n in unsure and n not in broken),
    )
    if verdicts.broken or verdicts.unknown:
        return Filled(
            verdicts, witness=witness, why="a call on the way may order, or set the entry"
        )
    barriers = _barriers(adversary, tests, machines)
    if not barriers:
        return Filled(verdicts, why="no single barrier on the way is what orders the two")
    sets = (place for test in tests for place in _places(_SETS, test))
    return Filled(verdicts, tuple(dict.fromkeys((*barriers, *sets))))


def _barriers(
    adversary: Adversary, tests: list[Made], machines: Sequence[Machine]
) -> tuple[_Where, ...]:
    """Barriers that are on some path the only one, and without which the outcome is possible."""
    found: dict[_Where, None] = {}
    for test in tests:
        first = _FENCE.search(test.litmus.text)
        if first is None or (first[1], int(first[2])) in found:
            continue
        text = test.litmus.text.replace(first[0], "", 1)
        bare = replace(test, litmus=replace(test.litmus, text=text)).bare
        if judge(Scenario(adversary.name, bare), machines).machines.broken:
            found[first[1], int(first[2])] = None
    return tuple(found)


def _places(pattern: re.Pattern[str], test: Made) -> list[_Where]:
    return [(match[1], int(match[2])) for match in pattern.finditer(test.litmus.text)]
