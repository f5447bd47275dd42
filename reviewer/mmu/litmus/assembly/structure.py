"""From a list of instructions with jumps to loops and scopes.

A jump forward leaves a scope that ends at its label; a jump backward repeats a loop that starts
there. All that follows a conditional jump depends on its condition, wherever it goes.
"""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.errors import LitmusError
from reviewer.mmu.litmus.assembly.instruction import Jump, Step
from reviewer.mmu.program import Control, Exit, If, Loop, Scope, Source, Statement


@dataclass(frozen=True, slots=True)
class Place:
    """A step with the label that stands before it, if there is one."""

    labels: tuple[str, ...]
    step: Step | None
    source: Source


def structured(places: list[Place]) -> tuple[Statement, ...]:
    """The statements of a thread. Raises LitmusError for a jump that is neither."""
    return _Structure(places).region(0, len(places), frozenset())


class _Structure:
    def __init__(self, places: list[Place]) -> None:
        self.places = places
        self.at: dict[str, int] = {}
        for number, place in enumerate(places):
            for label in place.labels:
                if label in self.at:
                    raise self.error(number, f"label {label} stands twice")
                self.at[label] = number

    def error(self, number: int, message: str) -> LitmusError:
        source = self.places[number].source
        return LitmusError(source.path, source.line, message)

    def target(self, number: int) -> int | None:
        """Where the step at ``number`` jumps to, if it does."""
        step = self.places[number].step
        if not isinstance(step, Jump):
            return None
        if step.label not in self.at:
            raise self.error(number, f"no label {step.label}")
        return self.at[step.label]

    def region(self, start: int, end: int, loops: frozenset[int]) -> tuple[Statement, ...]:
        """Statements of the places from ``start`` to before ``end``; ``loops`` have begun."""
        ends = {
            target
            for number in range(start, end)
            if (target := self.target(number)) is not None and number < target <= end
        }
        out: list[Statement] = []
        number = start
        while number < end:
            if number in ends:
                out = [Scope(f"to {number}", tuple(out))]
            last = max(
                (one for one in range(number, end) if self.target(one) == number), default=None
            )
            if last is not None and number not in loops:
                out.append(self.loop(number, last + 1, loops))
                number = last + 1
                continue
            out.extend(self.step(number))
            number += 1
        if end in ends:
            out = [Scope(f"to {end}", tuple(out))]
        return tuple(out)

    def loop(self, start: int, end: int, loops: frozenset[int]) -> Statement:
        for number in range(start, end):
            target = self.target(number)
            if target is not None and target < start:
                raise self.error(number, "loops that overlap")
        body = self.region(start, end, loops | {start})
        once = Scope(f"again {start}", (*body, Exit(f"past {end}")))
        return Scope(f"past {end}", (Loop((once,), self.places[start].source),))

    def step(self, number: int) -> list[Statement]:
        place = self.places[number]
        if place.step is None:
            return []
        if not isinstance(place.step, Jump):
            return [place.step]
        target = self.target(number)
        assert target is not None
        goes = Exit(f"to {target}" if target > number else f"again {target}")
        if place.step.cond is None:
            return [goes]
        out: list[Statement] = [Control(place.step.cond, place.source)]
        if target != number + 1:
            out.append(If(place.step.cond, (goes,), (), place.source))
        return out
