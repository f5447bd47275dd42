"""Whether a lockless walker may still be inside when code that waits for walkers is through.

A walker reads with interrupts off, which holds off interrupts and grace periods. It is gone when
every CPU has taken an interrupt, or a grace period has passed: the model has the wait, and says so.
That nobody new comes in is not asked: what closes the way stands in front of the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reviewer.evidence.models.emit import Litmus
from reviewer.evidence.models.entries.adversaries import adversaries
from reviewer.evidence.models.entries.configured import lacking
from reviewer.evidence.models.entries.model import entry_model
from reviewer.evidence.models.entries.operations import operations
from reviewer.evidence.models.entries.thread import Made
from reviewer.judging.scenario import Scenario, judge
from reviewer.mmu.machine import Machine
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.verdict import MachineVerdicts, WitnessEvidence
from reviewer.world import World

_BESIDE = "walker-inside"
_WAIT = re.compile(
    r"^\t+(?:smp_call_function|tlb_remove_table_sync_one|synchronize_rcu|flush_\w+|\w+_flush\w*)"
    r"\([^\n]*\); *// (\S+):(\d+)$",
    re.M,
)
_WAITS = re.compile(r"smp_call_function|tlb_remove_table_sync_one|synchronize_rcu")
_PATHS = 48
"""Paths that are asked about; of a function with more nothing is said."""


@dataclass(frozen=True, slots=True)
class Inside:
    """On which machines a walker may still be inside; ``rests_on`` are the waits that are needed.

    ``why`` says what is not known, '' if all is.
    """

    machines: MachineVerdicts
    rests_on: tuple[tuple[str, int], ...] = ()
    why: str = ""
    witness: WitnessEvidence | None = None


def may_wait(source: SourceFile, function: Function) -> bool:
    """True if the code of a function names anything that waits for walkers."""
    names = source.identifiers(function.body_start, function.body_end)
    known = (operations().get(name) for name in names)
    return any(one is not None and _WAITS.match(one.statement) is not None for one in known)


def inside(
    world: World, source: SourceFile, function: Function, mark: int, machines: Sequence[Machine]
) -> Inside:
    """The paths of a function (by a statement, with a ``mark``) beside a walker from before."""
    nothing = MachineVerdicts((), (), tuple(one.name for one in machines))
    model = entry_model(world, source, function, adversaries()[_BESIDE], mark)
    if model.left_out:
        return Inside(nothing, why=model.left_out[0])
    if not 0 < len(model.tests) <= _PATHS:
        return Inside(nothing, why=f"{function.name}() has no path there that can be followed")
    broken: dict[str, None] = {}
    unsure: dict[str, None] = {}
    witness: WitnessEvidence | None = None
    for test in model.tests:
        found = judge(Scenario(_BESIDE, test.bare), machines)
        broken |= dict.fromkeys(found.machines.broken)
        unsure |= dict.fromkeys(found.machines.unknown)
        if witness is None and found.witness is not None:
            witness = replace(found.witness, litmus=test.litmus.text)
    verdicts = MachineVerdicts(
        tuple(broken),
        tuple(one.name for one in machines if one.name not in {**broken, **unsure}),
        tuple(name for name in unsure if name not in broken),
    )
    if broken or unsure:
        why = f"on some path {function.name}() is not seen to wait for walkers"
        return Inside(verdicts, why=why, witness=witness)
    rests = tuple(_needed(model.tests, machines))
    lacks = lacking(rests, model.followed, world, function)
    if lacks:
        return Inside(nothing, why=f"what {lacks}() does may differ by configuration or file")
    if not rests:
        return Inside(nothing, why="what keeps walkers out is no wait that can be named")
    return Inside(verdicts, rests)


def _needed(tests: Sequence[Made], machines: Sequence[Machine]) -> Iterator[tuple[str, int]]:
    """The waits without one of which a walker may still be inside."""
    texts = [one.litmus.text for one in tests]
    places = dict.fromkeys((m[1], int(m[2])) for text in texts for m in _WAIT.finditer(text))
    for path, line in places:
        where = re.compile(rf"^\t+\S[^\n]*// {re.escape(path)}:{line}$\n", re.M)
        for one in tests:
            text = where.sub("", one.litmus.text)
            if text == one.litmus.text:
                continue
            lost = replace(one, litmus=Litmus(one.litmus.name, text))
            if judge(Scenario(_BESIDE, lost.bare), machines).machines.broken:
                yield path, line
                break
