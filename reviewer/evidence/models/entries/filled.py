"""Whether a page is seen filled by whoever reads through the entry that maps it.

The paths through a comment are followed from there on, beside a process that reads through the new
entry (read-new-page). What was stored before the comment is one store in front of the path: whether
a barrier on the path orders it before the entry is what is asked. A call that may do anything, and
what orders but is not modelled (``xchg()``, a release), stand in the way of the outcome. Behind the
barrier a call can only order more; in front of it, it may set the entry itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tree_sitter import Node

from reviewer.evidence.models.entries.adversaries import Adversary, adversaries
from reviewer.evidence.models.entries.configured import lacking
from reviewer.evidence.models.entries.slice import EntryTracer, Path
from reviewer.evidence.models.entries.thread import DOUBT, Made, made
from reviewer.evidence.models.trace import MARK
from reviewer.evidence.models.values import Does
from reviewer.judging.scenario import Scenario, judge
from reviewer.mmu.machine import Machine
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.verdict import MachineVerdicts, WitnessEvidence
from reviewer.world import World

_BESIDE = ("read-new-page", "read-new-page-pmd")
_PLACE = r"[^\n]*// (\S+):(\d+)$"
_FENCE = re.compile(r"^\t+smp_(?:w?mb|mb__\w+)\(\);" + _PLACE, re.M)
_ANYTHING = re.compile(rf"^\t+{DOUBT} = 1;", re.M)
_SETS = re.compile(r"^\t+set_p\w+_at\(" + _PLACE, re.M)
_PATHS = 24
"""Paths that are asked about; of a function with more nothing is said."""
_Where = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Filled:
    """On which machines the page can be seen as it was before it was filled.

    ``rests_on`` are the barriers without which it can be, and where the entry is set; ``why`` says
    what is not known, '' if all is. ``ahead`` is what orders in front of the statement, with how
    often it does.
    """

    machines: MachineVerdicts
    rests_on: tuple[_Where, ...] = ()
    witness: WitnessEvidence | None = None
    why: str = ""
    ahead: frozenset[tuple[str, int]] = frozenset()
    barriers: tuple[_Where, ...] = ()
    """The barriers among ``rests_on``."""


def filled(
    world: World, source: SourceFile, function: Function, mark: int, machines: Sequence[Machine]
) -> Filled:
    """The paths of a function from a statement on beside a process that reads the new page."""
    nothing = MachineVerdicts((), (), tuple(one.name for one in machines))
    why = f"{function.name}() is not seen to set an entry behind the comment"
    for name in _BESIDE:
        adversary = adversaries()[name]
        tracer = _Tracer(world, adversary.objects, adversary.contested, mark=mark)
        whole = tracer.paths_of(source, function)
        tests = {test.made.bare: test for path in whole for test in _behind(path, adversary)}
        setting = [one for one in tests.values() if adversary.needs[0] in one.made.objects]
        if tracer.left_out:
            why = next(iter(tracer.left_out))
        elif len(setting) > _PATHS:
            why = f"{function.name}() has too many paths from there on"
        elif setting:
            tracer.followed[source.path, function.start_byte] = (source, function)
            found = _asked(adversary, setting, machines)
            lacks = lacking(found.barriers, tracer.followed, world, function)
            if lacks:
                why = f"a configuration may lack what orders in {lacks}()"
                found = replace(found, rests_on=(), why=why)
            ahead = frozenset(one for path in whole for one in _ahead(path))
            return replace(found, ahead=ahead)
    return Filled(nothing, why=why)


class _Tracer(EntryTracer):
    """Follows a function whose barriers must be there whatever a loop and a configuration does."""

    fills = True

    def may_be_empty(self, node: Node) -> bool:
        """A barrier in a loop is none where the loop makes no turn."""
        return True


@dataclass(frozen=True, slots=True)
class _Test:
    """What a path does behind the mark; ``orders`` if that has an order that the test lacks."""

    made: Made
    orders: bool


def _marked(path: Path) -> int:
    """Which event is the mark, -1 if the path does not pass it."""
    return next((n for n, event in enumerate(path.events) if event.name == MARK), -1)


def _behind(path: Path, adversary: Adversary) -> list[_Test]:
    """What a path does behind the mark, if it passes it."""
    at = _marked(path)
    if at < 0:
        return []
    rest = tuple(event for event in path.events[at + 1 :] if event.name != MARK)
    orders = any(event.orders and event.does is Does.OPAQUE for event in rest)
    test = made(replace(path, events=rest), adversary)
    return [_Test(test, orders)] if test.objects else []


def _ahead(path: Path) -> frozenset[tuple[str, int]]:
    """What orders in front of the mark, and how often."""
    names = Counter(event.name for event in path.events[: max(0, _marked(path))] if event.orders)
    return frozenset(names.items())


def _asked(adversary: Adversary, tests: list[_Test], machines: Sequence[Machine]) -> Filled:
    broken: dict[str, None] = {}
    unsure: dict[str, None] = {}
    witness: WitnessEvidence | None = None
    for test in (one.made for one in tests):
        if _is_set_early(test):
            unsure |= dict.fromkeys(one.name for one in machines)
            continue
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
    sets = (place for test in tests for place in _places(_SETS, test.made))
    return Filled(verdicts, tuple(dict.fromkeys((*barriers, *sets))), barriers=barriers)


def _is_set_early(test: Made) -> bool:
    """True if a call that may do anything stands in front of the first barrier."""
    text = test.litmus.text
    fence, call = _FENCE.search(text), _ANYTHING.search(text)
    return fence is not None and call is not None and call.start() < fence.start()


def _barriers(
    adversary: Adversary, tests: list[_Test], machines: Sequence[Machine]
) -> tuple[_Where, ...]:
    """Barriers that are on some path the only one, and without which the outcome is possible."""
    found: dict[_Where, None] = {}
    for test in (one.made for one in tests if not one.orders):
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
