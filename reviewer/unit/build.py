"""Compile what the store has not seen: a map of a pure function over blobs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from reviewer.errors import TreeError
from reviewer.tree.dialect import Dialect, dialect
from reviewer.tree.model import Entry, Listed
from reviewer.tree.overlay import blob_id
from reviewer.tree.revision import RevisionTree
from reviewer.unit import merge
from reviewer.unit.compile import compile_unit
from reviewer.unit.interrupt import LOOK_EVERY, look
from reviewer.unit.model import Unit
from reviewer.unit.segment import KEY, Segment, Writer, sections_of
from reviewer.unit.store import Store, key_of

if TYPE_CHECKING:  # most commands compile nothing that is worth a worker
    from concurrent.futures import Executor, Future

T = TypeVar("T")

_UNDER_WAY = 4
"""Portions handed out at a time for each worker."""
_INLINE = 2 << 20
"""Bytes up to which starting workers costs more than it saves."""
_PATCHED = 8
"""Files whose units are kept: what a patch makes of them is what the next one of a series meets."""
_SMALL_PART = 4
"""A segment of less than this part of all units is merged with the other small ones."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the compile step is; bytes."""

    done: int
    total: int
    files: int


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a worker did: the blob id of each entry in order ('' where it could not be read)."""

    blobs: tuple[str, ...]
    causes: tuple[str, ...]
    """Why entries could not be read, a line each."""


def compile_portion(tree: Listed, store: Store, entries: tuple[Entry, ...]) -> Compiled:
    """Compile entries and store the units of contents that are new as one segment."""
    known = _known(store)
    blobs: list[str] = []
    causes: list[str] = []
    units: dict[bytes, Unit] = {}
    for entry in entries:
        kind = dialect(entry.path)
        try:
            data = _content(tree, entry)
            cause = "not a regular file of the tree"
        except TreeError as error:
            data, cause = None, str(error)
        if data is None or kind is None:
            blobs.append("")
            causes.append(unread(entry.path, cause) if data is None else cause)
            continue
        blob = entry.blob or blob_id(data)
        blobs.append(blob)
        key = key_of(blob, kind)
        if key not in known and key not in units:
            units[key] = store.compiled(data, kind)
    if units:
        store.write(partial(_fill, sections_of, list(units.items())), f"new-{_unique()}")
    if isinstance(tree, RevisionTree):
        tree.close()
    return Compiled(tuple(blobs), tuple(causes))


_seen: dict[Path, tuple[set[str], set[bytes]]] = {}
"""Segments of each store that this process has looked into, and the keys of their units."""


def unread(path: str, cause: str) -> str:
    """The line that tells of a file that could not be read; it begins with the path or has it."""
    return cause if path in cause else f"{path}: {cause}"


def _known(store: Store) -> set[bytes]:
    """Keys of the units that the store has, or had when this process last met their segment."""
    names, keys = _seen.setdefault(store.folder, (set(), set()))
    for segment in store.segments(but=names):
        names.add(segment.path.name)
        every = bytes(segment.keys)
        keys.update(every[at : at + KEY] for at in range(0, len(every), KEY))
    return keys


def _content(tree: Listed, entry: Entry) -> bytes | None:
    if isinstance(tree, RevisionTree) and entry.blob:
        return tree.read_blob(entry.blob)
    return tree.read(entry.path)


def compile_entries(
    tree: Listed,
    store: Store,
    entries: Sequence[Entry],
    *,
    executor: Executor | None = None,
    jobs: int = 1,
    report: Report | None = None,
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Compile some files of a tree; their blob ids by path, and why some could not be read.

    What is done is kept even if this is interrupted: each portion is a segment of its own.
    """
    total = sum(entry.size for entry in entries)
    blobs: dict[str, str] = {}
    causes: list[str] = []
    done = 0
    with _workers(executor, jobs, total) as workers:
        portions = _portions(entries, store.portion)
        for portion, compiled in _run(workers, tree, store, portions, jobs):
            blobs.update(
                (entry.path, blob)
                for entry, blob in zip(portion, compiled.blobs, strict=True)
                if blob
            )
            causes += compiled.causes
            done += sum(entry.size for entry in portion)
            if report is not None:
                report(Progress(done, total, len(blobs)))
    return blobs, tuple(sorted(causes))


