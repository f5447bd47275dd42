"""What a reader may see together, by machine: the simulator's answer to an ordering argument."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviewer.evidence.steps.lists import Argument, Do, Listing, Step
from reviewer.mmu.machine import Machine

AS_BEFORE = "as before"

_ABOUT_FLUSHES = ("flush-", "table-")
"""Variants of machines that say how flushes and table freeing work; the lists have neither."""


@dataclass(frozen=True, slots=True)
class Row:
    """Values of the places that are read, and where they are seen together.

    ``without`` names barriers, each with the machines where the row is seen once it is gone.
    """

    values: tuple[str, ...]
    machines: tuple[str, ...]
    without: tuple[tuple[Step, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """All rows there could be; ``unknown`` are machines that could not be decided.

    ``undecided`` are barriers without which some machine could not be.
    """

    places: tuple[str, ...]
    rows: tuple[Row, ...]
    machines: tuple[str, ...]
    unknown: tuple[str, ...]
    undecided: tuple[Step, ...]
    again: bool
    """True if a place is read twice, and only what was the same both times is told."""
    litmus: str


def tabulate(argument: Argument, machines: Sequence[Machine], seconds: float) -> Table:
    """Run the lists of writes, one after another on one CPU, against the reads on another.

    A place that is read again is taken for a check: unless it reads the same, the reader starts
    anew. Machines whose runs end without an answer in ``seconds`` of processor time, those of all
    runs together, are ``unknown``.
    """
    values = _values(argument)
    run = _Runs(argument, seconds)
    seen = {one.name: run.seen(one, None) for one in machines}
    decided = [one for one in machines if seen[one.name] is not None]
    barriers = [one for one in _steps(argument) if one.do is Do.BARRIER]
    fewer = {(barrier, one.name): run.seen(one, barrier) for barrier in barriers for one in decided}
    rows = []
    for combination in _combinations(argument, values):
        there = tuple(one.name for one in decided if combination in (seen[one.name] or ()))
        without = []
        for barrier in barriers if not there else ():
            where = tuple(
                one.name for one in decided if combination in (fewer[barrier, one.name] or ())
            )
            if where:
                without.append((barrier, where))
        words = tuple(
            values[place][number]
            for place, number in zip(argument.places, combination, strict=True)
        )
        rows.append(Row(words, there, tuple(without)))
    return Table(
        argument.places,
        tuple(rows),
        tuple(one.name for one in decided),
        tuple(one.name for one in machines if seen[one.name] is None),
        tuple(dict.fromkeys(barrier for (barrier, _), found in fewer.items() if found is None)),
        len([one for one in argument.reader.steps if one.do is Do.READ]) > len(argument.places),
        _litmus(argument, None),
    )


def _steps(argument: Argument) -> Iterator[Step]:
    for listing in (*argument.writers, argument.reader):
        yield from listing.steps


def _values(argument: Argument) -> dict[str, list[str]]:
    """The names of a place's values, in the order they are written; the n-th is the number n."""
    named = {place: [AS_BEFORE] for place in argument.places}
    for listing in argument.writers:
        for step in listing.steps:
            if step.do is Do.WRITE:
                names = named[step.place]
                name = step.value or f"value {len(names)}"
                names.append(name if name not in names else f"{name}, {len(names)}")
    return named


def _combinations(argument: Argument, values: dict[str, list[str]]) -> list[tuple[int, ...]]:
    made: list[tuple[int, ...]] = [()]
    for place in argument.places:
        made = [(*one, number) for one in made for number in range(len(values[place]))]
    return made


def _litmus(argument: Argument, left_out: Step | None) -> str:
    """The program; registers of the reader are numbered as its reads are."""
    places = argument.places
    parameters = ", ".join(f"int *{place}" for place in places)
    written = dict.fromkeys(places, 0)
    lines = ["C ordering-argument", "{ " + " ".join(f"{p}=0;" for p in places) + " }"]
    lines += [f"P0({parameters})", "{"]
    for listing in argument.writers:
        for step in listing.steps:
            if step.do is Do.WRITE:
                written[step.place] += 1
                lines.append(f"\tWRITE_ONCE(*{step.place}, {written[step.place]});")
            elif step is not left_out:
                lines.append(f"\t{step.place}();")
    lines += ["}", f"P1({parameters})", "{"]
    reads = 0
    for step in argument.reader.steps:
        if step.do is Do.READ:
            lines.append(f"\tint r{reads} = READ_ONCE(*{step.place});")
            reads += 1
        elif step is not left_out:
            lines.append(f"\t{step.place}();")
    registers = "; ".join(f"1:r{number}" for number in range(reads))
    lines += ["}", f"locations [{registers}]", "exists (1:r0=0)"]
    return "\n".join(lines) + "\n"


class _Runs:
    """Runs of an argument; machines that order memory alike share one.

    When the time is over, what was not run is not decided.
    """

    def __init__(self, argument: Argument, seconds: float) -> None:
        self._argument = argument
        self._deadline = time.process_time() + seconds
        self._known: dict[tuple[object, ...], frozenset[tuple[int, ...]] | None] = {}

    def seen(self, machine: Machine, left_out: Step | None) -> frozenset[tuple[int, ...]] | None:
        """Combinations that a machine can see; None if it could not be decided."""
        kinds = {one for one in machine.variants if not one.startswith(_ABOUT_FLUSHES)}
        key = machine.model, frozenset(kinds), left_out
        if key not in self._known:
            left = self._deadline - time.process_time()
            found = _seen(self._argument, machine, left_out, left) if left > 0 else None
            self._known[key] = found
        return self._known[key]


def _seen(
    argument: Argument, machine: Machine, left_out: Step | None, seconds: float
) -> frozenset[tuple[int, ...]] | None:
    from reviewer.mmu.api import Budget, load_model, parse_litmus, simulate  # as in models/pairs

    model = load_model(machine.model, machine.variants)
    outcome = simulate(parse_litmus(_litmus(argument, left_out)), model, Budget(seconds=seconds))
    if outcome.verdict == "Unknown" or not outcome.states_complete:
        return None
    found = set()
    for state in outcome.states:
        values = dict(state)
        read = [values[f"1:r{number}"] for number in range(_reads(argument.reader))]
        if (combination := _accepted(argument, read)) is not None:
            found.add(combination)
    return frozenset(found)


def _reads(listing: Listing) -> int:
    return sum(one.do is Do.READ for one in listing.steps)


def _accepted(argument: Argument, read: Sequence[object]) -> tuple[int, ...] | None:
    """What the reader ends with; None if a place did not read the same twice."""
    kept: dict[str, int] = {}
    steps = (one for one in argument.reader.steps if one.do is Do.READ)
    for step, value in zip(steps, read, strict=True):
        if kept.setdefault(step.place, int(str(value))) != int(str(value)):
            return None
    return tuple(kept[place] for place in argument.places)
