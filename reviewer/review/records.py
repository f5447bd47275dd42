"""The file of kept records: how each lies in it, and where.

A magic, a snapshot, the records, each _framed with its size and check sum; one without a path only
brings questions that others asked. Behind the records of a
run that came to its end stands an index: where each result lies, so that the next run of the same
tree need not walk over them, and one check sum of all.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from reviewer.errors import ResultError
from reviewer.review.result import head
from reviewer.source.between import CODE
from reviewer.unit.inflate import inflated
from reviewer.unit.segment import KEY
from reviewer.unit.snapshot import Snapshot
from reviewer.unit.table import little, numbers

_MAGIC = b"kstalerev7"
_END = b"kstaleend7"
_HEAD = 8
_DIGEST = 32
TOP = len(_MAGIC) + _HEAD + _DIGEST
"""Bytes of a file that say which tree it is of."""
_SIZES = struct.Struct("<II")
_PARTS = struct.Struct("<III")
"""Sizes of a record's path, of what it asked, and of the questions that it brings."""
_ROW = 20
"""Bytes of the index for each result."""
_TAIL = struct.Struct("<QI")
"""How long the records are with what stands before them, and the check sum of all that."""


@dataclass(frozen=True, slots=True)
class Record:
    """A judged file: its unit, the keys of what was asked outside of it, its packed result."""

    path: str
    unit: bytes
    asked: bytes
    """Keys and numbers of questions (``review.asked``)."""
    result: bytes
    code: bytes = bytes(CODE)
    """Digest of its code (``source.between``)."""
    questions: bytes = b""
    """Questions that no record before it brings (``review.asked``)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The results of a whole run, each at the place of its path; none was looked at."""

    paths: list[str]
    packed: list[memoryview]


class Writer:
    """Writes a file of records, and remembers for its index where each result lies."""

    def __init__(self, file: IO[bytes], snapshot: Snapshot) -> None:
        """Raises OSError, as all of its methods do."""
        self._file = file
        self._snapshot = snapshot
        self._places = dict(zip(snapshot.paths, range(len(snapshot.paths)), strict=True))
        self._rows: dict[int, tuple[int, int]] = {}
        """Of each place in the snapshot where the result begins and ends."""
        self._size = 0
        self._check = 0
        self._write(_MAGIC)
        self._write(_framed(_snapshot_bytes(snapshot)))

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._size += len(data)
        self._check = zlib.crc32(data, self._check)

    def add(self, record: Record) -> None:
        """Appends a record."""
        self._write(_framed(_record_bytes(record)))
        place = self._places.get(record.path)
        if place is not None and self._snapshot.key(place) == record.unit:
            self._rows[place] = (self._size - len(record.result), self._size)

    def flush(self) -> None:
        """What was added is in the file, whatever becomes of this process."""
        self._file.flush()

    def end(self) -> None:
        """Puts the index behind the records, and closes the file."""
        rows = sorted(self._rows.items())
        columns = (
            array("I", [place for place, _ in rows]),
            array("Q", [start for _, (start, _) in rows]),
            array("Q", [end for _, (_, end) in rows]),
        )
        body = zlib.compress(b"".join(map(little, columns)), 1)
        self._file.write(_framed(body) + _TAIL.pack(self._size, self._check) + _END)
        self._file.close()


def indexed(data: memoryview, snapshot: Snapshot) -> Standing:
    """The results of a file by its index. Raises ValueError or struct.error if it has none."""
    size, check = _TAIL.unpack_from(data, len(data) - len(_END) - _TAIL.size)
    body = next(_frames_from(data, size), None)
    if body is None or zlib.crc32(data[:size]) != check:
        raise ValueError("no index, or not of these records")
    plain = inflated(body)
    count = len(plain) // _ROW
    places = numbers("I", plain[: 4 * count])
    starts = numbers("Q", plain[4 * count : 12 * count])
    ends = numbers("Q", plain[12 * count :])
    if len(ends) != count or max(places, default=0) >= len(snapshot.paths):
        raise ValueError("not an index of this tree")
    if max(ends, default=0) > size:
        raise ValueError("results beyond the end")
    paths = [snapshot.paths[place] for place in places]
    return Standing(paths, [data[start:end] for start, end in zip(starts, ends, strict=True)])


