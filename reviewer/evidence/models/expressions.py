"""What expressions do on a path: accesses in order, and what is left as a value."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import replace

from tree_sitter import Node

from reviewer.evidence.models.frames import Frame, State
from reviewer.evidence.models.types import Types
from reviewer.evidence.models.values import UNKNOWN_STRUCT, Does, Event, Place, Value

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
        return self._parts(node, frame, state)

    def _parts(self, node: Node, frame: Frame, state: State) -> Results:
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
        return [(state, self._number(number))]

    def _number(self, number: int) -> Value:
        exact = str(number) if abs(number) < _SMALL else self._named(str(number))
        return Value(exact=exact, text=str(number), truth=number != 0)

    def _named(self, name: str) -> str:
        """A constant that is only known by name: as good a number as any other."""
        return str(self.constants.setdefault(name, _SMALL + len(self.constants)))

    def _true(self, node: Node, frame: Frame, state: State) -> Results:
        return [(state, self._number(1))]

    def _false(self, node: Node, frame: Frame, state: State) -> Results:
        return [(state, self._number(0))]

    def _null(self, node: Node, frame: Frame, state: State) -> Results:
        return [(state, self._number(0))]

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
        out: Results = []
        for after, value in self.value(node.child_by_field_name("argument"), frame, state):
            if sign == "!":
                truth = None if value.truth is None else not value.truth
                exact = f"!({value.exact})" if value.exact else ""
                out.append((after, Value(exact=exact, deps=value.deps, truth=truth)))
            elif sign == "-" and value.exact.isdigit():
                out.append((after, self._number(-int(value.exact))))
            else:
                out.append((after, Value(deps=value.deps)))
        return out

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
            elif not forks:
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

    # --- names and places -----------------------------------------------------------------

    def _identifier(self, node: Node, frame: Frame, state: State) -> Results:
        name = frame.word(node)
        if name in frame.given:
            inner, where = frame.given[name]
            return self.value(inner, where, state)
        known = state.env.get((frame.number, name))
        if known is not None:
            return [(state, known)]
        if name in ("NULL", "false", "true"):
            return [(state, self._number(int(name == "true")))]
        if name == "current":
            return [(state, Value(text="current", struct="task_struct"))]
        place = self._variable(name, frame)
        if place is not None:
            struct = self.types.globals_of(frame.source).get(name, "")
            return self.load(place, struct, node, frame, state)
        if name.isupper():
            return [(state, Value(text=name, exact=self._named(name)))]
        return [(state, Value(text=name, struct=frame.structs.get(name, "")))]

    def _variable(self, name: str, frame: Frame) -> Place | None:
        """A variable of the file; None for a local one, or a constant."""
        if name in frame.structs or name in frame.names or name.isupper():
            return None
        return Place("", name, "") if self.is_global(name, frame) else None

    @abstractmethod
    def is_global(self, name: str, frame: Frame) -> bool:
        """True if the name is a variable outside of functions."""

    def load(self, place: Place, struct: str, node: Node, frame: Frame, state: State) -> Results:
        """A plain read of a place, written down if it matters."""
        base = place.base or ""
        text = f"{base}->{place.member}" if base else place.member
        if not self.asked(place):
            return [(state, Value(text=text, struct=struct, deps=place.deps))]
        register = state.registers
        event = Event(
            Does.ACCESS, "plain read", *frame.where(node), frame.at(node),
            statement="READ_ONCE(*@)", place=place, reads=True, register=register,
        )  # fmt: skip
        value = Value(text, f"r{register}", frozenset({register}), None, struct)
        return [(state.happened(event), value)]

    @abstractmethod
    def asked(self, place: Place) -> bool:
        """True if accesses to the place are to be written down."""

    def place(
        self, node: Node | None, frame: Frame, state: State
    ) -> list[tuple[State, Place, str]]:
        """The places that an lvalue is, with the struct there; () for a local variable."""
        while node is not None and node.type == "parenthesized_expression":
            node = node.named_children[0] if node.named_children else None
        if node is None:
            return []
        if node.type == "identifier":
            name = frame.word(node)
            if name in frame.given:
                inner, where = frame.given[name]
                return self.place(inner, where, state)
            place = self._variable(name, frame)
            if place is None:
                return []
            return [(state, place, self.types.globals_of(frame.source).get(name, ""))]
        if node.type == "field_expression":
            return self._field(node, frame, state)
        if node.type == "pointer_expression" and frame.word(node).startswith("*"):
            out = []
            for after, value in self.value(node.child_by_field_name("argument"), frame, state):
                place = value.place or Place(value.struct or UNKNOWN_STRUCT, "*", value.text)
                out.append((after, replace(place, deps=place.deps | value.deps), value.struct))
            return out
        if node.type == "subscript_expression":
            return [
                (after, replace(p, deps=p.deps | index.deps, base=f"{p.base}[{index.text}]"), s)
                for middle, p, s in self.place(node.child_by_field_name("argument"), frame, state)
                for after, index in self.value(node.child_by_field_name("index"), frame, middle)
            ]
        if node.type == "call_expression":
            return [
                (after, value.place, value.struct)
                for after, value in self.value(node, frame, state)
                if value.place is not None
            ]
        return []

    def _field(self, node: Node, frame: Frame, state: State) -> list[tuple[State, Place, str]]:
        member = frame.word(node.child_by_field_name("field") or node)
        argument = node.child_by_field_name("argument")
        arrow = "->" in frame.word(node)[(argument.end_byte - node.start_byte if argument else 0) :]
        out: list[tuple[State, Place, str]] = []
        if not arrow:
            inner = self.place(argument, frame, state)
            if inner:
                for after, outer, struct in inner:
                    if not outer.owner and struct:
                        # a member of a variable has the same role as that of any such struct
                        place = Place(struct, member, outer.member, outer.deps)
                        out.append((after, place, self.types.member(struct, member)))
                        continue
                    name = f"{outer.member}.{member}" if outer.member != "*" else member
                    out.append(
                        (after, replace(outer, member=name), self.types.member(struct, member))
                    )
                return out
        for after, value in self.value(argument, frame, state):
            if arrow and value.place is not None and not value.place.owner and value.struct:
                place = Place(value.struct, member, value.place.member, value.deps)
            elif arrow and value.place is not None and value.place.member != "*":
                name = f"{value.place.member}.{member}"
                place = replace(value.place, member=name, deps=value.place.deps | value.deps)
            else:
                place = Place(value.struct or UNKNOWN_STRUCT, member, value.text, value.deps)
            out.append((after, place, self.types.member(value.struct, member)))
        return out

    def _field_expression(self, node: Node, frame: Frame, state: State) -> Results:
        return self._loaded(node, frame, state)

    def _subscript_expression(self, node: Node, frame: Frame, state: State) -> Results:
        return self._loaded(node, frame, state)

    def _loaded(self, node: Node, frame: Frame, state: State) -> Results:
        out: Results = []
        for after, place, struct in self.place(node, frame, state):
            out += self.load(place, struct, node, frame, after)
        return out or self._parts(node, frame, state)

    def _pointer_expression(self, node: Node, frame: Frame, state: State) -> Results:
        argument = node.child_by_field_name("argument")
        if frame.word(node).startswith("*"):
            return self._loaded(node, frame, state)
        out: Results = []
        for after, place, struct in self.place(argument, frame, state):
            text = f"&{place.base}->{place.member}"
            out.append((after, Value(text, "", place.deps, place, struct)))
        if out:
            return out
        name = frame.text(argument) if argument is not None else ""
        return [(state, Value(text=f"&{name}", struct=frame.structs.get(name, "")))]
