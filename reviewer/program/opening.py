"""From a tree to its Program: whatever the store lacks is compiled on the way."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reviewer.errors import TreeError
from reviewer.program.linked import Linked
from reviewer.program.program import Program
from reviewer.tree.dialect import dialect
from reviewer.tree.model import Entry, Listed
from reviewer.tree.overlay import Overlay
from reviewer.unit.build import Report, units_in_memory, unread
from reviewer.unit.collecting import uncollected
from reviewer.unit.names import NamesStore
from reviewer.unit.segment import DamagedError
from reviewer.unit.store import Store
from reviewer.unit.taking import is_known, listed_once, take

if TYPE_CHECKING:
    from concurrent.futures import Executor

_SMALL = 1 << 20
"""Bytes of code up to which a tree is compiled in memory, each time: about 0.15 s."""
_TRIES = 3
_opened: list[dict[str, Program]] = []


@contextmanager
def opened_once() -> Iterator[None]:
    """Inside, each tree is opened once: a command that asks for one five times sees one tree."""
    _opened.append(_opened[-1] if _opened else {})
    try:
        with listed_once():
            yield
    finally:
        _opened.pop()


def open_program(
    tree: Listed,
    *,
    store: Store | None = None,
    executor: Executor | None = None,
    jobs: int = 1,
    report: Report | None = None,
) -> Program:
    """The program of any tree: a folder, a commit, or either with patches on it; always complete.

    Raises TreeError if the store is needed and neither it nor a scratch folder can be written.
    """
    if isinstance(tree, Overlay):
        below = open_program(tree.base, store=store, executor=executor, jobs=jobs, report=report)
        return below.over(tree)
    if store is None and _opened:
        known = _opened[-1]
        if tree.identity not in known:
            known[tree.identity] = _of(tree, store, executor, jobs, report)
        return known[tree.identity]
    return _of(tree, store, executor, jobs, report)


def open_names(
    tree: Listed, *, store: Store | None = None, jobs: int = 1, report: Report | None = None
) -> tuple[Program, bool]:
    """The program of an older tree, and whether it is whole, or knows only what is defined where.

    It is whole if it was opened before, now or by an earlier command, and if it is small.
    Raises TreeError as ``open_program`` does.
    """
    whole = store or Store()
    opened = bool(_opened) and tree.identity in _opened[-1]
    small = store is None and _small(tree) is not None
    if opened or small or is_known(tree, whole):
        return open_program(tree, store=store, jobs=jobs, report=report), True
    with uncollected():
        return _stored(tree, NamesStore(whole), None, jobs, report), False


def _of(
    tree: Listed, store: Store | None, executor: Executor | None, jobs: int, report: Report | None
) -> Program:
    if store is None:
        store = Store()
        if not is_known(tree, store) and (small := _small(tree)) is not None:
            return _in_memory(tree, small)
    return _stored(tree, store, executor, jobs, report)


def _stored(
    tree: Listed, store: Store, executor: Executor | None, jobs: int, report: Report | None
) -> Program:
    for _ in range(_TRIES):
        taken = take(tree, store, executor=executor, jobs=jobs, report=report)
        linked = Linked(taken.segments, taken.snapshot.paths, taken.places)
        try:
            linked.shapes  # noqa: B018 - the first look into every segment
        except DamagedError as error:
            store.discard(error)
            continue
        return Program(tree, linked, taken.snapshot.unread, taken.snapshot)
    raise AssertionError("a store that was just written is damaged")


def _small(tree: Listed) -> list[Entry] | None:
    """The code files of a tree that is small, else None."""
    found: list[Entry] = []
    size = 0
    for entry in tree.entries():
        if dialect(entry.path) is not None:
            found.append(entry)
            size += entry.size
            if size > _SMALL:
                return None
    return found


def _in_memory(tree: Listed, entries: list[Entry]) -> Program:
    files: list[tuple[str, bytes]] = []
    causes: list[str] = []
    for entry in entries:
        try:
            data = tree.read(entry.path)
        except TreeError as error:
            causes.append(unread(entry.path, str(error)))
            continue
        if data is None:
            causes.append(unread(entry.path, "not a regular file of the tree"))
        else:
            files.append((entry.path, data))
    segment, numbers = units_in_memory(files)
    paths = sorted(numbers)
    places = array("Q", [numbers[path] for path in paths])
    return Program(tree, Linked((segment,), paths, places), tuple(causes))
