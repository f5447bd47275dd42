"""One simulation for all machines that a program cannot tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from reviewer.mmu.api import Budget, Litmus, Model, Outcome, prepared, simulate
from reviewer.mmu.cat.question import Numbers, Question, question
from reviewer.mmu.program import (
    Fence,
    If,
    Load,
    Lock,
    Loop,
    Program,
    Rmw,
    Scope,
    Srcu,
    Statement,
    Store,
    StoreCond,
)

# What the events of atomic operations get besides what their definitions say.
_OF_ATOMICS = frozenset(("amo", "failed"))


@dataclass(slots=True)
class Alike:
    """Simulates one test on machine after machine, and remembers what was asked."""

    litmus: Litmus
    budget: Budget
    known: list[_Known] = field(default_factory=list)
    numbers: Numbers = field(default_factory=dict)

    def outcome(self, model: Model) -> Outcome:
        """As ``simulate()``, with what it raises. What was found for another machine took no
        time."""
        program = prepared(self.litmus, model)
        asked: Question | None = None
        for before in self.known:
            if before.program != program:
                continue
            asked = asked or self._question(program, model)
            before.asked = before.asked or self._question(program, before.model)
            if before.asked == asked:
                return replace(before.outcome, model=model.name, machine=model.machine, seconds=0.0)
        outcome = simulate(program, model, self.budget)
        self.known.append(_Known(program, model, outcome, asked))
        return outcome

    def _question(self, program: Program, model: Model) -> Question:
        tags, locks = _marks(program)
        return question(model.cat, tags, self.numbers, locks=locks)


@dataclass(slots=True)
class _Known:
    """What one machine gave; its question is worked out if another one may have the same."""

    program: Program
    model: Model
    outcome: Outcome
    asked: Question | None


def _marks(program: Program) -> tuple[frozenset[str], bool]:
    """The tags that events of a program can have, and whether there are locks among them."""
    tags: set[str] = set()
    locks = False
    for thread in program.threads:
        for statement in _each(thread.body):
            if isinstance(statement, Lock):
                locks = True
            elif isinstance(statement, Load | Store | StoreCond | Fence | Srcu):
                tags.update(statement.tags)
            elif isinstance(statement, Rmw):
                tags.update(statement.read_tags, statement.write_tags, statement.fail_tags)
                tags.update(statement.fences, _OF_ATOMICS)
    return frozenset(tags), locks


def _each(body: tuple[Statement, ...]) -> Iterator[Statement]:
    for statement in body:
        yield statement
        if isinstance(statement, If):
            yield from _each(statement.then)
            yield from _each(statement.orelse)
        elif isinstance(statement, Loop | Scope):
            yield from _each(statement.body)
