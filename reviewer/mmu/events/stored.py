"""Which values the locations of a program may hold."""

from __future__ import annotations

from reviewer.mmu.events.tree import Event
from reviewer.mmu.program import Addr, Program, Value
from reviewer.mmu.values import ANY, Ref, UnsupportedError, evaluate, possible, reads_of

MAX_LISTED = 64


def stored_values(events: list[Event], program: Program) -> dict[Addr, frozenset[Value]]:
    """Values each location may hold, as far as one value can depend on another.

    In an execution no write is justified by itself, so a chain of dependent values is no longer
    than the number of writes.
    """
    writes = [event for event in events if event.kind == "W" and event.loc is not None]
    values: dict[Addr, frozenset[Value]] = {}
    for event in events:
        if event.loc is not None:
            values[event.loc] = frozenset((program.memory.get(event.loc, 0),))
    fixed = [w for w in writes if not reads_of(w.value)]
    moving = [w for w in writes if reads_of(w.value)]
    for event in fixed:
        _add(values, event.loc, possible(event.value, lambda _: frozenset()))

    def domain(event: int) -> frozenset[Value]:
        loc = events[event].loc
        return values[loc] if loc is not None else frozenset()

    made_of = {event.number: reads_of(event.value) for event in moving}
    seen: dict[int, tuple[frozenset[Value], ...]] = {}
    told: dict[int, set[Value]] = {}
    """Of a value made of one read: the values of that one which were asked about."""
    for _ in range(len(moving) + 1):
        changed = False
        for event in moving:
            reads = tuple(domain(read) for read in made_of[event.number])
            if seen.get(event.number) == reads:
                continue
            seen[event.number] = reads
            try:
                if len(reads) == 1:
                    known = told.setdefault(event.number, set())
                    (read,), new = made_of[event.number], reads[0] - known
                    known |= new
                    more = frozenset(evaluate(event.value, {read: value}) for value in new)
                else:
                    more = possible(event.value, domain)
            except UnsupportedError:
                if any(isinstance(value, Addr) and value != ANY for r in reads for value in r):
                    raise
                more = frozenset((ANY,))
            changed |= _add(values, event.loc, more)
        if not changed:
            break
    return values


def circular(events: list[Event]) -> set[Addr]:
    """Locations whose value can be a copy of itself, by way of other locations or not."""
    copies: dict[Addr, set[Addr]] = {}
    for event in events:
        if event.kind == "W" and event.loc is not None and isinstance(event.value, Ref):
            source = events[event.value.event].loc
            if source is not None:
                copies.setdefault(event.loc, set()).add(source)
    found: set[Addr] = set()
    for start, sources in copies.items():
        work, seen = list(sources), set()
        while work:
            loc = work.pop()
            if loc not in seen:
                seen.add(loc)
                work.extend(copies.get(loc, ()))
        if start in seen:
            found.add(start)
    return found


def _add(values: dict[Addr, frozenset[Value]], loc: Addr | None, more: frozenset[Value]) -> bool:
    if loc is None:
        return False
    merged = values[loc] | more
    if ANY in merged or len(merged) > MAX_LISTED:
        merged = frozenset(value for value in merged if isinstance(value, Addr)) | {ANY}
    changed = merged != values[loc]
    values[loc] = merged
    return changed
