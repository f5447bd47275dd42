"""What a simulation returns: an outcome, with executions as witnesses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reviewer.mmu.cat.relations import bits
from reviewer.mmu.explore import Found
from reviewer.mmu.model import Model
from reviewer.mmu.program import Source, Value

State = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class ExecutionEvent:
    """One event of a witness. ``index`` is its position in its thread; ``thread`` is -1 for
    initial writes; ``value`` what was read or written (None for fences and locks)."""

    number: int
    thread: int
    index: int
    kind: str
    tags: tuple[str, ...]
    location: str | None
    value: Value | None
    source: Source


@dataclass(frozen=True, slots=True)
class Execution:
    """A consistent execution: events, and relations by name as pairs of event numbers.

    ``po`` lists immediate successors, ``co`` all pairs; the model's own relations are computed on
    demand by ``relation``.
    """

    events: tuple[ExecutionEvent, ...]
    relations: Mapping[str, tuple[tuple[int, int], ...]]
    state: State
    found: Found = field(repr=False, compare=False)
    model: Model = field(repr=False, compare=False)

    def relation(self, name: str) -> tuple[tuple[int, int], ...]:
        """Pairs of any relation the model names (``hb``, ``rcu-order`` ...); empty if unknown."""
        node = self.model.cat.shown.get(name)
        if node is None:
            return ()
        return pairs_of(self.found.execution.rel(node))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a simulation found.

    ``verdict`` is Always, Sometimes or Never as herd7 says it of the condition, or Unknown when the
    budget ended. ``bounded`` is true if loops were cut and a larger bound could change the verdict.
    ``states`` are the reachable final states of the variables asked about, all of them if
    ``states_complete``. ``flags`` are the model's warnings (data-race ...) that some execution
    raises, all of them if ``flags_complete``. ``witness`` satisfies the condition;
    ``counterexample`` does not. ``rounds`` counts proposed executions.
    """

    test: str
    model: str
    machine: str | None
    verdict: str
    quantifier: str
    states: tuple[State, ...]
    states_complete: bool
    bounded: bool
    seconds: float
    flags: tuple[str, ...]
    flags_complete: bool
    witness: Execution | None
    counterexample: Execution | None
    rounds: int


def pairs_of(rows: list[int]) -> tuple[tuple[int, int], ...]:
    """A relation, given as a bit mask of successors for each event, as pairs."""
    return tuple((a, b) for a, row in enumerate(rows) for b in bits(row))
