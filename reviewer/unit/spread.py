"""A few long pieces of work, done by this process and by copies of it."""

from __future__ import annotations

import fcntl
import os
import struct
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar, cast

from reviewer.unit.copies import Copy, copied
from reviewer.unit.interrupt import look

T = TypeVar("T")
_WIDTH = 4
_MOST = (1 << 16) // _WIDTH
"""Numbers that a pipe takes at once (pipe(7))."""


def processors() -> int:
    """How many processes can run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class _Tokens:
    """A pipe that holds a byte for each process that may still be begun, as make's jobserver does.

    Whoever ends puts its byte back, so that work within a piece of work gets the processors that
    have become idle. The byte of a copy that is killed is gone with it.
    """

    taken: int
    given: int

    def take(self) -> bool:
        """True if one more process may run."""
        try:
            return len(os.read(self.taken, 1)) == 1
        except BlockingIOError:
            return False

    def give(self) -> None:
        """One process less runs, or waits for others."""
        os.write(self.given, b"+")


_tokens: ContextVar[_Tokens | None] = ContextVar("_tokens", default=None)


@contextmanager
def _shared(processes: int) -> Iterator[_Tokens]:
    """The tokens of this process and of those that it was copied from."""
    known = _tokens.get()
    if known is not None:
        yield known
        return
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    tokens = _Tokens(reader, writer)
    before = _tokens.set(tokens)
    try:
        os.write(writer, b"+" * (processes - 1))
        yield tokens
    finally:
        _tokens.reset(before)
        os.close(reader)
        os.close(writer)


def spread(work: Callable[[int], T], count: int, processes: int) -> list[T]:
    """``work(0)`` to ``work(count - 1)``, in this order, by so many processes at most: by one more
    for a moment, where a process that had waited goes on.

    A copy of this process knows all that it has read, and whoever is done takes the next number
    from a pipe, so that a long piece delays no other. What a copy leaves undone, because it died or
    ``work`` raised, is done here: an error is raised as if there were no copies. A piece may be
    spread itself, over the processes that have become idle by then.
    """
    done: dict[int, T] = {}
    copies: list[Copy] = []
    if 1 < count <= _MOST and processes > 1:
        numbers, writer = os.pipe()
        try:
            os.write(writer, b"".join(one.to_bytes(_WIDTH, "little") for one in range(count)))
            os.close(writer)
            with _shared(processes) as tokens:

                def piecework() -> dict[int, T]:
                    own: dict[int, T] = {}
                    try:
                        _do(work, numbers, own)
                    finally:
                        tokens.give()
                    return own

                def hire() -> None:
                    for _ in range(min(_left(numbers), processes - len(copies)) - 1):
                        if not tokens.take():
                            return
                        try:
                            copies.append(copied(piecework))
                        except OSError:  # no process is to be had: fewer do it
                            tokens.give()
                            return

                _do(work, numbers, done, hire)
                tokens.give()  # this process waits
                for copy in copies:
                    done |= cast(dict[int, T], copy.answer() or {})
                tokens.take()
        finally:
            os.close(numbers)
            for copy in copies:
                copy.end()
    return [done[one] if one in done else work(one) for one in range(count)]


def _do(
    work: Callable[[int], T],
    numbers: int,
    done: dict[int, T],
    hire: Callable[[], None] = lambda: None,
) -> None:
    """Work as long as there are numbers, and up to the first error."""
    with suppress(Exception):
        for number in _taken(numbers, hire):
            done[number] = work(number)


def _taken(numbers: int, hire: Callable[[], None]) -> Iterator[int]:
    hire()
    while len(one := os.read(numbers, _WIDTH)) == _WIDTH:
        look()
        yield int.from_bytes(one, "little")
        hire()


def _left(numbers: int) -> int:
    """How many pieces nobody has taken; of the last one this process sees to itself."""
    (size,) = struct.unpack("i", fcntl.ioctl(numbers, termios.FIONREAD, bytes(4)))
    return int(size) // _WIDTH
