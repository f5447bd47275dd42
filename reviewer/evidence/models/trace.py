"""The paths of a C function as events: accesses to what is asked about, and all that orders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from reviewer.evidence.models.assignments import Assignments
from reviewer.evidence.models.calls import DEEP
from reviewer.evidence.models.expressions import STEPS, TooLongError
from reviewer.evidence.models.frames import Frame, State
from reviewer.evidence.models.scope import called_in, helpers, inline_of, locals_of, variables
from reviewer.evidence.models.statements import Outcome
from reviewer.evidence.models.types import Types
from reviewer.evidence.models.values import Does, Event, Place, Trace, Traces, Value
from reviewer.kernel.order import FULL, SECTIONS, Order
from reviewer.kernel.table import order_of
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

MARK = "(here)"
"""The event of passing the statement that was asked about."""
_STEPS_OF_A_BLOCK = STEPS // 4
_STATEMENTS = (0, 1, 5)
"""Statements on either side of a barrier that are followed of a function with too many paths."""
_WORD = re.compile(r"[A-Za-z_]\w*")
_CALLED = re.compile(r"(?<![\w.>])([A-Za-z_]\w*)\s*\(")


class Tracer(Assignments):
    """Follows the paths of one function of a file; ``words`` are the members asked about."""

    def __init__(
        self, world: World, words: frozenset[str], mark: int = -1, *, closed: bool = False
    ) -> None:
        """``mark`` is the offset of a statement whose beginning is to be an event.

        ``closed`` leaves helpers that do anything of interest as calls that may do anything.
        """
        super().__init__(Types(world))
        self.closed = closed
        self._mark = mark
        self._world = world
        self._words = words
        self.left_out = {}
        self._frames = 0
        self._home = ""
        self._reach: dict[tuple[str, str], bool] = {}
        self.stack: list[str] = []
        self._near: dict[tuple[str, int, int, int], bool] = {}

    def traces(self, source: SourceFile, function: Function) -> Traces:
        """Every path of the function."""
        traces = dict.fromkeys(Trace(s.events()) for s, _, _ in self.ends(source, function))
        return Traces(function.name, source.path, tuple(traces), tuple(self.left_out))

    def around(self, source: SourceFile, function: Function, place: int) -> Traces:
        """The paths of a few statements around an offset, or of a block: as many as can be."""
        self._home = source.path
        body = self.frame_of(source, function, 0)
        if body is None:
            return Traces(function.name, source.path, (), ())
        frame, node = body
        self.stack.append(function.name)
        found: dict[Trace, None] = {}
        blocks = _blocks_around(node, place - frame.parsed.base)
        nearest = [_beside(blocks[0], place - frame.parsed.base, count) for count in _STATEMENTS]
        for statements in (*nearest, *([block] for block in blocks if block.id != node.id)):
            self.steps = STEPS - _STEPS_OF_A_BLOCK
            try:
                ends = self._sequence(statements, frame, [(State(), "", Value())])
            except TooLongError:
                break
            found = dict.fromkeys(Trace(state.events(), partial=True) for state, _, _ in ends)
        self.stack.pop()
        line = source.line_of(place)
        note = f"all of {function.name}() but the block around line {line}"
        return Traces(function.name, source.path, tuple(found), (*self.left_out, note))

    def ends(self, source: SourceFile, function: Function) -> list[Outcome]:
        """Where the paths of the function end; () if it cannot be followed, which is left out."""
        self._home = source.path
        body = self.frame_of(source, function, 0)
        if body is None:
            self.left_out = {f"{function.name}() could not be parsed": None}
            return []
        frame, node = body
        self.stack.append(function.name)
        state = State()
        for name in function.parameters:
            state = state.bound(
                frame.number, name, Value(text=name, struct=frame.structs.get(name, ""))
            )
        try:
            found = self.run(node, frame, self.entered(state, frame))
        except TooLongError:
            self.left_out = {f"{function.name}() has more paths than can be followed": None}
            return []
        self.stack.pop()
        return found

    def entered(self, state: State, frame: Frame) -> State:
        """The state in which the function asked about begins."""
        return state

    def frame_of(
        self, source: SourceFile, function: Function, top: int
    ) -> tuple[Frame, Node] | None:
        parsed = source.parsed(function)
        if parsed.root is None or parsed.has_error:
            return None
        body = next(
            (
                inner
                for child in parsed.root.named_children
                if child.type == "function_definition"
                and (inner := child.child_by_field_name("body")) is not None
            ),
            None,
        )
        if body is None:
            return None
        self._frames += 1
        names = function.parameters + locals_of(source, function, body)
        structs = {} if function.macro else self.types.locals_of(source, function)
        home = self._home or source.path
        return Frame(
            self._frames, source, function, parsed, structs, names, top=top, home=home
        ), body

    # --- what is asked about --------------------------------------------------------------

    def asked(self, place: Place) -> bool:
        return not self._words.isdisjoint(re.split(r"[.#\[\]]+", place.member))

    def is_global(self, name: str, frame: Frame) -> bool:
        return name in variables(frame.source)

    def matters(self, node: Node, frame: Frame) -> bool:
        key = (frame.source.path, frame.parsed.base, node.start_byte, node.end_byte)
        known = self._near.get(key)
        if known is None:
            text = frame.word(node)
            known = not self._words.isdisjoint(_WORD.findall(text)) or any(
                self.wanted(word, frame) for word in dict.fromkeys(_CALLED.findall(text))
            )
            self._near[key] = known
        return known

    def wanted(self, word: str, frame: Frame) -> bool:
        order = order_of(word)
        if order is not None and helpers().definition(word) is None:
            return bool(order & FULL) and not order & SECTIONS
        return self.reaches(word, frame.source, self.deep)

    def reaches(self, name: str, source: SourceFile, deep: int) -> bool:
        """True if a helper touches what is asked about, or orders."""
        key = (source.path, name)
        known = self._reach.get(key)
        if known is not None or deep <= 0:
            return bool(known)
        self._reach[key] = False
        found = self.definition(name, source)
        if found is None:
            return False
        where, function = found
        names = where.identifiers(function.body_start, function.body_end)
        called = called_in(where, function.start_byte, function.body_end)
        if self.touches(names, called):
            self._reach[key] = True
            return True
        for word in called:
            if self.opens(word) and self.reaches(word, where, deep - 1):
                self._reach[key] = True
                return True
        return False

    def touches(self, names: frozenset[str], called: tuple[str, ...]) -> bool:
        """True if code that has these names and calls does something that is asked about."""
        return not self._words.isdisjoint(names) or any(
            (order := order_of(word) or Order.NONE) & FULL and not order & SECTIONS
            for word in called
        )

    def opens(self, name: str) -> bool:
        """True if a call is to be looked into, as no primitive is."""
        return order_of(name) is None

    def definition(self, name: str, source: SourceFile) -> tuple[SourceFile, Function] | None:
        here = source.definition(name)
        if here is not None:
            return source, here
        known = helpers().definition(name)
        if known is not None:
            return helpers(), known
        if source is helpers():
            return None
        return inline_of(self._world.library, self._world.source, name)

    def run(self, node: Node, frame: Frame, state: State) -> list[Outcome]:
        start = node.start_byte + frame.parsed.base
        if start == self._mark and len(self.stack) == 1 and node.type != "else_clause":
            line = frame.line(node)
            last = state.last.event if state.last is not None else None
            if last is None or last.name != MARK:
                state = state.happened(Event(Does.FENCE, MARK, frame.source.path, line, line))
        return super().run(node, frame, state)


def _blocks_around(node: Node, at: int) -> list[Node]:
    """The blocks around an offset, the innermost first."""
    found: list[Node] = []
    inner: Node | None = node
    while inner is not None:
        if inner.type == "compound_statement":
            found.append(inner)
        inner = next((c for c in inner.named_children if c.start_byte <= at < c.end_byte), None)
    return found[::-1]


def _beside(block: Node, at: int, count: int) -> list[Node]:
    """The few statements of a block around an offset."""
    children = [one for one in block.named_children if one.type != "comment"]
    here = next((i for i, one in enumerate(children) if at < one.end_byte), 0)
    return children[max(0, here - count) : here + count + 1]


def words_of(world: World, source: SourceFile, functions: Iterable[Function]) -> frozenset[str]:
    """Members and variables that functions and what they call mention."""
    found: set[str] = set()
    for where, function in _reached(world, source, functions):
        code = where.code(function.start_byte, function.body_end)
        found |= {one.decode() for one in re.findall(rb"(?:->|\.)\s*([A-Za-z_]\w*)", code)}
        names = where.identifiers(function.body_start, function.body_end)
        found |= names & variables(where)
    return frozenset(found)


def code_of(world: World, source: SourceFile, function: Function) -> frozenset[tuple[str, bytes]]:
    """Path and code of a function and of all that it is followed into."""
    return frozenset(
        (where.path, where.code(one.start_byte, one.body_end))
        for where, one in _reached(world, source, (function,))
    )


def _reached(
    world: World, source: SourceFile, functions: Iterable[Function]
) -> Iterator[tuple[SourceFile, Function]]:
    """Functions and the helpers that they are followed into, each once."""
    tracer = Tracer(world, frozenset())
    seen: set[tuple[str, int]] = set()
    waiting = [(source, one, 0) for one in functions]
    while waiting:
        where, function, deep = waiting.pop()
        if (where.path, function.start_byte) in seen:
            continue
        seen.add((where.path, function.start_byte))
        yield where, function
        if deep >= DEEP:
            continue
        for name in called_in(where, function.start_byte, function.body_end):
            order = order_of(name)
            if order is not None and helpers().definition(name) is None:
                continue
            inner = tracer.definition(name, where)
            if inner is not None:
                waiting.append((*inner, deep + 1))
