"""Building the index, and bringing it up to date."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field

from reviewer.errors import TreeError
from reviewer.tree.dialect import dialect
from reviewer.tree.index.lookup import StoredIndex
from reviewer.tree.index.scan import Portion, scan
from reviewer.tree.index.store import Store
from reviewer.tree.model import Entry, Listed
from reviewer.tree.overlay import Overlay

_PORTION = 8 << 20
"""Bytes a worker reads in one go."""
_RUN = 48 << 20
"""Bytes of postings held before they are merged and written."""
_UNDER_WAY = 24
"""Portions handed out at a time; bounds memory, feeds a pool of a dozen workers."""
_INLINE = 16 << 20
"""Bytes up to which starting workers costs more than it saves."""

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes to do."""

_NOT_KERNEL = ("tools/", "samples/", "scripts/", "Documentation/", "usr/")


@dataclass(slots=True)
class _Plan:
    """What has to be read to bring a tree's entry in the store up to date."""

    rows: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """Files whose content the store has, with what has changed about them."""
    kept: dict[str, int] = field(default_factory=dict)
    todo: list[Entry] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return bool(self.rows or self.todo or self.gone)

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.todo)


def _plan(tree: Listed, store: Store) -> _Plan:
    known: dict[str, int] | None = None
    before = store.files(tree.identity)
    plan = _Plan()
    for entry in tree.entries():
        kind = dialect(entry.path)
        if kind is None:
            continue
        old = before.pop(entry.path, None)
        if old is not None and entry.stamp and old[1:] == (entry.size, entry.stamp):
            plan.kept[entry.path] = old[0]
            continue
        number = 0
        if entry.blob:
            known = known or store.known()
            number = known.get(f"{entry.blob}:{kind:d}", 0)
        if not number:
            plan.todo.append(entry)
        elif old is not None and old[0] == number:
            plan.kept[entry.path] = number
        else:
            plan.rows[entry.path] = (number, entry.size, entry.stamp)
    plan.gone = list(before)
    return plan


def _portions(entries: list[Entry]) -> Iterator[tuple[Entry, ...]]:
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        batch.append(entry)
        size += entry.size
        if size >= _PORTION:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def _base(tree: Listed) -> Listed:
    while isinstance(tree, Overlay):
        tree = tree.base
    return tree


def build(
    tree: Listed,
    *,
    store: Store | None = None,
    executor: Executor | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> StoredIndex:
    """Indexes what is new in ``tree`` and opens the result.

    An overlay indexes the tree below it; its changed files are read when asked about.
    ``executor`` is any concurrent.futures executor; without one a pool of ``jobs`` processes
    (the number of processors) is used where it pays. Raises TreeError if the store cannot be used.
    """
    base = _base(tree)
    store = store or Store()
    with store.building():
        _bring_up(base, store, _plan(base, store), executor, jobs, progress)
    return StoredIndex(tree, base.identity, store)


def _bring_up(
    base: Listed,
    store: Store,
    plan: _Plan,
    executor: Executor | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Carries a plan out."""
    unread = 0
    if plan.todo:
        with _pool(plan.size, executor, jobs) as pool:
            unread = _read(base, store, plan, pool, progress)
    if plan.changed or unread or store.tree(base.identity) is None:
        store.set_tree(base.identity, plan.rows, plan.gone, _live(plan), unread)


def stored(tree: Listed, *, store: Store | None = None) -> StoredIndex | None:
    """The stored index of a tree, brought up to date if little has changed; None if there is
    none or much of the tree has changed since."""
    base = _base(tree)
    try:
        store = store or Store(create=False)
    except TreeError:
        return None
    if store.tree(base.identity) is None:
        return None
    plan = _plan(base, store)
    if plan.size > _INLINE:
        return None
    if plan.changed:
        with store.building():
            _bring_up(base, store, _plan(base, store))
    return StoredIndex(tree, base.identity, store)


def index_of(tree: Listed) -> StoredIndex:
    """An index of a small tree, kept in memory and never written."""
    return build(tree, store=Store(in_memory=True), jobs=1)


def _live(plan: _Plan) -> bytes:
    """1 for a content that kernel proper has, 2 for one only in tools and the like."""
    everywhere = plan.kept | {path: row[0] for path, row in plan.rows.items()}
    live = bytearray(max(everywhere.values(), default=0) + 1)
    for path, number in everywhere.items():
        if not path.startswith(_NOT_KERNEL):
            live[number] = 1
        elif not live[number]:
            live[number] = 2
    live[0] = 0
    return bytes(live)


def _read(
    tree: Listed,
    store: Store,
    plan: _Plan,
    pool: Executor | None,
    progress: Progress | None,
) -> int:
    """Reads the plan's files, stores their postings, moves them to ``rows``; counts unreadable."""
    total, unread, known = plan.size, 0, store.known()
    done = held = 0
    waiting: list[Portion] = []
    # A folder's contents are told apart only by reading them, so workers must know what is known.
    unhashed = any(not entry.blob for entry in plan.todo)
    keys = frozenset(known) if unhashed else frozenset[str]()

    def flush() -> None:
        nonlocal waiting, held
        blobs: list[tuple[int, str]] = []
        for portion in waiting:
            skipped = set(portion.unread)
            for number, entry in enumerate(portion.entries, portion.first):
                kind = dialect(entry.path)
                if entry.path in skipped or kind is None:
                    plan.rows[entry.path] = (0, entry.size, entry.stamp)
                    continue
                key = f"{entry.blob}:{kind:d}"
                if key not in known:
                    known[key] = number
                    blobs.append((number, key))
                plan.rows[entry.path] = (known[key], entry.size, entry.stamp)
        store.add(waiting, blobs)
        waiting, held = [], 0

    first = store.next_blob()
    for portion in _results(tree, plan.todo, first, keys, pool):
        waiting.append(portion)
        unread += len(portion.unread)
        held += len(portion.postings)
        done += sum(entry.size for entry in portion.entries)
        if progress is not None:
            progress(done, total)
        if held >= _RUN:
            flush()
    flush()
    return unread


@contextmanager
def _pool(size: int, executor: Executor | None, jobs: int | None) -> Iterator[Executor | None]:
    """The caller's executor, or one of our own, or none for little work."""
    if executor is not None:
        yield executor
    elif size <= _INLINE or jobs == 1:
        yield None
    else:
        with ProcessPoolExecutor(jobs or os.cpu_count() or 1) as own:
            yield own


def _results(
    tree: Listed, entries: list[Entry], first: int, known: frozenset[str], pool: Executor | None
) -> Iterator[Portion]:
    """Portions as they are done; a bounded number is under way, so that memory stays flat."""
    pending: set[Future[Portion]] = set()
    for batch in _portions(entries):
        if pool is None:
            yield scan(tree, batch, first, known)
        else:
            pending.add(pool.submit(scan, tree, batch, first, known))
            if len(pending) >= _UNDER_WAY:
                finished, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield future.result()
        first += len(batch)
    while pending:
        finished, pending = wait(pending, return_when=FIRST_COMPLETED)
        for future in finished:
            yield future.result()
