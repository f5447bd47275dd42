"""The simulator as a library: programs and models in, outcomes with witnesses out."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from itertools import chain

from reviewer.errors import DoesNotApplyError, LitmusError
from reviewer.mmu.coherence import asks_atomicity
from reviewer.mmu.counting import counted
from reviewer.mmu.decide import Budget, Run
from reviewer.mmu.explore import BudgetError, Limits, Search
from reviewer.mmu.litmus.parse import Litmus, parse_litmus, read_litmus
from reviewer.mmu.machine import Machine
from reviewer.mmu.model import Model, load_model, machine_model, model_names
from reviewer.mmu.program import Program
from reviewer.mmu.results import Execution, ExecutionEvent, Outcome, State
from reviewer.mmu.unfold import unfold
from reviewer.mmu.uses import lines_of
from reviewer.mmu.values import UnsupportedError

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
    "prepared",
    "read_litmus",
    "simulate",
]

# An execution of the whole program is found at once, or not worth more: the verdict is known.
COUNTING_SECONDS = 1.0


def simulate(
    test: Program | Litmus, model: Model | Machine, budget: Budget | None = None
) -> Outcome:
    """Decides whether a program's condition can hold in the end under a model or on a machine.

    Raises LitmusError for a program the model's primitives cannot run, DoesNotApplyError for one of
    two-word entries, or of a primitive, that the machine does not have, and UnsupportedError beyond
    the simulator's limits; never guesses.
    """
    budget = budget or Budget()
    start = time.process_time()
    if isinstance(model, Machine):
        model = machine_model(model)
    program = prepared(test, model) if isinstance(test, Litmus) else test
    try:
        return _decided(program, model, budget, start)
    except UnsupportedError as error:
        if not error.line and error.op:
            of_threads = (lines_of(error.op, thread.body) for thread in program.threads)
            error.line = next(chain.from_iterable(of_threads), 0)
        raise


def _decided(program: Program, model: Model, budget: Budget, start: float) -> Outcome:
    """As ``simulate()``; threads that only count are summed."""
    fewer = counted(program) if asks_atomicity(model.cat) else None
    if fewer is None:
        return _search(program, model, budget, start)
    outcome = _search(fewer, model, budget, start)
    if outcome.verdict in ("Never", "Unknown") or outcome.bounded:
        return outcome
    # The verdict is settled; the execution to be shown has the counting threads in it.
    rest = min(budget.seconds, COUNTING_SECONDS)
    whole = _search(program, model, replace(budget, seconds=rest), time.process_time())
    if whole.witness is None:
        return outcome
    return replace(outcome, witness=whole.witness)


def prepared(test: Litmus, model: Model) -> Program:
    """The program that a test is under a model's definitions.

    Raises LitmusError and DoesNotApplyError, as ``simulate()``.
    """
    if test.model and model.name in model_names() and model.name != test.model:
        why = f"its instructions are of the model {test.model}, not {model.name}"
        raise LitmusError(test.path, 1, why)
    if model.machine is not None and "split" not in model.variants and test.splits():
        why = f"does not apply: an entry is one word on {model.machine}"
        raise DoesNotApplyError("does not apply", why)
    return test.program(model.definitions, fold_rmw=model.fold_rmw)


def _search(program: Program, model: Model, budget: Budget, start: float) -> Outcome:
    limits = Limits(start + budget.seconds, budget.rounds)
    unroll = budget.unroll
    while True:
        with closing(Search(unfold(program, unroll), model.cat, limits)) as search:
            run = Run(search, program, model, budget, start)
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
