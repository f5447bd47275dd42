"""Clauses over numbered variables, as a SAT solver takes them."""

from __future__ import annotations

from reviewer.mmu.values import UnsupportedError

Clause = list[int]
TRUE = 1
MAX_CLAUSES = 1_000_000


class Formula:
    """A conjunction of clauses. A literal is a variable's number, negative for its negation.

    Variable 1 is true.
    """

    def __init__(self) -> None:
        self.clauses: list[Clause] = [[TRUE]]
        self.variables = TRUE

    def new(self) -> int:
        """A new variable."""
        self.variables += 1
        return self.variables

    def add(self, *literals: int) -> None:
        """Adds a clause; literals that are certain are dropped, a true one drops the clause."""
        if TRUE in literals:
            return
        if len(self.clauses) >= MAX_CLAUSES:
            raise UnsupportedError(f"more than {MAX_CLAUSES} clauses before any search")
        self.clauses.append([literal for literal in literals if literal != -TRUE])

    def take(self) -> list[Clause]:
        """Clauses added since the last call."""
        taken, self.clauses = self.clauses, []
        return taken

    def at_most_one(self, literals: list[int]) -> None:
        """Adds clauses that no two of the literals are true."""
        if len(literals) <= 6:
            for i, one in enumerate(literals):
                for two in literals[:i]:
                    self.add(-one, -two)
            return
        # Sequential counter: 3 clauses an item instead of a pair each.
        carry = literals[0]
        for literal in literals[1:-1]:
            following = self.new()
            self.add(-carry, -literal)
            self.add(-carry, following)
            self.add(-literal, following)
            carry = following
        self.add(-carry, -literals[-1])

    def conjunction(self, parts: list[int]) -> int:
        """A literal equivalent to all of ``parts``."""
        parts = [part for part in parts if part != TRUE]
        if -TRUE in parts:
            return -TRUE
        if not parts:
            return TRUE
        if len(parts) == 1:
            return parts[0]
        literal = self.new()
        for part in parts:
            self.add(-literal, part)
        self.add(literal, *(-part for part in parts))
        return literal
