"""What a function asserts of a lock tells which one is meant, and in which context it runs."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.support import decided

PATH = "fs/pondfs/pond.c"
STRUCT = "struct pond { %s feed_lock; spinlock_t other_lock; int fish; };\n"
FEED = """
/* %s */
static void feed(struct pond *pond)
{
        %s
        pond->fish++;
}
"""


@pytest.mark.parametrize(
    ("words", "operation", "decision"),
    [
        ("Caller must hold the feed pond lock.", "lockdep_assert_held", Decision.AGREES),
        ("Caller must hold the duck pond lock.", "lockdep_assert_held", Decision.UNKNOWN),
        ("Caller must hold the feed pond lock.", "look_at", Decision.UNKNOWN),
        ("Caller must hold the feed pond lock.", "if (0) lockdep_assert_held", Decision.UNKNOWN),
    ],
)
def test_the_one_lock_that_is_asserted_is_meant(
    words: str, operation: str, decision: Decision
) -> None:
    code = STRUCT % "struct mutex" + FEED % (words, f"{operation}(&pond->feed_lock);")
    assert decided("caller-holds-lock", PATH, code) == [decision]


def test_of_two_locks_that_are_asserted_none_is_the_one() -> None:
    both = "lockdep_assert_held(&pond->feed_lock);\n\tlockdep_assert_held(&pond->other_lock);"
    code = STRUCT % "struct mutex" + FEED % ("Caller must hold the pond's main lock.", both)
    assert decided("caller-holds-lock", PATH, code) == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    ("sort", "operation", "decision"),
    [
        ("struct mutex", "lockdep_assert_held(&pond->feed_lock);", Decision.AGREES),
        ("struct rw_semaphore", "lockdep_assert_held(&pond->feed_lock);", Decision.AGREES),
        ("spinlock_t", "lockdep_assert_held(&pond->feed_lock);", Decision.UNKNOWN),
        ("struct mutex", "lockdep_assert_not_held(&pond->feed_lock);", Decision.UNKNOWN),
        ("struct mutex", "look(&pond->feed_lock);", Decision.UNKNOWN),
        ("struct mutex", "INIT_WORK(&pond->work, fed);", Decision.UNKNOWN),
        ("struct mutex", "fed(pond);", Decision.AGREES),
    ],
)
def test_who_holds_a_mutex_is_a_task(sort: str, operation: str, decision: Decision) -> None:
    words = "Must not be called from interrupt context."
    fed = "static void fed(struct pond *pond)\n{\n\tlockdep_assert_held(&pond->feed_lock);\n}\n"
    code = STRUCT % sort + fed + FEED % (words, operation)
    assert decided("caller-may-sleep", PATH, code) == [decision]


CALLED = """
/* %s */
static void feed(struct pond *pond)
{
        pond->fish++;
}

static void fill(struct pond *pond)
{
        %s
        feed(pond);
        %s
}
"""


@pytest.mark.parametrize(
    ("words", "before", "after", "decision"),
    [
        ("RCU is locked.", "rcu_read_lock();", "rcu_read_unlock();", Decision.HOLDS),
        ("Call inside the RCU critical section.", "rcu_read_lock();", "", Decision.HOLDS),
        ("RCU is locked.", "", "", Decision.UNKNOWN),
    ],
)
def test_a_reader_that_is_there_on_entry(
    words: str, before: str, after: str, decision: Decision
) -> None:
    code = CALLED % (words, before, after)
    assert decided("reader-does-not-sleep", PATH, code) == [decision]


KEEPERS = """
static void fill(struct pond *pond)
{
        mutex_lock(&pond->feed_lock);
        feed(pond);
        mutex_unlock(&pond->feed_lock);
}

static void refill(struct pond *pond)
{
        mutex_lock(&pond->feed_lock);
        spin_lock(&pond->other_lock);
        spin_unlock(&pond->other_lock);
        feed(pond);
        mutex_unlock(&pond->feed_lock);
}

static void start(struct pond *pond)
{
        %s
}
"""


@pytest.mark.parametrize(
    ("start", "decision"),
    [("feed(pond);", Decision.AGREES), ("feed(pond); feed(pond);", Decision.UNKNOWN)],
)
def test_just_locking_is_left_to_callers(start: str, decision: Decision) -> None:
    words = "Caller should take care of locking."
    code = STRUCT % "struct mutex" + FEED % (words, "pond->fish = 2;") + KEEPERS % start
    assert decided("caller-holds-lock", PATH, code) == [decision]


@pytest.mark.parametrize(
    ("name", "owner", "decision"),
    [
        ("feed_mutex", "", Decision.AGREES),
        ("feed_mutex", "pond", Decision.BROKEN),  # there is one, and nobody takes it
        ("fed_mutex", "", Decision.UNKNOWN),
    ],
)
def test_a_lock_of_another_sort_is_called_so(name: str, owner: str, decision: Decision) -> None:
    before, after = "mutex_lock(&pond->feed_lock);", "mutex_unlock(&pond->feed_lock);"
    member = f"struct {owner} {{ struct mutex feed_mutex; }};\n" if owner else ""
    more = {"include/linux/pond.h": member}
    code = CALLED % (f"Called with {name} held.", before, after)
    assert decided("caller-holds-lock", PATH, code, **more) == [decision]
