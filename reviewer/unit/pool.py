"""Worker processes that end with their parent, however it ends."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

from reviewer.unit.worker import follow

_MANAGER_ENDS = 5.0
"""Seconds that the thread behind a pool may take to see that all its workers are dead."""


@contextmanager
def pool(jobs: int) -> Iterator[Executor]:
    """A pool of ``jobs`` processes; leaving it by an error ends them at once."""
    workers = ProcessPoolExecutor(jobs, initializer=follow, initargs=(os.getpid(),))
    try:
        yield workers
    except BaseException:
        processes = list((workers._processes or {}).values())
        manager: object = workers._executor_manager_thread
        workers.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()
        if isinstance(manager, threading.Thread) and manager.is_alive():
            # At exit Python 3.11 wakes it through a pipe that it may be closing: a traceback.
            manager.join(_MANAGER_ENDS)
        raise
    workers.shutdown()
