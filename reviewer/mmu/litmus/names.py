"""What the names in a piece of C mean, and the writer of statements that all lowering shares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from tree_sitter import Node

from reviewer.errors import LitmusError
from reviewer.mmu.litmus.declared import declared, text
from reviewer.mmu.litmus.definitions import Definitions, Snippet
from reviewer.mmu.litmus.structs import Structs
from reviewer.mmu.program import Source, Statement


@dataclass(slots=True)
class Names:
    """What names mean: macro arguments, renamed locals, or the thread's own names.

    ``outer`` is the place that an inlined definition was called from. ``locals`` are the names that
    the body declares or sets, ``types`` the type names that it declares them with, ``pointers``
    which of them are pointers; ``result`` is the type of the number that it returns; ``lengths``
    its own arrays. ``opened`` are the names that each open block declared, ``ended`` those of
    blocks that have ended, ``given`` those that have been set, ``numbers`` the parameters that were
    given a number where a place was expected.
    """

    prefix: str
    snippet: Snippet
    args: dict[str, tuple[Node, Names]] = field(default_factory=dict)
    returns: str | None = None
    result: str = ""
    label: str | None = None
    loops: list[str] = field(default_factory=list)
    outer: Names | None = None
    locals: set[str] = field(default_factory=set)
    types: dict[str, str] = field(default_factory=dict)
    pointers: set[str] = field(default_factory=set)
    lengths: dict[str, int] = field(default_factory=dict)
    opened: list[set[str]] = field(default_factory=list)
    given: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)

    def learn(self) -> None:
        """Takes in what the body declares."""
        names, types, pointers = declared(self.snippet.node)
        self.locals |= names
        self.types.update(types)
        self.pointers |= pointers


Out = list[Statement]


@dataclass(frozen=True, slots=True)
class World:
    """What all threads of a test share.

    ``names``: its locations. ``types``: the type names of those whose type is known. ``fields``:
    fields that the initial state names. ``arrays``: lengths. ``handlers``: the functions of timers
    and work items. ``large``: whether it has numbers so large that an int may overflow.
    """

    path: str
    names: frozenset[str]
    arrays: dict[str, int]
    types: dict[str, str]
    fields: frozenset[str]
    handlers: dict[str, str]
    threads: int
    awaited: frozenset[str]
    large: bool = False


class Writer:
    """What every step of lowering a thread needs: registers, places in the source, errors.

    ``params`` name global locations; any other name is a register.
    """

    def __init__(
        self,
        definitions: Definitions,
        thread: int,
        params: tuple[str, ...],
        world: World,
        fold_rmw: bool = False,
    ) -> None:
        self.definitions = definitions
        self.structs = Structs(definitions)
        self.thread = thread
        self.globals = frozenset(params)
        self.world = world
        self.fold_rmw = fold_rmw
        self.fresh = 0
        self.depth = 0
        self.written = 0
        self.calls = 0
        self.source = Source("", 0, "")
        self.shadowed: set[str] = set()
        # Names that a primitive lends to its argument, such as VAL: its register.
        self.lent: dict[str, str] = {}
        # Registers by their full name, for the question.
        self.registers: set[str] = set()
        # The kinds of numbers that registers hold, and that what they point to holds (`numbers`).
        self.kinds: dict[str, str] = {}
        self.pointees: dict[str, str] = {}
        self.unknown: dict[str, LitmusError] = {}
        self.has_task = False

    def close_block(self, scope: Names) -> None:
        """The names of the innermost block mean nothing any more."""
        scope.ended |= scope.opened.pop()

    def temp(self) -> str:
        """A fresh register."""
        self.fresh += 1
        return f"%{self.fresh}"

    def line(self, node: Node, scope: Names) -> int:
        """The line of ``node`` in its file."""
        return scope.snippet.line + node.start_point[0]

    def error(self, node: Node, scope: Names, message: str) -> LitmusError:
        """An error at ``node``, or at the reader's statement that has it inlined."""
        if scope.snippet.path != self.world.path and self.source.line:
            where = scope.prefix.split("%")[0]
            inside = f" (in {where})" if where else ""
            return LitmusError(self.source.path, self.source.line, message + inside)
        return LitmusError(scope.snippet.path, self.line(node, scope), message)

    def text(self, node: Node) -> str:
        """What ``node`` says in C."""
        return text(node)

    def suggest(self, name: str, known: Iterable[str]) -> str:
        """A hint at a name that was probably meant, or nothing."""
        near = get_close_matches(name, sorted(known), n=2, cutoff=0.75)
        return f" (did you mean {' or '.join(near)}?)" if near else ""

    def field(self, node: Node, name: str, scope: Names) -> Node:
        """A child that the grammar names. Raises LitmusError if the source lacks it."""
        found = node.child_by_field_name(name)
        if found is None:
            raise self.error(node, scope, f"expected a {name} in '{self.text(node)[:40]}'")
        return found

    def mark(self, node: Node, scope: Names) -> None:
        """Remembers the reader's own statement, not an inlined definition's."""
        if scope.snippet.path == self.world.path:
            text = " ".join(self.text(node).split("\n")[0].split())
            self.source = Source(scope.snippet.path, self.line(node, scope), text)
