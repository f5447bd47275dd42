"""When cycles of objects that nobody needs are looked for: not while what is made is kept."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = (200_000, 4, 4)
"""Objects made since the last search among new ones (700 otherwise), 20 MB at most if all were
garbage; such searches between two among those that outlived one, and those between two of all."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Inside, and in processes that are forked inside, cycles are looked for seldom.

    The search was a tenth of a check and a sixth of judging a tree, which needs 40 MB a worker more
    without: what is kept of files has cycles, and is let go a file at a time.
    """
    was = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
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
