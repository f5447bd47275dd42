"""The events of single statements.

Forks at conditional atomics, at try-locks and at accesses through a pointer that can hold several
addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reviewer.mmu.events.growth import Place
from reviewer.mmu.events.parts import Parts, numbers
from reviewer.mmu.events.path import Held, PathState
from reviewer.mmu.events.tree import NONE
from reviewer.mmu.program import (
    Addr,
    Const,
    Fence,
    Load,
    Lock,
    Program,
    Rmw,
    Source,
    Srcu,
    Statement,
    Store,
    StoreCond,
    Value,
)
from reviewer.mmu.values import ANY, THIN_AIR, Sym, UnsupportedError, apply, possible, sort_key

Access = Load | Store | StoreCond | Rmw | Lock | Srcu | Fence


class Accesses(Parts):
    """Executes statements without control flow, on the paths of a growing tree."""

    def __init__(
        self, program: Program, stored: Mapping[Addr, frozenset[Value]], *, pruning: bool
    ) -> None:
        super().__init__(program, stored, pruning=pruning)
        self.placed: set[int] = set()
        self.numbers: dict[int, Source] = {}
        self.depends = False
        """True if what locations may hold decided where some access goes."""

    def step_event(self, state: PathState, statement: Statement) -> list[PathState] | None:
        if isinstance(statement, Fence) and statement.addr is None:
            self.emit(state, "F", statement.source, statement.tags)
            return None
        if isinstance(statement, Load | Store | StoreCond | Rmw | Lock | Srcu | Fence):
            addr = self.eval(state, statement.addr or Const(0))
            return self.at_addresses(state, statement, addr)
        raise AssertionError(f"unknown statement {statement!r}")

    def at_addresses(
        self, state: PathState, statement: Access, addr: Held
    ) -> list[PathState] | None:
        """Runs an access for each address it can have."""
        if isinstance(addr.value, Addr):
            self.placed.add(id(statement))
            return self.access(state, statement, Place(addr.value, addr))
        self.depends = True
        targets = sorted(possible(addr.value, self.domain), key=sort_key)
        if ANY in targets:
            raise UnsupportedError("an address that can be any of too many integers")
        if any(isinstance(target, Addr) for target in targets):
            self.placed.add(id(statement))
        elif targets and self.compiled(state):
            self.numbers[id(statement)] = statement.source
        forks: list[PathState] = []
        for target in targets:
            child = self.branch(state, [apply("==", addr.value, target)])
            if child is None:
                continue
            if target == THIN_AIR:
                self.prune(child)
                continue
            # An int is no location of the program: herd names the location after it.
            place = target if isinstance(target, Addr) else Addr(str(target))
            more = self.access(child, statement, Place(place, addr))
            forks.extend([child] if more is None else more)
        return forks

    def require_places(self) -> None:
        """Raises UnsupportedError for an access that no path gives the address of a location."""
        for statement, source in self.numbers.items():
            if statement not in self.placed:
                error = UnsupportedError(f"{source.text} is given a number and no location")
                error.line = source.line
                raise error

    def access(self, state: PathState, statement: Statement, addr: Place) -> list[PathState] | None:
        loc = addr.loc
        length = self.program.arrays.get(loc.base)
        if (length is None) != (loc.element < 0) or (length and not 0 <= loc.element < length):
            raise UnsupportedError(f"access outside of {loc.base}: {loc}")
        if isinstance(statement, Load):
            exclusive = "exclusive" in statement.tags
            events = self.read(state, statement, statement.tags, addr, atomic=exclusive)
            if exclusive:
                state.linked = numbers(events)
            self.assign(state, statement.reg, self.whole(events), frozenset(numbers(events)))
            return None
        if isinstance(statement, Store):
            data = self.eval(state, statement.value)
            self.write(state, statement, statement.tags, addr, data)
            return None
        if isinstance(statement, StoreCond):
            return self.store_cond(state, statement, addr)
        if isinstance(statement, Fence):
            self.emit(state, "F", statement.source, statement.tags, addr)
            return None
        if isinstance(statement, Lock):
            return self.lock(state, statement, addr)
        if isinstance(statement, Srcu):
            self.srcu(state, statement, addr)
            return None
        if isinstance(statement, Rmw):
            return self.rmw(state, statement, addr)
        raise AssertionError(f"unknown access {statement!r}")

    def store_cond(
        self, state: PathState, statement: StoreCond, addr: Place
    ) -> list[PathState] | None:
        linked, state.linked = state.linked, ()
        covered = [place.loc for place in self.cells(addr, statement.size)]
        if [self.events[read].loc for read in linked] != covered:
            self.assign(state, statement.reg, 1, NONE)
            return None
        data = self.eval(state, statement.value)
        if any(self.events[read].partner is not None for read in linked):
            raise UnsupportedError("two conditional stores that pair with one load")
        stored = state.fork(self.new_block(state.block.thread, state.block, []))
        failed = state.fork(self.new_block(state.block.thread, state.block, []))
        writes = self.write(stored, statement, statement.tags, addr, data, atomic=True)
        self.pair(linked, writes)
        success = frozenset(numbers(writes)) if statement.carries else NONE
        self.assign(stored, statement.reg, 0, success)
        self.assign(failed, statement.reg, 1, NONE)
        return [stored, failed]

    def lock(self, state: PathState, statement: Lock, addr: Place) -> list[PathState] | None:
        def take(at: PathState) -> None:
            read = self.emit(at, "LKR", statement.source, (), addr)
            read.partner = self.emit(at, "LKW", statement.source, (), addr).number

        def child() -> PathState:
            return state.fork(self.new_block(state.block.thread, state.block, []))

        if statement.kind == "lock":
            take(state)
            return None
        if statement.kind == "unlock":
            self.emit(state, "UL", statement.source, (), addr)
            return None
        taken, failed = child(), child()
        if statement.kind == "trylock":
            take(taken)
            event = self.emit(failed, "LF", statement.source, (), addr)
            one, zero = NONE, frozenset((event.number,))
        else:
            held = self.emit(taken, "RL", statement.source, (), addr)
            free = self.emit(failed, "RU", statement.source, (), addr)
            one, zero = frozenset((held.number,)), frozenset((free.number,))
        self.assign(taken, statement.reg, 1, one)
        self.assign(failed, statement.reg, 0, zero)
        return [taken, failed]

    def srcu(self, state: PathState, statement: Srcu, addr: Place) -> None:
        data = self.eval(state, statement.value) if statement.value is not None else None
        event = self.emit(state, "SRCU", statement.source, statement.tags, addr, data)
        if statement.reg is not None:
            # A value of its own for each reader, so that a wrong match shows.
            event.value = 1_000 * (event.thread + 1) + event.number
            self.assign(state, statement.reg, event.value, frozenset((event.number,)))

    def rmw(self, state: PathState, statement: Rmw, addr: Place) -> list[PathState] | None:
        operand = self.eval(state, statement.operand)
        if statement.expected is None:
            self.rmw_success(state, statement, addr, operand)
            return None
        expected = self.eval(state, statement.expected)
        yes, no = ("==", "!=") if statement.op == "cmpxchg" else ("!=", "==")
        forks: list[PathState] = []
        taken = state.fork(self.new_block(state.block.thread, state.block, []))
        old = self.rmw_success(taken, statement, addr, operand)
        self.guard(taken, apply(yes, old, expected.value), forks)
        failed = state.fork(self.new_block(state.block.thread, state.block, []))
        tags = statement.fail_tags
        if statement.op == "cmpxchg" and "hw-update" not in tags:
            tags = (*tags, "failed")
        events = self.read(failed, statement, tags, addr, atomic=True)
        old = self.whole(events)
        gives = 0 if statement.gives == "success" else old
        self.assign(failed, statement.reg, gives, frozenset(numbers(events)))
        self.guard(failed, apply(no, old, expected.value), forks)
        return forks

    def rmw_success(self, state: PathState, statement: Rmw, addr: Place, operand: Held) -> Sym:
        """An atomic that stores; the value that it read."""
        if statement.fences:
            self.emit(state, "F", statement.source, statement.fences)
        # One instruction that always stores, where the machine has such.
        amo = ("amo",) if statement.expected is None else ()
        read_tags, write_tags = (*statement.read_tags, *amo), (*statement.write_tags, *amo)
        reads = self.read(state, statement, read_tags, addr, atomic=True)
        old = self.whole(reads)
        own = frozenset(numbers(reads))
        if statement.op in ("xchg", "cmpxchg"):
            stored = operand
        else:
            op = "+" if statement.op == "add_unless" else statement.op
            result = apply(op, old, operand.value)
            stored = Held(
                apply(f"({statement.kind})", result) if statement.kind else result,
                operand.deps | own,
                operand.implicit,
                operand.firm | own,
                operand.picks,
            )
        writes = self.write(state, statement, write_tags, addr, stored, atomic=True)
        self.pair(numbers(reads), writes)
        if statement.fences:
            self.emit(state, "F", statement.source, statement.fences)
        if statement.gives == "new":
            self.assign(state, statement.reg, stored.value, stored.deps | own)
        elif statement.gives == "success":
            self.assign(state, statement.reg, 1, own)
        else:
            self.assign(state, statement.reg, old, own)
        if statement.reg is not None and statement.expected is not None:
            # What a compare and swap that succeeds returns was known before (arm64 CAS).
            held = state.registers[statement.reg]
            state.registers[statement.reg] = replace(held, firm=held.firm - own, picks=own)
        return old
