"""Locks: which release or initial state each acquisition, try and look at a lock reads."""

from __future__ import annotations

from reviewer.mmu.clauses.candidates import Candidates
from reviewer.mmu.events.tree import INIT, Event
from reviewer.mmu.program import Addr


def encode_locks(into: Candidates) -> None:
    """Critical sections are ordered as wholes: an acquisition reads the release before it."""
    if any(event.kind in ("LKR", "LF", "RL", "RU") for event in into.events):
        _Locks(into).encode()


class _Locks:
    def __init__(self, into: Candidates) -> None:
        self.into = into
        # The lock write that begins the section which an unlock ends.
        self.lock_of: dict[int, int] = {}

    def encode(self) -> None:
        unlocks: dict[Addr, list[int]] = {}
        for event in self.into.events:
            if event.kind == "UL" and event.loc is not None:
                lock = self._nearest_lock(event, ("LKW", "UL"))
                if lock is not None and lock.kind == "LKW":
                    self.lock_of[event.number] = lock.number
                    unlocks.setdefault(event.loc, []).append(event.number)
        for event in self.into.events:
            if event.loc is None or event.kind not in ("LKR", "LF", "RL", "RU"):
                continue
            self.into.sources[event.number] = []
            writes = self.into.writes[event.loc]
            if event.kind == "LKR":
                self._acquisition(event, writes, unlocks.get(event.loc, []))
            elif event.kind == "RU":
                self._seen_free(event, writes, unlocks.get(event.loc, []))
            else:
                self._seen_taken(event, writes)
            self.into.complete(event.number)

    def _acquisition(self, event: Event, writes: list[int], unlocks: list[int]) -> None:
        read, own = event.number, event.partner
        assert own is not None
        taken = [w for w in writes if self.into.events[w].kind == "LKW" and w != own]
        initial = next(w for w in writes if self.into.events[w].thread == INIT)
        for source in (initial, *unlocks):
            if not self.into.together(source, read) or self.into.is_before(read, source):
                continue
            literal = self.into.source(source, read)
            first = self.lock_of.get(source)
            if first is not None:
                self.into.add(-literal, self.into.order(first, own))
            for other in taken:
                if other == first or not self.into.together(other, own):
                    continue
                later = [self.into.order(own, other)]
                if first is not None and self.into.together(other, first):
                    later.append(self.into.order(other, first))
                self.into.add(-literal, -self.into.executed(other), *later)

    def _seen_free(self, event: Event, writes: list[int], unlocks: list[int]) -> None:
        last = self._nearest_lock(event, ("UL",))
        for write in writes:
            if self.into.events[write].thread == INIT:
                self.into.source(write, event.number)
        for unlock in unlocks:
            own = self.into.events[unlock].thread == event.thread
            if not own or (last is not None and unlock == last.number):
                self.into.source(unlock, event.number)

    def _seen_taken(self, event: Event, writes: list[int]) -> None:
        last = self._nearest_lock(event, ("LKW", "UL"))
        inside = last.number if last is not None and last.kind == "LKW" else None
        for write in writes:
            other = self.into.events[write]
            if other.kind != "LKW":
                continue
            outside = inside is None and other.thread != event.thread
            if outside or write == inside:
                self.into.source(write, event.number)

    def _nearest_lock(self, event: Event, kinds: tuple[str, ...]) -> Event | None:
        mask = self.into.before.get(event.number, 0)
        for other in reversed(self.into.events):
            if (
                mask >> other.number & 1
                and other.thread == event.thread
                and other.loc == event.loc
                and other.kind in kinds
            ):
                return other
        return None
