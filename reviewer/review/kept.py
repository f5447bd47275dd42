"""Verdicts kept from run to run: each file's result with the questions it came from.

Records are appended as files are judged, so that a run that is killed leaves what it has done. A
record counts as long as its file's unit and the answers to its questions stand.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from reviewer.review.records import (
    TOP,
    Record,
    Standing,
    Writer,
    frames_in,
    indexed,
    is_of,
    read,
    records_in,
    snapshot_from,
)
from reviewer.unit.inflate import inflated
from reviewer.unit.snapshot import Snapshot
from reviewer.unit.table import little, numbers

_SUFFIX = ".reviews"
_UNFINISHED = ".begun"

Codes = Mapping[str, tuple[bytes, bytes]]
"""Of judged files the unit and the digest of its code."""
Changed = Callable[[Snapshot, Codes], frozenset[int] | None]
"""Keys of the questions that have other answers now than in a snapshot; None for too many."""


class KeptReviews:
    """The records of one tree, one selection of rules and one version of kstale."""

    def __init__(self, folder: Path, name: str, snapshot: Snapshot) -> None:
        """``name`` says what else than the tree's contents the verdicts depend on."""
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        self._path = folder / (digest + _SUFFIX)
        self._begun = folder / (digest + _UNFINISHED)
        self._snapshot = snapshot
        self._digest = snapshot.digest
        self._writer: Writer | None = None

    def whole(self) -> Standing | None:
        """All results of the last run, if it was of this very tree and came to its end."""
        data = read(self._path)
        if not is_of(data, self._digest):
            return None
        try:
            return indexed(data, self._snapshot)
        except (ValueError, struct.error):
            return None

    def standing(self, changed: Changed) -> Iterator[Record]:
        """Records that still count, of the last whole run and of one that was cut off."""
        units = dict(zip(self._snapshot.paths, range(len(self._snapshot.paths)), strict=True))
        seen: set[str] = set()
        for path in (self._begun, self._path):
            data = read(path)
            frames = frames_in(data)
            first = next(frames, None)
            if first is None:
                continue
            records = list(records_in(frames))
            codes = {one.path: (one.unit, one.code) for one in records}
            try:
                same = is_of(data, self._digest)
                keys = frozenset() if same else changed(snapshot_from(first), codes)
            except ValueError:
                continue  # no file of ours
            if keys is None:
                continue
            for record in records:
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
        return is_of(read(self._path, TOP), self._digest)

    def begin(self, records: Iterable[Record]) -> None:
        """Starts a new file with the records that still count; more are appended as they come.

        Where it cannot be written, nothing is kept.
        """
        temporary = self._begun.with_suffix(f".{os.getpid()}.part")
        try:
            file = open(temporary, "wb")  # noqa: SIM115 - open as long as the scan runs
        except OSError:
            return
        try:
            writer = Writer(file, self._snapshot)
            for record in records:
                writer.add(record)
            writer.flush()
            temporary.rename(self._begun)
            self._writer = writer
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            with suppress(OSError):
                file.close()

    def add(self, record: Record) -> None:
        """Appends a record; it is whole in the file or not at all."""
        if self._writer is None:
            return
        try:
            self._writer.add(record)
            self._writer.flush()
        except OSError:
            self._writer = None  # the disk is full: the run goes on, and keeps no more

    def end(self) -> None:
        """Takes the new file for the last whole run's."""
        if self._writer is not None:
            with suppress(OSError):
                self._writer.end()
                self._begun.rename(self._path)


def asked_bytes(keys: frozenset[int] | set[int]) -> bytes:
    """Keys, sorted and deflated."""
    return zlib.compress(little(array("I", sorted(keys))), 1)


def _meets(keys: frozenset[int], asked: bytes) -> bool:
    """True if one of the keys was asked for, or it cannot be told."""
    try:
        return not keys.isdisjoint(numbers("I", inflated(asked)))
    except ValueError:
        return True
