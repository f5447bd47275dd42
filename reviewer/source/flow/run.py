"""One pass through a function's tree: the state, and what an expression makes of it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tree_sitter import Node

from reviewer.source.file import SourceFile
from reviewer.source.flow.model import NOWHERE, Point, State, Step
from reviewer.source.parse import Parsed

_DEEP = 100
"""Statements inside each other beyond which the pass declines."""
_NEVER_RETURNS = re.compile(rb"\s*(?:BUG|panic|unreachable|do_exit|make_task_dead)\s*\(")


@dataclass(slots=True)
class Frame:
    """Where ``break`` and ``continue`` lead."""

    loop: bool
    broken: State = NOWHERE
    continued: State = NOWHERE


@dataclass(slots=True)
class Run:
    """The tree and the points of one function, and what was found so far."""

    source: SourceFile
    parsed: Parsed
    points: list[Point]
    step: Step
    work: Mapping[str, Callable[[Run, Node, State], State]]
    """What to do with each type of statement."""
    starts: list[int] = field(default_factory=list)
    closing: dict[int, list[Point]] = field(default_factory=dict)
    labels: dict[bytes, State] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    left: State = NOWHERE
    unsettled: bool = False
    depth: int = 0
    outer: int = 0
    """Preprocessor conditions around the function itself."""

    def certain(self, node: Node) -> bool:
        """True unless a statement is compiled in some configurations only."""
        return len(self.source.conditions_at(node.start_byte + self.parsed.base)) <= self.outer

    def statement(self, node: Node, state: State) -> State:
        """The state behind a statement."""
        work = self.work.get(node.type)
        if work is not None:
            self.depth += 1
            if self.depth > _DEEP:
                self.unsettled = True
            after = state if self.unsettled else work(self, node, state)
            self.depth -= 1
            return after
        after = self.expression(node, state)
        if node.type == "expression_statement":
            text = self.parsed.text[node.start_byte : node.end_byte]
            if _NEVER_RETURNS.match(text) and self.certain(node):
                return NOWHERE
        return after

    def expression(self, node: Node | None, state: State, condition: bool = False) -> State:
        """The state behind an expression or a declaration: its operations in effect order."""
        if node is None:
            return state
        start, end = node.start_byte + self.parsed.base, node.end_byte + self.parsed.base
        first, last = bisect_left(self.starts, start), bisect_left(self.starts, end)
        here = sorted(self.points[first:last], key=lambda p: (p.assigns, p.number))
        if condition:
            here = [p for p in here if p.assigns] + here
        for point in here:
            after = self.stepped(point, state)
            passed = point.maybe or any(start <= arm < end for arm in point.arms)
            state = after | state if passed else after
        return state

    def stepped(self, point: Point, state: State) -> State:
        """The state behind one point."""
        return frozenset(mark for one in state for mark in self.step(one, point))

    def close(self, end: int, state: State) -> State:
        """The state behind the end of a scope: its guards are undone."""
        for point in self.closing.get(end + self.parsed.base, ()):
            state = self.stepped(point, state)
        return state

    def matches(self, node: Node | None, pattern: re.Pattern[bytes]) -> bool:
        """True if the whole text of a node fits the pattern."""
        if node is None:
            return False
        return pattern.fullmatch(self.parsed.text[node.start_byte : node.end_byte]) is not None
