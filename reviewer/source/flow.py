"""How control passes through one function: what may be true at each of some points.

A forward pass over the syntax tree with a set of marks as its state. Branches join, loops run
until nothing changes, ``goto`` carries its state to the label. A point is a deed at an offset;
``step`` says what it makes of a mark. What the tree cannot tell (``#if`` branches left out of it,
a jump out of a guard's scope) makes the pass decline.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tree_sitter import Node

from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.source.parse import Branches, Parsed
from reviewer.source.words import words

Mark: TypeAlias = tuple[str, int]
State: TypeAlias = frozenset[Mark]
Step: TypeAlias = Callable[[Mark, "Point"], Iterable[Mark]]

NOWHERE: State = frozenset()
"""The state where control never comes."""
_ROUNDS = 12
_DEEP = 100
"""Statements inside each other beyond which the pass declines."""
_NEVER_RETURNS = re.compile(rb"\s*(?:BUG|panic|unreachable|do_exit|make_task_dead)\s*\(")
_FOREVER = re.compile(rb"\(?\s*(?:1|true)\s*\)?")
_DONE_ONCE = re.compile(rb"\(?\s*(?:0|false)\s*\)?")


@dataclass(frozen=True, slots=True)
class Point:
    """A deed at an offset of the file. ``number`` is its place among all deeds in effect order."""

    at: int
    number: int
    what: str
    arms: tuple[int, ...] = ()
    maybe: bool = False
    """True if it may be passed without effect, whatever branches are around it."""
    closes: bool = False
    """True for what a guard undoes at the end of the scope that ends at ``at``."""
    assigns: bool = False
    """True for a change of a variable, which comes behind the deeds of its statement."""


@dataclass(slots=True)
class _Frame:
    """Where ``break`` and ``continue`` lead."""

    loop: bool
    broken: State = NOWHERE
    continued: State = NOWHERE


@dataclass(slots=True)
class _Pass:
    source: SourceFile
    parsed: Parsed
    points: list[Point]
    step: Step
    starts: list[int] = field(default_factory=list)
    closing: dict[int, list[Point]] = field(default_factory=dict)
    labels: dict[bytes, State] = field(default_factory=dict)
    frames: list[_Frame] = field(default_factory=list)
    left: State = NOWHERE
    unsettled: bool = False
    depth: int = 0
    outer: int = 0
    """Preprocessor conditions around the function itself."""

    def certain(self, node: Node) -> bool:
        """True unless a statement is compiled in some configurations only."""
        return len(self.source.conditions_at(node.start_byte + self.parsed.base)) <= self.outer


def passes(
    source: SourceFile, function: Function, points: Sequence[Point], step: Step, start: Mark
) -> State | None:
    """The marks with which the function may be left; None if its flow cannot be followed.

    ``step`` sees every mark that may stand before a point, some of them more than once.
    """
    parsed = source.parsed(function)
    if function.has_error or parsed.root is None or parsed.has_error:
        return None
    if parsed.branches not in (Branches.NONE, Branches.BOTH):
        return None
    body = _body(parsed.root)
    if body is None or _leaps(body, points, parsed):
        return None
    ordered = sorted((p for p in points if not p.closes), key=lambda p: p.at)
    run = _Pass(source, parsed, ordered, step, [p.at for p in ordered])
    run.outer = len(source.conditions_at(function.body_start))
    for point in points:
        if point.closes:
            run.closing.setdefault(point.at, []).append(point)
    for _ in range(_ROUNDS):
        before = dict(run.labels)
        run.left = NOWHERE
        end = _statement(run, body, frozenset((start,)))
        if run.unsettled:
            return None
        if run.labels == before:
            return run.left | end
    return None


def _body(root: Node) -> Node | None:
    for child in root.named_children:
        if child.type == "function_definition":
            return child.child_by_field_name("body")
    return None


def _leaps(body: Node, points: Sequence[Point], parsed: Parsed) -> bool:
    """True if a jump may leave the scope of a guard that ends before the function does."""
    inner = [p for p in points if p.closes and p.at < body.end_byte + parsed.base]
    if not inner:
        return False
    text = parsed.text[body.start_byte : body.end_byte]
    return re.search(rb"\b(?:goto|break|continue)\b", text) is not None


def _statement(run: _Pass, node: Node, state: State) -> State:
    """The state behind a statement."""
    work = _STATEMENTS.get(node.type)
    if work is not None:
        run.depth += 1
        if run.depth > _DEEP:
            run.unsettled = True
        after = state if run.unsettled else work(run, node, state)
        run.depth -= 1
        return after
    after = _expression(run, node, state)
    if node.type == "expression_statement":
        text = run.parsed.text[node.start_byte : node.end_byte]
        if _NEVER_RETURNS.match(text) and run.certain(node):
            return NOWHERE
    return after


def _expression(run: _Pass, node: Node | None, state: State, condition: bool = False) -> State:
    """The state behind an expression or a declaration: its deeds in effect order."""
    if node is None:
        return state
    start, end = node.start_byte + run.parsed.base, node.end_byte + run.parsed.base
    first, last = bisect_left(run.starts, start), bisect_left(run.starts, end)
    here = sorted(run.points[first:last], key=lambda p: (p.assigns, p.number))
    if condition:
        here = [p for p in here if p.assigns] + here
    for point in here:
        after = _stepped(run, point, state)
        passed = point.maybe or any(start <= arm < end for arm in point.arms)
        state = after | state if passed else after
    return state


def _stepped(run: _Pass, point: Point, state: State) -> State:
    return frozenset(mark for one in state for mark in run.step(one, point))


def _close(run: _Pass, end: int, state: State) -> State:
    for point in run.closing.get(end + run.parsed.base, ()):
        state = _stepped(run, point, state)
    return state


def _compound(run: _Pass, node: Node, state: State) -> State:
    for child in node.named_children:
        if child.type != "comment":
            state = _statement(run, child, state)
    return _close(run, node.end_byte, state)


def _if(run: _Pass, node: Node, state: State) -> State:
    word = run.parsed.rewrites.get(node.start_byte)
    consequence = node.child_by_field_name("consequence")
    alternative = node.child_by_field_name("alternative")
    if word in words().once:
        return _once(run, node, word, consequence, state)
    state = _expression(run, node.child_by_field_name("condition"), state, condition=True)
    taken = _statement(run, consequence, state) if consequence is not None else state
    other = _statement(run, alternative, state) if alternative is not None else state
    return taken | other


def _once(
    run: _Pass, node: Node, word: str | None, consequence: Node | None, state: State
) -> State:
    """``scoped_guard(…) statement``; the conditional one may pass its statement by."""
    head = node.child_by_field_name("condition")
    base = run.parsed.base
    for point in run.points:
        if node.start_byte <= point.at - base < (node.end_byte if head is None else head.end_byte):
            state = _stepped(run, point, state)
    before = state
    if consequence is not None:
        state = _statement(run, consequence, state)
        if consequence.type != "compound_statement":
            state = _close(run, node.end_byte, state)
    return state if word == "scoped_guard" else state | before


def _else(run: _Pass, node: Node, state: State) -> State:
    for child in node.named_children:
        if child.type != "comment":
            state = _statement(run, child, state)
    return state


def _while(run: _Pass, node: Node, state: State) -> State:
    condition = node.child_by_field_name("condition")
    body = node.child_by_field_name("body")
    word = run.parsed.rewrites.get(node.start_byte)
    forever = word is None and _matches(run, condition, _FOREVER)
    return _loop(run, node if word else condition, body, None, state, forever, word is not None)


def _for(run: _Pass, node: Node, state: State) -> State:
    state = _expression(run, node.child_by_field_name("initializer"), state)
    condition = node.child_by_field_name("condition")
    forever = condition is None or _matches(run, condition, _FOREVER)
    body = node.child_by_field_name("body")
    return _loop(run, condition, body, node.child_by_field_name("update"), state, forever, False)


def _loop(
    run: _Pass,
    head: Node | None,
    body: Node | None,
    update: Node | None,
    state: State,
    forever: bool,
    iterator: bool,
) -> State:
    for _ in range(_ROUNDS):
        frame = _Frame(True)
        if iterator and head is not None and body is not None:
            tested = _head(run, head, body, state)
        else:
            tested = _expression(run, head, state, condition=True)
        run.frames.append(frame)
        end = _statement(run, body, tested) if body is not None else tested
        run.frames.pop()
        again = _expression(run, update, end | frame.continued)
        if again <= state:
            return frame.broken if forever else tested | frame.broken
        state = state | again
    run.unsettled = True
    return state


def _head(run: _Pass, loop: Node, body: Node, state: State) -> State:
    """Deeds of an iterator's head, which begin where the iterator's name stands."""
    base = run.parsed.base
    first = bisect_left(run.starts, loop.start_byte + base)
    last = bisect_left(run.starts, body.start_byte + base)
    for point in run.points[first:last]:
        state = _stepped(run, point, state)
    return state


def _do(run: _Pass, node: Node, state: State) -> State:
    body = node.child_by_field_name("body")
    condition = node.child_by_field_name("condition")
    once = _matches(run, condition, _DONE_ONCE)
    for _ in range(_ROUNDS):
        frame = _Frame(True)
        run.frames.append(frame)
        end = _statement(run, body, state) if body is not None else state
        run.frames.pop()
        tested = _expression(run, condition, end | frame.continued, condition=True)
        if once or tested <= state:
            forever = _matches(run, condition, _FOREVER)
            return frame.broken if forever else tested | frame.broken
        state = state | tested
    run.unsettled = True
    return state


def _switch(run: _Pass, node: Node, state: State) -> State:
    state = _expression(run, node.child_by_field_name("condition"), state, condition=True)
    body = node.child_by_field_name("body")
    if body is None:
        return state
    frame = _Frame(False)
    run.frames.append(frame)
    running, default = NOWHERE, False
    for child in body.named_children:
        if child.type == "case_statement":
            running = _case(run, child, running | state)
            default = default or child.child_by_field_name("value") is None
        elif child.type != "comment":
            running = _statement(run, child, running)
    run.frames.pop()
    after = running | frame.broken
    return after if default else after | state


def _case(run: _Pass, node: Node, state: State) -> State:
    value = node.child_by_field_name("value")
    for child in node.named_children:
        if child.type != "comment" and (value is None or child.id != value.id):
            state = _statement(run, child, state)
    return state


def _labeled(run: _Pass, node: Node, state: State) -> State:
    label = node.child_by_field_name("label")
    if label is not None:
        name = run.parsed.text[label.start_byte : label.end_byte]
        state = state | run.labels.get(name, NOWHERE)
    for child in node.named_children:
        if child.type != "comment" and (label is None or child.id != label.id):
            state = _statement(run, child, state)
    return state


def _goto(run: _Pass, node: Node, state: State) -> State:
    label = node.child_by_field_name("label")
    if label is None:
        run.unsettled = True
        return NOWHERE
    name = run.parsed.text[label.start_byte : label.end_byte]
    run.labels[name] = run.labels.get(name, NOWHERE) | state
    return NOWHERE if run.certain(node) else state


def _return(run: _Pass, node: Node, state: State) -> State:
    run.left |= _expression(run, node, state)
    return NOWHERE if run.certain(node) else state


def _break(run: _Pass, node: Node, state: State) -> State:
    if run.frames:
        run.frames[-1].broken |= state
    return NOWHERE if run.certain(node) else state


def _continue(run: _Pass, node: Node, state: State) -> State:
    for frame in reversed(run.frames):
        if frame.loop:
            frame.continued |= state
            break
    return NOWHERE if run.certain(node) else state


def _matches(run: _Pass, node: Node | None, pattern: re.Pattern[bytes]) -> bool:
    if node is None:
        return False
    return pattern.fullmatch(run.parsed.text[node.start_byte : node.end_byte]) is not None


_STATEMENTS: dict[str, Callable[[_Pass, Node, State], State]] = {
    "compound_statement": _compound,
    "if_statement": _if,
    "else_clause": _else,
    "while_statement": _while,
    "for_statement": _for,
    "do_statement": _do,
    "switch_statement": _switch,
    "case_statement": _case,
    "labeled_statement": _labeled,
    "goto_statement": _goto,
    "return_statement": _return,
    "break_statement": _break,
    "continue_statement": _continue,
}
