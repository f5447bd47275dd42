"""Values and conditions of a path over page-table entries: what is known, and what it decides."""

from __future__ import annotations

import re
from dataclasses import replace

from tree_sitter import Node

from reviewer.evidence.models.entries.numbers import (
    EXPECTED,
    NUMBER,
    bare,
    combined,
    numbers_of,
    of_numbers,
    with_truth,
)
from reviewer.evidence.models.expressions import Results
from reviewer.evidence.models.frames import Frame, State
from reviewer.evidence.models.trace import Tracer
from reviewer.evidence.models.values import Value
from reviewer.world import World

BIAS = ("GUP_PIN_COUNTING_BIAS", 1024)
"""include/linux/mm.h"""
HALVES = ("pte_low", "pte_high", "pmd_low", "pmd_high")
_WRAPPED = re.compile(r"(?:(?:un)?likely)?\s*\((.*)\)", re.S)
_TESTED = re.compile(r"(!?)\s*([A-Za-z_]\w*)\s*(?:(==|!=)\s*([A-Z_]\w*|-?\d+))?")
_WORD = re.compile(r"[A-Za-z_]\w*")
_FIRST_BIT = 1 << 20
"""Flags of the family that is given are numbers from here on."""


class Conditions(Tracer):
    """Keeps values of entries as expressions; a condition that was passed stays what it was."""

    def __init__(self, world: World, given: frozenset[str]) -> None:
        """``given`` are the flags of one family (FOLL_PIN, FOLL_WRITE) that are set.

        All others of it are not.
        """
        super().__init__(world, frozenset(HALVES))
        self.constants.setdefault(*BIAS)
        self._given = given
        self._family = next((name.partition("_")[0] + "_" for name in sorted(given)), "")
        self._bits = 0
        self.fixed: frozenset[str] = frozenset()
        """Parameters of the function asked about that are never assigned."""

    def _binary_expression(self, node: Node, frame: Frame, state: State) -> Results:
        sign = frame.word(node.child_by_field_name("operator") or node)
        if sign in ("&&", "||"):
            return super()._binary_expression(node, frame, state)
        out: Results = []
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        for middle, one in self.value(left, frame, state):
            for after, other in self.value(right, frame, middle):
                out.append((after, self._flags(one, sign, other) or combined(one, sign, other)))
        return out

    def decides(self, condition: Value) -> bool:
        """A count that is what it ought to be is known on the path that found it so."""
        return EXPECTED in condition.exact

    def named(self, name: str) -> str:
        if not self._family or not name.startswith(self._family):
            return super().named(name)
        if name not in self.constants:
            self.constants[name] = _FIRST_BIT << self._bits
            self._bits += 1
        return str(self.constants[name])

    def _flags(self, one: Value, sign: str, other: Value) -> Value | None:
        """What is left of flags under a mask of the family that is given."""
        if sign != "&" or not self._family or one.exact or not NUMBER.fullmatch(other.exact):
            return None
        mask = int(other.exact)
        if mask <= 0 or mask % _FIRST_BIT or mask >= _FIRST_BIT << self._bits:
            return None
        kept = sum(self.constants.get(name, 0) & mask for name in self._given)
        return Value(exact=str(kept), truth=kept != 0)

    def value(self, node: Node | None, frame: Frame, state: State) -> Results:
        """As for pairs; a condition that this path has passed already is what it was."""
        return [
            (after, self._settled(value, after))
            for after, value in super().value(node, frame, state)
        ]

    def _settled(self, value: Value, state: State) -> Value:
        if value.truth is not None or "{" in value.exact:
            return value
        text, negated = bare(value.exact or value.text)
        known = state.env.get((0, text))
        if known is None or known.truth is None or not (value.exact or self._constant(text)):
            return value
        return replace(value, truth=known.truth != negated)

    def _constant(self, text: str) -> bool:
        """True of an expression of parameters that are never assigned, and constants."""
        words = _WORD.findall(text)
        return bool(words) and all(w in self.fixed or w.isupper() for w in words)

    def _identifier(self, node: Node, frame: Frame, state: State) -> Results:
        found = super()._identifier(node, frame, state)
        return [(after, with_truth(value)) for after, value in found]

    def branch(
        self, state: State, test: Value, taken: bool, node: Node | None, frame: Frame
    ) -> State:
        """A condition that is not known leaves no mark: either way is open."""
        text, negated = bare(test.exact or test.text)
        fixed = "{" not in text and (bool(test.exact) or self._constant(text))
        if test.truth is None and text and fixed:
            state = state.bound(0, text, Value(truth=taken != negated))
        if node is not None:
            state = self._narrowed(state, taken, frame.word(node), frame)
        if not test.exact or "{" in test.exact:
            return state
        return super().branch(state, test, taken, node, frame)

    def _narrowed(self, state: State, taken: bool, test: str, frame: Frame) -> State:
        """The state in which a variable with several possible numbers passed a test."""
        while (inner := _WRAPPED.fullmatch(test.strip())) is not None:
            test = inner[1]
        match = _TESTED.fullmatch(test.strip())
        if match is None:
            return state
        name, sign, number = match[2], match[3] or "!=", match[4] or "0"
        known = state.env.get((frame.number, name))
        numbers = numbers_of(known.exact) if known is not None else ()
        other = self.constants.get(number) if number[0].isalpha() else int(number, 0)
        if known is None or len(numbers) < 2 or other is None:
            return state
        same = (sign == "==") == (taken != bool(match[1]))
        left = {n for n in numbers if (n == other) is same}
        if not left:
            return state
        value = of_numbers(left, known.deps)
        return state.bound(frame.number, name, replace(known, exact=value.exact, truth=value.truth))
