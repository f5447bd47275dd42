"""New blocks and events of a tree, with their data and address dependencies.

Dependencies are carried by registers, as in herd7's C semantics (herdtools7 herd/CSem.ml).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from reviewer.mmu.events.path import Held, PathState
from reviewer.mmu.events.tree import NONE, Block, Event, EventSet
from reviewer.mmu.program import Addr, Const, Expr, Program, Reg, Source, Value
from reviewer.mmu.values import Ref, Sym, UnsupportedError, apply, is_known, may_hold

MAX_EVENTS = 4_000
MAX_BLOCKS = 20_000
# What a compiler may make a branch or a conditional select of; the kernel warns of both
# (Documentation/RCU/rcu_dereference.rst, relational operators).
_CHOICES = frozenset(("==", "!=", "<", "<=", ">", ">=", "!"))


class Place(NamedTuple):
    """A location, and the value that was its address."""

    loc: Addr
    held: Held


class Growth:
    """A tree that grows: its blocks and events so far.

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
            if self.pruning and not may_hold(guard, self.domain):
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
        access: int | None = None,
    ) -> Event:
        """A new event; ``access``: the first one of the access that it is a further part of."""
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
            access=number if access is None else access,
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
        if self.pruning and not may_hold(guard, self.domain):
            self.prune(state)
            return
        state.block.guards.append(guard)
        forks.append(state)
