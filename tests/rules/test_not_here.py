"""What is not held, and not needed, at the place where a comment says so."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions, judged

FREE = """
static void fill(struct pond *pond, struct pond *other, int n)
{
        %s
        /* %s */
        pond->fish++;
        %s
}
"""
LOCK, DROP = "spin_lock(&pond->lock);", "spin_unlock(&pond->lock);"
BEHIND = "pond->n = 1;\n        pond->m = 1;\n        "
SAID = "pond->lock is not held here."


@pytest.mark.parametrize(
    ("before", "words", "behind", "decision"),
    [
        (LOCK + DROP, SAID, "", Decision.HOLDS),
        (LOCK + DROP, "We cannot call feed() with pond->lock held.", "", Decision.AGREES),
        (LOCK + DROP, "feed() must not be called with pond->lock held.", "", Decision.AGREES),
        ("spin_unlock(&other->deep_lock);", "deep_lock is not held here.", "", Decision.AGREES),
        (
            "read_lock(&pond->lock);read_lock(&pond->lock);read_unlock(&pond->lock);",
            SAID,
            "",
            Decision.UNKNOWN,
        ),
        ("read_lock(&pond->lock);read_unlock(&pond->lock);", SAID, "", Decision.HOLDS),
        (LOCK, SAID, DROP, Decision.BROKEN),
        (LOCK, "Do not hold pond->lock.", DROP, Decision.UNKNOWN),
        (LOCK, "We do not hold pond->lock across feed().", DROP, Decision.UNKNOWN),
        (LOCK, "The engine's lock is not held here.", DROP, Decision.UNKNOWN),
        (LOCK, "We must not call feed() with pond->lock held.", DROP, Decision.UNKNOWN),
        ("", SAID, BEHIND + LOCK, Decision.AGREES),
        ("", SAID, BEHIND + DROP, Decision.UNKNOWN),
        ("", "We cannot acquire pond->lock here.", BEHIND + LOCK, Decision.UNKNOWN),
        ("", SAID, BEHIND + "spin_trylock(&pond->lock);", Decision.UNKNOWN),
        ("", SAID, BEHIND + "spin_lock(&other->lock);", Decision.UNKNOWN),
        ("", SAID, "", Decision.UNKNOWN),
        ("if (n)\n                " + LOCK, SAID, "", Decision.UNKNOWN),
        ("spin_lock(&other->lock);", SAID, "", Decision.UNKNOWN),
    ],
)
def test_a_lock_is_not_held_here(before: str, words: str, behind: str, decision: Decision) -> None:
    code = FREE % (before, words, behind)
    assert judged(code, "lock-is-not-held-here").decision is decision


def test_what_a_loop_takes_may_be_held_where_it_begins_again() -> None:
    code = """
    static void fill(struct pond *pond)
    {
            for (;;) {
                    /* pond->lock is not held here. */
                    pond->n++;
                    pond->m++;
                    spin_lock(&pond->lock);
                    if (pond->n > 3)
                            break;
            }
    }
    """
    assert judged(code, "lock-is-not-held-here").decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("words", "broken"),
    [
        ("We do not hold pond->lock here: look at it twice.", True),
        ("At this point pond->lock is not held.", True),
        ("Note that we are not holding pond->lock.", True),
        ("Make sure we do not hold pond->lock.", False),
        ("Do not hold pond->lock.", False),
        ("Assert pond->lock is not held.", False),
        ("We do not hold pond->lock for this.", False),
        ("We do not hold pond->lock, feed() takes it.", False),
        ("We do not have pond->lock contended.", False),
        ("In the slow path we do not hold pond->lock.", False),
        ("On entry pond->lock is not held.", False),
        ("pond->lock is not held in feed().", False),
        ("pond->lock is not held any longer than needed.", False),
    ],
)
def test_it_is_said_of_this_place_and_moment(words: str, *, broken: bool) -> None:
    found = decisions(FREE % (LOCK, words, DROP), "lock-is-not-held-here")
    assert (Decision.BROKEN in found) is broken


NEEDS = """
static void fill(struct pond *pond)
{
        pond->fish++;
        /* %s */
        %s
        pond->seen = 1;
}
"""


@pytest.mark.parametrize(
    ("words", "code", "decision"),
    [
        ("No barrier is needed here.", "pond->n = 1;", Decision.AGREES),
        ("No barrier is needed here.", "smp_mb();", Decision.UNKNOWN),
        ("No barrier is needed here.", 'asm volatile("mfence");', Decision.UNKNOWN),
        ("No barrier is needed here.", "WRITE_ONCE(pond->n, 1);", Decision.AGREES),
        ("There is no need for a grace period here.", "kfree(pond->old);", Decision.AGREES),
        ("There is no need for a grace period here.", "synchronize_rcu();", Decision.UNKNOWN),
        ("There is no need for a grace period here.", "kfree_rcu(pond, rcu);", Decision.UNKNOWN),
    ],
)
def test_what_is_not_needed_is_not_there(words: str, code: str, decision: Decision) -> None:
    assert judged(NEEDS % (words, code), "no-barrier-needed-here").decision is decision
