"""Which variable an operation is on, and whether the other side of a pair touches it too.

Two barriers pair over variables that both sides use. An atomic operation or a marked access on
something that the code under the comment never mentions is thus not the partner that is meant.
"""

from __future__ import annotations

import re
from functools import cached_property

from reviewer.judging.barriers import BOTH, SECTIONS, Order, order_of
from reviewer.judging.bodies import Body, Call, bodies_in, calls, reached
from reviewer.kernel import primitive
from reviewer.source.model import CommentBlock
from reviewer.world import World

_AROUND = 5
"""Lines around a comment and its code whose names count as mentioned there."""
_WORD = re.compile(r"[A-Za-z_]\w*")
_FIELD = re.compile(r"(?:->|\.)\s*([A-Za-z_]\w*)")
_INDEX = re.compile(r"\[[^\[\]]*\]")
_ANYWHERE = re.compile(r"\s*(?:\*|[A-Za-z_]\w*\s*(?:\[|$))")
_ON_BIT = re.compile(r"\w*(?:set|clear|change|test|assign)_\w*bit\w*")


def is_fence(name: str) -> bool:
    """True for an operation that orders whatever is around it, on no variable of its own."""
    known = primitive(name)
    return known is not None and known.fence


def target(call: Call) -> str:
    """The field that an operation is on; '' if it is on no field, or that cannot be told."""
    if is_fence(call.name):
        return ""
    first, rest = _argument(call.arguments)
    if _ON_BIT.fullmatch(call.name):
        first, _ = _argument(rest)
    fields = _FIELD.findall(_INDEX.sub("", first))
    return fields[-1] if fields else ""


def _argument(text: str) -> tuple[str, str]:
    """The first argument of a call's arguments, and what follows it."""
    depth = 0
    for at, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            if depth == 0:
                return text[:at], ""
            depth -= 1
        elif char == "," and depth == 0:
            return text[:at], text[at + 1 :]
    return text, ""


class Side:
    """The function a comment stands in, as a side of a pair: what it and the comment mention."""

    def __init__(self, world: World, body: Body, comment: CommentBlock) -> None:
        self._world = world
        self._body = body
        self._comment = comment
        self._said = frozenset(_WORD.findall(comment.text))

    def touches(self, variable: str) -> bool:
        """True if the function, what it calls or the comment mentions the variable."""
        return variable in self._said or variable in self._near or variable in self._far

    def accesses(self, variable: str) -> bool:
        """True if the comment may be about accesses to the variable.

        If the code under it has marked accesses to fields, that code must mention the variable;
        else anything that the function touches may be meant.
        """
        if not self._marked:
            return self.touches(variable)
        return variable in self._under or variable in self._said

    @cached_property
    def indirect(self) -> bool:
        """True if it reaches memory through an address that cannot be followed.

        A dereferenced local, or an element of a table, may be any variable of the other side.
        """
        return any(
            order & BOTH and _ANYWHERE.match(_argument(call.arguments)[0])
            for call in calls(self._body)
            if (order := order_of(call.name)) is not None and not order & SECTIONS
        )

    @cached_property
    def _near(self) -> frozenset[str]:
        return self._body.source.identifiers(self._body.start, self._body.end)

    @cached_property
    def _far(self) -> frozenset[str]:
        found: set[str] = set()
        seen: set[tuple[str, int]] = set()
        for call in reached(self._world, self._body, lambda name: order_of(name) is not None):
            key = (call.body.path, call.body.start)
            if key not in seen:
                seen.add(key)
                found |= call.body.source.identifiers(call.body.start, call.body.end)
        return frozenset(found)

    @cached_property
    def _marked(self) -> bool:
        first, last = self._comment.start_line, self._comment.anchor.end_line
        return any(
            first <= call.line <= last and order & BOTH and target(call)
            for call in calls(self._body)
            if (order := order_of(call.name)) is not None and Order.LOCK not in order
        )

    @cached_property
    def _under(self) -> frozenset[str]:
        body, data = self._body, self._body.source.data
        start, end = self._comment.start_byte, self._comment.anchor.end_byte
        for _ in range(_AROUND):
            start = max(data.rfind(b"\n", body.start, start), body.start)
            further = data.find(b"\n", end + 1, body.end)
            end = further if further != -1 else body.end
        return body.source.identifiers(start, end)


def side_of(world: World, comment: CommentBlock) -> Side | None:
    """The side that a comment stands in; None outside functions."""
    name = comment.anchor.function
    for body in bodies_in(world.source, name) if name else ():
        if body.start <= comment.start_byte < body.end:
            return Side(world, body, comment)
    return None
