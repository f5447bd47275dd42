"""Which unit each code file of a tree is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from reviewer.unit.inflate import inflated
from reviewer.unit.segment import KEY


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The code files of a tree, sorted by path, each with the key of its unit.

    ``unread`` says which files could not be read and why, a line each.
    """

    paths: Sequence[str]
    keys: bytes
    """``KEY`` bytes for each path; zeros for a file that could not be read."""
    names: bytes
    """A digest of the paths of all files, code or not."""
    others: bytes
    """The paths of those that are no code (``folder.packed_paths``)."""
    unread: tuple[str, ...] = ()

    def key(self, place: int) -> bytes:
        """The key of the unit of ``paths[place]``."""
        return self.keys[place * KEY : place * KEY + KEY]

    def every_path(self) -> set[str]:
        """All files, code or not. Raises ValueError if they are damaged."""
        text = bytes(inflated(self.others)).decode("utf-8", "surrogateescape")
        return {*self.paths, *(text.split("\0") if text else ())}

    @property
    def digest(self) -> bytes:
        """What two trees with the same paths and contents have in common."""
        text = "\0".join(self.paths).encode("utf-8", "surrogateescape")
        return hashlib.sha256(text + b"\0" + self.keys + self.names).digest()


def differing(before: Snapshot, after: Snapshot) -> list[str]:
    """Paths of code files that one of the two has not, or with other contents."""
    old = dict(zip(before.paths, range(len(before.paths)), strict=True))
    new = dict(zip(after.paths, range(len(after.paths)), strict=True))
    return [
        path
        for path in old.keys() | new.keys()
        if path not in old or path not in new or before.key(old[path]) != after.key(new[path])
    ]
