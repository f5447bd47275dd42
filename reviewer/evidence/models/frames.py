"""The state of one path, and the function that it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tree_sitter import Node

from reviewer.evidence.models.values import Event, Value
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.source.parse import Parsed

OWN = "kstale:"
"""Where the path begins of helpers that are told in a few accesses instead of followed."""


@dataclass(frozen=True, slots=True)
class Step:
    """A list of events that paths share."""

    before: Step | None
    event: Event

    @property
    def told(self) -> tuple[object, ...]:
        """What tells the last event from another."""
        event = self.event
        place = event.place.key if event.place is not None else None
        told = (event.path, event.line, event.name, event.top, place, event.value.exact)
        return (*told, event.kinds) if event.kinds else told


@dataclass(frozen=True, slots=True)
class State:
    """Where one path is: what variables are worth, what happened, the registers used."""

    env: Mapping[tuple[int, str], Value] = field(default_factory=dict)
    last: Step | None = None
    registers: int = 0

    def happened(self, event: Event) -> State:
        """The state after an event."""
        registers = self.registers + 1 if event.register >= 0 else self.registers
        return State(self.env, Step(self.last, event), registers)

    def bound(self, frame: int, name: str, value: Value) -> State:
        """The state with a variable of a frame set."""
        return State({**self.env, (frame, name): value}, self.last, self.registers)

    def lately(self, count: int) -> tuple[object, ...]:
        """What tells paths apart by their last few events."""
        out: list[object] = []
        step = self.last
        while step is not None and len(out) < count:
            out.append(step.told)
            step = step.before
        return tuple(out)

    def events(self) -> tuple[Event, ...]:
        """What happened so far, first things first."""
        out: list[Event] = []
        step = self.last
        while step is not None:
            out.append(step.event)
            step = step.before
        return tuple(reversed(out))


@dataclass(frozen=True, slots=True)
class Frame:
    """A function that is being followed.

    ``macro`` arguments are named, not evaluated: ``given`` holds them with the frame they are of.
    ``top`` is the line of the call in the function asked about, 0 in that function itself.
    """

    number: int
    source: SourceFile
    function: Function
    parsed: Parsed
    structs: Mapping[str, str]
    names: tuple[str, ...]
    given: Mapping[str, tuple[Node, Frame]] = field(default_factory=dict)
    top: int = 0
    home: str = ""
    """The file of the function asked about."""

    def where(self, node: Node) -> tuple[str, int]:
        """Path and line of a node; of the call, where what it calls is told by us."""
        if self.source.path.startswith(OWN):
            return self.home, self.top
        return self.source.path, self.line(node)

    def text(self, node: Node) -> str:
        """The words of a node as the file has them, white space folded."""
        start, end = node.start_byte + self.parsed.base, node.end_byte + self.parsed.base
        return " ".join(self.source.code(start, end).decode("latin-1").split())

    def word(self, node: Node) -> str:
        """The words of a small node as parsed."""
        return self.parsed.text[node.start_byte : node.end_byte].decode("latin-1")

    def line(self, node: Node) -> int:
        """The line of a node in its file."""
        return self.source.line_of(node.start_byte + self.parsed.base)

    def at(self, node: Node) -> int:
        """The line in the function asked about."""
        return self.top or self.line(node)
