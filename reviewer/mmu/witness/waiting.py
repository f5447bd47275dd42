"""What a flush, an IPI or a grace period of an execution has waited for.

The models say so by axioms over whole executions; a drawing needs it as pairs of events, so that
what was waited for stands above the wait.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.mmu.api import Execution, ExecutionEvent

TRANSLATIONS = frozenset({"translation", "walk"})
_FLUSHES = frozenset({"tlb-page", "tlb-all", "tlb-leaves", "change-page", "tlbi-sync"})
_SECTIONS = (
    ("irq-off", "irq-on", frozenset({"ipi", "sync-rcu"})),
    ("rcu-lock", "rcu-unlock", frozenset({"sync-rcu"})),
    ("preempt-off", "preempt-on", frozenset({"sync-rcu"})),
)


def waits(execution: Execution) -> Iterator[tuple[int, int]]:
    """Pairs (event, wait): the event is over when the wait is.

    A use of a translation older than a write that precedes a flush ends before the flush does; a
    section that still saw what a write before an IPI or a grace period replaced ends before that.
    """
    events = [one for one in execution.events if one.thread >= 0]
    by_number = {one.number: one for one in events}
    ipi = "flush-ipi" in execution.model.variants
    for read, write in execution.relations.get("fr", ()):
        if read not in by_number or write not in by_number:
            continue
        reader, writer = by_number[read], by_number[write]
        if reader.thread == writer.thread:
            continue
        for wait in events:
            if wait.thread != writer.thread or wait.index < writer.index:
                continue
            tags = set(wait.tags)
            if tags & _FLUSHES and set(reader.tags) & TRANSLATIONS:
                yield from ((one.number, wait.number) for one in _use(reader, events))
            woken = tags | ({"ipi"} if ipi and tags & {"tlb-page", "tlb-all"} else set())
            for opening, closing, kinds in _SECTIONS:
                if woken & kinds:
                    end = _end(reader, events, opening, closing)
                    if end is not None:
                        yield end.number, wait.number


def _use(reader: ExecutionEvent, events: list[ExecutionEvent]) -> Iterator[ExecutionEvent]:
    """The translation read and the accesses of its statement."""
    for one in events:
        if one.thread == reader.thread and one.source == reader.source:
            yield one


def _end(
    reader: ExecutionEvent, events: list[ExecutionEvent], opening: str, closing: str
) -> ExecutionEvent | None:
    """The event that closes the section the reader stands in."""
    depth = 0
    own = [one for one in events if one.thread == reader.thread]
    for one in own:
        if one.index < reader.index:
            depth += (opening in one.tags) - (closing in one.tags)
    for one in own:
        if depth > 0 and one.index > reader.index:
            depth += (opening in one.tags) - (closing in one.tags)
            if depth == 0:
                return one
    return None
