"""Rows of a drawing: one a source statement, with what it did to memory and to other CPUs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from reviewer.mmu.api import Execution, ExecutionEvent
from reviewer.mmu.witness.order import Mark, Timeline, timeline

_WAITS = {
    "sync-rcu": "waits for RCU readers",
    "sync-srcu": "waits for SRCU readers",
    "ipi": "IPI: waits for interrupts on",
    "tlbi-page": "TLB flush issued",
    "tlbi-all": "TLB flush issued",
    "tlbi-sync": "TLB flush done",
    "local-page": "this CPU's TLB only",
    "local-all": "this CPU's TLB only",
    "fault": "no entry: fault",
}
_FLUSHES = frozenset({"tlb-page", "tlb-all"})


@dataclass(frozen=True, slots=True)
class Row:
    """What one CPU does in one go: the statement, notes on its effect, marks on its reads."""

    thread: int
    text: str
    notes: tuple[str, ...]
    events: tuple[ExecutionEvent, ...]

    @property
    def words(self) -> str:
        """Statement and notes as one string."""
        return " ".join((self.text, *(f"[{note}]" for note in self.notes)))


def rows(execution: Execution) -> tuple[Row, ...]:
    """The rows of a drawing from first to last.

    A statement whose events are parted by another CPU's is continued in a further row.
    """
    line = timeline(execution)
    found: list[Row] = []
    begun: set[tuple[int, int, str]] = set()
    ipi = "flush-ipi" in execution.model.variants
    for (thread, place, text), group in groupby(line.events, key=_statement):
        events = tuple(group)
        again = (thread, place, text) in begun
        begun.add((thread, place, text))
        shown = f"... {text}" if again else text
        found.append(Row(thread, shown, tuple(_notes(events, line, ipi)), events))
    return tuple(found)


def _statement(event: ExecutionEvent) -> tuple[int, int, str]:
    return event.thread, event.source.line, event.source.text.strip().rstrip(";")


def _notes(events: Sequence[ExecutionEvent], line: Timeline, ipi: bool) -> Iterator[str]:
    seen: dict[str, object] = {}
    changed: dict[str, tuple[object, object]] = {}
    order: list[str] = []
    marks: dict[str, Mark] = {}
    after: list[str] = []
    for event in events:
        where = event.location or ""
        if event.number in line.marks:
            marks[where] = line.marks[event.number]
        if event.kind == "R":
            if where not in order:
                order.append(where)
            seen[where] = event.value
            if "translation" in event.tags:
                after.append("cached translation")
        elif event.kind == "W":
            if where not in order:
                order.append(where)
            changed[where] = (seen.get(where), event.value)
        else:
            after.extend(_WAITS[tag] for tag in event.tags if tag in _WAITS)
            if _FLUSHES & set(event.tags):
                after.append("TLB flush: IPI, waits" if ipi else "TLB flush: no interrupt")
    for where in order:
        mark = f", {marks[where].value}" if where in marks else ""
        if where in changed:
            old, new = changed[where]
            yield f"{where}: {old} -> {new}{mark}" if old is not None else f"{where} = {new}{mark}"
        else:
            yield f"{where} = {seen[where]}{mark}"
    yield from dict.fromkeys(after)
