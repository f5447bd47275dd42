"""Whether an operation of a function can run at all."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reviewer.source.flow import Mark, Point, passes
from reviewer.source.model import Function, Operation
from reviewer.world import World


def is_reached(operation: Operation, function: Function, world: World) -> bool:
    """False if no way through the function leads there: below a return, under ``if (0)``.

    Where its flow cannot be followed it is taken to be reached.
    """
    seen: set[Mark] = set()

    def step(mark: Mark, _: Point) -> Iterable[Mark]:
        seen.add(mark)
        return (mark,)

    there = Point(operation.start_byte, 0, "there", operation.arms)
    return passes(world.source, function, [there], step, ("entry", -1)) is None or bool(seen)


_BY_GOTO = re.compile(
    rb"\b(?:return\b[^;{}]*|goto\s+\w+\s*|break|continue);\s*[A-Za-z_]\w*\s*:(?!:)"
)
"""A label that nothing falls through to; what stands behind it runs where a goto leads."""


def by_goto_only(operation: Operation, function: Function, world: World) -> bool:
    """True if an operation of the function stands behind a label that only jumps lead to."""
    before = world.source.code(function.body_start, operation.start_byte)
    return not operation.via and _BY_GOTO.search(before) is not None
