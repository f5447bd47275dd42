"""A tree with some files replaced: what the tree would be with a patch applied."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from reviewer.tree.model import Entry, Listed, Tree
from reviewer.tree.paths import inside
from reviewer.tree.traced import TracedTree


def holder(tree: Tree, path: str) -> Tree:
    """The tree that a file of a tree with patches on it comes from: it has the same one below."""
    plain = inside(path)
    while True:
        if isinstance(tree, TracedTree):
            tree = tree.tree
        elif isinstance(tree, Overlay) and plain is not None and plain not in tree.changed:
            tree = tree.base
        else:
            return tree


def blob_id(data: bytes) -> str:
    """The SHA-1 by which git names this content."""
    header = b"blob %d\0" % len(data)
    return hashlib.sha1(header + data, usedforsecurity=False).hexdigest()


class Overlay:
    """``base`` with ``files`` in place of what it holds; None stands for a removed file."""

    def __init__(self, base: Listed, files: Mapping[str, bytes | None]) -> None:
        """Paths that would leave the tree are dropped: nothing can ask for them."""
        self.base = base
        self._files = {
            plain: data for path, data in files.items() if (plain := inside(path)) is not None
        }

    @property
    def name(self) -> str:
        """The name of the tree below."""
        return self.base.name

    @property
    def identity(self) -> str:
        """The identity of the tree below: an index of it knows all but the changed files."""
        return self.base.identity

    @property
    def fixed(self) -> bool:
        """Two overlays of one tree share its identity and not their contents."""
        return False

    @property
    def changed(self) -> Mapping[str, bytes | None]:
        """The replaced files."""
        return self._files

    def read(self, path: str) -> bytes | None:
        """The new bytes where replaced, else those of the tree below."""
        plain = inside(path)
        if plain is None:
            return None
        return self._files[plain] if plain in self._files else self.base.read(plain)

    def exists(self, path: str) -> bool:
        """True for a file or folder that is there after the change."""
        plain = inside(path)
        if plain is None:
            return False
        if plain in self._files:
            return self._files[plain] is not None
        below = plain + "/"
        if any(p.startswith(below) for p, data in self._files.items() if data is not None):
            return True
        if not self.base.exists(plain):
            return False
        if not any(p.startswith(below) for p in self._files):
            return True
        return next(self.files(plain), None) is not None

    def files(self, under: str = "") -> Iterator[str]:
        """Paths of all regular files below a folder after the change, sorted."""
        plain = inside(under)
        if plain is None:
            return
        own = {
            path
            for path in self._files
            if not plain or path == plain or path.startswith(plain + "/")
        }
        kept = (path for path in self.base.files(plain) if path not in own)
        added = sorted(path for path in own if self._files[path] is not None)
        yield from _merge(kept, added)

    def entries(self) -> Iterator[Entry]:
        """All regular files after the change; replaced ones carry the id of their new content."""
        yield from sorted(
            [e for e in self.base.entries() if e.path not in self._files]
            + [
                Entry(path, len(data), blob_id(data))
                for path, data in self._files.items()
                if data is not None
            ],
            key=lambda entry: entry.path,
        )


def _merge(kept: Iterator[str], added: list[str]) -> Iterator[str]:
    waiting = iter(added)
    new = next(waiting, None)
    for path in kept:
        while new is not None and new < path:
            yield new
            new = next(waiting, None)
        yield path
    while new is not None:
        yield new
        new = next(waiting, None)
