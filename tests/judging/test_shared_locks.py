"""A function that is said to keep another one out, and the lock that both of them take."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions

_CODE = """
    /* This prevents races with drain(). */
    static void stock(struct pond *pond)
    {{
            {mine}(&pond->pond_lock);
            pond->fish++;
    }}

    static void drain(struct pond *pond)
    {{
            {other}(&pond->pond_lock);
            pond->fish--;
    }}
"""


@pytest.mark.parametrize(
    ("mine", "other", "found"),
    [
        ("mutex_lock", "mutex_lock", [Decision.AGREES]),
        ("down_write", "down_read", [Decision.AGREES]),
        ("down_read", "down_write", [Decision.AGREES]),
        ("down_read", "down_read", []),
        ("mutex_lock", "mutex_is_locked", []),
    ],
)
def test_two_readers_do_not_keep_each_other_out(
    mine: str, other: str, found: list[Decision]
) -> None:
    assert decisions(_CODE.format(mine=mine, other=other), "operation-stands-here") == found


@pytest.mark.parametrize(
    ("named", "found"), [("pond_lock", [Decision.AGREES]), ("duck_sync_lock", [])]
)
def test_a_lock_that_is_named_is_not_another_one(named: str, found: list[Decision]) -> None:
    words = f"Callers must hold {named} to prevent drain() from emptying it."
    code = _CODE.replace("This prevents races with drain().", words)
    code = code.format(mine="mutex_lock", other="mutex_lock")
    assert decisions(code, "operation-stands-here") == found
