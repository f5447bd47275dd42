"""The events of single statements, with their data and address dependencies.

Forks at conditional atomics, at try-locks and at accesses through a pointer that can hold several
addresses. Dependencies are carried by registers, as in herd7's C semantics (herdtools7
herd/CSem.ml).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from reviewer.mmu.events.path import Held, PathState
from reviewer.mmu.events.tree import NONE, Block, Event, EventSet
from reviewer.mmu.program import (
    Addr,
    Const,
    Expr,
    Fence,
    Load,
    Lock,
    Program,
    Reg,
    Rmw,
    Source,
    Srcu,
    Statement,
    Store,
    StoreCond,
    Value,
)
from reviewer.mmu.values import (
    ANY,
    THIN_AIR,
    Ref,
    Sym,
    UnsupportedError,
    apply,
    is_known,
    possible,
    sort_key,
)

MAX_EVENTS = 4_000
MAX_BLOCKS = 20_000
Access = Load | Store | StoreCond | Rmw | Lock | Srcu | Fence
# What a compiler may make a branch or a conditional select of; the kernel warns of both
# (Documentation/RCU/rcu_dereference.rst, relational operators).
_CHOICES = frozenset(("==", "!=", "<", "<=", ">", ">=", "!"))


class Place(NamedTuple):
    """A location, and the value that was its address."""

    loc: Addr
    held: Held


class Accesses:
    """Executes statements without control flow, on the paths of a growing tree.

    ``stored`` are the values that locations may hold. With ``pruning``, a path that none of them
    can take is dropped.
    """

    def __init__(
        self, program: Program, stored: Mapping[Addr, frozenset[Value]], *, pruning: bool
    ) -> None:
        self.program = program
        self.stored = stored
        self.pruning = pruning
        self.events: list[Event] = []
        self.blocks: list[Block] = []
        self.placed: set[int] = set()
        self.numbers: dict[int, Source] = {}

    def new_block(self, thread: int, parent: Block | None, guards: list[Sym]) -> Block:
        if len(self.blocks) >= MAX_BLOCKS:
            raise UnsupportedError(f"more than {MAX_BLOCKS} pieces of paths")
        number = None if parent is None else parent.number
        block = Block(len(self.blocks), thread, number, guards)
        self.blocks.append(block)
        if parent is not None:
            parent.children.append(block.number)
        return block

    def domain(self, event: int) -> frozenset[Value]:
        loc = self.events[event].loc
        if loc is None:
            raise AssertionError("a read without a location")
        return self.stored.get(loc, frozenset((0,)))

    def branch(self, state: PathState, guards: list[Sym]) -> PathState | None:
        """A child state under the guards, None if they can never hold."""
        for guard in guards:
            if self.pruning and possible(guard, self.domain) <= {0}:
                return None
        return state.fork(self.new_block(state.block.thread, state.block, guards))

    def eval(self, state: PathState, expr: Expr) -> Held:
        if isinstance(expr, Const):
            return Held(expr.value)
        if isinstance(expr, Reg):
            return state.registers.get(expr.name, Held(0))
        args = [self.eval(state, arg) for arg in expr.args]
        first = args[0]
        deps, implicit, firm, picks = first.deps, first.implicit, first.firm, first.picks
        for arg in args[1:]:
            deps |= arg.deps
            implicit |= arg.implicit
            firm |= arg.firm
            picks |= arg.picks
        values = tuple(arg.value for arg in args)
        if deps and self.compiled(state):
            if is_known(expr.op, values):
                firm = picks = NONE
            elif expr.op in _CHOICES:
                firm, picks = NONE, firm | picks
        return Held(apply(expr.op, *values), deps, implicit, firm, picks)

    def compiled(self, state: PathState) -> bool:
        return self.program.threads[state.block.thread].compiled

    def chosen(self, state: PathState, held: Held) -> EventSet:
        """The reads that only choose the value: in code as written, those of a branch or of a
        conditional select too."""
        return held.picks if self.compiled(state) else held.picks | held.implicit

    def assign(self, state: PathState, reg: str | None, value: Sym, deps: EventSet) -> None:
        if reg is not None:
            state.registers[reg] = Held(value, deps, state.control(), deps)

    def emit(
        self,
        state: PathState,
        kind: str,
        source: Source,
        tags: tuple[str, ...] = (),
        addr: Place | None = None,
        data: Held | None = None,
        *,
        atomic: bool = False,
    ) -> Event:
        if len(self.events) >= MAX_EVENTS:
            raise UnsupportedError(f"more than {MAX_EVENTS} events over all paths")
        number = len(self.events)
        firm = addr.held.firm if addr else NONE
        picks = self.chosen(state, addr.held) if addr else NONE
        if data is not None:
            firm |= data.firm
            picks |= self.chosen(state, data)
        event = Event(
            number,
            state.block.thread,
            state.block.number,
            kind,
            frozenset(tags),
            addr.loc if addr else None,
            data.value if data else 0,
            addr.held.deps if addr else NONE,
            data.deps if data else NONE,
            state.control(),
            firm,
            picks,
            source,
            atomic,
        )
        if kind == "R":
            event.value = Ref(number)
        self.events.append(event)
        state.block.events.append(number)
        return event

    def prune(self, state: PathState) -> list[PathState]:
        """Ends a path that no execution takes."""
        state.block.guards.append(0)
        state.block.final = {}
        return []

    def guard(self, state: PathState, guard: Sym, forks: list[PathState]) -> None:
        """Requires ``guard`` of the state's own block; a block that cannot be is pruned."""
        if self.pruning and possible(guard, self.domain) <= {0}:
            self.prune(state)
            return
        state.block.guards.append(guard)
        forks.append(state)

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
            event = self.emit(state, "R", statement.source, statement.tags, addr, atomic=exclusive)
            if exclusive:
                state.linked = event.number
            self.assign(state, statement.reg, event.value, frozenset((event.number,)))
            return None
        if isinstance(statement, Store):
            data = self.eval(state, statement.value)
            event = self.emit(state, "W", statement.source, statement.tags, addr, data)
            event.hoisted = state.alike.get(id(statement), NONE)
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
        linked = None if state.linked is None else self.events[state.linked]
        state.linked = None
        if linked is None or linked.loc != addr.loc:
            self.assign(state, statement.reg, 1, NONE)
            return None
        data = self.eval(state, statement.value)
        if linked.partner is not None:
            raise UnsupportedError("two conditional stores that pair with one load")
        stored = state.fork(self.new_block(state.block.thread, state.block, []))
        failed = state.fork(self.new_block(state.block.thread, state.block, []))
        write = self.emit(stored, "W", statement.source, statement.tags, addr, data, atomic=True)
        linked.partner = write.number
        success = frozenset((write.number,)) if statement.carries else NONE
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
        read = self.rmw_success(taken, statement, addr, operand)
        self.guard(taken, apply(yes, read.value, expected.value), forks)
        failed = state.fork(self.new_block(state.block.thread, state.block, []))
        tags = statement.fail_tags
        if statement.op == "cmpxchg" and "hw-update" not in tags:
            tags = (*tags, "failed")
        event = self.emit(failed, "R", statement.source, tags, addr, atomic=True)
        deps = frozenset((event.number,))
        gives = 0 if statement.gives == "success" else event.value
        self.assign(failed, statement.reg, gives, deps)
        self.guard(failed, apply(no, event.value, expected.value), forks)
        return forks

    def rmw_success(self, state: PathState, statement: Rmw, addr: Place, operand: Held) -> Event:
        if statement.fences:
            self.emit(state, "F", statement.source, statement.fences)
        # One instruction that always stores, where the machine has such.
        amo = ("amo",) if statement.expected is None else ()
        read_tags, write_tags = (*statement.read_tags, *amo), (*statement.write_tags, *amo)
        read = self.emit(state, "R", statement.source, read_tags, addr, atomic=True)
        own = frozenset((read.number,))
        if statement.op in ("xchg", "cmpxchg"):
            stored = operand
        else:
            op = "+" if statement.op == "add_unless" else statement.op
            stored = Held(
                apply(op, read.value, operand.value),
                operand.deps | own,
                operand.implicit,
                operand.firm | own,
                operand.picks,
            )
        write = self.emit(state, "W", statement.source, write_tags, addr, stored, atomic=True)
        read.partner = write.number
        if statement.fences:
            self.emit(state, "F", statement.source, statement.fences)
        if statement.gives == "new":
            self.assign(state, statement.reg, stored.value, stored.deps | own)
        elif statement.gives == "success":
            self.assign(state, statement.reg, 1, own)
        else:
            self.assign(state, statement.reg, read.value, own)
        if statement.reg is not None and statement.expected is not None:
            # What a compare and swap that succeeds returns was known before (arm64 CAS).
            held = state.registers[statement.reg]
            state.registers[statement.reg] = replace(held, firm=held.firm - own, picks=own)
        return read
