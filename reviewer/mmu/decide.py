"""Decides a program's condition by search, then lists final states and flags in what is left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reviewer.mmu.clauses.formula import TRUE
from reviewer.mmu.encode import Encoding
from reviewer.mmu.explore import BudgetError, Found, Search
from reviewer.mmu.model import Model
from reviewer.mmu.observe import execution_of, final_state
from reviewer.mmu.program import Atom, Program, atoms_of
from reviewer.mmu.results import Execution, Outcome, State
from reviewer.mmu.shorten import shorter


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one simulation.

    ``seconds`` of processor time and ``rounds`` (executions looked at) bound it all. Loops repeat
    ``unroll`` times, or up to ``unroll_most`` if that makes the verdict hold for any bound.
    ``states`` is the most final states listed. ``state_rounds``, ``flag_rounds`` and
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


class Run:
    """The search for an answer with one unroll bound. ``start`` is when the simulation began."""

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
            time.process_time() - self.start,
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
        """Remembers the state and the flags of an execution."""
        if found is None:
            return
        self.last = found
        self.states[self.state(found)] = None
        for name in self.search.raised(found):
            self.flags[name] = None

    def state(self, found: Found) -> State:
        """Final values of the variables asked about."""
        return final_state(found, self.search.tree, self.atoms)

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
        """Lets no execution that ``guard`` is true of end in ``state``."""
        literals = [
            self.encoding.atom_is(atom, value)
            for atom, (_, value) in zip(self.atoms, state, strict=True)
        ]
        self.encoding.add(-guard, *(-literal for literal in literals))

    def execution(self, found: Found | None) -> Execution | None:
        """A found execution as witness data."""
        return None if found is None else execution_of(found, self.state(found), self.model)


def _verdict(positive: Found | None, negative: Found | None) -> str:
    if positive is None:
        return "Never"
    return "Always" if negative is None else "Sometimes"
