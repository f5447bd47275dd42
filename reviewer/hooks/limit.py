"""Run a check in a process of its own that is stopped when its time is over."""

from __future__ import annotations

import os
import pickle
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from reviewer.errors import KstaleError

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """What ``work`` returns, or the KstaleError that it raises; 0 seconds: no limit.

    A child does it, in a process group of its own, so that nothing it started outlives the limit.
    Raises KstaleError when the time is over, and when the child dies.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _work(writer, work)
    os.close(writer)
    try:
        data = _read(reader, seconds)
    finally:
        os.close(reader)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if data is None:
        raise KstaleError(f"not done after {seconds:g} s (git config kstale.timeout)")
    if not data:
        raise KstaleError("the check ended without an answer")
    done, value = pickle.loads(data)  # our own child wrote it
    if not done:
        raise KstaleError(value)
    answer: T = value
    return answer


def _work(writer: int, work: Callable[[], T]) -> None:
    """In the child: the answer, or the error in one line, goes into the pipe."""
    status = 1
    try:
        os.setpgid(0, 0)
        try:
            data = pickle.dumps((True, work()))
        except KstaleError as error:
            data = pickle.dumps((False, str(error)))
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(data)
        status = 0
    finally:
        os._exit(status)  # what the parent has set up is the parent's to end


def _read(reader: int, seconds: float) -> bytes | None:
    """All that the child writes; None if it is not done in time."""
    end = time.monotonic() + seconds
    data = bytearray()
    while True:
        left = max(0.0, end - time.monotonic()) if seconds else None
        if not select.select([reader], [], [], left)[0]:
            return None
        piece = os.read(reader, 1 << 16)
        if not piece:
            return bytes(data)
        data += piece
