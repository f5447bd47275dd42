"""Run judging on worker processes, whatever becomes of them."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Generic, TypeVar

from reviewer.unit.interrupt import LOOK_EVERY, look
from reviewer.unit.pool import pool

T = TypeVar("T")
_UNDER_WAY = 2
"""Batches handed out for each worker: one is done, one waits."""
_TOGETHER = 1200 << 20
"""Bytes that all workers may hold of their own before they are replaced; with two a scan of Linux
6.12 stays below 2 GB. A long-lived one only grows, to 1.1 GB in 150 batches, of which no more than
100 MB can be given back: what is left between its files lies scattered."""
_EACH = 400 << 20
"""What one may hold however many there are, beyond what its parent has: it shares that."""
_TRIES = 2
"""A file that was alone in a worker which died as often as this is given up."""


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """A batch of paths with what came of it; None if its worker died each time it was tried."""

    paths: tuple[str, ...]
    result: T | None


def batches(
    sized: Sequence[tuple[str, int]], at_most: int, files: int
) -> Iterator[tuple[str, ...]]:
    """Paths in groups of about ``at_most`` bytes and no more than ``files`` files."""
    batch: list[str] = []
    size = 0
    for path, bytes_ in sized:
        batch.append(path)
        size += bytes_
        if size >= at_most or len(batch) >= files:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def run(
    work: Callable[[tuple[str, ...]], T],
    portions: Iterator[tuple[str, ...]],
    jobs: int,
    executor: Executor | None = None,
) -> Iterator[Done[T]]:
    """Results in the order they are done.

    A worker that dies (killed, out of memory) costs the batches under way another try, file by
    file; only a file that is alone when it happens again is given up. An executor that is given
    and breaks by it is left for processes of one's own.
    """
    if executor is not None:
        yield from _pooled(work, portions, max(2, jobs), executor)
        return
    if jobs <= 1:
        for portion in portions:
            look()
            yield Done(portion, work(portion))
        return
    for first in portions:
        filling = _Filling(chain((first,), portions), max(_EACH, _TOGETHER // jobs))
        for done in _pooled(partial(_measured, work), filling, jobs):
            if done.result is None:
                yield Done(done.paths, None)
                continue
            result, own = done.result
            filling.full = filling.full or own > filling.at_most
            yield Done(done.paths, result)


def _measured(work: Callable[[tuple[str, ...]], T], paths: tuple[str, ...]) -> tuple[T, int]:
    """What becomes of some paths, and how many bytes its worker has taken since its first."""
    begun = _begun.setdefault(os.getpid(), _held_at_most())
    result = work(paths)
    return result, _held_at_most() - begun


_begun: dict[int, int] = {}
"""What a worker shared with its parent when it began, by its number: its parent's stays behind."""


def _held_at_most() -> int:
    """Bytes that this process had in memory at most, those that it shares among them."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS


_MAXRSS = 1 if sys.platform == "darwin" else 1024
"""Bytes in a unit of it (getrusage(2) of either system)."""


class _Filling(Iterator[tuple[str, ...]]):
    """Portions as long as the workers they are for have room."""

    def __init__(self, portions: Iterator[tuple[str, ...]], at_most: int) -> None:
        self._portions = portions
        self.at_most = at_most
        """Bytes that one worker may take."""
        self.full = False

    def __next__(self) -> tuple[str, ...]:
        if self.full:
            raise StopIteration
        return next(self._portions)


def _pooled(
    work: Callable[[tuple[str, ...]], T],
    portions: Iterator[tuple[str, ...]],
    jobs: int,
    executor: Executor | None = None,
) -> Iterator[Done[T]]:
    """Results of what one pool judges, and of those that take its place if a worker dies.

    The first is ``executor`` if there is one, which is its owner's to shut down.
    """
    again: list[tuple[tuple[str, ...], int]] = []
    while True:
        try:
            with pool(jobs) if executor is None else nullcontext(executor) as workers:
                yield from _rounds(work, portions, again, workers, _UNDER_WAY * jobs)
            return
        except _DiedError as died:
            again, executor = [], None
            for paths, tries in died.lost:
                if len(paths) == 1 and tries + 1 >= _TRIES:
                    yield Done(paths, None)
                else:
                    again += [((path,), tries + (len(paths) == 1)) for path in paths]


class _DiedError(Exception):
    """A worker died; ``lost`` are the batches that have no result, with the tries they had."""

    def __init__(self, lost: list[tuple[tuple[str, ...], int]]) -> None:
        super().__init__("a worker died")
        self.lost = lost


def _rounds(
    work: Callable[[tuple[str, ...]], T],
    portions: Iterator[tuple[str, ...]],
    again: list[tuple[tuple[str, ...], int]],
    workers: Executor,
    under_way_at_most: int,
) -> Iterator[Done[T]]:
    under_way: dict[Future[T], tuple[tuple[str, ...], int]] = {}
    again = list(again)
    # After a death one file at a time: who is alone when it happens again is to blame.
    alone = bool(again)
    while True:
        limit = 1 if alone and again else under_way_at_most
        while len(under_way) < limit:
            if again:
                paths, tries = again.pop()
            else:
                portion = next(portions, None)
                if portion is None:
                    break
                paths, tries = portion, 0
            try:
                under_way[workers.submit(work, paths)] = (paths, tries)
            except BrokenExecutor as error:
                raise _DiedError([(paths, tries), *under_way.values(), *again]) from error
            if alone and not again:
                break
        if not under_way:
            return
        look()
        for future in wait(under_way, LOOK_EVERY, FIRST_COMPLETED).done:
            paths, tries = under_way[future]
            try:
                result = future.result()
            except BrokenExecutor as error:
                raise _DiedError([*under_way.values(), *again]) from error
            del under_way[future]
            yield Done(paths, result)
        if not again:
            alone = False
