"""Progress on stderr: a line that changes on a terminal, elsewhere a plain line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewer.unit.build import Progress

_EVERY = 0.2
"""Seconds between two states of a terminal's line."""
_PLAIN_EVERY = 30.0
"""Seconds between two plain lines; what is done before the first of them says nothing."""


class _Line:
    """One line about something that goes on."""

    def __init__(self) -> None:
        self._start = 0.0
        self._terminal = sys.stderr.isatty()
        self._said = time.monotonic()

    def say(self, what: str, done: int, total: int) -> None:
        """``what`` is the state in words; the time left is worked out from ``done``."""
        now = time.monotonic()
        self._start = self._start or now
        ended = done >= total
        if now - self._said < (_EVERY if self._terminal else _PLAIN_EVERY) and not (
            ended and self._terminal
        ):
            return
        self._said = now
        left = (now - self._start) * (total - done) / done if done else 0.0
        text = f"{what}, {_duration(left)} left" if not ended else what
        if self._terminal:
            end = "\n" if ended else ""
            print(f"\r\x1b[K{text}", end=end, file=sys.stderr, flush=True)
        else:
            print(f"kstale: {text}", file=sys.stderr, flush=True)


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


def progress() -> Callable[[Progress], None]:
    """For the compile step: files and megabytes."""
    line = _Line()

    def report(state: Progress) -> None:
        line.say(
            f"reading the tree: {state.files:,} files, {state.done >> 20:,} of "
            f"{state.total >> 20:,} MB",
            state.done,
            state.total,
        )

    return report


def judging() -> Callable[[int, int], None]:
    """For a scan: files judged and files in all."""
    line = _Line()

    def report(done: int, total: int) -> None:
        line.say(f"judging: {done:,} of {total:,} files", done, total)

    return report
