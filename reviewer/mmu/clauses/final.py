"""The final state of a candidate execution, and conditions on it."""

from __future__ import annotations

from itertools import product
from math import prod

from reviewer.mmu.clauses.formula import TRUE
from reviewer.mmu.clauses.values import Values
from reviewer.mmu.events.tree import Tree
from reviewer.mmu.program import Addr, Atom, Compare, Condition, LocAtom, Value, WordAtom
from reviewer.mmu.values import MAX_COMBINATIONS, UnsupportedError, possible


class FinalState(Values):
    """Literals for what the variables of a condition hold in the end, made when asked for."""

    def __init__(self, tree: Tree, later: frozenset[tuple[int, int]]) -> None:
        super().__init__(tree, later)
        self.final_lit: dict[Addr, list[tuple[int, int]]] = {}
        self._atom_lits: dict[tuple[Atom, Value], int] = {}

    def _final(self, loc: Addr) -> list[tuple[int, int]]:
        """Writes of a location with the literals that say they come last."""
        found = self.final_lit.get(loc)
        if found is None:
            writes = self.writes[loc]
            found = []
            for write in writes:
                literal = self.new()
                self.add(-literal, self.executed(write))
                for other in writes:
                    if other != write and self.together(write, other):
                        self.add(-literal, -self.executed(other), self.order(other, write))
                found.append((write, literal))
            self.add(*(literal for _, literal in found))
            self.at_most_one([literal for _, literal in found])
            self.final_lit[loc] = found
        return found

    def atom_values(self, atom: Atom) -> frozenset[Value]:
        """Values an atom may have in the end."""
        values: set[Value] = set()
        if isinstance(atom, WordAtom):
            choices = [self.atom_values(LocAtom(cell)) for cell in atom.cells]
            if prod(len(values) for values in choices) > MAX_COMBINATIONS:
                raise UnsupportedError(f"too many values that {atom} can have in the end")
            return frozenset(atom.whole(parts) for parts in product(*choices))
        if isinstance(atom, LocAtom):
            if atom.loc not in self.writes:
                return frozenset((self.tree.program.memory.get(atom.loc, 0),))
            for write in self.writes[atom.loc]:
                values |= possible(self.events[write].value, self.domain)
            return frozenset(values)
        for leaf in self.tree.leaves():
            if leaf.thread == atom.thread and leaf.final is not None and not leaf.cut:
                values |= possible(leaf.final.get(atom.reg, 0), self.domain)
        return frozenset(values)

    def atom_is(self, atom: Atom, value: Value) -> int:
        """A literal equivalent to the atom having that value in the final state."""
        key = (atom, value)
        literal = self._atom_lits.get(key)
        if literal is None:
            literal = self._atom_lits[key] = self._atom_is(atom, value)
        return literal

    def _atom_is(self, atom: Atom, value: Value) -> int:
        values = self.atom_values(atom)
        if value not in values:
            return -TRUE
        if isinstance(atom, WordAtom):
            parts: tuple[Value, ...] = (value,)
            if isinstance(value, int):
                parts = atom.parts(value)
            cells = zip(atom.cells, parts, strict=True)
            return self.conjunction([self.atom_is(LocAtom(cell), part) for cell, part in cells])
        if len(values) == 1:
            return TRUE
        literal = self.new()
        if isinstance(atom, LocAtom):
            for write, last in self._final(atom.loc):
                has = self.is_value(self.events[write].value, value)
                self.add(-last, -has, literal)
                self.add(-last, has, -literal)
            return literal
        for leaf in self.tree.leaves():
            if leaf.thread != atom.thread or leaf.final is None:
                continue
            path = self.block_lit[leaf.number]
            has = self.is_value(leaf.final.get(atom.reg, 0), value)
            self.add(-path, -has, literal)
            self.add(-path, has, -literal)
        return literal

    def condition(self, condition: Condition) -> int:
        """A literal equivalent to the condition."""
        if isinstance(condition, Compare):
            return self._compare(condition)
        if condition.op in ("true", "false"):
            return TRUE if condition.op == "true" else -TRUE
        parts = [self.condition(arg) for arg in condition.args]
        if condition.op == "not":
            return -parts[0]
        if condition.op == "or":
            return -self.conjunction([-part for part in parts])
        return self.conjunction(parts)

    def _compare(self, compare: Compare) -> int:
        right = compare.right
        if isinstance(right, Atom):
            both = [
                self.conjunction([self.atom_is(compare.left, v), self.atom_is(right, v)])
                for v in sorted(self.atom_values(compare.left) & self.atom_values(right), key=str)
            ]
            literal = -self.conjunction([-part for part in both])
        else:
            literal = self.atom_is(compare.left, right)
        return -literal if compare.negated else literal
