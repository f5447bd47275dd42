"""Whether an operation of a function can run at all."""

from __future__ import annotations

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
