"""A line of time for an execution, and the accesses that do not fit on it.

Statements are put in an order that program order, reads-from, coherence, from-reads and waits agree
with. A weak memory model allows executions that have none; then the fewest accesses are taken out
of the agreement, and each is marked with how it differs from where it stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import comb

from reviewer.mmu.api import Execution, ExecutionEvent
from reviewer.mmu.witness.waiting import TRANSLATIONS, waits

_ORDERS = ("order", "hb")
"""What the models call the order that every CPU agrees on."""
_MOST_MARKS = 3
_MOST_TRIES = 3_000
Pair = tuple[int, int]


class Mark(StrEnum):
    """How an access differs from what the line of time suggests."""

    OLD = "old value"
    """The read returns a value that a write above it has already replaced."""
    EARLY = "stored below"
    """The read returns the value of a write that stands below it."""
    LATE = "reaches others later"
    """A write that stands below, or its reader, comes before this one."""
    AHEAD = "reached others earlier"
    """A write or read that stands above comes after this one."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Events of the threads from first to last, and marks by event number."""

    events: tuple[ExecutionEvent, ...]
    marks: dict[int, Mark]


def timeline(execution: Execution) -> Timeline:
    """Order the events of an execution; deterministic."""
    facts = _Facts(execution)
    odd = _misfits(facts)
    events = _lay_out(facts, odd)
    place = {event.number: position for position, event in enumerate(events)}
    return Timeline(events, _marks(facts, odd, place))


class _Facts:
    """An execution as numbers: its events, what is fixed, and what CPUs saw of one another."""

    def __init__(self, execution: Execution) -> None:
        self.events = {one.number: one for one in execution.events if one.thread >= 0}
        self.access = _accesses(execution, self.events)
        self.statement = _statements(self.events, self.access)
        self.com = [
            (first, second)
            for name in ("rf", "co", "fr")
            for first, second in execution.relations.get(name, ())
            if first in self.events and second in self.events and self.crosses(first, second)
        ]
        self.po = list(execution.relations.get("po", ()))
        self.waits: list[Pair] = []
        for pair in dict.fromkeys(waits(execution)):
            if _sorts(self.events, [*self.po, *self.waits, pair]):
                self.waits.append(pair)
        self.ordered = {
            (first, second)
            for name in _ORDERS
            for first, second in _closure(execution.relation(name))
            if first in self.events
            and second in self.events
            and self.events[first].thread == self.events[second].thread
        }

    def crosses(self, first: int, second: int) -> bool:
        """True between CPUs, and where a CPU does not even see its own earlier write (a cached
        translation of an entry that it changed)."""
        one, two = self.events[first], self.events[second]
        return one.thread != two.thread or one.index > two.index

    def agreed(self, odd: Collection[int]) -> list[Pair]:
        """All pairs, of events, that a line of time has to respect if ``odd`` accesses need not."""
        seen = [
            (first, second)
            for first, second in self.com
            if self.access[first] not in odd and self.access[second] not in odd
        ]
        return [*self.po, *self.waits, *seen]

    def strangeness(self, odd: Collection[int]) -> tuple[int, bool, int]:
        """How little the machine's order explains of the odd accesses: best is (0, False, 0).

        A cached translation explains itself, whatever else may have been reordered.
        """
        stiff = sum(not self.movable(number) for number in odd)
        fresh = sum(not TRANSLATIONS & set(self.events[number].tags) for number in odd)
        return fresh, not self.explained(odd), stiff

    def movable(self, number: int) -> bool:
        """True if the machine does not order the access and another one of its CPU."""
        seen = {self.access[one] for pair in self.com for one in pair}
        thread = self.events[number].thread
        return any(
            self.events[other].thread == thread
            and (number, other) not in self.ordered
            and (other, number) not in self.ordered
            for other in seen - {number}
        )

    def explained(self, odd: Collection[int]) -> bool:
        """True if the machine may have done the odd accesses elsewhere in their own program."""
        last: dict[int, int] = {}
        pairs = [*self.com, *self.waits, *self.ordered]
        for number, event in sorted(self.events.items(), key=_by_program):
            if self.access[number] not in odd:
                if event.thread in last:
                    pairs.append((last[event.thread], number))
                last[event.thread] = number
        return _sorts(set(self.access.values()), _merged(pairs, self.access))


def _by_program(item: tuple[int, ExecutionEvent]) -> Pair:
    return item[1].thread, item[1].index


def _accesses(execution: Execution, events: Mapping[int, ExecutionEvent]) -> dict[int, int]:
    """For each event the first event of its access: both halves of an atomic are one."""
    access = {number: number for number in events}
    for read, write in execution.relations.get("rmw", ()):
        if read in access and write in access:
            access[write] = read
    by_place = {(event.thread, event.index): event for event in events.values()}
    for event in events.values():
        before = by_place.get((event.thread, event.index - 1))
        if event.kind == "LKW" and before is not None and before.kind == "LKR":
            access[event.number] = before.number
    return access


def _statements(
    events: Mapping[int, ExecutionEvent], access: Mapping[int, int]
) -> dict[int, tuple[int, ...]]:
    """For each event the parts of its statement: accesses, in program order."""
    found: dict[int, tuple[int, ...]] = {}
    run: list[int] = []

    def close() -> None:
        parts = tuple(dict.fromkeys(access[number] for number in run))
        found.update(dict.fromkeys(run, parts))
        run.clear()

    last: ExecutionEvent | None = None
    for number, event in sorted(events.items(), key=_by_program):
        if last is not None and (last.thread, last.source) != (event.thread, event.source):
            close()
        run.append(number)
        last = event
    close()
    return found


