"""Unfolds threads into trees of events: one path a leaf, prefixes shared.

A thread forks at branches, at conditional atomics, at try-locks and at accesses through a pointer
that can hold several addresses. Along one path every static relation (program order, dependencies,
locations) is fixed, so relations are facts about tree nodes and only reads-from, coherence order
and the choice of paths remain to be searched.

Dependencies follow herd7's C semantics (herdtools7 herd/CSem.ml, herd/modelUtils.ml): a data or
address dependency is carried by registers, a control dependency reaches the events inside the arms
of an ``if``. Beyond herd's language, an arm that leaves a loop or function makes the rest of that
loop or function control dependent too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reviewer.mmu.awaits import leaves_no_trace, live_at_loops, plainly_written
from reviewer.mmu.program import (
    Addr,
    Assign,
    Assume,
    Choose,
    Const,
    Exit,
    Expr,
    Fence,
    If,
    Load,
    Lock,
    Loop,
    Program,
    Reg,
    Rmw,
    Scope,
    Source,
    Srcu,
    Statement,
    Store,
    Thread,
    Value,
)
from reviewer.mmu.values import (
    ANY,
    THIN_AIR,
    Ref,
    Sym,
    UnsupportedError,
    apply,
    possible,
    reads_of,
    sort_key,
)

MAX_EVENTS = 4_000
MAX_LISTED = 64
MAX_ITERATIONS = 10_000
INIT = -1

EventSet = frozenset[int]
_NONE: EventSet = frozenset()


@dataclass(slots=True)
class Event:
    """One event of the tree. ``kind`` is R, W, F, SRCU, LKR, LKW, UL, LF, RL or RU.

    ``value`` is what a write stores or an SRCU marker carries, and ``Ref`` of itself for a read.
    ``partner`` is the write half of an atomic's read.
    """

    number: int
    thread: int
    block: int
    kind: str
    tags: frozenset[str]
    loc: Addr | None
    value: Sym
    addr_dep: EventSet
    data_dep: EventSet
    ctrl_dep: EventSet
    source: Source
    atomic: bool = False
    partner: int | None = None


@dataclass(slots=True)
class Block:
    """A stretch of one thread without choice. ``guards`` must be non-zero for it to execute."""

    number: int
    thread: int
    parent: int | None
    guards: list[Sym]
    events: list[int] = field(default_factory=list)
    children: list[int] = field(default_factory=list)
    final: Mapping[str, Sym] | None = None
    cut: bool = False


@dataclass(slots=True)
class Tree:
    """All events of a program; the first ones are the initial writes."""

    program: Program
    events: list[Event]
    blocks: list[Block]
    roots: list[int]
    bound: int
    circular: frozenset[Addr]

    def leaves(self) -> list[Block]:
        """Blocks where a path ends, in order."""
        return [block for block in self.blocks if not block.children]

    def lineage(self, block: int) -> int:
        """Bit mask of a block and its ancestors."""
        mask = 0
        at: int | None = block
        while at is not None:
            mask |= 1 << at
            at = self.blocks[at].parent
        return mask


@dataclass(frozen=True, slots=True)
class _Held:
    """A register: its value, the reads it depends on, and those that decided its assignment."""

    value: Sym
    deps: EventSet = _NONE
    implicit: EventSet = _NONE


@dataclass(frozen=True, slots=True)
class _Turn:
    """Where a turn of a loop began, and the registers in use there."""

    block: int
    position: int
    registers: tuple[tuple[str, _Held | None], ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    """A point to return to: a statement list and position, with what was in force outside."""

    kind: str
    body: tuple[Statement, ...]
    at: int
    ctrl: EventSet
    label: str
    count: int
    block: int
    below: _Frame | None
    turn: _Turn | None = None


@dataclass(slots=True)
class _State:
    block: Block
    registers: dict[str, _Held]
    frame: _Frame | None
    ctrl: EventSet
    standing: dict[str, EventSet]

    def fork(self, block: Block) -> _State:
        return _State(block, dict(self.registers), self.frame, self.ctrl, dict(self.standing))

    def control(self) -> EventSet:
        ctrl = self.ctrl
        for deps in self.standing.values():
            ctrl |= deps
        return ctrl


def exits_of(body: tuple[Statement, ...]) -> frozenset[str]:
    """Labels of enclosing scopes that a statement list may leave for."""
    found: set[str] = set()
    for statement in body:
        if isinstance(statement, Exit):
            found.add(statement.label)
        elif isinstance(statement, If):
            found |= exits_of(statement.then) | exits_of(statement.orelse)
        elif isinstance(statement, Loop):
            found |= exits_of(statement.body)
        elif isinstance(statement, Scope):
            found |= exits_of(statement.body) - {statement.label}
    return frozenset(found)


class _Unfolder:
    def __init__(
        self,
        program: Program,
        stored: Mapping[Addr, frozenset[Value]],
        bound: int,
        pruning: bool,
    ) -> None:
        self.pruning = pruning
        self.program = program
        self.stored = stored
        self.bound = bound
        self.events: list[Event] = []
        self.blocks: list[Block] = []
        self.roots: list[int] = []
        self.exits: dict[int, frozenset[str]] = {}
        self.iterations = 0
        self.live = live_at_loops(program)
        self.plain = plainly_written(program)

    def run(self) -> None:
        for index, thread in enumerate(self.program.threads):
            self.thread(index, thread)

    def thread(self, index: int, thread: Thread) -> None:
        root = self.new_block(index, None, [])
        self.roots.append(root.number)
        registers = {name: _Held(value) for name, value in thread.registers.items()}
        frame = _Frame("body", thread.body, 0, _NONE, "", 0, 0, None)
        work = [_State(root, registers, frame, _NONE, {})]
        while work:
            state = work.pop()
            forks = self.advance(state)
            work.extend(reversed(forks))

    def new_block(self, thread: int, parent: Block | None, guards: list[Sym]) -> Block:
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

    def branch(self, state: _State, guards: list[Sym]) -> _State | None:
        """A child state under the guards, None if they can never hold."""
        for guard in guards:
            if self.pruning and possible(guard, self.domain) <= {0}:
                return None
        return state.fork(self.new_block(state.block.thread, state.block, guards))

    def eval(self, state: _State, expr: Expr) -> _Held:
        if isinstance(expr, Const):
            return _Held(expr.value)
        if isinstance(expr, Reg):
            return state.registers.get(expr.name, _Held(0))
        args = [self.eval(state, arg) for arg in expr.args]
        deps, implicit = args[0].deps, args[0].implicit
        for arg in args[1:]:
            deps |= arg.deps
            implicit |= arg.implicit
        return _Held(apply(expr.op, *(arg.value for arg in args)), deps, implicit)

    def assign(self, state: _State, reg: str | None, value: Sym, deps: EventSet) -> None:
        if reg is not None:
            state.registers[reg] = _Held(value, deps, state.control())

    def emit(
        self,
        state: _State,
        kind: str,
        source: Source,
        tags: tuple[str, ...] = (),
        addr: tuple[Addr, EventSet] | None = None,
        data: _Held | None = None,
        *,
        atomic: bool = False,
    ) -> Event:
        if len(self.events) >= MAX_EVENTS:
            raise UnsupportedError(f"more than {MAX_EVENTS} events over all paths")
        number = len(self.events)
        event = Event(
            number,
            state.block.thread,
            state.block.number,
            kind,
            frozenset(tags),
            addr[0] if addr else None,
            data.value if data else 0,
            addr[1] if addr else _NONE,
            data.deps if data else _NONE,
            state.control(),
            source,
            atomic,
        )
        if kind == "R":
            event.value = Ref(number)
        self.events.append(event)
        state.block.events.append(number)
        return event

    def advance(self, state: _State) -> list[_State]:
        """Runs to the next fork or the end; returns the forks (none at the end)."""
        while True:
            frame = state.frame
            if frame is None:
                state.block.final = {reg: held.value for reg, held in state.registers.items()}
                return []
            if frame.at >= len(frame.body):
                if frame.kind == "loop":
                    if self.idle(state, frame):
                        return self.prune(state)
                    if not self.again(state, frame):
                        return self.cut(state)
                else:
                    self.leave(state, frame)
                continue
            statement = frame.body[frame.at]
            state.frame = replace(frame, at=frame.at + 1)
            forks = self.step(state, statement)
            if forks is not None:
                return forks

    def again(self, state: _State, frame: _Frame) -> bool:
        """Starts the next iteration; one without any choice does not count against the bound."""
        self.iterations += 1
        if frame.count > self.bound or self.iterations > MAX_ITERATIONS:
            return False
        count = frame.count + (frame.block != state.block.number)
        block = state.block.number
        turn = None if frame.turn is None else self.turn(state, dict(frame.turn.registers))
        state.frame = replace(frame, at=0, count=count, block=block, turn=turn)
        return True

    def turn(self, state: _State, names: Iterable[str]) -> _Turn:
        """The turn that begins now; ``names`` are the registers in use at its begin."""
        held = tuple((name, state.registers.get(name)) for name in names)
        return _Turn(state.block.number, len(state.block.events), held)

    def idle(self, state: _State, frame: _Frame) -> bool:
        """Whether the turn that ends here changed nothing: executions with it are executions
        without it (see ``awaits``)."""
        turn = frame.turn
        if turn is None or any(state.registers.get(name) != held for name, held in turn.registers):
            return False
        return all(self.leaves_no_trace(number) for number in self.since(state, turn))

    def since(self, state: _State, turn: _Turn) -> Iterator[int]:
        """The events of a turn, on the path that ``state`` took."""
        block = state.block
        while block.number != turn.block and block.parent is not None:
            yield from block.events
            block = self.blocks[block.parent]
        yield from block.events[turn.position :]

    def leaves_no_trace(self, number: int) -> bool:
        event = self.events[number]
        plain = event.loc is not None and (self.plain is None or event.loc.base in self.plain)
        alone = event.partner is None
        return leaves_no_trace(event.kind, event.tags, alone=alone, plainly_written=plain)

    def cut(self, state: _State) -> list[_State]:
        state.block.cut = True
        state.block.final = {}
        return []

    def leave(self, state: _State, frame: _Frame) -> None:
        state.frame = frame.below
        state.ctrl = frame.ctrl
        if frame.kind == "scope":
            state.standing.pop(frame.label, None)

    def push(
        self, state: _State, kind: str, body: tuple[Statement, ...], label: str, ctrl: EventSet
    ) -> None:
        block = state.block.number
        state.frame = _Frame(kind, body, 0, state.ctrl, label, 1, block, state.frame)
        state.ctrl = ctrl

    def step(self, state: _State, statement: Statement) -> list[_State] | None:
        """Executes one statement; None to go on in the same block."""
        if isinstance(statement, Assign):
            held = self.eval(state, statement.expr)
            state.registers[statement.reg] = _Held(
                held.value, held.deps, held.implicit | state.control()
            )
            return None
        if isinstance(statement, If):
            return self.step_if(state, statement)
        if isinstance(statement, Loop):
            self.push(state, "loop", statement.body, "", state.ctrl)
            assert state.frame is not None
            turn = self.turn(state, sorted(self.live[id(statement)]))
            state.frame = replace(state.frame, turn=turn)
            return None
        if isinstance(statement, Scope):
            self.push(state, "scope", statement.body, statement.label, state.ctrl)
            return None
        if isinstance(statement, Exit):
            self.step_exit(state, statement)
            return None
        if isinstance(statement, Assume):
            held = self.eval(state, statement.cond)
            if not reads_of(held.value):
                return None if held.value != 0 else self.prune(state)
            child = self.branch(state, [held.value])
            return [child] if child else self.prune(state)
        if isinstance(statement, Choose):
            forks = []
            for value in range(statement.count):
                child = state.fork(self.new_block(state.block.thread, state.block, []))
                child.registers[statement.reg] = _Held(value)
                forks.append(child)
            return forks
        return self.step_event(state, statement)

    def prune(self, state: _State) -> list[_State]:
        """Ends a path that no execution takes."""
        state.block.guards.append(0)
        state.block.final = {}
        return []

    def step_if(self, state: _State, statement: If) -> list[_State] | None:
        held = self.eval(state, statement.cond)
        deps = held.deps | held.implicit
        labels = self.exits.get(id(statement))
        if labels is None:
            labels = exits_of(statement.then) | exits_of(statement.orelse)
            self.exits[id(statement)] = labels
        for label in labels:
            state.standing[label] = state.standing.get(label, _NONE) | deps
        if not reads_of(held.value):
            body = statement.then if held.value != 0 else statement.orelse
            self.push(state, "arm", body, "", state.ctrl | deps)
            return None
        forks = []
        for body, guard in (
            (statement.then, held.value),
            (statement.orelse, apply("!", held.value)),
        ):
            child = self.branch(state, [guard])
            if child is not None:
                self.push(child, "arm", body, "", state.ctrl | deps)
                forks.append(child)
        return forks

    def step_exit(self, state: _State, statement: Exit) -> None:
        while state.frame is not None:
            frame = state.frame
            self.leave(state, frame)
            if frame.kind == "scope" and frame.label == statement.label:
                return
        raise AssertionError(f"exit from {statement.label} outside of it")

    def step_event(self, state: _State, statement: Statement) -> list[_State] | None:
        if isinstance(statement, Load | Store | Rmw | Lock | Srcu) or (
            isinstance(statement, Fence) and statement.addr is not None
        ):
            addr = self.eval(state, statement.addr or Const(0))
            return self.at_addresses(state, statement, addr)
        if isinstance(statement, Fence):
            self.emit(state, "F", statement.source, statement.tags)
            return None
        raise AssertionError(f"unknown statement {statement!r}")

    def at_addresses(self, state: _State, statement: Statement, addr: _Held) -> list[_State] | None:
        """Runs an access for each address it can have."""
        if isinstance(addr.value, Addr):
            return self.access(state, statement, (addr.value, addr.deps))
        targets = sorted(possible(addr.value, self.domain), key=sort_key)
        if ANY in targets:
            raise UnsupportedError("an address that can be any of too many integers")
        forks: list[_State] = []
        for target in targets:
            child = self.branch(state, [apply("==", addr.value, target)])
            if child is None:
                continue
            if target == THIN_AIR:
                self.prune(child)
                continue
            # An int is no location of the program: herd names the location after it.
            place = target if isinstance(target, Addr) else Addr(str(target))
            more = self.access(child, statement, (place, addr.deps))
            forks.extend([child] if more is None else more)
        return forks

    def access(
        self, state: _State, statement: Statement, addr: tuple[Addr, EventSet]
    ) -> list[_State] | None:
        loc = addr[0]
        length = self.program.arrays.get(loc.base)
        if (length is None) != (loc.element < 0) or (length and not 0 <= loc.element < length):
            raise UnsupportedError(f"access outside of {loc.base}: {loc}")
        if isinstance(statement, Load):
            event = self.emit(state, "R", statement.source, statement.tags, addr)
            self.assign(state, statement.reg, event.value, frozenset((event.number,)))
            return None
        if isinstance(statement, Store):
            data = self.eval(state, statement.value)
            self.emit(state, "W", statement.source, statement.tags, addr, data)
            return None
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

    def lock(
        self, state: _State, statement: Lock, addr: tuple[Addr, EventSet]
    ) -> list[_State] | None:
        def take(at: _State) -> None:
            read = self.emit(at, "LKR", statement.source, (), addr)
            read.partner = self.emit(at, "LKW", statement.source, (), addr).number

        def child() -> _State:
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
            one, zero = _NONE, frozenset((event.number,))
        else:
            held = self.emit(taken, "RL", statement.source, (), addr)
            free = self.emit(failed, "RU", statement.source, (), addr)
            one, zero = frozenset((held.number,)), frozenset((free.number,))
        self.assign(taken, statement.reg, 1, one)
        self.assign(failed, statement.reg, 0, zero)
        return [taken, failed]

    def srcu(self, state: _State, statement: Srcu, addr: tuple[Addr, EventSet]) -> None:
        data = self.eval(state, statement.value) if statement.value is not None else None
        event = self.emit(state, "SRCU", statement.source, statement.tags, addr, data)
        if statement.reg is not None:
            # A value of its own for each reader, so that a wrong match shows.
            event.value = 1_000 * (event.thread + 1) + event.number
            self.assign(state, statement.reg, event.value, frozenset((event.number,)))

    def rmw(
        self, state: _State, statement: Rmw, addr: tuple[Addr, EventSet]
    ) -> list[_State] | None:
        operand = self.eval(state, statement.operand)
        if statement.expected is None:
            self.rmw_success(state, statement, addr, operand)
            return None
        expected = self.eval(state, statement.expected)
        yes, no = ("==", "!=") if statement.op == "cmpxchg" else ("!=", "==")
        forks: list[_State] = []
        taken = state.fork(self.new_block(state.block.thread, state.block, []))
        read = self.rmw_success(taken, statement, addr, operand)
        self.guard(taken, apply(yes, read.value, expected.value), forks)
        failed = state.fork(self.new_block(state.block.thread, state.block, []))
        event = self.emit(failed, "R", statement.source, statement.fail_tags, addr, atomic=True)
        deps = frozenset((event.number,))
        gives = 0 if statement.gives == "success" else event.value
        self.assign(failed, statement.reg, gives, deps)
        self.guard(failed, apply(no, event.value, expected.value), forks)
        return forks

    def guard(self, state: _State, guard: Sym, forks: list[_State]) -> None:
        """Requires ``guard`` of the state's own block; a block that cannot be is pruned."""
        if self.pruning and possible(guard, self.domain) <= {0}:
            self.prune(state)
            return
        state.block.guards.append(guard)
        forks.append(state)

    def rmw_success(
        self, state: _State, statement: Rmw, addr: tuple[Addr, EventSet], operand: _Held
    ) -> Event:
        if statement.fences:
            self.emit(state, "F", statement.source, statement.fences)
        read = self.emit(state, "R", statement.source, statement.read_tags, addr, atomic=True)
        own = frozenset((read.number,))
        if statement.op in ("xchg", "cmpxchg"):
            stored = operand
        else:
            op = "+" if statement.op == "add_unless" else statement.op
            stored = _Held(apply(op, read.value, operand.value), operand.deps | own)
        write = self.emit(
            state, "W", statement.source, statement.write_tags, addr, stored, atomic=True
        )
        read.partner = write.number
        if statement.fences:
            self.emit(state, "F", statement.source, statement.fences)
        if statement.gives == "new":
            self.assign(state, statement.reg, stored.value, stored.deps | own)
        elif statement.gives == "success":
            self.assign(state, statement.reg, 1, own)
        else:
            self.assign(state, statement.reg, read.value, own)
        return read


