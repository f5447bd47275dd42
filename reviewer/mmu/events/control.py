"""Control flow: one path a leaf, prefixes shared.

Control dependencies follow herd7's C semantics (herdtools7 herd/CSem.ml, herd/modelUtils.ml): they
reach the events inside the arms of an ``if``. Beyond herd's language, an arm that leaves a loop or
function makes the rest of that loop or function control dependent too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reviewer.mmu.awaits import leaves_no_trace, live_at_loops, plainly_written
from reviewer.mmu.events.accesses import Accesses
from reviewer.mmu.events.path import Frame, Held, PathState, Turn
from reviewer.mmu.events.tree import NONE, EventSet
from reviewer.mmu.program import (
    Addr,
    Assign,
    Assume,
    Choose,
    Control,
    Exit,
    If,
    Loop,
    Program,
    Scope,
    Statement,
    Thread,
    Value,
)
from reviewer.mmu.uses import movable, only_watches, watchers
from reviewer.mmu.values import UnsupportedError, apply, reads_of

MAX_ITERATIONS = 10_000


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


@dataclass(frozen=True, slots=True)
class Told:
    """What the statements of a program tell, whatever its locations hold; by ``id`` of each."""

    live: Mapping[int, frozenset[str]]
    plain: frozenset[str] | None
    watchers: tuple[frozenset[str], ...]
    exits: dict[int, frozenset[str]] = field(default_factory=dict)
    twins: dict[int, frozenset[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, program: Program) -> Told:
        """As far as it is not worked out when asked for."""
        return cls(
            live_at_loops(program),
            plainly_written(program),
            tuple(watchers(thread.body) for thread in program.threads),
        )


class Unfolder(Accesses):
    """Unfolds every thread of a program, loops repeated ``bound`` times at most."""

    def __init__(
        self,
        program: Program,
        stored: Mapping[Addr, frozenset[Value]],
        bound: int,
        told: Told,
        *,
        pruning: bool,
    ) -> None:
        super().__init__(program, stored, pruning=pruning)
        self.bound = bound
        self.roots: list[int] = []
        self.iterations = 0
        self.told = told

    def run(self) -> None:
        for index, thread in enumerate(self.program.threads):
            self.thread(index, thread)

    def thread(self, index: int, thread: Thread) -> None:
        root = self.new_block(index, None, [])
        self.roots.append(root.number)
        registers = {name: Held(value) for name, value in thread.registers.items()}
        frame = Frame("body", thread.body, 0, NONE, "", 0, 0, None)
        work = [PathState(root, registers, frame, NONE, {})]
        while work:
            state = work.pop()
            forks = self.advance(state)
            work.extend(reversed(forks))

    def advance(self, state: PathState) -> list[PathState]:
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
            state.frame = frame.behind()
            try:
                forks = self.step(state, statement)
            except UnsupportedError as error:
                source = getattr(statement, "source", None)
                error.line = error.line or (source.line if source is not None else 0)
                raise
            if forks is not None:
                return forks

    def again(self, state: PathState, frame: Frame) -> bool:
        """Starts the next iteration; one without any choice does not count against the bound."""
        self.iterations += 1
        if frame.count > self.bound or self.iterations > MAX_ITERATIONS:
            return False
        count = frame.count + (frame.block != state.block.number)
        block = state.block.number
        turn = None if frame.turn is None else self.turn(state, dict(frame.turn.registers))
        state.frame = replace(frame, at=0, count=count, block=block, turn=turn)
        return True

    def turn(self, state: PathState, names: Iterable[str]) -> Turn:
        """The turn that begins now; ``names`` are the registers in use at its begin."""
        held = tuple((name, state.registers.get(name)) for name in names)
        return Turn(state.block.number, len(state.block.events), held)

    def idle(self, state: PathState, frame: Frame) -> bool:
        """Whether the turn that ends here changed nothing: executions with it are executions
        without it (see ``awaits``)."""
        turn = frame.turn
        if turn is None or any(state.registers.get(name) != held for name, held in turn.registers):
            return False
        return all(self.leaves_no_trace(number) for number in self.since(state, turn))

    def since(self, state: PathState, turn: Turn) -> Iterator[int]:
        """The events of a turn, on the path that ``state`` took."""
        block = state.block
        while block.number != turn.block and block.parent is not None:
            yield from block.events
            block = self.blocks[block.parent]
        yield from block.events[turn.position :]

    def leaves_no_trace(self, number: int) -> bool:
        event = self.events[number]
        written = self.told.plain
        plain = event.loc is not None and (written is None or event.loc.base in written)
        alone = event.partner is None
        return leaves_no_trace(event.kind, event.tags, alone=alone, plainly_written=plain)

    def cut(self, state: PathState) -> list[PathState]:
        state.block.cut = True
        state.block.final = {}
        return []

    def leave(self, state: PathState, frame: Frame) -> None:
        state.frame = frame.below
        state.ctrl = frame.ctrl
        if frame.kind == "scope":
            state.standing.pop(frame.label, None)

    def push(
        self, state: PathState, kind: str, body: tuple[Statement, ...], label: str, ctrl: EventSet
    ) -> None:
        block = state.block.number
        state.frame = Frame(kind, body, 0, state.ctrl, label, 1, block, state.frame)
        state.ctrl = ctrl

    def step(self, state: PathState, statement: Statement) -> list[PathState] | None:
        """Executes one statement; None to go on in the same block."""
        if isinstance(statement, Assign):
            held = self.eval(state, statement.expr)
            implicit = held.implicit | state.control()
            state.registers[statement.reg] = Held(
                held.value, held.deps, implicit, held.firm, held.picks
            )
            return None
        if isinstance(statement, If):
            return self.step_if(state, statement)
        if isinstance(statement, Loop):
            self.push(state, "loop", statement.body, "", state.ctrl)
            assert state.frame is not None
            turn = self.turn(state, sorted(self.told.live[id(statement)]))
            state.frame = replace(state.frame, turn=turn)
            return None
        if isinstance(statement, Scope):
            self.push(state, "scope", statement.body, statement.label, state.ctrl)
            return None
        if isinstance(statement, Exit):
            self.step_exit(state, statement)
            return None
        if isinstance(statement, Control):
            held = self.eval(state, statement.cond)
            state.standing[""] = state.standing.get("", NONE) | held.deps | held.implicit
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
                child.registers[statement.reg] = Held(value)
                forks.append(child)
            return forks
        return self.step_event(state, statement)

    def step_if(self, state: PathState, statement: If) -> list[PathState] | None:
        held = self.eval(state, statement.cond)
        deps = held.deps | held.implicit
        labels = self.told.exits.get(id(statement))
        if labels is None:
            labels = exits_of(statement.then) | exits_of(statement.orelse)
            self.told.exits[id(statement)] = labels
        for label in labels:
            state.standing[label] = state.standing.get(label, NONE) | deps
        if not reads_of(held.value):
            body = statement.then if held.value != 0 else statement.orelse
            self.push(state, "arm", body, "", state.ctrl | deps)
            return None
        if only_watches(statement, self.told.watchers[state.block.thread]):
            self.select(state, statement, held)
            return None
        for access in self.alike(statement):
            state.alike[access] = state.alike.get(access, NONE) | deps
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

    def alike(self, statement: If) -> frozenset[int]:
        """The accesses, by ``id``, that may be moved in front of it."""
        found = self.told.twins.get(id(statement))
        if found is None:
            found = self.told.twins[id(statement)] = movable(statement.then, statement.orelse)
        return found

    def select(self, state: PathState, statement: If, cond: Held) -> None:
        """Both arms at once: each register has the value of the arm that is taken."""
        before = state.registers
        arms = []
        for body in (statement.then, statement.orelse):
            state.registers = dict(before)
            for one in body:
                self.step(state, one)
            arms.append(state.registers)
        state.registers = arms[0]
        for reg in arms[0].keys() | arms[1].keys():
            then, orelse = arms[0].get(reg, Held(0)), arms[1].get(reg, Held(0))
            if then.value != orelse.value:
                state.registers[reg] = Held(apply("?", cond.value, then.value, orelse.value))

    def step_exit(self, state: PathState, statement: Exit) -> None:
        while state.frame is not None:
            frame = state.frame
            self.leave(state, frame)
            if frame.kind == "scope" and frame.label == statement.label:
                return
        raise AssertionError(f"exit from {statement.label} outside of it")
