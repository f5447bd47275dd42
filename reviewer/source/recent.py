"""Files parsed of late, by path and contents: two trees that have a file alike share its parse.

The tree before a patch and the tree after it have all but a few files in common, and what is
worked out of a file's text alone (comments, layout, syntax trees) is kept with its parse.
"""

from __future__ import annotations

from collections import OrderedDict

from reviewer.source.file import SourceFile

_FILES = 64
_BYTES = 8 << 20
"""Of source; what is worked out of a file takes five times as much. Headers have up to 14 MB."""

_kept: OrderedDict[tuple[str, bytes], SourceFile] = OrderedDict()
_held = [0]


def parsed(path: str, data: bytes) -> SourceFile:
    """The file of that path with these bytes."""
    key = (path, data)
    found = _kept.get(key)
    if found is not None:
        _kept.move_to_end(key)
        return found
    found = _kept[key] = SourceFile.parse(path, data)
    _held[0] += len(data)
    while len(_kept) > _FILES or (_held[0] > _BYTES and len(_kept) > 1):
        _held[0] -= len(_kept.popitem(last=False)[1].data)
    return found
