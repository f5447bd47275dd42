"""Events, the blocks they sit in, and the tree of blocks of a whole program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reviewer.mmu.program import Addr, Program, Source
from reviewer.mmu.values import Sym

INIT = -1

EventSet = frozenset[int]
NONE: EventSet = frozenset()


@dataclass(slots=True)
class Event:
    """One event of the tree. ``kind`` is R, W, F, SRCU, LKR, LKW, UL, LF, RL or RU.

    ``value`` is what a write stores or an SRCU marker carries, and ``Ref`` of itself for a read.
    ``partner`` is the write half of an atomic's read. ``firm`` and ``picks`` are the reads that its
    address or data depend on firmly, and by a choice only (see ``path.Held``).
    """

    number: int
    thread: int
    block: int
    kind: str
    tags: frozenset[str]
    loc: Addr | None
    value: Sym
    addr_dep: EventSet
    data_dep: EventSet
    ctrl_dep: EventSet
    firm: EventSet
    picks: EventSet
    source: Source
    atomic: bool = False
    partner: int | None = None
    access: int = -1
    """The first event of the access that this is a part of: itself, unless accesses have several
    sizes."""
    hoisted: EventSet = NONE
    """The reads whose branch a compiler may put behind this access, since both arms have it."""


@dataclass(slots=True)
class Block:
    """A stretch of one thread without choice. ``guards`` must be non-zero for it to execute."""

    number: int
    thread: int
    parent: int | None
    guards: list[Sym]
    events: list[int] = field(default_factory=list)
    children: list[int] = field(default_factory=list)
    final: Mapping[str, Sym] | None = None
    cut: bool = False


@dataclass(slots=True)
class Tree:
    """All events of a program; the first ones are the initial writes."""

    program: Program
    events: list[Event]
    blocks: list[Block]
    roots: list[int]
    bound: int
    circular: frozenset[Addr]

    def leaves(self) -> list[Block]:
        """Blocks where a path ends, in order."""
        return [block for block in self.blocks if not block.children]

    def lineage(self, block: int) -> int:
        """Bit mask of a block and its ancestors."""
        mask = 0
        at: int | None = block
        while at is not None:
            mask |= 1 << at
            at = self.blocks[at].parent
        return mask
