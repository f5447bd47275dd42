"""Work spread over copies of a process: the same answers, whatever becomes of the copies."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.unit.spread import spread

HERE = os.getpid()


@settings(max_examples=20)
@given(st.integers(0, 12), st.integers(1, 4))
def test_answers_come_in_order_however_many_work(count: int, processes: int) -> None:
    assert spread(lambda number: number * number, count, processes) == [
        number * number for number in range(count)
    ]


def test_copies_take_part() -> None:
    def work(_: int) -> int:
        time.sleep(0.05)
        return os.getpid()

    assert len(set(spread(work, 6, 2))) == 2


ENDS: dict[str, Callable[[], object]] = {
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "gone": lambda: os._exit(1),
    "an error": lambda: 1 // 0,
    "an answer that cannot be sent": lambda: lambda: None,
}


@pytest.mark.parametrize("end", ENDS)
def test_what_a_copy_leaves_undone_is_done_here(end: str) -> None:
    def work(number: int) -> object:
        time.sleep(0.02)
        if os.getpid() != HERE:
            return ENDS[end]()
        return number

    assert spread(work, 5, 3) == [0, 1, 2, 3, 4]


def test_the_error_is_that_of_the_first() -> None:
    def work(number: int) -> int:
        if number in (2, 3, 5):
            raise ValueError(number)
        return number

    with pytest.raises(ValueError, match="2"):
        spread(work, 7, 3)


def _children() -> set[str]:
    """Processes of this one; other tests may have left a server of theirs."""
    return set(Path(f"/proc/self/task/{HERE}/children").read_text().split())


def test_an_interrupt_ends_the_copies() -> None:
    def work(number: int) -> int:
        if os.getpid() == HERE:
            raise KeyboardInterrupt
        time.sleep(60)
        return number

    before = _children()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        spread(work, 4, 2)
    assert time.monotonic() - start < 30
    assert _children() == before


def test_no_handle_stays_open() -> None:
    handles = Path("/proc/self/fd")
    before = len(list(handles.iterdir()))
    spread(str, 6, 3)
    assert len(list(handles.iterdir())) == before


def test_an_interrupt_that_got_lost_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """One raised in a hook of fork() is only remembered."""
    caught: list[int] = []
    monkeypatch.setattr("reviewer.unit.interrupt._caught", caught)

    def work(number: int) -> int:
        if os.getpid() == HERE:
            caught.append(signal.SIGINT)
        time.sleep(0.05)
        return number

    with pytest.raises(KeyboardInterrupt):
        spread(work, 6, 2)


def test_a_piece_is_spread_over_those_that_have_become_idle() -> None:
    def inner(_: int) -> int:
        time.sleep(0.05)
        return os.getpid()

    def outer(number: int) -> set[int]:
        time.sleep(0.2 * number)  # the process with the first piece has ended by then
        return set(spread(inner, 8, 2)) if number else set()

    assert len(spread(outer, 2, 2)[1]) == 2


def test_no_more_than_so_many_work_at_a_time(tmp_path: Path) -> None:
    """But one, where a process that had waited for others goes on."""

    def inner(_: int) -> int:
        mark = tmp_path / str(os.getpid())
        mark.touch()
        time.sleep(0.02)
        seen = len(list(tmp_path.iterdir()))
        mark.unlink()
        return seen

    def outer(_: int) -> int:
        return max(spread(inner, 6, 3))

    assert max(spread(outer, 5, 3)) <= 3 + 1
