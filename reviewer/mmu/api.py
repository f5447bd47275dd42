"""The simulator as a library: programs and models in, outcomes with witnesses out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from reviewer.mmu.cat.relations import bits
from reviewer.mmu.clauses.formula import TRUE
from reviewer.mmu.encode import Encoding
from reviewer.mmu.explore import BudgetError, Found, Limits, Search
from reviewer.mmu.litmus.parse import Litmus, parse_litmus, read_litmus
from reviewer.mmu.machine import Machine
from reviewer.mmu.model import Model, load_model, machine_model
from reviewer.mmu.program import Atom, Program, RegAtom, Source, Value, atoms_of
from reviewer.mmu.shorten import shorter
from reviewer.mmu.unfold import unfold
from reviewer.mmu.values import UnsupportedError, evaluate

__all__ = [
    "Budget",
    "Execution",
    "ExecutionEvent",
    "Litmus",
    "Model",
    "Outcome",
    "State",
    "load_model",
    "machine_model",
    "parse_litmus",
    "read_litmus",
    "simulate",
]


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one simulation.

    ``seconds`` and ``rounds`` (executions looked at) bound it all. Loops repeat ``unroll`` times,
    or up to ``unroll_most`` if that makes the verdict hold for any bound. ``states`` is the most
    final states listed. ``state_rounds``, ``flag_rounds`` and
    ``witness_rounds`` are spent at most on listing states, on finding what the model flags and on
    witnesses with fewer events.
    """

    seconds: float = 60.0
    rounds: int = 100_000
    unroll: int = 3
    unroll_most: int = 12
    states: int = 256
    state_rounds: int = 2_000
    flag_rounds: int = 500
    witness_rounds: int = 500


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
        return _pairs(self.found.execution.rel(node))


State = tuple[tuple[str, Value], ...]


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


def simulate(
    test: Program | Litmus, model: Model | Machine, budget: Budget | None = None
) -> Outcome:
    """Decides whether a program's condition can hold in the end under a model or on a machine.

    Raises LitmusError for a program the model's primitives cannot run and UnsupportedError beyond
    the simulator's limits; never guesses.
    """
    budget = budget or Budget()
    start = time.monotonic()
    if isinstance(model, Machine):
        model = machine_model(model)
    if isinstance(test, Litmus):
        program = test.program(model.definitions, fold_rmw=model.fold_rmw)
    else:
        program = test
    limits = Limits(start + budget.seconds, budget.rounds)

    unroll = budget.unroll
    while True:
        with closing(Search(unfold(program, unroll), model.cat, limits)) as search:
            run = _Run(search, program, model, budget, start)
            run.decide()
            enough = None
            if run.cut and run.verdict != "Sometimes" and unroll == budget.unroll:
                enough = _enough(program, model, budget, limits)
            if enough is None:
                return run.outcome()
            unroll = enough


def _enough(program: Program, model: Model, budget: Budget, limits: Limits) -> int | None:
    """A larger unroll bound that no execution reaches, if one of two is: a loop that retries when
    another thread interferes ends when the others have nothing left to do."""
    for unroll in (2 * budget.unroll, 4 * budget.unroll):
        if unroll > budget.unroll_most:
            break
        try:
            with closing(Search(unfold(program, unroll), model.cat, limits)) as search:
                if search.find([-search.cut_lit]) is None:
                    return unroll
        except (BudgetError, UnsupportedError):
            break
    return None


