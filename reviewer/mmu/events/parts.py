"""Accesses as events: one, or where a program has accesses of several sizes, one for each cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reviewer.mmu.events.growth import Growth, Place
from reviewer.mmu.events.path import Held, PathState
from reviewer.mmu.events.tree import NONE, Event
from reviewer.mmu.program import Addr, Load, Rmw, Store, StoreCond
from reviewer.mmu.values import Sym, UnsupportedError, apply


class Parts(Growth):
    """Reads and writes of whole accesses."""

    def cells(self, addr: Place, size: int) -> tuple[Place, ...]:
        """The places that an access covers, lowest first."""
        loc = addr.loc
        cell = self.program.cells.get(loc.base)
        if cell is None:
            return (addr,)
        if size < cell:
            raise UnsupportedError(f"an access of {size} bytes to a part of {loc.base}")
        # Only an aligned access is taken as a whole by all other CPUs.
        if loc.element % size:
            raise UnsupportedError(f"an access of {size} bytes at {loc}, which is not aligned")
        if loc.element + size > self.program.arrays[loc.base]:
            raise UnsupportedError(f"access outside of {loc.base}: {size} bytes at {loc}")
        offsets = range(loc.element, loc.element + size, cell)
        return tuple(Place(Addr(loc.base, at), addr.held) for at in offsets)

    def read(
        self,
        state: PathState,
        statement: Load | Rmw,
        tags: tuple[str, ...],
        addr: Place,
        *,
        atomic: bool,
    ) -> list[Event]:
        """The read events of an access."""
        events: list[Event] = []
        for place in self.cells(addr, statement.size):
            first = events[0].number if events else None
            read = self.emit(state, "R", statement.source, tags, place, atomic=atomic, access=first)
            read.hoisted = state.alike.get(id(statement), NONE)
            events.append(read)
        return events

    def whole(self, events: list[Event]) -> Sym:
        """The value that all events of a read have together."""
        value = events[0].value
        for at, event in enumerate(events[1:], 1):
            assert event.loc is not None
            bits = 8 * self.program.cells[event.loc.base]
            shifted = apply("<<", event.value, bits * at)
            value = apply("|", value, shifted)
        return value

    def write(
        self,
        state: PathState,
        statement: Store | StoreCond | Rmw,
        tags: tuple[str, ...],
        addr: Place,
        data: Held,
        *,
        atomic: bool = False,
    ) -> list[Event]:
        """The write events of an access."""
        events: list[Event] = []
        bits = 8 * self.program.cells.get(addr.loc.base, 0)
        for at, place in enumerate(self.cells(addr, statement.size)):
            first = events[0].number if events else None
            part = data
            if bits and not (isinstance(data.value, Addr) and 8 * statement.size == bits):
                value = apply(">>", data.value, bits * at) if at else data.value
                part = replace(data, value=apply("&", value, (1 << bits) - 1))
            write = self.emit(
                state, "W", statement.source, tags, place, part, atomic=atomic, access=first
            )
            write.hoisted = state.alike.get(id(statement), NONE)
            events.append(write)
        return events

    def pair(self, reads: Sequence[int], writes: list[Event]) -> None:
        """Makes reads and writes of the same places the halves of one atomic."""
        for read, write in zip(reads, writes, strict=True):
            self.events[read].partner = write.number


def numbers(events: Iterable[Event]) -> tuple[int, ...]:
    """The numbers of events."""
    return tuple(event.number for event in events)
