"""A tree whose readers leave the keys of what they asked."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.tree.model import Tree
from reviewer.tree.trace import Asked, note


class TracedTree:
    """What rules see of a tree; see ``reviewer.tree.trace``."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    @property
    def name(self) -> str:
        """The name of the tree below."""
        return self.tree.name

    def read(self, path: str) -> bytes | None:
        """As of the tree below."""
        note(Asked.TEXT, path)
        return self.tree.read(path)

    def exists(self, path: str) -> bool:
        """As of the tree below."""
        note(Asked.PATHS)
        return self.tree.exists(path)

    def files(self, under: str = "") -> Iterator[str]:
        """As of the tree below."""
        note(Asked.PATHS)
        return self.tree.files(under)
