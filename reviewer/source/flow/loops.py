"""Loops and ``switch``: bodies that run any number of times, and jumps that lead out of them."""

from __future__ import annotations

import re
from bisect import bisect_left

from tree_sitter import Node

from reviewer.source.flow.model import NOWHERE, State
from reviewer.source.flow.run import Frame, Run

_ROUNDS = 12
_FOREVER = re.compile(rb"\(?\s*(?:1|true)\s*\)?")
NEVER = re.compile(rb"\(?\s*(?:0|false)\s*\)?")


def run_while(run: Run, node: Node, state: State) -> State:
    """A ``while``, or an iterator that was rewritten to one."""
    condition = node.child_by_field_name("condition")
    body = node.child_by_field_name("body")
    word = run.parsed.rewrites.get(node.start_byte)
    forever = word is None and run.matches(condition, _FOREVER)
    return _loop(run, node if word else condition, body, None, state, forever, word is not None)


def run_for(run: Run, node: Node, state: State) -> State:
    """A ``for``."""
    state = run.expression(node.child_by_field_name("initializer"), state)
    condition = node.child_by_field_name("condition")
    forever = condition is None or run.matches(condition, _FOREVER)
    body = node.child_by_field_name("body")
    return _loop(run, condition, body, node.child_by_field_name("update"), state, forever, False)


def _loop(
    run: Run,
    head: Node | None,
    body: Node | None,
    update: Node | None,
    state: State,
    forever: bool,
    iterator: bool,
) -> State:
    for _ in range(_ROUNDS):
        frame = Frame(True)
        if iterator and head is not None and body is not None:
            tested = _head(run, head, body, state)
        else:
            tested = run.expression(head, state, condition=True)
        run.frames.append(frame)
        end = run.statement(body, tested) if body is not None else tested
        run.frames.pop()
        again = run.expression(update, end | frame.continued)
        if again <= state:
            return frame.broken if forever else tested | frame.broken
        state = state | again
    run.unsettled = True
    return state


def _head(run: Run, loop: Node, body: Node, state: State) -> State:
    """Operations of an iterator's head, which begin where the iterator's name stands."""
    base = run.parsed.base
    first = bisect_left(run.starts, loop.start_byte + base)
    last = bisect_left(run.starts, body.start_byte + base)
    for point in run.points[first:last]:
        state = run.stepped(point, state)
    return state


def run_do(run: Run, node: Node, state: State) -> State:
    """A ``do`` … ``while``."""
    body = node.child_by_field_name("body")
    condition = node.child_by_field_name("condition")
    once = run.matches(condition, NEVER)
    for _ in range(_ROUNDS):
        frame = Frame(True)
        run.frames.append(frame)
        end = run.statement(body, state) if body is not None else state
        run.frames.pop()
        tested = run.expression(condition, end | frame.continued, condition=True)
        if once or tested <= state:
            forever = run.matches(condition, _FOREVER)
            return frame.broken if forever else tested | frame.broken
        state = state | tested
    run.unsettled = True
    return state


def run_switch(run: Run, node: Node, state: State) -> State:
    """A ``switch``: each case begins with the state before it."""
    state = run.expression(node.child_by_field_name("condition"), state, condition=True)
    body = node.child_by_field_name("body")
    if body is None:
        return state
    frame = Frame(False)
    run.frames.append(frame)
    running, default = NOWHERE, False
    for child in body.named_children:
        if child.type == "case_statement":
            running = run_case(run, child, running | state)
            default = default or child.child_by_field_name("value") is None
        elif child.type != "comment":
            running = run.statement(child, running)
    run.frames.pop()
    after = running | frame.broken
    return after if default else after | state


def run_case(run: Run, node: Node, state: State) -> State:
    """The statements of one case."""
    value = node.child_by_field_name("value")
    for child in node.named_children:
        if child.type != "comment" and (value is None or child.id != value.id):
            state = run.statement(child, state)
    return state
