"""Paths inside a tree: the one place that decides whether a path may be read."""

from __future__ import annotations

import posixpath

SIZE_LIMIT = 64 << 20
"""Bytes. The largest file of Linux 6.12 is a register header of 22 MB."""


def inside(path: str) -> str | None:
    """The path in its plain form ('' is the root), or None if it is absolute or leaves the tree.

    Patches come from strangers: ``..`` is refused where it leads out of the root, and so are
    NUL bytes, backslash drive forms and anything below ``.git``.
    """
    if not path:
        return ""
    if path.startswith("/") or "\0" in path:
        return None
    plain = posixpath.normpath(path)
    if plain == ".":
        return ""
    first, _, _ = plain.partition("/")
    if first in ("..", ".git"):
        return None
    return plain
