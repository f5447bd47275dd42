"""Ctrl-C and SIGTERM: one way to end, from wherever a run is, that cannot get lost.

Python swallows an exception that a signal handler raises inside a finalizer or a hook of fork().
So a signal is remembered too, and whoever waits or begins another portion asks for it.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LOOK_EVERY = 0.5
"""Seconds that a wait may take before it asks."""

_caught: list[int] = []


class Interrupted(KeyboardInterrupt):
    """A signal that ends the run.

    Not KeyboardInterrupt itself: where one passes through ``exec()`` of a text, as a dataclass is
    made by, the interpreter remembers that (3.11, Python/pythonrun.c run_eval_code_obj()) and, run
    by ``-m``, ends with SIGINT whatever becomes of the exception.
    """


@contextmanager
def interruptible() -> Iterator[None]:
    """Both signals raise KeyboardInterrupt inside; outside the main thread nothing changes."""
    handlers = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            handlers[number] = signal.signal(number, _stop)
    except ValueError:  # only the main thread may set handlers
        yield
        return
    unraisable, sys.unraisablehook = sys.unraisablehook, _quiet
    try:
        yield
    finally:
        sys.unraisablehook = unraisable
        _caught.clear()
        for number, before in handlers.items():
            signal.signal(number, before)


def look() -> None:
    """Raises KeyboardInterrupt if a signal came and what it raised got lost."""
    if _caught:
        raise Interrupted


def _stop(number: int, _frame: FrameType | None) -> None:
    _caught.append(number)
    raise Interrupted


def _quiet(lost: sys.UnraisableHookArgs) -> None:
    """Says nothing of an interrupt that got lost: ``look`` raises it again.

    Nor of what it broke: an object that it left half made fails when it is thrown away.
    """
    if lost.exc_type is not Interrupted and not _caught:
        sys.__unraisablehook__(lost)
