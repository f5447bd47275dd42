"""Exact answers from single files: where a name is defined and used, with lines."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import OrderedDict
from itertools import accumulate, count
from operator import add

from reviewer.errors import TreeError
from reviewer.tree.definitions import Body, bodies, definitions, enclosing, members
from reviewer.tree.dialect import Dialect, code_of, dialect, occurrences
from reviewer.tree.members import Found
from reviewer.tree.model import CallSite, Definition, Tree
from reviewer.tree.overlay import holder
from reviewer.tree.trace import Asked, note

_FILES = 256
_BYTES = 32 << 20
"""Of blanked code: 256 files have 10 to 20 MB mostly, but those of registers up to 14 MB each."""


class CodeFile:
    """One file's blanked code, with its definitions and functions worked out once."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.kind = dialect(path) or Dialect.C
        self.code = code_of(data, self.kind)
        self._found: dict[bytes, list[Found]] | None = None
        self._bodies: tuple[Body, ...] | None = None
        self._starts: array[int] | None = None

    def _definitions(self) -> dict[bytes, list[Found]]:
        if self._found is None:
            self._found = {}
            for found in definitions(self.code, self.kind):
                self._found.setdefault(found.name, []).append(found)
        return self._found

    def _functions(self) -> tuple[Body, ...]:
        if self._bodies is None:
            self._bodies = bodies(self.code) if self.kind is Dialect.C else ()
        return self._bodies

    def _line(self, offset: int) -> int:
        return bisect_right(self._line_starts(), offset)

    def _line_starts(self) -> array[int]:
        """Where each line starts, and where one after the last would."""
        if self._starts is None:
            lengths = map(len, self.code.split(b"\n"))
            self._starts = array("I", map(add, accumulate(lengths, initial=0), count()))
        return self._starts

    def lines(self, first: int, last: int) -> bytes:
        """The code from a line to another, both 1-based and included; b"" beyond the file."""
        starts = self._line_starts()
        if not 0 < first <= last < len(starts):
            return b""
        return self.code[starts[first - 1] : starts[last] - 1]

    def body_at(self, line: int) -> bytes:
        """The code from a line, 1-based, to the ``}`` in column 0 that ends what begins there."""
        start = self._line_starts()[line - 1]
        end = self.code.find(b"\n}", start)
        return self.code[start : end if end >= 0 else len(self.code)]

    def definitions(self, name: str) -> list[Definition]:
        """Definitions of ``name`` in this file, by line."""
        found = self._definitions().get(name.encode(), ())
        rows = {Definition(name, f.kind, self.path, self._line(f.offset)) for f in found}
        return sorted(rows, key=lambda row: row.line)

    def uses(self, name: str, own: frozenset[int] = frozenset()) -> list[CallSite]:
        """Calls and mentions of ``name`` in this file.

        ``own`` are the lines of its definitions and prototypes, which are none.
        """
        found = []
        spelled = name.encode()
        for at in occurrences(self.code, spelled):
            line = self._line(at)
            if line in own:
                own -= {line}
                continue
            body = enclosing(self._functions(), at)
            caller = body.name.decode() if body is not None else ""
            end = at + len(spelled)
            called = self.code[end : end + 80].lstrip().startswith(b"(")
            found.append(CallSite(name, caller, self.path, line, not called))
        return found

    def members(self, struct: str) -> frozenset[str]:
        """Fields of ``struct`` (or union, enum), those of nested aggregates among them."""
        return frozenset(m.decode() for m in members(self.code, struct.encode()))

    def has(self, name: str) -> bool:
        """True if the identifier stands in this file's code."""
        wanted = name.encode()
        return wanted in self.code and (
            any(True for _ in occurrences(self.code, wanted)) or wanted in self._definitions()
        )


def code_file(tree: Tree, path: str) -> CodeFile | None:
    """The file, blanked; kept for the next question. None if it cannot be read."""
    note(Asked.CODE, path)
    return _recent.get(holder(tree, path), path)


def with_comments(tree: Tree, path: str) -> bytes | None:
    """The bytes of a file for whoever looks in them for what must then stand in its code.

    Cheaper than ``code_file``, which most files need not be. Only the code may decide: what a
    comment alone says must change no answer, for a change of comments is not told.
    """
    note(Asked.CODE, path)
    return holder(tree, path).read(path)


class _Recent:
    """The files asked for last, bounded by number and by bytes; the last one is always there."""

    def __init__(self) -> None:
        self._files: OrderedDict[tuple[Tree, str], CodeFile | None] = OrderedDict()
        self._bytes = 0

    def get(self, tree: Tree, path: str) -> CodeFile | None:
        """The file, read if it is not kept."""
        key = (tree, path)
        if key in self._files:
            self._files.move_to_end(key)
            return self._files[key]
        found = self._files[key] = _read(tree, path)
        self._bytes += _size(found)
        while len(self._files) > _FILES or (self._bytes > _BYTES and len(self._files) > 1):
            self._bytes -= _size(self._files.popitem(last=False)[1])
        return found


_recent = _Recent()


def _size(file: CodeFile | None) -> int:
    return len(file.code) if file is not None else 0


def _read(tree: Tree, path: str) -> CodeFile | None:
    try:
        data = tree.read(path)
    except TreeError:
        return None
    return CodeFile(path, data) if data is not None else None
