"""A tree whose readers leave the keys of what they asked."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from reviewer.tree.model import Tree
from reviewer.tree.trace import Asked, note, traced_cache, unrecorded


class TracedTree:
    """What rules see of a tree; see ``reviewer.tree.trace``."""

    stands_for = "tree"

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
        note(Asked.PATHS, posixpath.basename(posixpath.normpath(path)) or ".")  # not all of them
        return self.tree.exists(path)

    def files(self, under: str = "") -> Iterator[str]:
        """As of the tree below."""
        note(Asked.PATHS)
        return self.tree.files(under)


def paths_named(tree: Tree, last: str) -> tuple[str, ...]:
    """Paths of all files and folders of a tree whose last part is ``last``."""
    note(Asked.PATHS, last)
    with unrecorded():
        return _by_name(tree).get(last, ())


@traced_cache(maxsize=8)
def _by_name(tree: Tree) -> Mapping[str, tuple[str, ...]]:
    """All paths of the tree by their last part; folders too."""
    found: dict[str, list[str]] = {}
    folders: set[str] = set()
    for path in tree.files():
        found.setdefault(posixpath.basename(path), []).append(path)
        parent = posixpath.dirname(path)
        while parent and parent not in folders:
            folders.add(parent)
            found.setdefault(posixpath.basename(parent), []).append(parent)
            parent = posixpath.dirname(parent)
    return {name: tuple(paths) for name, paths in found.items()}