def unfold(program: Program, bound: int = 3) -> Tree:
    """The event tree of a program, loops repeated ``bound`` times at most.

    Values that locations can hold are found by iteration, since they decide which addresses are
    possible. No branch is ruled out before they settle: a value may justify the branch that writes
    it, and only the memory model can say that it does not. Raises UnsupportedError when the tree or
    the values grow past the limits.
    """
    stored: dict[Addr, frozenset[Value]] = {
        loc: frozenset((value,)) for loc, value in program.memory.items()
    }
    for _ in range(64):
        unfolder = _Unfolder(program, stored, bound, pruning=False)
        unfolder.run()
        found = _stored_values(unfolder.events, program)
        for loc in _circular(unfolder.events):
            found[loc] |= {THIN_AIR}
        merged = {
            loc: found.get(loc, frozenset()) | stored.get(loc, frozenset())
            for loc in found.keys() | stored.keys()
        }
        if merged == stored:
            if len(unfolder.blocks) > len(unfolder.roots):
                unfolder = _Unfolder(program, stored, bound, pruning=True)
                unfolder.run()
            return _finish(unfolder)
        stored = merged
    raise UnsupportedError("the values of the program's locations do not settle")


def _stored_values(events: list[Event], program: Program) -> dict[Addr, frozenset[Value]]:
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

    for _ in range(len(moving) + 1):
        changed = False
        for event in moving:
            try:
                more = possible(event.value, domain)
            except UnsupportedError:
                reads = [domain(read) for read in reads_of(event.value)]
                if any(isinstance(value, Addr) and value != ANY for r in reads for value in r):
                    raise
                more = frozenset((ANY,))
            changed |= _add(values, event.loc, more)
        if not changed:
            break
    return values