def _misfits(facts: _Facts) -> frozenset[int]:
    """The accesses to take out: as few as can be, those that the machine reorders first."""
    if _fits(facts, ()):
        return frozenset()
    together = {facts.access[number] for pair in facts.com for number in pair}
    candidates = sorted(together, key=lambda number: _oddness(facts, number))
    for count in range(1, _MOST_MARKS + 1):
        if comb(len(candidates), count) > _MOST_TRIES:
            break
        fitting: list[Collection[int]] = [
            odd for odd in combinations(candidates, count) if _fits(facts, odd)
        ]
        if fitting:
            best: Collection[int] = min(fitting, key=facts.strangeness)
            return frozenset(best)
    chosen = set(candidates)
    for number in reversed(candidates):
        if _fits(facts, chosen - {number}):
            chosen.remove(number)
    return frozenset(chosen)


def _fits(facts: _Facts, odd: Collection[int]) -> bool:
    return _sorts(set(facts.access.values()), _merged(facts.agreed(odd), _units(facts)))


def _units(facts: _Facts) -> dict[int, int]:
    """For each event what moves as one: an access, or a translation with what it serves."""
    units = dict(facts.access)
    for number, event in sorted(facts.events.items(), key=_by_program, reverse=True):
        if TRANSLATIONS & set(event.tags):
            parts = facts.statement[number]
            after = parts[parts.index(facts.access[number]) + 1 :]
            if after:
                units[number] = units[after[0]]
    return units


def _oddness(facts: _Facts, number: int) -> tuple[int, int]:
    """What is best marked: stale translations, then reads, then writes, then atomics."""
    event = facts.events[number]
    atomic = sum(access == number for access in facts.access.values()) > 1
    kind = 3 if atomic else 1 if event.kind == "R" else 2
    return 0 if TRANSLATIONS & set(event.tags) else kind, -number


def _lay_out(facts: _Facts, odd: frozenset[int]) -> tuple[ExecutionEvent, ...]:
    """All events in order, statements whole where that is possible."""
    pairs = facts.agreed(odd)
    units = _units(facts)
    several = sorted(
        {parts for parts in facts.statement.values() if len({units[one] for one in parts}) > 1}
    )
    for count in range(min(len(several), _MOST_MARKS) + 1):
        for split in combinations(several, count):
            whole = _whole(facts, units, set(split))
            if _sorts(set(whole.values()), _merged(pairs, whole)):
                return _sorted(facts, pairs, whole)
    return _sorted(facts, pairs, units)


def _whole(
    facts: _Facts, units: Mapping[int, int], split: Collection[tuple[int, ...]]
) -> dict[int, int]:
    """Each statement as one, except those split."""
    return {
        number: units[number] if parts in split else parts[0]
        for number, parts in facts.statement.items()
    }


def _sorted(
    facts: _Facts, pairs: Iterable[Pair], units: Mapping[int, int]
) -> tuple[ExecutionEvent, ...]:
    """Events in an order of their units that keeps all pairs, and stays on a CPU while it can."""
    before: dict[int, set[int]] = defaultdict(set)
    for first, second in _merged(pairs, units):
        before[second].add(first)
    members: dict[int, list[ExecutionEvent]] = defaultdict(list)
    for _, event in sorted(facts.events.items(), key=_by_program):
        members[units[event.number]].append(event)
    placed: list[ExecutionEvent] = []
    while members:
        free = [unit for unit in members if not before[unit] & members.keys()]
        here = placed[-1].thread if placed else -1

        def rank(unit: int, here: int = here) -> tuple[bool, int, int]:
            event = members[unit][0]
            return event.thread != here, event.thread, event.index

        placed.extend(members.pop(min(free, key=rank)))
    return tuple(placed)


def _marks(facts: _Facts, odd: frozenset[int], place: Mapping[int, int]) -> dict[int, Mark]:
    marks: dict[int, Mark] = {}
    for first, second in facts.com:
        if place[first] < place[second]:
            continue
        early, late = facts.events[first], facts.events[second]
        if facts.access[first] in odd:
            mark = Mark.OLD if early.kind in ("R", "LKR") else Mark.AHEAD
            marks.setdefault(first, mark)
        if facts.access[second] in odd:
            mark = Mark.EARLY if late.kind in ("R", "LKR") else Mark.LATE
            marks.setdefault(second, mark)
    return marks


def _merged(pairs: Iterable[Pair], units: Mapping[int, int]) -> list[Pair]:
    """Pairs of units; none of a unit with itself."""
    return [(units[a], units[b]) for a, b in pairs if units[a] != units[b]]


def _sorts(nodes: Collection[int], pairs: Iterable[Pair]) -> bool:
    """Whether the pairs are acyclic."""
    after: dict[int, list[int]] = defaultdict(list)
    count = dict.fromkeys(nodes, 0)
    for first, second in pairs:
        after[first].append(second)
        count[second] = count.get(second, 0) + 1
    work = [node for node in count if not count[node]]
    done = 0
    while work:
        node = work.pop()
        done += 1
        for other in after[node]:
            count[other] -= 1
            if not count[other]:
                work.append(other)
    return done == len(count)


def _closure(pairs: Iterable[Pair]) -> set[Pair]:
    after: dict[int, set[int]] = defaultdict(set)
    for first, second in pairs:
        after[first].add(second)
    found: set[Pair] = set()
    for start in list(after):
        work, seen = list(after[start]), set[int]()
        while work:
            node = work.pop()
            if node not in seen:
                seen.add(node)
                work.extend(after.get(node, ()))
        found.update((start, node) for node in seen)
    return found
