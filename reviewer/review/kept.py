"""Verdicts kept from run to run: each file's result with the questions it came from.

A file of records, one appended for each judged file, so that a run that is killed leaves what it
has done. A record counts as long as its file's unit and the answers to its questions stand.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from reviewer.errors import ResultError
from reviewer.review.result import head
from reviewer.unit.inflate import inflated
from reviewer.unit.segment import KEY
from reviewer.unit.snapshot import Snapshot
from reviewer.unit.table import little, numbers

_MAGIC = b"kstalerev3"
_SUFFIX = ".reviews"
_UNFINISHED = ".begun"
_HEAD = 8
_DIGEST = 32

_SIZES = struct.Struct("<II")

Changed = Callable[[Snapshot], frozenset[int] | None]
"""Keys of the questions that have other answers now than in a snapshot; None for too many."""


@dataclass(frozen=True, slots=True)
class Record:
    """A judged file: its unit, the keys of what was asked outside of it, its packed result."""

    path: str
    unit: bytes
    asked: bytes
    """32-bit keys, deflated."""
    result: bytes


class KeptReviews:
    """The records of one tree, one selection of rules and one version of kstale."""

    def __init__(self, folder: Path, name: str, snapshot: Snapshot) -> None:
        """``name`` says what else than the tree's contents the verdicts depend on."""
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        self._path = folder / (digest + _SUFFIX)
        self._begun = folder / (digest + _UNFINISHED)
        self._snapshot = snapshot
        self._digest = snapshot.digest
        self._file: IO[bytes] | None = None

    def standing(self, changed: Changed) -> Iterator[Record]:
        """Records that still count, of the last whole run and of one that was cut off."""
        units = dict(zip(self._snapshot.paths, range(len(self._snapshot.paths)), strict=True))
        seen: set[str] = set()
        for path in (self._begun, self._path):
            frames = _frames(path)
            first = next(frames, None)
            if first is None:
                continue
            try:
                keys = frozenset() if self._is_of(first) else changed(_snapshot(first))
            except ValueError:
                continue  # no file of ours
            if keys is None:
                continue
            for record in _records(frames):
                at = units.get(record.path)
                if at is None or record.path in seen or self._snapshot.key(at) != record.unit:
                    continue
                if keys and _meets(keys, record.asked):
                    continue
                seen.add(record.path)
                yield record

    @property
    def is_whole(self) -> bool:
        """True if the last run was of this very tree: there is nothing to write."""
        first = next(_frames(self._path), None)
        return first is not None and self._is_of(first)

    def _is_of(self, first: memoryview) -> bool:
        """True if a file's first frame says that its records are of this very tree."""
        return bytes(first[:_DIGEST]) == self._digest

    def begin(self, records: Iterable[Record]) -> None:
        """Starts a new file with the records that still count; more are appended as they come.

        Where it cannot be written, nothing is kept.
        """
        temporary = self._begun.with_suffix(f".{os.getpid()}.part")
        try:
            with open(temporary, "wb") as file:
                file.write(_MAGIC)
                file.write(_framed(_snapshot_bytes(self._snapshot)))
                for record in records:
                    file.write(_framed(_record_bytes(record)))
            temporary.rename(self._begun)
            self._file = open(self._begun, "ab")  # noqa: SIM115 - open as long as the scan runs
        except OSError:
            with suppress(OSError):
                temporary.unlink()

    def add(self, record: Record) -> None:
        """Appends a record; it is whole in the file or not at all."""
        if self._file is None:
            return
        try:
            self._file.write(_framed(_record_bytes(record)))
            self._file.flush()
        except OSError:
            self._file = None  # the disk is full: the run goes on, and keeps no more

    def end(self) -> None:
        """Takes the new file for the last whole run's."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
                self._begun.rename(self._path)


def asked_bytes(keys: frozenset[int] | set[int]) -> bytes:
    """Keys, sorted and deflated."""
    return zlib.compress(little(array("I", sorted(keys))), 1)


def _framed(body: bytes) -> bytes:
    return len(body).to_bytes(4, "little") + zlib.crc32(body).to_bytes(4, "little") + body


def _record_bytes(record: Record) -> bytes:
    path = record.path.encode("utf-8", "surrogateescape")
    sizes = _SIZES.pack(len(path), len(record.asked))
    return b"".join([sizes, path, record.unit, record.asked, record.result])


def _snapshot_bytes(snapshot: Snapshot) -> bytes:
    paths = "\0".join(snapshot.paths).encode("utf-8", "surrogateescape")
    plain = zlib.compress(b"".join([snapshot.names, snapshot.keys, paths]), 1)
    return snapshot.digest + plain + len(snapshot.paths).to_bytes(4, "little")


def _frames(path: Path) -> Iterator[memoryview]:
    """The snapshot, then the records, up to the first that is not whole."""
    try:
        data = path.read_bytes()
    except OSError:
        return
    if not data.startswith(_MAGIC):
        return
    view, at = memoryview(data), len(_MAGIC)
    while at + _HEAD <= len(view):
        size = int.from_bytes(view[at : at + 4], "little")
        check = int.from_bytes(view[at + 4 : at + _HEAD], "little")
        body = view[at + _HEAD : at + _HEAD + size]
        if len(body) != size or zlib.crc32(body) != check:
            return
        yield body
        at += _HEAD + size


def _snapshot(body: memoryview) -> Snapshot:
    """The snapshot of a first frame. Raises ValueError if it is none."""
    count = int.from_bytes(body[-4:], "little")
    plain = inflated(body[_DIGEST:-4])
    names, rest = plain[:_DIGEST], plain[_DIGEST:]
    keys, paths = rest[: KEY * count], rest[KEY * count :]
    text = paths.decode("utf-8", "surrogateescape")
    found = Snapshot(text.split("\0") if count else [], keys, names)
    if (len(found.paths), len(keys)) != (count, KEY * count):
        raise ValueError("not a snapshot")
    return found


def _meets(keys: frozenset[int], asked: bytes) -> bool:
    """True if one of the keys was asked for, or it cannot be told."""
    try:
        return not keys.isdisjoint(numbers("I", inflated(asked)))
    except ValueError:
        return True


def _records(frames: Iterator[memoryview]) -> Iterator[Record]:
    """The records that are such; what else stands there is passed over, and judged anew."""
    for body in frames:
        try:
            record = _record(body)
            head(record.result)
        except (struct.error, ResultError):
            continue
        yield record


def _record(body: memoryview) -> Record:
    path_size, asked_size = _SIZES.unpack_from(body)
    at = 8 + path_size
    path = bytes(body[8:at]).decode("utf-8", "surrogateescape")
    unit = bytes(body[at : at + KEY])
    at += KEY
    return Record(path, unit, bytes(body[at : at + asked_size]), bytes(body[at + asked_size :]))
