"""Two steps in plain words, and statements whose names are those words."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions

_CODE = """
void open_pond(struct pond *pond)
{{
        {before}
        /* {words} */
        {here}
        {after}
}}
"""


@pytest.mark.parametrize(
    ("words", "here", "after", "decided"),
    [
        (
            "Set the p->depth before raising the fish_lock alarm.",
            "set_depth(p);",
            "raise_fish_alarm(p);",
            1,
        ),
        (
            "Set the p->depth before raising the fish_lock alarm.",
            "fill(p);",
            "raise_fish_alarm(p);",
            0,
        ),
        ("Set the p->depth before raising the fish_lock alarm.", "set_depth(p);", "empty(p);", 0),
        (
            "Set the p->depth before raising the fish_lock alarm.",
            "raise_fish_alarm(p);",
            "set_depth(p);",
            0,
        ),
        (
            "We must drop the lock before calling feed_fish().",
            "mutex_unlock(&p->fish_mutex);",
            "feed_fish(p);",
            1,
        ),
        (
            "We must drop the lock before calling feed_fish().",
            "mutex_lock(&p->fish_mutex);",
            "starve_fish(p);",
            0,
        ),
    ],
)
def test_steps_below_the_comment(words: str, here: str, after: str, decided: int) -> None:
    code = _CODE.format(before="open_gate(p);", words=words, here=here, after=after)
    found = decisions(code, "operation-stands-here")
    assert found.count(Decision.AGREES) + found.count(Decision.HOLDS) == decided
    assert Decision.BROKEN not in found


@pytest.mark.parametrize(("before", "decided"), [("synchronize_rcu();", 1), ("open(p);", 0)])
def test_a_step_that_follows_an_earlier_one(before: str, decided: int) -> None:
    words = "Close the gate only after the grace period."
    code = _CODE.format(before=before, words=words, here="close_gate(p);", after="")
    assert decisions(code, "operation-stands-here").count(Decision.AGREES) == decided


@pytest.mark.parametrize(
    ("words", "here", "decision"),
    [
        ("READ_ONCE() is needed since others write it.", "n = READ_ONCE(p->n);", Decision.AGREES),
        ("READ_ONCE() is needed since others write it.", "n = p->n;", Decision.UNKNOWN),
        (
            "Serialize changes of the depth.",
            "lockdep_assert_held(&p->fish_mutex);",
            Decision.AGREES,
        ),
        (
            "Wait for all readers to finish.",
            "n = p->n;  if (n)  m++;  wait_event(p->wait, !p->n);",
            Decision.AGREES,
        ),
        ("Wait for all readers to finish.", "n = p->n;  if (n)  m++;  n++;", Decision.UNKNOWN),
        (
            "So no one can race with the keeper.",
            "if (waitqueue_active(&p->wait))  wake_up(&p->wait);",
            Decision.UNKNOWN,
        ),
    ],
)
def test_the_operation_that_is_meant(words: str, here: str, decision: Decision) -> None:
    code = _CODE.format(before="", words=words, here=here, after="")
    assert decisions(code, "operation-stands-here") == [decision]


@pytest.mark.parametrize(("inside", "decided"), [("barrier();", 0), ("spin_lock(&p->lock);", 1)])
def test_what_a_helper_that_takes_a_lock_does_beside(inside: str, decided: int) -> None:
    code = f"""
    static void pond_lock(struct pond *p)
    {{
            {inside}
    }}

    void open_pond(struct pond *p)
    {{
            /* Prevents a race with the keeper. */
            pond_lock(p);
    }}
    """
    assert decisions(code, "operation-stands-here").count(Decision.AGREES) == decided
