"""Values of reads: those of their sources, and the guards of the paths that depend on them."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.mmu.clauses.candidates import Candidates
from reviewer.mmu.clauses.formula import TRUE
from reviewer.mmu.events.tree import Tree
from reviewer.mmu.program import Atom, RegAtom, Value, atoms_of, locations_of
from reviewer.mmu.values import (
    THIN_AIR,
    Apply,
    Ref,
    Sym,
    evaluate,
    is_small,
    of_parts,
    possible,
    reads_of,
    tabulate,
)


class Values(Candidates):
    """Candidate executions in which reads and writes agree on values."""

    def __init__(self, tree: Tree, later: frozenset[tuple[int, int]]) -> None:
        super().__init__(tree, later)
        self.domains: dict[int, frozenset[Value]] = {}
        self.value_lit: dict[int, dict[Value, int]] = {}
        self._known: dict[tuple[Sym, Value], int] = {}
        self._tables: dict[int, tuple[Sym, list[tuple[list[int], Value]]]] = {}

    def domain(self, read: int) -> frozenset[Value]:
        """Values that a read may have."""
        return self.domains[read]

    def encode_values(self) -> None:
        """Adds the values that matter: those that guards, the condition or such values read."""
        self._domains()
        needed: set[int] = set()
        registers = self._asked_registers()
        work: list[Sym] = [guard for block in self.tree.blocks for guard in block.guards]
        work.extend(
            value
            for block in self.tree.blocks
            if block.final
            for reg, value in block.final.items()
            if RegAtom(block.thread, reg) in registers
        )
        asked = {loc for atom in self.asked() for loc in locations_of(atom)}
        work.extend(
            self.events[write].value
            for loc in sorted(asked, key=str)
            for write in self.writes.get(loc, ())
        )
        while work:
            for read in reads_of(work.pop()):
                if read not in needed:
                    needed.add(read)
                    work.extend(self.events[source.write].value for source in self.sources[read])
        for read in sorted(needed):
            self._read_values(read)
        for read in sorted(needed):
            self._transfer(read)
        for block in self.tree.blocks:
            for guard in block.guards:
                self._guard(self.block_lit[block.number], guard)

    def asked(self) -> list[Atom]:
        """The registers and locations that the condition, the filter or the listing names."""
        program = self.tree.program
        atoms = [*atoms_of(program.condition), *program.observed]
        if program.filter is not None:
            atoms.extend(atoms_of(program.filter))
        return atoms

    def _asked_registers(self) -> frozenset[RegAtom]:
        return frozenset(atom for atom in self.asked() if isinstance(atom, RegAtom))

    def _domains(self) -> None:
        """Values each read can have: those of its sources, along chains without repetition."""
        reads = [event.number for event in self.events if event.kind == "R"]
        # A value out of thin air has no write to come from: it starts where it may circle.
        for read in reads:
            loc = self.events[read].loc
            thin = loc is not None and loc in self.tree.circular
            self.domains[read] = frozenset((THIN_AIR,)) if thin else frozenset()
        writes = [event for event in self.events if event.kind == "W"]
        made_of = {event.number: reads_of(event.value) for event in writes}
        written: dict[int, frozenset[Value]] = {}
        changed = set(reads)
        for _ in range(self._longest_chain() + 2):
            # All of one round from the round before, so that rounds count the links of a chain.
            for event in writes:
                if event.number not in written or not changed.isdisjoint(made_of[event.number]):
                    written[event.number] = possible(event.value, self.domain)
            found = {
                read: self.domains[read].union(
                    *(written[source.write] for source in self.sources[read])
                )
                for read in reads
            }
            changed = {read for read in reads if found[read] != self.domains[read]}
            if not changed:
                return
            self.domains.update(found)

    def _longest_chain(self) -> int:
        """The most writes whose value is made of read ones that an execution can have."""
        most: dict[int, int] = {}
        for block in reversed(self.tree.blocks):
            events = (self.events[number] for number in block.events)
            own = sum(1 for event in events if event.kind == "W" and reads_of(event.value))
            most[block.number] = own + max((most[child] for child in block.children), default=0)
        return sum(most[root] for root in self.tree.roots)

    def _read_values(self, read: int) -> None:
        domain = sorted(self.domains[read], key=str)
        if len(domain) == 1:
            self.value_lit[read] = {domain[0]: TRUE}
            return
        literals = {value: self.new() for value in domain}
        self.value_lit[read] = literals
        self.add(-self.executed(read), *literals.values())
        self.at_most_one(list(literals.values()))

    def is_value(self, sym: Sym, value: Value) -> int:
        """A literal that is true when ``sym`` has ``value`` (in executions where it is defined)."""
        if isinstance(sym, Ref):
            return self.value_lit[sym.event].get(value, -TRUE)
        if not reads_of(sym):
            return TRUE if evaluate(sym, {}) == value else -TRUE
        literal = self._known.get((sym, value))
        if literal is None:
            literal = self._known[sym, value] = self.new()
            for premise, result in self._table(sym):
                self.add(*premise, literal if result == value else -literal)
        return literal

    def _table(self, sym: Sym) -> list[tuple[list[int], Value]]:
        """Each combination of values that ``sym`` is made of, negated, with its value under it."""
        known = self._tables.get(id(sym))
        if known is None:
            known = self._tables[id(sym)] = (sym, list(self._rows(sym)))
        return known[1]

    def _rows(self, sym: Sym) -> Iterator[tuple[list[int], Value]]:
        if isinstance(sym, Apply) and not is_small(sym, self.domain):
            for values, result in of_parts(sym, self.domain):
                pairs = zip(sym.args, values, strict=True)
                yield [-self.is_value(arg, value) for arg, value in pairs], result
            return
        for row, result in tabulate(sym, self.domain):
            yield [-self.value_lit[read].get(v, -TRUE) for read, v in row], result

    def _transfer(self, read: int) -> None:
        """A read has the value of its source."""
        own = self.value_lit[read]
        for source in self.sources[read]:
            sym = self.events[source.write].value
            if isinstance(sym, Ref) or not reads_of(sym):
                values = possible(sym, self.domain)
                for value in values:
                    has = self.is_value(sym, value)
                    self.add(-source.literal, -has, own.get(value, -TRUE))
                continue
            for premise, result in self._table(sym):
                self.add(-source.literal, *premise, own.get(result, -TRUE))

    def _guard(self, literal: int, guard: Sym) -> None:
        for premise, result in self._table(guard):
            if result == 0:
                self.add(-literal, *premise)
