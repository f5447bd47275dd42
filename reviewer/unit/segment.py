"""A segment: some compiled units in one flat, immutable file.

Layout: the sections, a JSON header (where each lies), its length and check sum, a magic.
Names are found through sorted tables (``reviewer.unit.table``), sharded by the top bits of their
hash so that a merge can make the shards one by one, in parallel.
"""

from __future__ import annotations

import json
import mmap
import os
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from typing import IO
from weakref import WeakValueDictionary

from reviewer.tree.pasting import Shape
from reviewer.unit.hashing import name_hash, name_hashes
from reviewer.unit.model import Role, Unit
from reviewer.unit.record import Record, record_bytes, record_of
from reviewer.unit.table import Table, distinct, little, numbers, table_bytes
from reviewer.unit.wordlists import counts_of_words, places_of_words

MAGIC = b"kstale03"
KEY = 21
"""Bytes of a unit's key: the SHA-1 of its blob, and its dialect."""
ROLE_BITS = 8
ROLES = (1 << ROLE_BITS) - 1
_ANY_ROLES = 1 << len(Role)
UNITS_AT_MOST = 1 << (32 - ROLE_BITS)
_NAMES_PER_BLOCK = 256
_BLOCKS_KEPT = 1024
"""Blocks of names kept inflated: 20 MB; names that share a word lie in a few blocks mostly."""
_RECORDS_KEPT = 256
"""Records kept inflated: some 2 MB; what one comment asks about is defined in a few headers."""
SOON_MERGED, STAYS = 1, 6
"""Levels of zlib: a segment of one portion is read once or twice before it is merged."""
_TAIL = 16
"""Bytes at the end of a file: length of the header, its check sum, and the magic."""


_mapped: WeakValueDictionary[tuple[object, ...], Segment] = WeakValueDictionary()
"""What is mapped already, by path and file: the blocks that one tree's questions inflate, some
100 MB in a long scan, serve the others."""


class DamagedError(Exception):
    """A file of the store that cannot be used; ``path`` says which."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: damaged: {why}")
        self.path = path


def sections_of(
    units: Sequence[tuple[bytes, Unit]], level: int = SOON_MERGED
) -> Iterator[tuple[str, bytes]]:
    """The sections of a segment of some units, each with its key."""
    found: defaultdict[bytes, list[int]] = defaultdict(list)
    records: list[bytes] = []
    shapes: list[tuple[int, Shape]] = []
    names: list[set[str]] = []
    for number, (_, unit) in enumerate(units):
        high = number << ROLE_BITS
        for name, role in unit.roles.items():
            found[name].append(high | role)
        records.append(record_bytes(unit, level))
        names.append({one.name for one in unit.definitions})
        shapes += [(number, shape) for shape in sorted(unit.shapes, key=str)]
    rows = sorted(zip(name_hashes(found), found.values(), strict=True))
    yield "keys", b"".join(key for key, _ in units)
    yield "names.0", table_bytes(distinct(rows), level)
    yield from record_sections(records)
    yield "shapes", shape_section(shapes)
    yield from name_sections(sorted(set().union(*names)), level)
    yield "counts", counts_of_words(names, level)


def record_sections(records: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """Records one behind the other, and where each starts."""
    starts = array("Q", accumulate(map(len, records), initial=0))
    yield "starts", little(starts)
    yield "records", b"".join(records)


def shape_section(shapes: Iterable[tuple[int, Shape]]) -> bytes:
    """What units paste, a line each: number, shape, macros."""
    lines = (" ".join((str(number), one.text, *one.macros)) for number, one in shapes)
    return zlib.compress("\n".join(lines).encode(), STAYS)


def name_sections(ordered: Sequence[str], level: int) -> Iterator[tuple[str, bytes]]:
    """Defined names, sorted, in blocks."""
    firsts: list[str] = []
    blocks: list[bytes] = []
    for at in range(0, len(ordered), _NAMES_PER_BLOCK):
        block = ordered[at : at + _NAMES_PER_BLOCK]
        firsts.append(block[0])
        blocks.append(zlib.compress("\n".join(block).encode(), level))
    yield "name_firsts", "\n".join(firsts).encode()
    yield "name_starts", little(array("Q", accumulate(map(len, blocks), initial=0)))
    yield "name_blocks", b"".join(blocks)


class Writer:
    """Writes a segment section by section; the header, which says where each lies, comes last."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._places: dict[str, list[int]] = {}
        self._at = 0

    def add(self, name: str, data: bytes) -> None:
        """Append a section; each begins at a multiple of 8."""
        padding = -self._at % 8
        self._file.write(bytes(padding))
        self._file.write(data)
        self._at += padding
        self._places[name] = [self._at, len(data), zlib.crc32(data)]
        self._at += len(data)

    def end(self, shards: int = 1) -> None:
        """Write the header; ``shards`` is how many tables of names there are, a power of two."""
        header = json.dumps({"shards": shards, "sections": self._places}, sort_keys=True).encode()
        self._file.write(header)
        self._file.write(len(header).to_bytes(4, "little"))
        self._file.write(zlib.crc32(header).to_bytes(4, "little"))
        self._file.write(MAGIC)


