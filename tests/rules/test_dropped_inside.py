"""Functions that are said to drop a lock and take it again: whether they do, and on every way."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.support import decided

GIVE_BACK = """
static void finish(struct pond *p)
{
        spin_unlock(&p->lock);
        p->ducks--;
        spin_lock(&p->lock);
}

static void ask(struct pond *p)
{
        p->ops->ask(p);
}

/* Called with pond->lock held, releases and re-acquires pond->lock. */
static void give_back(struct pond *pond)
{
        %s
}
"""
BOTH = "spin_unlock(&pond->lock);\n\tspin_lock(&pond->lock);"


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        (BOTH, Decision.HOLDS),
        ("if (pond->wet) {\n\t" + BOTH + "\n\t}", Decision.AGREES),
        ("if (pond->wet)\n\t\treturn;\n\t" + BOTH, Decision.AGREES),
        ("spin_unlock(&pond->lock);\n\tspin_trylock(&pond->lock);", Decision.AGREES),
        ("spin_lock(&pond->lock);\n\t" + BOTH, Decision.AGREES),
        ("spin_unlock(&pond->lock);", Decision.UNKNOWN),
        ("spin_unlock(&old_pond->lock);\n\tspin_lock(&old_pond->lock);", Decision.UNKNOWN),
        ("finish(pond);", Decision.UNKNOWN),
        ("ask(pond);", Decision.UNKNOWN),
        ("far_away(pond);", Decision.UNKNOWN),
        ("pond->ducks--;", Decision.BROKEN),
    ],
)
def test_a_lock_is_dropped_and_taken_again(body: str, decision: Decision) -> None:
    assert decided("lock-is-dropped-inside", "fs/pond.c", GIVE_BACK % body) == [decision]
