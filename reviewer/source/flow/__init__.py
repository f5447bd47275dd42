"""How control passes through one function: what may be true at each of some points.

A forward pass over the syntax tree with a set of marks as its state. Branches join, loops run
until nothing changes, ``goto`` carries its state to the label. A point is an operation at an
offset; ``step`` says what it makes of a mark. What the tree cannot tell (``#if`` branches left out
of it, a jump out of a guard's scope) makes the pass decline.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tree_sitter import Node

from reviewer.source.file import SourceFile
from reviewer.source.flow.branches import STATEMENTS
from reviewer.source.flow.model import NOWHERE, Mark, Point, State, Step
from reviewer.source.flow.run import Run
from reviewer.source.model import Function
from reviewer.source.parse import Branches, Parsed

__all__ = ["Mark", "Point", "State", "Step", "passes"]

_ROUNDS = 12


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
    run = Run(source, parsed, ordered, step, STATEMENTS, [p.at for p in ordered])
    run.outer = len(source.conditions_at(function.body_start))
    for point in points:
        if point.closes:
            run.closing.setdefault(point.at, []).append(point)
    for _ in range(_ROUNDS):
        before = dict(run.labels)
        run.left = NOWHERE
        end = run.statement(body, frozenset((start,)))
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
