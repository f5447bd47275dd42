"""What a function leaves locked: on every way, by whom, and for whom."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.support import decided

PATH = "fs/pond.c"
STOCK = """
/* %s */
static int stock(struct pond *pond)
{
        %s
        return 0;
}

int keep(struct pond *pond)
{
        down_read(&pond->fish_sem);
        return stock(pond);
}
"""
HELD = "Returns with pond->fish_sem held%s."
TAKES = "Takes pond->fish_sem."


@pytest.mark.parametrize(
    ("words", "body", "decision"),
    [
        (HELD % "", "down_read(&pond->fish_sem);", Decision.HOLDS),
        (HELD % "", "guard(rwsem_read)(&pond->fish_sem);", Decision.UNKNOWN),
        (HELD % " for reading", "down_read(&pond->fish_sem);", Decision.HOLDS),
        (HELD % " for writing", "down_write(&pond->fish_sem);", Decision.HOLDS),
        (HELD % " for writing", "down_read(&pond->fish_sem);", Decision.UNKNOWN),
        (HELD % " exclusively", "down_read(&pond->fish_sem);", Decision.UNKNOWN),
        (TAKES, "down_write(&pond->fish_sem);", Decision.HOLDS),
        (TAKES, "if (pond->dry)\n\t\treturn 1;\n\tdown_write(&pond->fish_sem);", Decision.AGREES),
    ],
)
def test_a_lock_is_left_so_on_every_way(words: str, body: str, decision: Decision) -> None:
    assert decided("returns-with-lock", PATH, STOCK % (words, body)) == [decision]


@pytest.mark.parametrize(
    ("words", "decision"),
    [
        ("Called with pond->fish_sem held.", Decision.HOLDS),
        ("Caller must hold the write lock of pond->fish_sem.", Decision.UNKNOWN),
        ("Caller must hold pond->fish_sem exclusively.", Decision.UNKNOWN),
        ("pond->fish_sem must be held in write mode.", Decision.UNKNOWN),
        ("Callers must hold pond->fish_sem, shared or exclusive.", Decision.HOLDS),
    ],
)
def test_a_reader_is_no_writer(words: str, decision: Decision) -> None:
    assert decided("caller-holds-lock", PATH, STOCK % (words, "pond->fish++;"))[:1] == [decision]
