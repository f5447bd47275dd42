"""What one path of a thread carries along: registers, control dependencies, where to return."""

from __future__ import annotations

from dataclasses import dataclass, field

from reviewer.mmu.events.tree import NONE, Block, EventSet
from reviewer.mmu.program import Statement
from reviewer.mmu.values import Sym


@dataclass(frozen=True, slots=True)
class Held:
    """A register: its value, the reads it depends on, and those that decided its assignment.

    ``deps`` are dependencies as the language has them. Of these ``firm`` ones stay in whatever a
    compiler and the processor make of the code, and ``picks`` only choose among values: a
    comparison may become a branch or a conditional select.
    """

    value: Sym
    deps: EventSet = NONE
    implicit: EventSet = NONE
    firm: EventSet = NONE
    picks: EventSet = NONE


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a turn of a loop began, and the registers in use there."""

    block: int
    position: int
    registers: tuple[tuple[str, Held | None], ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A point to return to: a statement list and position, with what was in force outside."""

    kind: str
    body: tuple[Statement, ...]
    at: int
    ctrl: EventSet
    label: str
    count: int
    block: int
    below: Frame | None
    turn: Turn | None = None

    def behind(self) -> Frame:
        """The point behind the statement it is at."""
        return Frame(
            self.kind, self.body, self.at + 1, self.ctrl, self.label, self.count, self.block,
            self.below, self.turn,
        )  # fmt: skip


@dataclass(slots=True)
class PathState:
    """A path at one point. ``standing`` are the reads that decided whether a scope was left."""

    block: Block
    registers: dict[str, Held]
    frame: Frame | None
    ctrl: EventSet
    standing: dict[str, EventSet]
    linked: tuple[int, ...] = ()
    """The load that a conditional store may pair with: its events."""
    alike: dict[int, EventSet] = field(default_factory=dict)
    """By ``id`` of a store that stands in both arms of a branch, what the branch looked at."""

    def fork(self, block: Block) -> PathState:
        """The same point of a path that goes on in ``block``."""
        return PathState(
            block,
            dict(self.registers),
            self.frame,
            self.ctrl,
            dict(self.standing),
            self.linked,
            dict(self.alike),
        )

    def control(self) -> EventSet:
        """The reads that decided that this point is reached."""
        ctrl = self.ctrl
        for deps in self.standing.values():
            ctrl |= deps
        return ctrl
