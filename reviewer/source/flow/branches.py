"""Blocks, branches and jumps, and the table of all statements."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tree_sitter import Node

from reviewer.source.flow.loops import NEVER, run_case, run_do, run_for, run_switch, run_while
from reviewer.source.flow.model import NOWHERE, State
from reviewer.source.flow.run import Run
from reviewer.source.words import words


def _compound(run: Run, node: Node, state: State) -> State:
    for child in node.named_children:
        if child.type != "comment":
            state = run.statement(child, state)
    return run.close(node.end_byte, state)


def _if(run: Run, node: Node, state: State) -> State:
    word = run.parsed.rewrites.get(node.start_byte)
    consequence = node.child_by_field_name("consequence")
    alternative = node.child_by_field_name("alternative")
    if word in words().once:
        return _once(run, node, word, consequence, state)
    condition = node.child_by_field_name("condition")
    state = run.expression(condition, state, condition=True)
    ran = NOWHERE if word is None and run.matches(condition, NEVER) else state
    taken = run.statement(consequence, ran) if consequence is not None else state
    other = run.statement(alternative, state) if alternative is not None else state
    return taken | other


def _once(run: Run, node: Node, word: str | None, consequence: Node | None, state: State) -> State:
    """``scoped_guard(…) statement``; the conditional one may pass its statement by."""
    head = node.child_by_field_name("condition")
    base = run.parsed.base
    for point in run.points:
        if node.start_byte <= point.at - base < (node.end_byte if head is None else head.end_byte):
            state = run.stepped(point, state)
    before = state
    if consequence is not None:
        state = run.statement(consequence, state)
        if consequence.type != "compound_statement":
            state = run.close(node.end_byte, state)
    return state if word == "scoped_guard" else state | before


def _else(run: Run, node: Node, state: State) -> State:
    for child in node.named_children:
        if child.type != "comment":
            state = run.statement(child, state)
    return state


def _labeled(run: Run, node: Node, state: State) -> State:
    label = node.child_by_field_name("label")
    if label is not None:
        name = run.parsed.text[label.start_byte : label.end_byte]
        state = state | run.labels.get(name, NOWHERE)
    for child in node.named_children:
        if child.type != "comment" and (label is None or child.id != label.id):
            state = run.statement(child, state)
    return state


def _goto(run: Run, node: Node, state: State) -> State:
    label = node.child_by_field_name("label")
    if label is None:
        run.unsettled = True
        return NOWHERE
    name = run.parsed.text[label.start_byte : label.end_byte]
    run.labels[name] = run.labels.get(name, NOWHERE) | state
    return NOWHERE if run.certain(node) else state


def _return(run: Run, node: Node, state: State) -> State:
    run.left |= run.expression(node, state)
    return NOWHERE if run.certain(node) else state


def _break(run: Run, node: Node, state: State) -> State:
    if run.frames:
        run.frames[-1].broken |= state
    return NOWHERE if run.certain(node) else state


def _continue(run: Run, node: Node, state: State) -> State:
    for frame in reversed(run.frames):
        if frame.loop:
            frame.continued |= state
            break
    return NOWHERE if run.certain(node) else state


STATEMENTS: Mapping[str, Callable[[Run, Node, State], State]] = {
    "compound_statement": _compound,
    "if_statement": _if,
    "else_clause": _else,
    "while_statement": run_while,
    "for_statement": run_for,
    "do_statement": run_do,
    "switch_statement": run_switch,
    "case_statement": run_case,
    "labeled_statement": _labeled,
    "goto_statement": _goto,
    "return_statement": _return,
    "break_statement": _break,
    "continue_statement": _continue,
}
