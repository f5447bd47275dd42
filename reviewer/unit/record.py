"""The flat form of what a unit keeps beside its names: its definitions."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterator

from reviewer.tree.model import NameKind
from reviewer.unit.model import Defined, Unit
from reviewer.unit.table import little, numbers

_KINDS = tuple(NameKind)
_NUMBER = {kind: number for number, kind in enumerate(_KINDS)}
_STATIC = 0x80
_PARTIAL = 1


class Record:
    """A unit without its names: what is read back when some question points to it.

    Most questions are for one name of hundreds: definitions are made when they are asked for.
    """

    __slots__ = ("_kinds", "_lines", "_spans", "_text", "partial")

    def __init__(
        self, text: str, kinds: bytes, lines: array[int], spans: array[int], partial: bool
    ) -> None:
        """``text`` has a line for each definition: its name, and behind a space its owner."""
        self._text = f"\n{text}\n" if kinds else "\n"
        self._kinds = kinds
        self._lines = lines
        self._spans = spans
        self.partial = partial

    @property
    def definitions(self) -> tuple[Defined, ...]:
        """All of them, in the order of the file."""
        rows = self._text.split("\n")[1:-1]
        return tuple(self._defined(number, row) for number, row in enumerate(rows))

    def named(self, name: str) -> tuple[Defined, ...]:
        """The definitions of a name; none of '', which some functions have for one."""
        return tuple(self._rows("\n" + name, " \n", 1)) if name else ()

    def ending(self, tail: str) -> Iterator[str]:
        """Names that are defined and end so."""
        text = self._text
        at = text.find(tail)
        while at >= 0:
            end = at + len(tail)
            name = text[text.rfind("\n", 0, at) + 1 : end]
            if text[end] in " \n" and " " not in name:  # else it is an owner's
                yield name
            at = text.find(tail, at + 1)

    def owned(self, owner: str) -> tuple[Defined, ...]:
        """The members that a struct, union or enum owns."""
        return tuple(self._rows(f" {owner}\n", "", 0))

    def _rows(self, wanted: str, after: str, ahead: int) -> Iterator[Defined]:
        text = self._text
        at = text.find(wanted)
        while at >= 0:
            if not after or text[at + len(wanted)] in after:
                start = text.rfind("\n", 0, at + ahead) + 1
                row = text[start : text.index("\n", start)]
                yield self._defined(text.count("\n", 0, start) - 1, row)
            at = text.find(wanted, at + 1)

    def _defined(self, number: int, row: str) -> Defined:
        name, _, owner = row.partition(" ")
        kind, line = self._kinds[number], self._lines[number]
        end = line + self._spans[number]
        return Defined(name, _KINDS[kind & ~_STATIC], line, end, owner, bool(kind & _STATIC))


def record_bytes(unit: Unit, level: int) -> bytes:
    """The record of a unit, deflated by zlib's ``level``."""
    rows = unit.definitions
    lines = array("I", [one.line for one in rows])
    spans = array("I", [one.end - one.line for one in rows])
    kinds = bytes(_NUMBER[one.kind] | (_STATIC if one.static else 0) for one in rows)
    names = "\n".join(f"{one.name} {one.owner}" if one.owner else one.name for one in rows)
    head = array("I", [_PARTIAL * unit.partial, len(rows)])
    return zlib.compress(
        b"".join([little(head), little(lines), little(spans), kinds, names.encode()]), level
    )


def record_of(data: bytes | memoryview) -> Record:
    """A record from its deflated bytes. Raises ValueError or zlib.error if they are damaged."""
    data = zlib.decompress(data)
    flags, count = numbers("I", data[:8])
    at = 8
    lines = numbers("I", data[at : at + 4 * count])
    spans = numbers("I", data[at + 4 * count : at + 8 * count])
    at += 8 * count
    kinds = data[at : at + count]
    text = data[at + count :].decode()
    if len(kinds) != count or (text.count("\n") + 1 if count else 0) != count:
        raise ValueError("record is cut short")
    return Record(text, kinds, lines, spans, bool(flags & _PARTIAL))
