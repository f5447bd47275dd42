"""A line of time for an execution, and the accesses that do not fit on it.

Events are put in an order that program order, reads-from, coherence and from-reads agree with.
A weak memory model allows executions that have none; then the fewest accesses are let go, and
each is marked with why it is not where it seems to be.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from reviewer.mmu.api import Execution, ExecutionEvent
from reviewer.mmu.witness.waiting import waits


class Mark(StrEnum):
    """How an access differs from what the line of time suggests."""

    OLD = "old value"
    """The read returns a value that a write above it has already replaced."""
    EARLY = "not yet stored above"
    """The read returns the value of a write that stands below it."""
    TURNED = "stored out of order"
    """The write comes, for the others, before or after where its program has it."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Events of the threads from first to last, and marks by event number."""

    events: tuple[ExecutionEvent, ...]
    marks: dict[int, Mark]


_SOFT = {"fr": Mark.OLD, "rf": Mark.EARLY, "co": Mark.TURNED}


def timeline(execution: Execution) -> Timeline:
    """Order the events of an execution; deterministic."""
    events = {one.number: one for one in execution.events if one.thread >= 0}
    before: dict[int, dict[int, str]] = defaultdict(dict)
    for first, second in waits(execution):
        before[second][first] = "wait"
    for name in ("co", "fr", "rf", "po"):
        for first, second in execution.relations.get(name, ()):
            same = first in events and second in events
            if same and first != second and (name == "po" or _apart(events, first, second)):
                before[second][first] = name
    left = dict(events)
    placed: list[ExecutionEvent] = []
    marks: dict[int, Mark] = {}
    while left:
        free = [n for n in left if not any(p in left for p in before[n])]
        number = _next(free, left, before, placed) if free else _let_go(left, before, marks)
        placed.append(left.pop(number))
    return Timeline(tuple(placed), marks)


def _apart(events: dict[int, ExecutionEvent], first: int, second: int) -> bool:
    return events[first].thread != events[second].thread


def _next(
    free: list[int],
    left: dict[int, ExecutionEvent],
    before: dict[int, dict[int, str]],
    placed: list[ExecutionEvent],
) -> int:
    """Stay on the statement, then on the CPU; begin only statements that can be finished."""
    last = placed[-1] if placed else None

    def rank(number: int) -> tuple[bool, bool, bool, int, int]:
        event = left[number]
        on = last is not None and event.source == last.source and event.thread == last.thread
        here = last is not None and event.thread == last.thread
        return not on, not _finishes(event, left, before), not here, event.thread, event.index

    return min(free, key=rank)


def _finishes(
    event: ExecutionEvent, left: dict[int, ExecutionEvent], before: dict[int, dict[int, str]]
) -> bool:
    """True if the rest of the event's statement waits for no other CPU."""
    rest = {n for n, e in left.items() if e.thread == event.thread and e.source == event.source}
    return all(p in rest or p not in left for n in rest for p in before[n])


def _let_go(
    left: dict[int, ExecutionEvent], before: dict[int, dict[int, str]], marks: dict[int, Mark]
) -> int:
    """The event to place although something that should precede it has not been placed."""

    def cost(number: int) -> tuple[int, int, int, int]:
        kinds = [kind for p, kind in before[number].items() if p in left]
        hard = sum(kind == "po" for kind in kinds)
        return hard, sum(kind != "fr" for kind in kinds), len(kinds), number

    chosen = min(left, key=cost)
    for other, kind in before[chosen].items():
        if other in left and kind in _SOFT:
            marked = other if kind == "fr" else chosen
            marks.setdefault(marked, _SOFT[kind])
    return chosen
