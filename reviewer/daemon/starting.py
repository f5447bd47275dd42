"""Start the daemon in the background, stop it, and say whether one runs."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from reviewer.daemon.asking import connected, listener
from reviewer.errors import KstaleError

_START = 120.0
"""Seconds that it may take to load everything, on a machine with ten times the work it can do."""
_LOOK_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Running:
    """The daemon that serves this code and user."""

    process: int
    memory: int
    """MiB that it holds; what its commands share with it is not counted again."""


def running() -> Running | None:
    """The daemon that a command would ask now. Raises KstaleError without a private folder."""
    connection = connected()
    if connection is None:
        return None
    with connection:
        process = listener(connection)
    return Running(process, _memory(process))


def start(command: Sequence[str], *, wait: bool) -> None:
    """Start ``command``, which is to listen, apart from terminal and session of this process.

    With ``wait`` not before it answers. Raises KstaleError if it does not within some seconds.
    """
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
    except OSError as error:
        raise KstaleError(f"the daemon cannot be started: {error.strerror}") from error
    end = time.monotonic() + _START
    while wait and running() is None:
        if process.poll() is not None or time.monotonic() > end:
            raise KstaleError("the daemon did not start: kstale daemon run says why")
        time.sleep(_LOOK_EVERY)
    process.returncode = process.returncode or 0  # it outlives this process, which need not wait


def stop() -> bool:
    """End the daemon; False if none runs. What it was asked before goes on to its end."""
    found = running()
    if found is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(found.process, signal.SIGTERM)
    end = time.monotonic() + _START
    while running() is not None and time.monotonic() < end:
        time.sleep(_LOOK_EVERY)
    return True


def _memory(process: int) -> int:
    try:
        with open(f"/proc/{process}/smaps_rollup", encoding="ascii") as lines:
            return next(int(one.split()[1]) for one in lines if one.startswith("Pss:")) >> 10
    except (OSError, StopIteration, ValueError):
        return 0
