"""Files that were edited, and whose code was not: who asked for their code need not ask again."""

from __future__ import annotations

from reviewer.errors import TreeError
from reviewer.review.kept import Codes
from reviewer.source.between import code_digest
from reviewer.source.file import SourceFile
from reviewer.tree.model import Tree
from reviewer.tree.overlay import blob_id
from reviewer.unit.snapshot import Snapshot, differing

_AT_MOST = 2000
"""Files that are looked at: a megabyte takes a hundredth of a second. More is another release, of
which few files differ in nothing but comments."""


def same_code(before: Snapshot, after: Snapshot, codes: Codes, tree: Tree) -> frozenset[str]:
    """Files of both snapshots that differ, and have the same code in the same lines.

    ``codes`` are of files as they were judged, ``tree`` is the one of ``after``.
    """
    paths = differing(before, after)
    if len(paths) > _AT_MOST:
        return frozenset()
    old, new = (
        {path: at for at, path in enumerate(one.paths) if path in codes} for one in (before, after)
    )
    return frozenset(
        path
        for path in paths
        if path in old
        and path in new
        and codes[path] == (before.key(old[path]), _code(tree, path, after.key(new[path])))
    )


def _code(tree: Tree, path: str, unit: bytes) -> bytes:
    """The digest of a file's code, b"" if it is not that of its unit any more."""
    try:
        data = tree.read(path)
    except TreeError:
        return b""
    if data is None or not is_made_of(unit, data):
        return b""
    return code_digest(SourceFile.parse(path, data))


def is_made_of(unit: bytes, data: bytes) -> bool:
    """True if a unit was made of these bytes."""
    return unit.startswith(bytes.fromhex(blob_id(data)))
