"""What a process does that works for another one: it ends with it, however that ends."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import threading
import time

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY = 0.5
"""Seconds between looks at the parent where the kernel cannot be asked to tell."""


def follow(parent: int) -> None:
    """Ctrl-C is the parent's to answer; a parent that is gone takes its workers along.

    What the parent had loaded is no garbage: to look for some would cost time, and write to every
    page that is shared with it.
    """
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with(parent)


def die_with(parent: int) -> None:
    """From now on this process is killed when its parent ends, however that ends."""
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
