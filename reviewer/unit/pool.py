"""Worker processes that end with their parent, however it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY = 0.5
"""Seconds between looks at the parent where the kernel cannot be asked to tell."""

_MANAGER_ENDS = 5.0
"""Seconds that the thread behind a pool may take to see that all its workers are dead."""


@contextmanager
def pool(jobs: int) -> Iterator[Executor]:
    """A pool of ``jobs`` processes; leaving it by an error ends them at once."""
    workers = ProcessPoolExecutor(jobs, initializer=_begin, initargs=(os.getpid(),))
    try:
        yield workers
    except BaseException:
        processes = list((workers._processes or {}).values())
        manager: object = workers._executor_manager_thread
        workers.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()
        if isinstance(manager, threading.Thread):
            # At exit Python 3.11 wakes it through a pipe that it may be closing: a traceback.
            manager.join(_MANAGER_ENDS)
        raise
    workers.shutdown()


def _begin(parent: int) -> None:
    """Ctrl-C is the parent's to answer; a parent that is gone takes its workers along."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    except (OSError, AttributeError):
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY)
    os._exit(1)
