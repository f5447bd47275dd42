"""What a patch puts below a comment that says that none is needed."""

from __future__ import annotations

import pytest

from reviewer.review.bench import prepare
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.tree.overlay import Overlay
from reviewer.verdict import Decision
from reviewer.world import Library
from tests.support import MemoryTree, memory_index

PATH = "mm/stork.c"
CODE = """
static void stork_land(struct stork *s, struct stork *t)
{
        s->nest = 1;
        /* %s */
        %s
        s->landed = 1;
}
"""


def _decided(rule: str, words: str, before: str, now: str) -> list[Decision]:
    was = MemoryTree({PATH: (CODE % (words, before)).encode()})
    old = Library(was, memory_index(was))
    new = {PATH: (CODE % (words, now)).encode()}
    library = Library(Overlay(was, new), memory_index(MemoryTree(new)), before=old)
    source = library.source(PATH)
    assert source is not None
    review = judge_file(Judgement(prepare(Selection(only=(rule,))), library), source)
    return [one.verdict.decision for one in review.entries if one.rule]


GP = "No need to wait for a grace period here."
SYNC = "No need for synchronize_rcu() here."


@pytest.mark.parametrize(
    ("words", "before", "now", "broken"),
    [
        ("No barrier is needed here.", "", "smp_wmb();", True),
        ("No memory barrier is needed here.", "", "smp_mb();", True),
        ("No memory barrier is needed here.", "", "barrier();", False),
        ("No read barrier is needed here.", "", "smp_wmb();", False),
        ("No barrier is needed here, it does no harm.", "smp_mb();", "smp_wmb();", False),
        (GP, "", "synchronize_rcu();", True),
        (GP, "synchronize_rcu();", "synchronize_rcu_expedited();", False),
        (GP, "kfree(t);", "kfree_rcu(t, rcu);", False),
        (SYNC, "", "synchronize_rcu();", True),
        (SYNC, "call_rcu(&t->rcu, stork_free);", "kfree_rcu(t, rcu);", False),
        ("No need for rcu_read_lock() here.", "", "rcu_read_lock();", True),
        ("No need for rcu_read_lock() here.", "", "srcu_read_lock(&s->srcu);", False),
    ],
)
def test_no_barrier_is_needed(words: str, before: str, now: str, *, broken: bool) -> None:
    found = _decided("no-barrier-needed-here", words, before, now)
    assert (Decision.BROKEN in found) is broken


@pytest.mark.parametrize(
    ("before", "now", "broken"),
    [
        ("", "spin_lock(&s->lock);", True),
        ("spin_lock(&s->lock);", "spin_lock_irq(&s->lock);", False),
        ("spin_lock(&s->lock);", "spin_lock(&t->lock);", False),
    ],
)
def test_no_lock_is_needed(before: str, now: str, *, broken: bool) -> None:
    found = _decided("no-lock-needed-here", "No lock is needed here.", before, now)
    assert (Decision.BROKEN in found) is broken
