"""What stands below a comment and is not what it speaks of."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions

CODE = """
static void reset(struct pond *pond)
{
        %s
}

static void lock_ponds(struct pond *pond)
{
        spin_lock(&pond->fish_lock);
}

static void stop(struct pond *pond)
{
        /* %s */
        %s
        pond->n = 0;
}
"""


def _told(helper: str, words: str, code: str) -> list[Decision]:
    return decisions(CODE % (helper, words, code), "operation-stands-here")


@pytest.mark.parametrize("helper", ["wmb();", "spin_lock(&pond->fish_lock);"])
def test_what_a_helper_does_by_the_way_is_not_meant(helper: str) -> None:
    words = "This prevents a race with the keeper."
    assert _told(helper, words, "reset(pond);") == [Decision.UNKNOWN]
    assert _told(helper, words, helper) == [Decision.AGREES]


def test_a_helper_called_after_locks_takes_what_is_meant() -> None:
    words = "This prevents a race with the keeper."
    assert _told("pond->n++;", words, "lock_ponds(pond);") == [Decision.AGREES]


def test_a_lock_of_a_common_name_is_its_owners() -> None:
    words = "Take pond->lock to prevent a race with the keeper."
    taken = "spin_lock(&%s->lock);"
    assert Decision.AGREES in _told("pond->n++;", words, taken % "pond")
    assert Decision.AGREES not in _told("pond->n++;", words, taken % "farm")


def test_what_is_so_without_it_is_no_reason_for_a_lock() -> None:
    words = "During feeding fish cannot be removed, so locking is not needed."
    assert _told("pond->n++;", words, "rcu_read_lock();") == [Decision.UNKNOWN]


def test_a_lock_does_not_bring_a_context() -> None:
    words = "Feed the fish. Events processing happens in worker thread context."
    assert _told("pond->n++;", words, "spin_lock(&pond->fish_lock);") == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    ("words", "code", "agrees"),
    [
        ("Wait for all pending IRQs to finish.", "flush_tlb_all();", False),
        ("Wait for all pending IRQs to finish.", "smp_call_function(feed, pond, 1);", False),
        ("Wait for all walkers of the TLB to finish.", "flush_tlb_all();", True),
        ("Wait for all in-flight kfree_rcu() to finish.", "kfree_rcu(pond, rcu);", False),
        ("Wait for all pending IRQs to finish.", "flush_work(&pond->work);", True),
        ("We have to wait for yet another RCU grace period.", "call_rcu(&pond->rcu, f);", True),
        ("Use data_race() so that no checker complains.", "data_race(pond->n);", False),
    ],
)
def test_what_waits_waits_for_what_it_can(words: str, code: str, agrees: bool) -> None:
    assert (Decision.AGREES in _told("pond->n++;", words, code)) is agrees


@pytest.mark.parametrize("words", ["smp_wmb() is not needed, see drain().", "smp_wmb() is no use."])
def test_a_barrier_that_is_not_asked_for_orders_nothing(words: str) -> None:
    assert _told("pond->n++;", words, "smp_wmb();") == []
