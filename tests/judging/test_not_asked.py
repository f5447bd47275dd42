"""Calls not asked any more, for most can no longer hold the lock: no verdict rests on them."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import judged

_CODE = """
    /* Called with deep_mutex held. */
    static void stock(struct pond *p)
    {
            p->fish++;
    }

    void fill(struct pond *p)
    {
            stock(p);
    }

    static void up0(struct pond *p)
    {
            stock(p);
    }
"""
_UP = """
    void up{}(struct pond *p)
    {{
            up{}(p);
    }}
"""
_TOP = """
struct mutex deep_mutex;
void top(struct pond *p)
{
        mutex_lock(&deep_mutex);
        up3(p);
        mutex_unlock(&deep_mutex);
}
"""


@pytest.mark.parametrize(
    ("top", "decision"),
    [(_TOP, Decision.UNKNOWN), (_TOP.replace("_lock(&deep", "_trylock(&old"), Decision.BROKEN)],
)
def test_the_lock_that_somebody_takes_far_up(top: str, decision: Decision) -> None:
    code = _CODE + "".join(_UP.format(one, one - 1) for one in (1, 2, 3))
    verdict = judged(code, fs__a=top)
    assert verdict.decision is decision
    if decision is Decision.UNKNOWN:
        assert "of 2 calls seen at least 0 certainly hold it" in verdict.message
