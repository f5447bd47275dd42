"""Locks that the code below a comment takes: by the first thing done, or by what may not be."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import judged

_HERE = """
    static int keep(struct pond *pond, int n)
    {{
            /* pond->lock is held here. */
            {body}
            pond->fish++;
            return n;
    }}
"""
_TAKES = """
    /* Takes pond->lock. */
    static int keep(struct pond *pond, int n)
    {{
            {body}
            return n;
    }}
"""
_PLAIN = "spin_lock(&pond->lock);"
_DOUBTFUL = [
    "if (n)\n                    spin_lock(&pond->lock);",
    "spin_trylock(&pond->lock);",
    "n = mutex_lock_interruptible(&pond->lock);",
    "n ? spin_lock(&pond->lock) : feed(pond);",
]


@pytest.mark.parametrize("body", [*_DOUBTFUL, f"pond->fish++;\n            {_PLAIN}"])
def test_a_lock_is_not_certainly_held_by_what_may_not_take_it_or_too_late(body: str) -> None:
    assert judged(_HERE.format(body=body), "lock-is-held-here").decision is Decision.AGREES
    assert judged(_HERE.format(body=_PLAIN), "lock-is-held-here").decision is Decision.HOLDS
    without = judged(_HERE.format(body=""), "lock-is-held-here")
    assert without.decision is Decision.UNKNOWN


@pytest.mark.parametrize("body", _DOUBTFUL)
def test_a_function_does_not_certainly_take_what_it_may_not_take(body: str) -> None:
    assert judged(_TAKES.format(body=body), "returns-with-lock").decision is Decision.AGREES
    assert judged(_TAKES.format(body=_PLAIN), "returns-with-lock").decision is Decision.HOLDS
    assert judged(_TAKES.format(body=""), "returns-with-lock").decision is Decision.UNKNOWN
