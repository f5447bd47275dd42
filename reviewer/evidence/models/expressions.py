"""What expressions do on a path: accesses in order, and what is left as a value."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import replace

from tree_sitter import Node

from reviewer.evidence.models.frames import Frame, State
from reviewer.evidence.models.types import Types
from reviewer.evidence.models.values import Does, Event, Value

Results = list[tuple[State, Value]]
_COMPARE = frozenset(("==", "!=", "<", "<=", ">", ">="))
_NOTHING = Value()
_SMALL = 100
"""Constants of the source up to this are kept as they are; larger ones are names."""


STEPS = 40_000
"""Expressions after which a function is given up: about one second."""


class TooLongError(Exception):
    """A function has more paths than can be followed."""


class Expressions(ABC):
    """Evaluates expressions on one path, which may fork it."""

    def __init__(self, types: Types) -> None:
        self.types = types
        self.constants: dict[str, int] = {}
        self.steps = 0

    @abstractmethod
    def call(self, node: Node, frame: Frame, state: State) -> Results:
        """What a call does."""

    @abstractmethod
    def unseen(
        self, node: Node, name: str, given: list[Node], frame: Frame, state: State
    ) -> Results:
        """What a call, or a macro, does that cannot be followed."""

    @abstractmethod
    def matters(self, node: Node, frame: Frame) -> bool:
        """True if the code may touch what is asked about, or order it."""

    def value(self, node: Node | None, frame: Frame, state: State) -> Results:
        """The value of an expression on each path through it."""
        if node is None:
            return [(state, _NOTHING)]
        self.steps += 1
        if self.steps > STEPS:
            raise TooLongError
        work = getattr(self, f"_{node.type}", None)
        if work is not None:
            found: Results = work(node, frame, state)
            return found
        return self.parts(node, frame, state)

    def parts(self, node: Node, frame: Frame, state: State) -> Results:
        """Any other expression: its parts in order, and nothing known of the result."""
        paths: Results = [(state, _NOTHING)]
        for child in node.named_children:
            if child.type.endswith(("_identifier", "comment")) or child.type == "type_descriptor":
                continue
            paths = [
                (after, Value(deps=value.deps | more.deps))
                for before, value in paths
                for after, more in self.value(child, frame, before)
            ]
        return paths

    def _parenthesized_expression(self, node: Node, frame: Frame, state: State) -> Results:
        return self.value(node.named_children[0] if node.named_children else None, frame, state)

    def _number_literal(self, node: Node, frame: Frame, state: State) -> Results:
        digits = frame.word(node).rstrip("uUlL")
        try:
            number = int(digits, 8 if digits[0] == "0" and digits.isdigit() else 0)
        except ValueError:
            return [(state, _NOTHING)]
        return [(state, self.number(number))]

    def number(self, number: int) -> Value:
        exact = str(number) if abs(number) < _SMALL else self.named(str(number))
        return Value(exact=exact, text=str(number), truth=number != 0)

    def named(self, name: str) -> str:
        """A constant that is only known by name: as good a number as any other."""
        return str(self.constants.setdefault(name, _SMALL + len(self.constants)))

    def _true(self, node: Node, frame: Frame, state: State) -> Results:
        return [(state, self.number(1))]

    def _false(self, node: Node, frame: Frame, state: State) -> Results:
        return [(state, self.number(0))]

    def _null(self, node: Node, frame: Frame, state: State) -> Results:
        return [(state, self.number(0))]

    def _sizeof_expression(self, node: Node, frame: Frame, state: State) -> Results:
        return [(state, _NOTHING)]

    def _cast_expression(self, node: Node, frame: Frame, state: State) -> Results:
        told = re.match(r"\(\s*(?:const )?(?:struct|union) (\w+)", frame.text(node))
        struct = told[1] if told else ""
        return [
            (after, replace(value, struct=struct, place=None) if struct else value)
            for after, value in self.value(node.child_by_field_name("value"), frame, state)
        ]

    def _comma_expression(self, node: Node, frame: Frame, state: State) -> Results:
        return [
            result
            for after, _ in self.value(node.child_by_field_name("left"), frame, state)
            for result in self.value(node.child_by_field_name("right"), frame, after)
        ]

    def _call_expression(self, node: Node, frame: Frame, state: State) -> Results:
        return self.call(node, frame, state)

    def _unary_expression(self, node: Node, frame: Frame, state: State) -> Results:
        sign = frame.word(node)[:1]
        found = self.value(node.child_by_field_name("argument"), frame, state)
        return [(after, self.signed(sign, value)) for after, value in found]

    def signed(self, sign: str, value: Value) -> Value:
        """A value under ``!``, ``-``, ``~`` or ``+``."""
        if sign == "!":
            truth = None if value.truth is None else not value.truth
            exact = f"!({value.exact})" if value.exact else ""
            return Value(exact=exact, deps=value.deps, truth=truth)
        if sign == "-" and value.exact.isdigit():
            return self.number(-int(value.exact))
        return Value(deps=value.deps)

    def _binary_expression(self, node: Node, frame: Frame, state: State) -> Results:
        sign = frame.word(node.child_by_field_name("operator") or node)
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if sign in ("&&", "||"):
            return self._short(left, right, sign, frame, state)
        out: Results = []
        for middle, one in self.value(left, frame, state):
            for after, other in self.value(right, frame, middle):
                exact = ""
                if one.exact and other.exact and sign in _COMPARE | {"+", "-", "&", "|"}:
                    exact = f"({one.exact} {sign} {other.exact})"
                kept = one if sign in "+-" and one.place is not None else _NOTHING
                deps = one.deps | other.deps
                out.append((after, replace(kept, exact=exact, deps=deps, truth=None)))
        return out

    def decides(self, condition: Value) -> bool:
        """True of a condition that tells paths apart, whatever stands beside it."""
        return False

    def _short(
        self, left: Node | None, right: Node | None, sign: str, frame: Frame, state: State
    ) -> Results:
        """``&&`` and ``||``: two ways, if the right side does anything that matters."""
        forks = right is not None and self.matters(right, frame)
        out: Results = []
        for middle, one in self.value(left, frame, state):
            if one.truth is not None:
                decided = one.truth == (sign == "||")
                out += [(middle, one)] if decided else self.value(right, frame, middle)
            elif not (forks or self.decides(one)):
                for after, other in self.value(right, frame, middle):
                    exact = ""
                    if one.exact and other.exact:
                        exact = f"({one.exact} {sign} {other.exact})"
                    out.append((after, Value(exact=exact, deps=one.deps | other.deps)))
            else:
                settled = self.branch(middle, one, sign == "||", left, frame)
                out.append((settled, Value(deps=one.deps, truth=sign == "||")))
                passed = self.branch(middle, one, sign == "&&", left, frame)
                out += self.value(right, frame, passed)
        return out

    def branch(
        self, state: State, test: Value, taken: bool, node: Node | None, frame: Frame
    ) -> State:
        """The path on which a condition is so."""
        if node is None or not (test.deps or test.exact) or test.truth is not None:
            return state
        exact = test.exact
        if exact and not taken:
            exact = f"!({exact})"
        value = Value(exact=exact, deps=test.deps)
        event = Event(Does.BRANCH, "if", *frame.where(node), frame.at(node), value=value)
        return state.happened(event)

    def _conditional_expression(self, node: Node, frame: Frame, state: State) -> Results:
        out: Results = []
        condition = node.child_by_field_name("condition")
        for middle, test in self.value(condition, frame, state):
            for taken, part in ((True, "consequence"), (False, "alternative")):
                if test.truth is not None and test.truth is not taken:
                    continue
                passed = self.branch(middle, test, taken, condition, frame)
                arm = node.child_by_field_name(part)
                out += self.value(arm, frame, passed) if arm is not None else [(passed, test)]
        return out
