"""What the names in a piece of C mean, and the writer of statements that all lowering shares."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from reviewer.errors import LitmusError
from reviewer.mmu.litmus.definitions import Definitions, Snippet
from reviewer.mmu.program import Source, Statement


@dataclass(slots=True)
class Names:
    """What names mean: macro arguments, renamed locals, or the thread's own names.

    ``outer`` is the place that an inlined definition was called from.
    """

    prefix: str
    snippet: Snippet
    args: dict[str, tuple[Node, Names]] = field(default_factory=dict)
    returns: str | None = None
    label: str | None = None
    loops: list[str] = field(default_factory=list)
    outer: Names | None = None


Out = list[Statement]


class Writer:
    """What every step of lowering a thread needs: registers, places in the source, errors.

    ``params`` name global locations; any other name is a register.
    """

    def __init__(
        self,
        definitions: Definitions,
        thread: int,
        params: tuple[str, ...],
        arrays: frozenset[str],
        fold_rmw: bool = False,
    ) -> None:
        self.definitions = definitions
        self.thread = thread
        self.globals = frozenset(params)
        self.arrays = arrays
        self.fold_rmw = fold_rmw
        self.fresh = 0
        self.depth = 0
        self.source = Source("", 0, "")
        self.shadowed: set[str] = set()

    def temp(self) -> str:
        """A fresh register."""
        self.fresh += 1
        return f"%{self.fresh}"

    def line(self, node: Node, scope: Names) -> int:
        """The line of ``node`` in its file."""
        return scope.snippet.line + node.start_point[0]

    def error(self, node: Node, scope: Names, message: str) -> LitmusError:
        """An error at ``node``."""
        return LitmusError(scope.snippet.path, self.line(node, scope), message)

    def text(self, node: Node) -> str:
        """What ``node`` says in C."""
        return (node.text or b"").decode(errors="replace")

    def field(self, node: Node, name: str, scope: Names) -> Node:
        """A child that the grammar names. Raises LitmusError if the source lacks it."""
        found = node.child_by_field_name(name)
        if found is None:
            raise self.error(node, scope, f"expected a {name} in '{self.text(node)[:40]}'")
        return found

    def mark(self, node: Node, scope: Names) -> None:
        """Remembers the reader's own statement: the outermost one, not an inlined definition's."""
        if scope.outer is None and not scope.prefix:
            text = " ".join(self.text(node).split("\n")[0].split())
            self.source = Source(scope.snippet.path, self.line(node, scope), text)
