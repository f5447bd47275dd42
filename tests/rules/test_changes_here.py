"""What a comment inside a function says is taken, dropped or switched right there."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions

CODE = """
static void finish(struct pond *pond)
{
        pond->n = 0;
        spin_unlock(&pond->lock);
}

static void fill(struct pond *pond, struct pond *other, int n)
{
        pond->fish++;
        /* %s */
        %s
}
"""
TAKE, DROP = "spin_lock(&pond->lock);", "spin_unlock(&pond->lock);"


@pytest.mark.parametrize(
    ("words", "code", "decided"),
    [
        ("Drops pond->lock.", "finish(pond);", Decision.AGREES),
        ("Drops pond->lock.", DROP, Decision.AGREES),
        ("This takes pond->lock.", TAKE, Decision.AGREES),
        ("Drops pond->lock.", TAKE, Decision.BROKEN),
        ("This takes pond->lock.", DROP, Decision.BROKEN),
        ("Drops pond->lock.", "feed(pond);", Decision.UNKNOWN),
        ("Drops pond->lock if nobody looks.", TAKE, None),
        ("feed() drops pond->lock.", TAKE, Decision.UNKNOWN),
        ("Drops pond->lock.", "if (n)\n                " + TAKE, Decision.UNKNOWN),
        ("Drops pond->lock.", "pond->n = 1;\n        " + TAKE, Decision.UNKNOWN),
        ("Drops pond->lock.", "pond->n = 1;\n        " + DROP, Decision.UNKNOWN),
        ("Drops pond->lock.", "spin_lock(&other->lock);", Decision.UNKNOWN),
        ("We dropped pond->lock.", TAKE, Decision.UNKNOWN),
        ("We drop pond->lock.", TAKE, Decision.BROKEN),
        ("finish(): drops pond->lock.", TAKE, Decision.UNKNOWN),
        ("finish() drops pond->lock.", "finish(pond);", Decision.AGREES),
        ("feed() drops pond->lock.", "finish(pond);", Decision.UNKNOWN),
        ("finish():\n         *   drops pond->lock.", TAKE, Decision.UNKNOWN),
        ("This function drops pond->lock.", TAKE, Decision.UNKNOWN),
        # a stretch of code that does so in the end
        ("Takes pond->lock.", DROP + "n = 1;\n        n = 2;\n        " + TAKE, Decision.UNKNOWN),
        ("Takes other->pond_lock.", "spin_unlock(&pond->pond_lock);", Decision.UNKNOWN),
        # said behind a call
        ("Drops pond->lock.", "\n        " + TAKE, Decision.UNKNOWN),
        ("Disables preemption.", "preempt_disable();", Decision.AGREES),
        ("Disables preemption.", "preempt_enable();", Decision.UNKNOWN),
    ],
)
def test_what_changes_here(words: str, code: str, decided: Decision | None) -> None:
    found = decisions(CODE % (words, code), "lock-changes-here")
    assert found == ([] if decided is None else [decided])
