"""The flat form of what a unit keeps beside its names: its definitions."""

from __future__ import annotations

import zlib
from array import array
from dataclasses import dataclass

from reviewer.tree.model import NameKind
from reviewer.unit.model import Defined, Unit
from reviewer.unit.table import little, numbers

_KINDS = tuple(NameKind)
_NUMBER = {kind: number for number, kind in enumerate(_KINDS)}
_STATIC = 0x80
_PARTIAL = 1


@dataclass(frozen=True, slots=True)
class Record:
    """A unit without its names: what is read back when some question points to it."""

    definitions: tuple[Defined, ...]
    partial: bool


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
    at += count
    names = data[at:].decode()
    definitions = tuple(
        _defined(text, kind, line, span)
        for text, kind, line, span in zip(
            names.split("\n") if count else (), kinds, lines, spans, strict=True
        )
    )
    return Record(definitions, bool(flags & _PARTIAL))


def _defined(text: str, kind: int, line: int, span: int) -> Defined:
    name, _, owner = text.partition(" ")
    return Defined(name, _KINDS[kind & ~_STATIC], line, line + span, owner, bool(kind & _STATIC))
