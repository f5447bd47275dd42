"""Many segments into one: look-ups then cost one search in place of one for each."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reviewer.tree.pasting import Shape
from reviewer.unit.segment import (
    KEY,
    ROLE_BITS,
    STAYS,
    Segment,
    name_sections,
    record_sections,
    shape_section,
)
from reviewer.unit.table import Row, table_bytes
from reviewer.unit.wordlists import COUNT_BITS, places_of_words

SHARDS = 16
"""Shards of a merged segment: a merge holds one of them in memory, 1.3 million postings of a
whole kernel tree, and two processors work on two of them."""
_RANGE = (1 << 64) // SHARDS


@dataclass(frozen=True, slots=True)
class Plan:
    """Segments to be merged, and the new number of each of their units (-1 for one dropped)."""

    paths: tuple[Path, ...]
    renumbered: tuple[array[int], ...]


def plan(segments: Sequence[Segment]) -> Plan:
    """Numbers units one behind the other; of units with one key the first is kept."""
    seen: set[bytes] = set()
    renumbered: list[array[int]] = []
    for segment in segments:
        numbers: array[int] = array("q")
        for at in range(segment.count):
            key = bytes(segment.keys[at * KEY : at * KEY + KEY])
            numbers.append(-1 if key in seen else len(seen))
            seen.add(key)
        renumbered.append(numbers)
    return Plan(tuple(one.path for one in segments), tuple(renumbered))


def shard(work: Plan, number: int) -> tuple[str, bytes]:
    """The table of one range of hashes; a pure function of the files, for any executor."""
    low, high = number * _RANGE, (number + 1) * _RANGE
    rows = (Segment.open(path).rows(low, high) for path in work.paths)
    return f"names.{number}", _table(work, rows, ROLE_BITS)


def _table(work: Plan, tables: Iterable[Iterable[Row]], bits: int) -> bytes:
    """One table of many, whose numbers are those of units with ``bits`` more behind them."""
    found: dict[int, list[int]] = {}
    mask = (1 << bits) - 1
    for table, renumbered in zip(tables, work.renumbered, strict=True):
        for hashed, values in table:
            rows = [
                new << bits | one & mask for one in values if (new := renumbered[one >> bits]) >= 0
            ]
            if not rows:
                continue
            if (known := found.get(hashed)) is not None:
                known += rows
            else:
                found[hashed] = rows
    return table_bytes(sorted(found.items()), STAYS)


def units(work: Plan) -> Iterator[tuple[str, bytes]]:
    """Keys, records and shapes."""
    keys: list[bytes] = []
    records: list[bytes] = []
    shapes: list[tuple[int, Shape]] = []
    for path, renumbered in zip(work.paths, work.renumbered, strict=True):
        segment = Segment.open(path)
        for at, new in enumerate(renumbered):
            if new >= 0:
                keys.append(bytes(segment.keys[at * KEY : at * KEY + KEY]))
                records.append(bytes(segment.raw_record(at)))
        shapes += [
            (renumbered[number], shape)
            for number, shape in segment.shapes
            if renumbered[number] >= 0
        ]
    yield "keys", b"".join(keys)
    yield from record_sections([_deflated_well(one) for one in records])
    yield "shapes", shape_section(shapes)


def _deflated_well(record: bytes) -> bytes:
    return zlib.compress(zlib.decompress(record), STAYS)


def names(work: Plan) -> list[tuple[str, bytes]]:
    """Defined names and their words; a pure function of the files, for any executor."""
    found: set[str] = set()
    for path in work.paths:
        found.update(Segment.open(path).all_names())
    ordered = sorted(found)
    counts = (Segment.open(path).count_rows() for path in work.paths)
    return [
        *name_sections(ordered, STAYS),
        ("words", places_of_words(ordered, STAYS)),
        ("counts", _table(work, counts, COUNT_BITS)),
    ]
