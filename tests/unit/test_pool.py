"""A pool that is left by an error, at whatever moment."""

from __future__ import annotations

import threading

import pytest

from reviewer.unit.pool import pool


def test_an_interrupt_before_the_thread_of_a_pool_runs_is_an_interrupt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(thread: threading.Thread) -> None:
        del thread
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt), pool(1) as workers:
        workers.submit(int)
