"""The search: a SAT solver proposes executions, the model refutes them with reasons.

Refutations are learned as clauses, so whole families of executions go at once; the loop ends with
an execution the model accepts or with none left.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from pysat.solvers import Solver

from reviewer.mmu.cat.compile import CatModel, Check
from reviewer.mmu.cat.evaluate import Execution, Structure
from reviewer.mmu.cat.explain import Explainer
from reviewer.mmu.cat.question import LOCK_KINDS, askable
from reviewer.mmu.cat.reasons import Literals, Reason, TooComplexError
from reviewer.mmu.cat.relations import is_acyclic
from reviewer.mmu.clauses.formula import TRUE
from reviewer.mmu.coherence import asks_atomicity, coherent_pairs
from reviewer.mmu.encode import Encoding
from reviewer.mmu.events.tree import Tree
from reviewer.mmu.program import Value, locations_of
from reviewer.mmu.values import THIN_AIR, Ref, Sym, evaluate, reads_of

SOLVER = "glucose4"  # can stop after a number of conflicts; the others measured are no faster
CONFLICTS = 5_000


class BudgetError(Exception):
    """The search's budget ended before an answer."""


@dataclass(slots=True)
class Limits:
    """What is left to spend: a point in processor time and a number of refutations."""

    deadline: float
    rounds: int

    def spend(self) -> None:
        self.rounds -= 1
        if self.rounds < 0:
            raise BudgetError
        self.check()

    def check(self) -> None:
        """Raises BudgetError when the time is over."""
        if time.process_time() > self.deadline:
            raise BudgetError


@dataclass(frozen=True, slots=True)
class Found:
    """A consistent execution, with the value of each of its events."""

    execution: Execution
    leaves: tuple[int, ...]
    values: tuple[Value, ...]
    cut: bool


class _Truth(Literals):
    """Literals of one proposed execution."""

    def __init__(self, search: Search, structure: Structure, leaves: tuple[int, ...]) -> None:
        self.encoding = search.encoding
        self.truth = search.truth
        self.events = structure.events
        lits = (search.encoding.block_lit[leaf] for leaf in leaves)
        self.fixed = frozenset(literal for literal in lits if literal != TRUE)
        self.by_thread = {
            search.tree.blocks[leaf].thread: search.encoding.block_lit[leaf] for leaf in leaves
        }

    def _signed(self, literal: int) -> int:
        if abs(literal) == TRUE:
            return 0
        return literal if self.truth[abs(literal)] == (literal > 0) else -literal

    def rf(self, source: int, reader: int) -> int:
        key = (self.events[source].number, self.events[reader].number)
        return self._signed(self.encoding.source_lit.get(key, TRUE))

    def co(self, first: int, second: int) -> int:
        return self._signed(
            self.encoding.order(self.events[first].number, self.events[second].number)
        )

    def executed(self, event: int) -> int:
        literal = self.encoding.executed(self.events[event].number)
        return 0 if literal == TRUE else literal

    def path(self, event: int) -> Reason:
        literal = self.by_thread.get(self.events[event].thread, TRUE)
        return frozenset() if literal == TRUE else frozenset((literal,))

    def paths(self) -> Reason:
        return self.fixed