def _workers(
    executor: Executor | None, jobs: int, size: int
) -> AbstractContextManager[Executor | None]:
    if executor is not None or jobs <= 1 or size <= _INLINE:
        return nullcontext(executor)
    from reviewer.unit.pool import pool

    return pool(jobs)


def _run(
    workers: Executor | None,
    tree: Listed,
    store: Store,
    portions: Iterable[tuple[Entry, ...]],
    jobs: int,
) -> Iterator[tuple[tuple[Entry, ...], Compiled]]:
    """Portions with what came of them, as they are done; a bounded number under way."""
    if workers is None:
        for portion in portions:
            look()
            yield portion, compile_portion(tree, store, portion)
        return
    from concurrent.futures import FIRST_COMPLETED, wait

    waiting = iter(portions)
    under_way: dict[Future[Compiled], tuple[Entry, ...]] = {}
    while True:
        while len(under_way) < _UNDER_WAY * max(2, jobs):
            portion_ = next(waiting, None)
            if portion_ is None:
                break
            under_way[workers.submit(compile_portion, tree, store, portion_)] = portion_
        if not under_way:
            return
        look()
        for future in wait(under_way, LOOK_EVERY, FIRST_COMPLETED).done:
            yield under_way.pop(future), future.result()


def _portions(entries: Iterable[Entry], most: int) -> Iterator[tuple[Entry, ...]]:
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        batch.append(entry)
        size += entry.size
        if size >= most:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def tidy(store: Store, *, executor: Executor | None = None, jobs: int = 1) -> None:
    """Merge segments if there are many: all small ones into one. The caller holds the lock."""
    segments = store.own()
    if len(segments) <= store.segments_at_most:
        return
    units = sum(one.count for one in segments)
    small = [one for one in segments if _SMALL_PART * one.count < units]
    work = merge.plan(small)
    size = sum(one.size for one in small)
    with _workers(executor, jobs, size) as workers:
        store.write(partial(_merge, work, workers), f"all-{_unique()}")
    for one in small:
        one.path.unlink(missing_ok=True)


def _merge(work: merge.Plan, workers: Executor | None, file: IO[bytes]) -> None:
    writer = Writer(file)
    tables: Iterable[tuple[str, bytes]]
    if workers is None:
        named, tables = merge.names(work), map(partial(merge.shard, work), range(merge.SHARDS))
    else:
        future = workers.submit(merge.names, work)
        tables = workers.map(merge.shard, [work] * merge.SHARDS, range(merge.SHARDS))
        named = []
    for name, data in chain(merge.units(work), tables, named):
        writer.add(name, data)
    if workers is not None:
        for name, data in future.result():
            writer.add(name, data)
    writer.end(merge.SHARDS)


def _fill(sections: Callable[[T], Iterable[tuple[str, bytes]]], units: T, file: IO[bytes]) -> None:
    writer = Writer(file)
    for name, data in sections(units):
        writer.add(name, data)
    writer.end()


def _unique() -> str:
    return secrets.token_hex(8)


@lru_cache(maxsize=_PATCHED)
def _compiled(data: bytes, kind: Dialect) -> Unit:
    return compile_unit(data, kind)


def unit_in_memory(path: str, data: bytes | None) -> Unit | None:
    """The unit of a file that nobody stores; None if there is none or it is no code."""
    kind = dialect(path)
    return None if kind is None or data is None else _compiled(data, kind)


def units_in_memory(files: Iterable[tuple[str, bytes]]) -> tuple[Segment, dict[str, int]]:
    """A segment of some files that nobody stores, and each file's unit in it."""
    units: dict[bytes, Unit] = {}
    numbers: dict[str, int] = {}
    places: dict[bytes, int] = {}
    for path, data in files:
        kind = dialect(path)
        if kind is None:
            continue
        key = key_of(blob_id(data), kind)
        if key not in units:
            places[key] = len(units)
            units[key] = _compiled(data, kind)
        numbers[path] = places[key]
    return Segment.of(list(units.items())), numbers
