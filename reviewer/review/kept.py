"""Verdicts kept from run to run: each file's result with the questions it came from.

Records are appended as files are judged, so that a run that is killed leaves what it has done. A
record counts as long as its file's unit and the answers to its questions stand. Of what is compared
(``tree.compared``) a question is asked again where what it came from has changed.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from reviewer.review.asked import Again, Answers, Block, asked_in, questions_bytes
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
from reviewer.tree.compared import Question
from reviewer.unit.segment import KEY
from reviewer.unit.snapshot import Snapshot

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
        self._brought: list[Block] = []
        """Blocks of questions that the records which still count may have asked."""
        self._written: set[int] = set()
        self._unwritten: dict[int, Question] = {}

    def whole(self) -> Standing | None:
        """All results of the last run, if it was of this very tree and came to its end."""
        data = read(self._path)
        if not is_of(data, self._digest):
            return None
        try:
            return indexed(data, self._snapshot)
        except (ValueError, struct.error):
            return None

    def standing(self, changed: Changed, again: Again) -> Iterator[Record]:
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
            answers = Answers(_blocks(records), keys, again)
            for record in records:
                at = units.get(record.path)
                if at is None or record.path in seen or self._snapshot.key(at) != record.unit:
                    continue
                if not _stands(record, keys, answers):
                    continue
                seen.add(record.path)
                yield replace(record, questions=b"")
            self._brought += answers.left()

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
            for block in self._brought:
                writer.add(Record("", bytes(KEY), b"", b"", questions=block.data))
                self._written.update(block.numbers)
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

    def add(self, record: Record, questions: Mapping[int, Question]) -> None:
        """Appends a record and what it asked; it is whole in the file or not at all."""
        self.bring(questions)
        if self._writer is None:
            return
        brought = questions_bytes(self._unwritten)
        self._unwritten = {}
        try:
            self._writer.add(replace(record, questions=brought))
            self._writer.flush()
        except OSError:
            self._writer = None  # the disk is full: the run goes on, and keeps no more

    def bring(self, questions: Mapping[int, Question]) -> None:
        """Takes questions that records to come may have asked too."""
        new = questions.keys() - self._written
        self._written |= new
        self._unwritten.update((one, questions[one]) for one in new)

    def end(self) -> None:
        """Takes the new file for the last whole run's."""
        if self._writer is not None:
            with suppress(OSError):
                self._writer.end()
                self._begun.rename(self._path)


def _blocks(records: Iterable[Record]) -> Iterator[Block]:
    for record in records:
        with suppress(ValueError):  # who asked what it brings is judged anew
            if record.questions:
                yield Block(record.questions)


def _stands(record: Record, changed: frozenset[int], answers: Answers) -> bool:
    """True if nothing that was asked for has another answer."""
    try:
        keys, questions = asked_in(record.asked)
    except ValueError:
        return False
    return changed.isdisjoint(keys) and all(map(answers.stands, questions))
