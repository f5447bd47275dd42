"""Candidate executions: one path a thread, one source a read, writes in a total order."""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.mmu.cat.evaluate import program_order
from reviewer.mmu.cat.relations import bits
from reviewer.mmu.clauses.formula import TRUE, Formula
from reviewer.mmu.events.tree import INIT, Tree
from reviewer.mmu.program import Addr


@dataclass(frozen=True, slots=True)
class Source:
    """One possible source of a read, and the literal that says it is the one."""

    write: int
    literal: int


class Candidates(Formula):
    """Clauses whose solutions are the candidate executions of an event tree.

    ``later`` pairs reads with writes after them in program order that they never read from.
    """

    def __init__(self, tree: Tree, later: frozenset[tuple[int, int]]) -> None:
        super().__init__()
        self.tree = tree
        self.later = later
        self.events = tree.events
        self.before = program_order(tree)
        self.lineage = [tree.lineage(block.number) for block in tree.blocks]
        self.block_lit = [0] * len(tree.blocks)
        self.writes: dict[Addr, list[int]] = {}
        self.sources: dict[int, list[Source]] = {}
        self.source_lit: dict[tuple[int, int], int] = {}
        self.order_lit: dict[tuple[int, int], int] = {}
        self._paths()
        self._locations()
        self._orders()
        self._reads()

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
                self.at_most_one(children)

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
            behind = [
                sum(1 << j for j in range(i + 1, len(own)) if self.together(a, own[j]))
                for i, a in enumerate(own)
            ]
            for i, a in enumerate(own):
                for j in bits(behind[i]):
                    b = own[j]
                    for k in bits(behind[i] & behind[j]):
                        c = own[k]
                        ab, bc, ac = self.order(a, b), self.order(b, c), self.order(a, c)
                        self.add(-ab, -bc, ac)
                        self.add(ab, bc, -ac)

    # -- reads-from

    def source(self, write: int, read: int) -> int:
        """Adds ``write`` to the sources of ``read``; the literal that says it is the one."""
        literal = self.new()
        self.source_lit[write, read] = literal
        self.sources[read].append(Source(write, literal))
        self.add(-literal, self.executed(write))
        self.add(-literal, self.executed(read))
        return literal

    def complete(self, read: int) -> None:
        """Closes the sources of ``read``: exactly one of them if it is executed."""
        literals = [source.literal for source in self.sources[read]]
        self.add(-self.executed(read), *literals)
        self.at_most_one(literals)

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
                    self.source(write, read)
            self.complete(read)
