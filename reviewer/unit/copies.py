"""A copy of this process that works something out beside it."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from reviewer.unit.worker import follow


@dataclass(frozen=True, slots=True)
class Copy:
    """A running copy; whoever began it asks once for its answer, or ends it."""

    process: int
    answers: int
    """Where it writes what it has worked out."""

    def answer(self) -> object:
        """What it has worked out, once it has; None if it died or could not send it."""
        data = bytearray()
        while piece := os.read(self.answers, 1 << 16):
            data += piece
        try:
            return pickle.loads(data)  # our own copy wrote it
        except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError):
            return None

    def end(self) -> None:
        """Ends it, wherever it is."""
        os.close(self.answers)
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.process, 0)


def copied(work: Callable[[], object]) -> Copy:
    """A copy of this process that does ``work``, knowing all that this one has read.

    It ends with this process, however that ends. Raises OSError if there is none to be had.
    """
    parent = os.getpid()
    reader, writer = os.pipe()
    try:
        process = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        raise
    if process:
        os.close(writer)
        return Copy(process, reader)
    try:
        follow(parent)
        os.close(reader)
        answer = work()
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(answer, pipe, pickle.HIGHEST_PROTOCOL)
    finally:
        os._exit(0)  # what the parent has set up is the parent's to end