def _circular(events: list[Event]) -> set[Addr]:
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


def _finish(unfolder: _Unfolder) -> Tree:
    """Numbers initial writes first and drops nothing else."""
    program = unfolder.program
    locs: dict[Addr, None] = {}
    for event in unfolder.events:
        if event.loc is not None:
            locs[event.loc] = None
    shift = len(locs)
    where = Source(program.path, 0, "initial value")
    events: list[Event] = [
        Event(
            number,
            INIT,
            -1,
            "W",
            frozenset(),
            loc,
            program.memory.get(loc, 0),
            _NONE,
            _NONE,
            _NONE,
            where,
        )
        for number, loc in enumerate(locs)
    ]
    memo: dict[Sym, Sym] = {}

    def move(sym: Sym) -> Sym:
        if isinstance(sym, int | Addr):
            return sym
        if sym not in memo:
            memo[sym] = (
                Ref(sym.event + shift)
                if isinstance(sym, Ref)
                else type(sym)(sym.op, tuple(move(arg) for arg in sym.args))
            )
        return memo[sym]

    def moved(deps: EventSet) -> EventSet:
        return frozenset(number + shift for number in deps) if deps else deps

    for event in unfolder.events:
        event.number += shift
        event.value = move(event.value)
        event.addr_dep = moved(event.addr_dep)
        event.data_dep = moved(event.data_dep)
        event.ctrl_dep = moved(event.ctrl_dep)
        if event.partner is not None:
            event.partner += shift
        events.append(event)
    for block in unfolder.blocks:
        block.guards = [move(guard) for guard in block.guards]
        block.events = [number + shift for number in block.events]
        if block.final is not None:
            block.final = {reg: move(value) for reg, value in block.final.items()}
    return Tree(
        program,
        events,
        unfolder.blocks,
        unfolder.roots,
        unfolder.bound,
        frozenset(_circular(events)),
    )


DomainOf = Callable[[int], frozenset[Value]]