class _Run:
    def __init__(
        self, search: Search, program: Program, model: Model, budget: Budget, start: float
    ) -> None:
        self.search = search
        self.program = program
        self.model = model
        self.budget = budget
        self.start = start
        self.encoding: Encoding = search.encoding
        self.states: dict[State, None] = {}
        self.flags: dict[str, None] = {}
        self.last: Found | None = None
        self.base = [search.cut_lit]
        self.wanted = TRUE
        self.positive: Found | None = None
        self.negative: Found | None = None
        self.verdict = "Unknown"
        self.cut = False
        atoms = [*program.observed, *atoms_of(program.condition)]
        self.atoms: list[Atom] = list(dict.fromkeys(atoms))

    def decide(self) -> None:
        """Answers the question, and whether paths cut at the unroll bound matter to it."""
        if self.program.filter is not None:
            self.base.append(self.encoding.condition(self.program.filter))
        wanted = self.wanted = self.encoding.condition(self.program.condition)
        self.cut = self.search.cut_lit != TRUE
        try:
            self.positive = self.search.find([*self.base, wanted])
            self.note(self.positive)
            self.negative = self.search.find([*self.base, -wanted])
            self.note(self.negative)
            self.verdict = _verdict(self.positive, self.negative)
            self.cut = self.reaches_bound()
        except BudgetError:
            pass

    def outcome(self) -> Outcome:
        """The answer with the states and flags that the budget allows."""
        complete = flagged = False
        if self.verdict != "Unknown":
            self.shorten()
            complete = self.enumerate(self.base)
            flagged = self.look_for_flags(self.base)
        return Outcome(
            self.program.name,
            self.model.name,
            self.model.machine,
            self.verdict,
            self.program.quantifier,
            tuple(sorted(self.states, key=str)),
            complete and not self.cut,
            self.cut and self.verdict != "Sometimes",
            time.monotonic() - self.start,
            tuple(self.flags),
            flagged and not self.cut,
            self.execution(self.positive),
            self.execution(self.negative),
            self.budget.rounds - self.search.limits.rounds,
        )

    def shorten(self) -> None:
        """Takes, for the executions to be shown, ones on shorter paths where there are any."""
        with self.share(self.budget.witness_rounds):
            if self.positive is not None:
                for found in shorter(self.search, self.positive, [*self.base, self.wanted]):
                    self.positive = found
                    self.note(found)
            if self.negative is not None and self.program.quantifier == "forall":
                for found in shorter(self.search, self.negative, [*self.base, -self.wanted]):
                    self.negative = found
                    self.note(found)

    def reaches_bound(self) -> bool:
        """Whether some consistent execution runs into the unroll bound."""
        if self.search.cut_lit == TRUE:
            return False
        return self.search.find([-self.search.cut_lit]) is not None

    def note(self, found: Found | None) -> None:
        if found is None:
            return
        self.last = found
        self.states[self.state(found)] = None
        for name in self.search.raised(found):
            self.flags[name] = None

    def state(self, found: Found) -> State:
        """Final values of the variables asked about."""
        execution = found.execution
        structure = execution.structure
        by_number = dict(
            zip((event.number for event in structure.events), found.values, strict=True)
        )
        state: list[tuple[str, Value]] = []
        for atom in self.atoms:
            if isinstance(atom, RegAtom):
                value: Value = 0
                for leaf in found.leaves:
                    block = self.search.tree.blocks[leaf]
                    if block.thread == atom.thread and block.final is not None:
                        value = evaluate(block.final.get(atom.reg, 0), by_number)
            else:
                value = self.program.memory.get(atom.loc, 0)
                for index, event in enumerate(structure.events):
                    if event.kind == "W" and event.loc == atom.loc and not execution.co[index]:
                        value = found.values[index]
            state.append((str(atom), value))
        return tuple(state)

    def enumerate(self, base: list[int]) -> bool:
        """Lists the reachable final states; False if the budget ended first."""
        guard = self.encoding.new()
        with self.share(self.budget.state_rounds) as finished:
            for state in self.states:
                self.block(guard, state)
            while len(self.states) < self.budget.states:
                found = self.search.find([*base, guard])
                if found is None:
                    return True
                self.note(found)
                self.block(guard, self.state(found))
            finished.clear()
        return bool(finished)

    def look_for_flags(self, base: list[int]) -> bool:
        """Asks for each flag not yet raised whether an execution raises it; False if unsure."""
        with self.share(self.budget.flag_rounds) as finished:
            for check in self.search.flags:
                if check.name in self.flags:
                    continue
                guard = self.encoding.new()
                found = self.last
                while found is not None and self.search.exclude(check, found, guard):
                    found = self.search.find([*base, guard])
                    self.note(found)
                    if check.name in self.flags:
                        break
        return bool(finished)

    @contextmanager
    def share(self, rounds: int) -> Iterator[list[bool]]:
        """Lets the body spend at most ``rounds``; yields a list that is emptied if it ran out."""
        limits = self.search.limits
        held = max(0, limits.rounds - rounds)
        limits.rounds -= held
        finished = [True]
        try:
            yield finished
        except BudgetError:
            finished.clear()
        finally:
            limits.rounds = max(limits.rounds, 0) + held

    def block(self, guard: int, state: State) -> None:
        literals = [
            self.encoding.atom_is(atom, value)
            for atom, (_, value) in zip(self.atoms, state, strict=True)
        ]
        self.encoding.add(-guard, *(-literal for literal in literals))

    def execution(self, found: Found | None) -> Execution | None:
        """A found execution as witness data."""
        if found is None:
            return None
        structure = found.execution.structure
        positions: dict[int, int] = {}
        events: list[ExecutionEvent] = []
        last: dict[int, int] = {}
        po: list[tuple[int, int]] = []
        for index, event in enumerate(structure.events):
            position = positions.get(event.thread, 0)
            positions[event.thread] = position + 1
            if event.thread >= 0:
                if event.thread in last:
                    po.append((last[event.thread], index))
                last[event.thread] = index
            valued = event.kind in ("R", "W", "SRCU")
            events.append(
                ExecutionEvent(
                    index,
                    event.thread,
                    position,
                    event.kind,
                    tuple(sorted(event.tags)),
                    str(event.loc) if event.loc is not None else None,
                    found.values[index] if valued else None,
                    event.source,
                )
            )
        return Execution(
            tuple(events),
            self._relations(found, tuple(po)),
            self.state(found),
            found,
            self.model,
        )

    def _relations(
        self, found: Found, po: tuple[tuple[int, int], ...]
    ) -> dict[str, tuple[tuple[int, int], ...]]:
        x = found.execution
        named = {"po": po}
        named["rf"] = _pairs([a | b for a, b in zip(x.rf, x.lock_rf, strict=True)])
        named["co"] = _pairs(x.co)
        readers = {b: a for a, b in named["rf"]}
        named["fr"] = tuple(
            (read, later) for read, write in sorted(readers.items()) for later in bits(x.co[write])
        )
        for name in ("rmw", "addr", "data", "ctrl"):
            named[name] = _pairs(x.structure.base_rel(name))
        return named


def _pairs(rows: list[int]) -> tuple[tuple[int, int], ...]:
    return tuple((a, b) for a, row in enumerate(rows) for b in bits(row))


def _verdict(positive: Found | None, negative: Found | None) -> str:
    if positive is None:
        return "Never"
    return "Always" if negative is None else "Sometimes"
