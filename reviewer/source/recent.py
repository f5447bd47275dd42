"""Files parsed of late, bounded by number and by bytes.

The tree before a patch and the tree after it have all but a few files in common: ``parsed`` gives
both the same parse, with what is worked out of a file's text alone (comments, layout, syntax).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from reviewer.source.file import SourceFile

_FILES = 64
"""Those that the claims of one folder ask about."""
_BYTES = 8 << 20
"""Of source; what is worked out of a file takes five times as much. Headers have up to 14 MB."""
K = TypeVar("K")
R = TypeVar("R")


class Recent(Generic[K]):
    """The files kept last, and that some key has none; the one kept last is always there."""

    def __init__(self) -> None:
        self._files: OrderedDict[K, SourceFile | None] = OrderedDict()
        self._bytes = 0

    def __contains__(self, key: K) -> bool:
        return key in self._files

    def __getitem__(self, key: K) -> SourceFile | None:
        self._files.move_to_end(key)
        return self._files[key]

    def keep(self, key: K, file: SourceFile | None) -> None:
        """Keep a file in place of what the key had; the oldest go."""
        self._bytes -= _size(self._files.pop(key, None))
        self._files[key] = file
        self._bytes += _size(file)
        while len(self._files) > _FILES or (self._bytes > _BYTES and len(self._files) > 1):
            self._bytes -= _size(self._files.popitem(last=False)[1])


def _size(file: SourceFile | None) -> int:
    return file.size if file is not None else 0


_parsed: Recent[tuple[str, bytes]] = Recent()


def parsed(path: str, data: bytes) -> SourceFile:
    """The file of that path with these bytes."""
    key = (path, data)
    if key not in _parsed:
        _parsed.keep(key, SourceFile.parse(path, data))
    found = _parsed[key]
    assert found is not None
    return found


def beside_file(function: Callable[[SourceFile], R]) -> Callable[[SourceFile], R]:
    """Keeps an answer that a file's text alone gives for as long as the file itself is kept.

    The answer must not hold the file, which would then be kept for ever.
    """
    known: WeakKeyDictionary[SourceFile, R] = WeakKeyDictionary()

    @wraps(function)
    def call(source: SourceFile) -> R:
        if source not in known:
            known[source] = function(source)
        return known[source]

    return call
