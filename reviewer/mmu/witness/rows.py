"""Rows of a drawing: one a source statement, with what it did to memory and to other CPUs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from reviewer.mmu.api import Execution, ExecutionEvent
from reviewer.mmu.witness.order import Mark, Timeline, timeline
from reviewer.mmu.witness.waiting import TRANSLATIONS

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
_LOCKS = {"LF": "lock is held", "RL": "lock is held", "RU": "lock is free"}


@dataclass(frozen=True, slots=True)
class Row:
    """What one CPU does in one go: the statement, notes on its effect, marks on its reads.

    In notes ``x == 1`` is a read, ``x = 1`` a write, ``x: 1 -> 2`` an atomic change.
    """

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
    ipi = "flush-ipi" in execution.model.variants
    atomic = dict(execution.relations.get("rmw", ()))
    found: list[Row] = []
    last: dict[int, tuple[int, str]] = {}
    for (thread, place, text), group in groupby(line.events, key=_statement):
        events = tuple(group)
        shown = f"... {text}" if last.get(thread) == (place, text) else text
        last[thread] = (place, text)
        notes = tuple(dict.fromkeys(_notes(events, line, atomic, ipi)))
        found.append(Row(thread, shown, notes, events))
    return tuple(found)


def _statement(event: ExecutionEvent) -> tuple[int, int, str]:
    return event.thread, event.source.line, printable(event.source.text).rstrip(";")


def printable(text: str) -> str:
    """Text on one line, with a question mark for all that a terminal or XML may stumble over."""
    line = " ".join(text.split())
    return "".join(one if one.isascii() and one.isprintable() else "?" for one in line)


def _notes(
    events: Sequence[ExecutionEvent], line: Timeline, atomic: dict[int, int], ipi: bool
) -> Iterator[str]:
    """What the events of one row did, in program order."""
    by_number = {event.number: event for event in events}
    halves = {write for read, write in atomic.items() if read in by_number}
    for event in events:
        where, mark = event.location, line.marks.get(event.number)
        if event.kind == "R":
            write = by_number.get(atomic.get(event.number, -1))
            if write is not None:
                mark = mark or line.marks.get(write.number)
                yield _marked(f"{where}: {event.value} -> {write.value}", mark)
            elif TRANSLATIONS & set(event.tags):
                # May come from the TLB, and then be older than what a load would see.
                yield f"{where} == {event.value}"
                yield "old translation" if mark is Mark.OLD else "translation"
            else:
                yield _marked(f"{where} == {event.value}", mark)
        elif event.kind == "W" and event.number not in halves:
            yield _marked(f"{where} = {event.value}", mark)
        elif event.kind in _LOCKS:
            yield _LOCKS[event.kind]
        elif event.kind not in ("W", "LKR", "LKW", "UL"):
            yield from (_WAITS[tag] for tag in event.tags if tag in _WAITS)
            if _FLUSHES & set(event.tags):
                yield "TLB flush with IPI" if ipi else "TLB flush, no IPI"
        elif mark is not None:
            yield mark.value


def _marked(note: str, mark: Mark | None) -> str:
    return note if mark is None else f"{note}, {mark.value}"