class Segment:
    """A segment as read; sections are looked at when they are asked for."""

    def __init__(self, data: memoryview, path: Path) -> None:
        """Raises DamagedError if the file is no whole segment."""
        self.path = path
        tail = bytes(data[-_TAIL:])
        length = int.from_bytes(tail[:4], "little")
        header = bytes(data[max(0, len(data) - _TAIL - length) : len(data) - _TAIL])
        if tail[8:] != MAGIC or zlib.crc32(header) != int.from_bytes(tail[4:8], "little"):
            raise DamagedError(path, "not a whole segment of this version")
        facts = json.loads(header)
        self._places: dict[str, list[int]] = facts["sections"]
        self._shift = 64 - (facts["shards"].bit_length() - 1)
        self._data = data
        self.keys = self._section("keys")
        self.count = len(self.keys) // KEY
        self._tables: dict[str, Table] = {}
        self._blocks: dict[int, list[str]] = {}
        self._records: dict[int, Record] = {}
        self._shards: list[Table | None] = [None] * facts["shards"]

    @classmethod
    def open(cls, path: Path) -> Segment:
        """A segment file, mapped; once in a process, for older trees lie in the same files.

        Raises OSError or DamagedError.
        """
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if status.st_size < _TAIL:
                raise DamagedError(path, "cut short")
            file_id = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            known = _mapped.get((path, *file_id))
            if known is not None:
                return known
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        made = _mapped[(path, *file_id)] = cls(memoryview(mapped), path)
        return made

    @classmethod
    def of(cls, units: Sequence[tuple[bytes, Unit]]) -> Segment:
        """A segment in memory, for a small tree or the files of a patch."""
        file = BytesIO()
        writer = Writer(file)
        for name, data in sections_of(units):
            writer.add(name, data)
        writer.end()
        return cls(file.getbuffer(), Path("(memory)"))

    def _section(self, name: str) -> memoryview:
        at, size, _ = self._places[name]
        return self._data[at : at + size]

    def verify(self) -> None:
        """Reads every byte. Raises DamagedError if some section is not what was written."""
        for name, (_, _, check) in self._places.items():
            if zlib.crc32(self._section(name)) != check:
                raise DamagedError(self.path, name)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self._data)

    def _table(self, name: str) -> Table:
        if name not in self._tables:
            try:
                self._tables[name] = Table(self._section(name))
            except ValueError as error:
                raise DamagedError(self.path, str(error)) from error
        return self._tables[name]

    def postings(self, hashed: int) -> list[int]:
        """Unit number and roles (``number << 8 | roles``) of each unit that has the name."""
        table = self._shards[hashed >> self._shift] or self._shard(hashed >> self._shift)
        try:
            return table.get(hashed)
        except zlib.error as error:
            raise DamagedError(self.path, str(error)) from error

    def may_have(self, hashed: int) -> bool:
        """False if certainly no unit has the name: cheaper than to look for its units."""
        table = self._shards[hashed >> self._shift] or self._shard(hashed >> self._shift)
        return table.may_have(hashed)

    def _shard(self, number: int) -> Table:
        table = self._table(f"names.{number}")
        self._shards[number] = table
        return table

    def rows(self, low: int, high: int) -> Iterator[tuple[int, list[int]]]:
        """Names by hash with their postings, ``low <= hash < high``."""
        first = low >> self._shift
        last = (high - 1) >> self._shift
        for shard in range(first, last + 1):
            yield from self._table(f"names.{shard}").between(low, high)

    def names_of(self, units: Iterable[int]) -> Iterator[tuple[int, int]]:
        """The hash of each name of some units, with the unit and the roles (``number << 8 | …``).

        Raises zlib.error. Looks at every posting: a tree's take two seconds.
        """
        wanted = {unit << ROLE_BITS | roles for unit in units for roles in range(_ANY_ROLES)}
        for shard in range(len(self._shards)):
            yield from self._table(f"names.{shard}").meeting(wanted)

    @cached_property
    def _starts(self) -> array[int]:
        return numbers("Q", self._section("starts"))

    def raw_record(self, number: int) -> memoryview:
        """A unit's record, deflated."""
        return self._section("records")[self._starts[number] : self._starts[number + 1]]

    def record(self, number: int) -> Record:
        """A unit's record. Raises DamagedError."""
        found = self._records.get(number)
        if found is None:
            try:
                found = record_of(self.raw_record(number))
            except (zlib.error, ValueError) as error:
                raise DamagedError(self.path, f"unit {number}: {error}") from error
            if len(self._records) >= _RECORDS_KEPT:
                self._records.clear()
            self._records[number] = found
        return found

    @cached_property
    def shapes(self) -> tuple[tuple[int, Shape], ...]:
        """What units paste, each with the number of its unit. Raises DamagedError."""
        try:
            text = zlib.decompress(self._section("shapes")).decode()
        except zlib.error as error:
            raise DamagedError(self.path, str(error)) from error
        rows = map(str.split, text.splitlines())
        return tuple((int(number), Shape(one, tuple(rest))) for number, one, *rest in rows)

    @cached_property
    def pasting(self) -> frozenset[int]:
        """The units that paste something. Raises DamagedError."""
        return frozenset(number for number, _ in self.shapes)

    # -- defined names in order

    @cached_property
    def _firsts(self) -> list[str]:
        text = bytes(self._section("name_firsts")).decode()
        return text.split("\n") if text else []

    @cached_property
    def _name_starts(self) -> array[int]:
        return numbers("Q", self._section("name_starts"))

    def _names(self, block: int) -> list[str]:
        found = self._blocks.get(block)
        if found is None:
            if len(self._blocks) >= _BLOCKS_KEPT:
                self._blocks.clear()
            found = self._blocks[block] = self._inflated(block)
        return found

    def _inflated(self, block: int) -> list[str]:
        low, high = self._name_starts[block], self._name_starts[block + 1]
        try:
            return zlib.decompress(self._section("name_blocks")[low:high]).decode().split("\n")
        except zlib.error as error:
            raise DamagedError(self.path, str(error)) from error

    def all_names(self) -> Iterator[str]:
        """Every defined name, sorted."""
        for block in range(len(self._firsts)):
            yield from self._names(block)

    def names_from(self, prefix: str) -> Iterator[str]:
        """Defined names that begin with ``prefix``, sorted."""
        block = max(0, bisect_right(self._firsts, prefix) - 1)
        for each in range(block, len(self._firsts)):
            names = self._names(each)
            for name in names[bisect_left(names, prefix) :]:
                if not name.startswith(prefix):
                    return
                yield name

    @cached_property
    def _words(self) -> Table:
        if "words" in self._places:
            return self._table("words")
        return Table(memoryview(places_of_words(tuple(self.all_names()), SOON_MERGED)))

    def numbers_with(self, word: str) -> list[int]:
        """Places of the defined names that have a word, sorted."""
        return self._words.get(name_hash(word.encode()))

    def counts(self, word: str) -> list[int]:
        """Which units define names with a word, and how many (``unit.wordlists``)."""
        return self._table("counts").get(name_hash(word.encode()))

    def count_rows(self) -> Iterator[tuple[int, list[int]]]:
        """The same of every word, by its hash."""
        return self._table("counts").between(0, 1 << 64)

    def names_at(self, places: Iterable[int]) -> Iterator[str]:
        """Defined names by their places, sorted."""
        held, names = -1, [""]
        for number in places:
            block = number // _NAMES_PER_BLOCK
            if block != held:
                held, names = block, self._names(block)
            yield names[number % _NAMES_PER_BLOCK]