class Search:
    """One program under one model."""

    def __init__(self, tree: Tree, model: CatModel, limits: Limits) -> None:
        self.tree = tree
        self.model = model
        self.limits = limits
        self.encoding = self._encoding()
        tags = frozenset(tag for event in tree.events for tag in event.tags)
        locks = any(event.kind in LOCK_KINDS for event in tree.events)
        asked = askable(model, tags, locks=locks)
        self.checks = [check for check in asked if not check.flag]
        self.flags = [check for check in asked if check.flag]
        self.structures: dict[tuple[int, ...], Structure] = {}
        self.truth: Sequence[bool] = ()
        self.solver = Solver(name=SOLVER)
        self.asked = {loc for atom in self.encoding.asked() for loc in locations_of(atom)}
        self.cut_lit = self._cuts()
        self.flush()

    def _encoding(self) -> Encoding:
        pairs = coherent_pairs(self.tree, self.model)
        return Encoding(self.tree, pairs, atomic=asks_atomicity(self.model))

    def close(self) -> None:
        """Frees the solver."""
        self.solver.delete()

    def flush(self) -> None:
        """Gives the solver the clauses made since the last call."""
        for clause in self.encoding.take():
            self.solver.add_clause(clause)

    def _cuts(self) -> int:
        """A literal that excludes paths cut at the unroll bound (TRUE if there are none)."""
        cut = [block for block in self.tree.blocks if block.cut]
        if not cut:
            return TRUE
        literal = self.encoding.new()
        for block in cut:
            self.encoding.add(-literal, -self.encoding.block_lit[block.number])
        self.encoding.add(literal, *(self.encoding.block_lit[block.number] for block in cut))
        return literal

    # -- the loop

    def find(self, assumptions: list[int]) -> Found | None:
        """A consistent execution under the assumptions, None if there is none.

        Raises BudgetError when the limits are met first.
        """
        if -TRUE in assumptions:
            return None
        assume = [literal for literal in assumptions if literal != TRUE]
        self.flush()
        while True:
            self.limits.spend()
            answer = None
            while answer is None:
                # In steps, so that a hard problem cannot outlast the deadline by much.
                self.solver.conf_budget(CONFLICTS)
                answer = self.solver.solve_limited(assumptions=assume)
                if answer is None:
                    self.limits.check()
            if not answer:
                return None
            found = self._decode()
            if not self._refute(found):
                return found

    def _decode(self) -> Found:
        model = self.solver.get_model()
        encoding = self.encoding
        truth = [False, *(literal > 0 for literal in model)]
        # Variables that no clause mentions are missing at the end, and free: take them as false.
        truth.extend([False] * (encoding.variables + 1 - len(truth)))
        self.truth = truth
        leaves = tuple(
            block.number
            for block in self.tree.blocks
            if not block.children and truth[encoding.block_lit[block.number]]
        )
        structure = self._structure(leaves)
        index = structure.index
        rf = [0] * structure.n
        lock_rf = [0] * structure.n
        source_of: dict[int, int] = {}
        for at, event in enumerate(structure.events):
            for source in encoding.sources.get(event.number, ()):
                if truth[source.literal]:
                    rows = rf if event.kind == "R" else lock_rf
                    rows[index[source.write]] |= 1 << at
                    source_of[event.number] = source.write
                    break
        co, finals = self._order_rows(structure)
        values = self._event_values(structure, source_of)
        execution = Execution(structure, self.model.graph, rf, lock_rf, co, finals, values)
        cut = any(self.tree.blocks[leaf].cut for leaf in leaves)
        return Found(execution, leaves, values, cut)

    def _structure(self, leaves: tuple[int, ...]) -> Structure:
        structure = self.structures.get(leaves)
        if structure is None:
            lineage = 0
            for leaf in leaves:
                lineage |= self.encoding.lineage[leaf]
            numbers = [
                event.number
                for event in self.tree.events
                if event.block < 0 or lineage >> event.block & 1
            ]
            structure = Structure(self.tree, numbers)
            self.structures[leaves] = structure
        return structure

    def _order_rows(self, structure: Structure) -> tuple[list[int], int]:
        rows = [0] * structure.n
        finals = 0
        index = structure.index
        truth = self.truth
        for loc, writes in self.encoding.writes.items():
            present = [(write, index[write]) for write in writes if write in index]
            for i, (a, at) in enumerate(present):
                for b, to in present[i + 1 :]:
                    literal = self.encoding.order(a, b)
                    if truth[abs(literal)] == (literal > 0):
                        rows[at] |= 1 << to
                    else:
                        rows[to] |= 1 << at
            if loc in self.asked:
                for _, at in present:
                    if not rows[at]:
                        finals |= 1 << at
        return rows, finals

    def _event_values(self, structure: Structure, source_of: dict[int, int]) -> tuple[Value, ...]:
        known: dict[int, Value] = {}
        events = self.tree.events

        def searched(read: int) -> Value | None:
            literals = self.encoding.value_lit.get(read, {})
            return next((v for v, literal in literals.items() if self.truth[literal]), None)

        def value_of(number: int, depth: int) -> Value:
            if number in known:
                return known[number]
            if depth > 2 * len(events):
                return THIN_AIR
            event = events[number]
            if event.kind == "R":
                known_value = searched(number)
                if known_value is None:
                    known_value = value_of(source_of[number], depth + 1)
            else:
                known_value = sym_value(event.value, depth)
            known[number] = known_value
            return known_value

        def sym_value(sym: Sym, depth: int) -> Value:
            reads = {read: value_of(read, depth + 1) for read in reads_of(sym)}
            return evaluate(sym, reads)

        found: list[Value] = []
        for event in structure.events:
            if event.kind == "R" or not isinstance(event.value, Ref):
                found.append(value_of(event.number, 0))
            else:
                found.append(value_of(event.value.event, 0))
        return tuple(found)

    def _refute(self, found: Found) -> bool:
        """Learns why the model rejects an execution; False if it accepts it."""
        truth = _Truth(self, found.execution.structure, found.leaves)
        explainer = Explainer(found.execution, truth)
        reasons: set[Reason] = set()
        for check in self.checks:
            try:
                reasons.update(explainer.violations(check))
            except TooComplexError:
                reasons.add(self._everything(found, truth))
            if reasons and not _cheap(check):
                break
        for reason in reasons:
            self.solver.add_clause([-literal for literal in sorted(reason)])
        return bool(reasons)

    def _everything(self, found: Found, truth: _Truth) -> Reason:
        """All choices of an execution."""
        literals = set(truth.paths())
        for rows in (found.execution.rf, found.execution.lock_rf):
            for a, row in enumerate(rows):
                literals.update(truth.rf(a, b) for b in range(len(rows)) if row >> b & 1)
        for a, row in enumerate(found.execution.co):
            literals.update(truth.co(a, b) for b in range(len(found.execution.co)) if row >> b & 1)
        literals.discard(0)
        return frozenset(literals)

    def exclude(self, check: Check, found: Found, guard: int) -> bool:
        """Learns, under ``guard``, why an accepted execution does not raise a flag.

        False if no execution can raise it.
        """
        truth = _Truth(self, found.execution.structure, found.leaves)
        try:
            reason = Explainer(found.execution, truth).silent(check)
        except TooComplexError:
            reason = self._everything(found, truth)
        self.solver.add_clause([-guard, *(-literal for literal in sorted(reason))])
        return bool(reason)

    def raised(self, found: Found) -> list[str]:
        """Names of the flags an accepted execution raises."""
        names: list[str] = []
        for check in self.flags:
            if check.name not in names and _fails(check, found.execution) == check.negated:
                names.append(check.name)
        return names


def _cheap(check: Check) -> bool:
    return not check.node.dynamic


def _fails(check: Check, execution: Execution) -> bool:
    """Whether the property of a check does not hold, negation aside."""
    value = execution.value(check.node)
    if check.kind == "empty":
        return bool(value) if isinstance(value, int) else any(value)
    assert isinstance(value, list)
    if check.kind == "irreflexive":
        return any(row >> event & 1 for event, row in enumerate(value))
    return not is_acyclic(value)
