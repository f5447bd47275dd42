"""The search problem of an event tree, as clauses: paths, values, reads-from, coherence order.

Every model of the clauses is a candidate execution: one path a thread, one source a read, a total
order of the writes of each location, values that agree. What the memory model forbids is learned
later, except coherence, which is encoded at once when the model asks for it (coherence.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reviewer.mmu.cat.evaluate import program_order
from reviewer.mmu.events.tree import INIT, Event, Tree
from reviewer.mmu.program import Addr, Atom, Compare, Condition, LocAtom, RegAtom, Value, atoms_of
from reviewer.mmu.values import (
    THIN_AIR,
    Ref,
    Sym,
    UnsupportedError,
    evaluate,
    possible,
    reads_of,
    tabulate,
)

Clause = list[int]
Coherent = Mapping[int | None, Sequence[tuple[int, int]]]
TRUE = 1
MAX_CLAUSES = 1_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """One possible source of a read, and the literal that says it is the one."""

    write: int
    literal: int


class Encoding:
    """Clauses and the meaning of their variables. Variable 1 is true."""

    def __init__(self, tree: Tree, coherent: Coherent, *, atomic: bool = False) -> None:
        self.tree = tree
        # Reads never take their value from a later write of their own thread.
        self.later = frozenset(
            (a, b) for a, b in coherent.get(None, ()) if tree.events[a].kind == "R"
        )
        self.events = tree.events
        self.clauses: list[Clause] = [[TRUE]]
        self.variables = TRUE
        self.before = program_order(tree)
        self.lineage = [tree.lineage(block.number) for block in tree.blocks]
        self.block_lit = [0] * len(tree.blocks)
        self.writes: dict[Addr, list[int]] = {}
        self.unlock_of: dict[int, int] = {}
        self.lock_of: dict[int, int] = {}
        self.sources: dict[int, list[Source]] = {}
        self.source_lit: dict[tuple[int, int], int] = {}
        self.order_lit: dict[tuple[int, int], int] = {}
        self.domains: dict[int, frozenset[Value]] = {}
        self.value_lit: dict[int, dict[Value, int]] = {}
        self.final_lit: dict[Addr, list[tuple[int, int]]] = {}
        self._atom_lits: dict[tuple[Atom, Value], int] = {}
        self._paths()
        self._locations()
        self._orders()
        self._reads()
        self._locks()
        self._values()
        for leaf, pairs in coherent.items():
            self._coherence(pairs, TRUE if leaf is None else self.block_lit[leaf])
        if atomic:
            self._atomicity()

    # -- plumbing

    def new(self) -> int:
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

    def executed(self, event: int) -> int:
        """The literal that says an event is executed."""
        block = self.events[event].block
        return TRUE if block < 0 else self.block_lit[block]

    def together(self, a: int, b: int) -> bool:
        """Whether some path has both events."""
        one, two = self.events[a], self.events[b]
        if one.thread != two.thread or one.block < 0:
            return True
        first, second = self.lineage[one.block], self.lineage[two.block]
        return bool(first >> two.block & 1 or second >> one.block & 1)

    def is_before(self, a: int, b: int) -> bool:
        """Program order."""
        return bool(self.before.get(b, 0) >> a & 1)

    # -- paths

    def _paths(self) -> None:
        for block in self.tree.blocks:
            if block.parent is None:
                self.block_lit[block.number] = TRUE
                continue
            literal = self.block_lit[block.number] = self.new()
            self.add(-literal, self.block_lit[block.parent])
        for block in self.tree.blocks:
            if block.children:
                own = self.block_lit[block.number]
                children = [self.block_lit[child] for child in block.children]
                self.add(-own, *children)
                self._at_most_one(children)

    def _at_most_one(self, literals: list[int]) -> None:
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

    # -- coherence order

    def _locations(self) -> None:
        for event in self.events:
            if event.kind in ("W", "LKW") and event.loc is not None:
                self.writes.setdefault(event.loc, []).append(event.number)

    def order(self, a: int, b: int) -> int:
        """The literal for a before b in coherence order (same location, different writes)."""
        if self.events[a].thread == INIT:
            return TRUE
        if self.events[b].thread == INIT:
            return -TRUE
        if a > b:
            return -self.order(b, a)
        return self.order_lit[a, b]

    def _orders(self) -> None:
        for writes in self.writes.values():
            own = [write for write in writes if self.events[write].thread != INIT]
            for i, a in enumerate(own):
                for b in own[i + 1 :]:
                    if self.together(a, b):
                        self.order_lit[a, b] = self.new()
            for i, a in enumerate(own):
                for j in range(i + 1, len(own)):
                    b = own[j]
                    if not self.together(a, b):
                        continue
                    for c in own[j + 1 :]:
                        if self.together(a, c) and self.together(b, c):
                            ab, bc, ac = self.order(a, b), self.order(b, c), self.order(a, c)
                            self.add(-ab, -bc, ac)
                            self.add(ab, bc, -ac)

    # -- reads-from

    def _source(self, write: int, read: int) -> int:
        literal = self.new()
        self.source_lit[write, read] = literal
        self.sources[read].append(Source(write, literal))
        self.add(-literal, self.executed(write))
        self.add(-literal, self.executed(read))
        return literal

    def _complete(self, read: int) -> None:
        literals = [source.literal for source in self.sources[read]]
        self.add(-self.executed(read), *literals)
        self._at_most_one(literals)

    def _reads(self) -> None:
        for event in self.events:
            if event.kind != "R" or event.loc is None:
                continue
            read = event.number
            self.sources[read] = []
            for write in self.writes[event.loc]:
                if (read, write) in self.later or self.events[write].kind != "W":
                    continue
                if self.together(write, read):
                    self._source(write, read)
            self._complete(read)

    def _nearest_lock(self, event: Event, kinds: tuple[str, ...]) -> Event | None:
        mask = self.before.get(event.number, 0)
        for other in reversed(self.events):
            if (
                mask >> other.number & 1
                and other.thread == event.thread
                and other.loc == event.loc
                and other.kind in kinds
            ):
                return other
        return None

    def _locks(self) -> None:
        """Critical sections are ordered as wholes: an acquisition reads the release before it."""
        kinds = {event.kind for event in self.events}
        if not kinds & {"LKR", "LF", "RL", "RU"}:
            return
        unlocks: dict[Addr, list[int]] = {}
        for event in self.events:
            if event.kind == "UL" and event.loc is not None:
                lock = self._nearest_lock(event, ("LKW", "UL"))
                if lock is not None and lock.kind == "LKW":
                    self.lock_of[event.number] = lock.number
                    unlocks.setdefault(event.loc, []).append(event.number)
        for event in self.events:
            if event.loc is None or event.kind not in ("LKR", "LF", "RL", "RU"):
                continue
            self.sources[event.number] = []
            writes = self.writes[event.loc]
            if event.kind == "LKR":
                self._acquisition(event, writes, unlocks.get(event.loc, []))
            elif event.kind == "RU":
                self._seen_free(event, writes, unlocks.get(event.loc, []))
            else:
                self._seen_taken(event, writes)
            self._complete(event.number)

    def _acquisition(self, event: Event, writes: list[int], unlocks: list[int]) -> None:
        read, own = event.number, event.partner
        assert own is not None
        taken = [w for w in writes if self.events[w].kind == "LKW" and w != own]
        initial = next(w for w in writes if self.events[w].thread == INIT)
        for source in (initial, *unlocks):
            if not self.together(source, read) or self.is_before(read, source):
                continue
            literal = self._source(source, read)
            first = self.lock_of.get(source)
            if first is not None:
                self.add(-literal, self.order(first, own))
            for other in taken:
                if other == first or not self.together(other, own):
                    continue
                later = [self.order(own, other)]
                if first is not None and self.together(other, first):
                    later.append(self.order(other, first))
                self.add(-literal, -self.executed(other), *later)

    def _seen_free(self, event: Event, writes: list[int], unlocks: list[int]) -> None:
        last = self._nearest_lock(event, ("UL",))
        for write in writes:
            if self.events[write].thread == INIT:
                self._source(write, event.number)
        for unlock in unlocks:
            own = self.events[unlock].thread == event.thread
            if not own or (last is not None and unlock == last.number):
                self._source(unlock, event.number)

    def _seen_taken(self, event: Event, writes: list[int]) -> None:
        last = self._nearest_lock(event, ("LKW", "UL"))
        inside = last.number if last is not None and last.kind == "LKW" else None
        for write in writes:
            other = self.events[write]
            if other.kind != "LKW":
                continue
            outside = inside is None and other.thread != event.thread
            if outside or write == inside:
                self._source(write, event.number)

    # -- values

    def domain(self, read: int) -> frozenset[Value]:
        return self.domains[read]

    def _values(self) -> None:
        self._domains()
        # Guards of a path and data of writes: values matter only where something reads them.
        needed: set[int] = set()
        work: list[Sym] = [guard for block in self.tree.blocks for guard in block.guards]
        work.extend(
            value
            for block in self.tree.blocks
            if block.final
            for reg, value in block.final.items()
            if RegAtom(block.thread, reg) in self._asked_registers()
        )
        asked = {atom.loc for atom in self._asked() if isinstance(atom, LocAtom)}
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

    def _asked(self) -> list[Atom]:
        program = self.tree.program
        atoms = [*atoms_of(program.condition), *program.observed]
        if program.filter is not None:
            atoms.extend(atoms_of(program.filter))
        return atoms

    def _asked_registers(self) -> frozenset[RegAtom]:
        return frozenset(atom for atom in self._asked() if isinstance(atom, RegAtom))

    def _domains(self) -> None:
        """Values each read can have: those of its sources, along chains without repetition."""
        reads = [event.number for event in self.events if event.kind == "R"]
        # A value out of thin air has no write to come from: it starts where it may circle.
        for read in reads:
            loc = self.events[read].loc
            thin = loc is not None and loc in self.tree.circular
            self.domains[read] = frozenset((THIN_AIR,)) if thin else frozenset()
        writes = [event for event in self.events if event.kind == "W"]
        moving = sum(1 for event in writes if reads_of(event.value))
        for _ in range(moving + 2):
            # All of one round from the round before, so that rounds count the links of a chain.
            written = {event.number: possible(event.value, self.domain) for event in writes}
            found = {
                read: self.domains[read].union(
                    *(written[source.write] for source in self.sources[read])
                )
                for read in reads
            }
            if found == self.domains:
                return
            self.domains.update(found)

    def _read_values(self, read: int) -> None:
        domain = sorted(self.domains[read], key=str)
        if len(domain) == 1:
            self.value_lit[read] = {domain[0]: TRUE}
            return
        literals = {value: self.new() for value in domain}
        self.value_lit[read] = literals
        self.add(-self.executed(read), *literals.values())
        self._at_most_one(list(literals.values()))

    def is_value(self, sym: Sym, value: Value) -> int:
        """A literal that is true when ``sym`` has ``value`` (in executions where it is defined)."""
        if isinstance(sym, Ref):
            return self.value_lit[sym.event].get(value, -TRUE)
        if not reads_of(sym):
            return TRUE if evaluate(sym, {}) == value else -TRUE
        literal = self.new()
        for row, result in tabulate(sym, self.domain):
            premise = [-self.value_lit[read].get(v, -TRUE) for read, v in row]
            self.add(*premise, literal if result == value else -literal)
        return literal

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
            for row, result in tabulate(sym, self.domain):
                premise = [-self.value_lit[r].get(v, -TRUE) for r, v in row]
                self.add(-source.literal, *premise, own.get(result, -TRUE))

    def _guard(self, literal: int, guard: Sym) -> None:
        for row, result in tabulate(guard, self.domain):
            if result == 0:
                premise = [-self.value_lit[read].get(v, -TRUE) for read, v in row]
                self.add(-literal, *premise)

    # -- coherence, when the model asks for it

    def _coherence(self, pairs: Iterable[tuple[int, int]], guard: int) -> None:
        """Forbids cycles of ``pairs`` (same location) with reads-from, coherence and from-read.

        Complete when the pairs are transitive, as po-loc is. ``guard`` is the literal of the path
        that has these pairs.
        """
        for a, b in pairs:
            one, two = self.events[a].kind, self.events[b].kind
            if one == "W" and two == "W":
                if a != b and self.together(a, b):
                    here, there = self.executed(a), self.executed(b)
                    self.add(-guard, -here, -there, self.order(a, b))
            elif one == "W" and two == "R":
                for source in self.sources[b]:
                    if source.write != a:
                        after = self._order(a, source.write)
                        self.add(-guard, -source.literal, -self.executed(a), after)
            elif one == "R" and two == "W":
                for source in self.sources[a]:
                    after = self._order(source.write, b)
                    self.add(-guard, -source.literal, -self.executed(b), after)
            elif one == "R" and two == "R":
                for first in self.sources[a]:
                    for second in self.sources[b]:
                        if first.write != second.write:
                            after = self._order(first.write, second.write)
                            self.add(-guard, -first.literal, -second.literal, after)

    def _atomicity(self) -> None:
        """No other thread's write comes between the halves of an atomic."""
        for event in self.events:
            if event.kind != "R" or event.partner is None or event.loc is None:
                continue
            own = event.partner
            others = [
                write
                for write in self.writes[event.loc]
                if self.events[write].thread not in (event.thread, INIT)
            ]
            for source in self.sources[event.number]:
                for other in others:
                    if other != source.write:
                        after = self._order(other, source.write), self._order(own, other)
                        self.add(
                            -source.literal, -self.executed(own), -self.executed(other), *after
                        )

    def _order(self, a: int, b: int) -> int:
        """As order, false for a write and itself, true for writes never executed together."""
        if a == b:
            return -TRUE
        return self.order(a, b) if self.together(a, b) else TRUE

    # -- the final state

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
            self._at_most_one([literal for _, literal in found])
            self.final_lit[loc] = found
        return found

    def atom_values(self, atom: Atom) -> frozenset[Value]:
        """Values an atom may have in the end."""
        values: set[Value] = set()
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
            return -self._conjunction([-part for part in parts])
        return self._conjunction(parts)

    def _conjunction(self, parts: list[int]) -> int:
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

    def _compare(self, compare: Compare) -> int:
        right = compare.right
        if isinstance(right, RegAtom | LocAtom):
            both = [
                self._conjunction([self.atom_is(compare.left, v), self.atom_is(right, v)])
                for v in sorted(self.atom_values(compare.left) & self.atom_values(right), key=str)
            ]
            literal = -self._conjunction([-part for part in both])
        else:
            literal = self.atom_is(compare.left, right)
        return -literal if compare.negated else literal
