"""When cycles of objects that nobody needs are looked for: not while what is made is kept."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = 100_000
"""Objects made since the last search (700 otherwise): 10 MB at most if all were garbage."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Inside, cycles are looked for seldom: for a command that is done in a few seconds.

    The search was a tenth of a check, and the memory that it needs is the same without.
    """
    was = gc.get_threshold()
    gc.set_threshold(_SELDOM, *was[1:])
    try:
        yield
    finally:
        gc.set_threshold(*was)


@contextmanager
def uncollected() -> Iterator[None]:
    """Inside, no cycles are looked for: for what makes many small objects that have none.

    A warm comparison of two trees spent a third of its time on the search, and found nothing.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