def _framed(body: bytes) -> bytes:
    return len(body).to_bytes(4, "little") + zlib.crc32(body).to_bytes(4, "little") + body


def _record_bytes(record: Record) -> bytes:
    path = record.path.encode("utf-8", "surrogateescape")
    sizes = _PARTS.pack(len(path), len(record.asked), len(record.questions))
    parts = (record.unit, record.code, record.asked, record.questions, record.result)
    return b"".join([sizes, path, *parts])


def _snapshot_bytes(snapshot: Snapshot) -> bytes:
    paths = "\0".join(snapshot.paths).encode("utf-8", "surrogateescape")
    plain = zlib.compress(b"".join([snapshot.names, snapshot.keys, paths]), 1)
    sizes = (len(snapshot.others), len(snapshot.paths))
    return snapshot.digest + snapshot.others + plain + _SIZES.pack(*sizes)


def read(path: Path, most: int = -1) -> memoryview:
    """A file of records; nothing if it cannot be read or is none."""
    try:
        with open(path, "rb") as file:
            data = file.read(most)
    except OSError:
        return memoryview(b"")
    return memoryview(data if data.startswith(_MAGIC) else b"")


def is_of(data: memoryview, digest: bytes) -> bool:
    """True if a file's first frame says that its records are of the tree of that digest."""
    at = len(_MAGIC) + _HEAD
    return data[at : at + _DIGEST] == digest


def frames_in(data: memoryview) -> Iterator[memoryview]:
    """The snapshot, then the records, up to the index or the first that is not whole."""
    end = len(data)
    if data[-len(_END) :] == _END:
        with suppress(struct.error):
            end, _ = _TAIL.unpack_from(data, len(data) - len(_END) - _TAIL.size)
    return _frames_from(data[:end], len(_MAGIC))


def _frames_from(data: memoryview, at: int) -> Iterator[memoryview]:
    while at + _HEAD <= len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        check = int.from_bytes(data[at + 4 : at + _HEAD], "little")
        body = data[at + _HEAD : at + _HEAD + size]
        if len(body) != size or zlib.crc32(body) != check:
            return
        yield body
        at += _HEAD + size


def snapshot_from(body: memoryview) -> Snapshot:
    """The snapshot of a first frame. Raises ValueError if it is none."""
    if len(body) < _DIGEST + _SIZES.size:
        raise ValueError("not a snapshot")
    size, count = _SIZES.unpack_from(body, len(body) - _SIZES.size)
    others = bytes(body[_DIGEST : _DIGEST + size])
    plain = inflated(body[_DIGEST + size : -_SIZES.size])
    names, rest = plain[:_DIGEST], plain[_DIGEST:]
    keys, paths = rest[: KEY * count], rest[KEY * count :]
    text = paths.decode("utf-8", "surrogateescape")
    found = Snapshot(text.split("\0") if count else [], keys, names, others)
    if (len(found.paths), len(keys)) != (count, KEY * count):
        raise ValueError("not a snapshot")
    return found


def records_in(frames: Iterator[memoryview]) -> Iterator[Record]:
    """The records that are such; what else stands there is passed over, and judged anew."""
    for body in frames:
        try:
            record = _record(body)
            if record.path:
                head(record.result)
        except (struct.error, ResultError):
            continue
        yield record


def _record(body: memoryview) -> Record:
    path_size, asked_size, questions_size = _PARTS.unpack_from(body)
    at = _PARTS.size + path_size
    path = bytes(body[_PARTS.size : at]).decode("utf-8", "surrogateescape")
    unit = bytes(body[at : at + KEY])
    at += KEY
    code = bytes(body[at : at + CODE])
    at += CODE
    asked = bytes(body[at : at + asked_size])
    at += asked_size
    questions = bytes(body[at : at + questions_size])
    return Record(path, unit, asked, bytes(body[at + questions_size :]), code, questions)
