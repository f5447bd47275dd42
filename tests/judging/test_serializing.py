"""Callers who are told to serialize: what they hold has to keep others out."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import judged

_CODE = """
    /* Callers must serialize calls of this. */
    static void stock(struct pond *p)
    {{
            p->fish++;
    }}

    static void keep(struct pond *pond)
    {{
            {first}
            stock(pond);
    }}

    static void fill(struct pond *pond)
    {{
            {second}
            stock(pond);
    }}
"""


@pytest.mark.parametrize(
    ("first", "second", "decision"),
    [
        ("mutex_lock(&pond->m);", "mutex_lock(&pond->m);", Decision.AGREES),
        ("mutex_lock(&pond->m);", "", Decision.UNKNOWN),
        ("mutex_lock(&pond->m);", "mutex_lock(&pond->k);", Decision.UNKNOWN),
        ("down_write(&pond->m);", "down_write(&pond->m);", Decision.AGREES),
        ("down_read(&pond->m);", "down_read(&pond->m);", Decision.UNKNOWN),
        ("read_lock(&pond->m);", "read_lock(&pond->m);", Decision.UNKNOWN),
        ("rcu_read_lock();", "rcu_read_lock();", Decision.UNKNOWN),
    ],
)
def test_one_lock_held_alone_serializes(first: str, second: str, decision: Decision) -> None:
    assert judged(_CODE.format(first=first, second=second)).decision is decision
