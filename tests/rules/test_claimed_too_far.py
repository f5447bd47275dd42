"""Verdicts that showed less than the comment says: of all places, of another, of what is run."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions

PLACE = """
struct pond {
        spinlock_t fish_lock;
        int depth;
};

static void fill(struct pond *pond)
{
        spin_lock(&pond->fish_lock);
        /* pond->depth is %s under fish_lock. */
        pond->depth++;
        spin_unlock(&pond->fish_lock);
}
"""


@pytest.mark.parametrize(
    ("said", "decided"),
    [
        ("changed", Decision.HOLDS),
        ("only ever accessed", Decision.UNKNOWN),
        ("only ever\n         * accessed", Decision.UNKNOWN),
    ],
)
def test_one_place_does_not_show_what_is_said_of_all(said: str, decided: Decision) -> None:
    assert decisions(PLACE % said, "lock-is-held-here") == [decided]


RUN = """
struct pond {
        struct kref kref;
        int n;
};

static void drain(struct kref *kref)
{
        %s
}

/* Drops a pond. This function may be called from atomic context. */
void drop_pond(struct pond *pond)
{
        %s
}
"""
PUT = "kref_put(&pond->kref, drain);"
LATER = "call_rcu(&pond->rcu, drain);"


@pytest.mark.parametrize(
    ("code", "call", "decided"),
    [
        ("atomic_inc(&drained);", PUT, Decision.AGREES),
        ("pond_of(kref)->ops->free(kref);", PUT, Decision.UNKNOWN),
        ("msleep(3);", PUT, Decision.UNKNOWN),
        ("msleep(3);", LATER, Decision.AGREES),
    ],
)
def test_what_a_call_is_given_is_run_too(code: str, call: str, decided: Decision) -> None:
    assert decisions(RUN % (code, call), "callable-without-sleeping") == [decided]


WRITTEN = """
struct pond {
        spinlock_t fish_lock;
        struct work_struct work;
        int depth; /* protected by fish_lock */
};

static void fill(struct pond *pond)
{
        spin_lock(&pond->fish_lock);
        pond->depth++;
        pond->depth++;
        spin_unlock(&pond->fish_lock);
}

static void settle(struct %s *work)
{
        struct pond *pond = container_of(work, struct pond, work);

        pond->depth = 0;
}

void open_pond(struct pond *pond)
{
        %s(pond, settle);
}
"""


@pytest.mark.parametrize(
    ("given", "call", "decided"),
    [
        ("work_struct", "look_at", Decision.AGREES),
        ("work_struct", "INIT_WORK", Decision.UNKNOWN),
    ],
)
def test_a_work_item_that_writes_begins_without_the_lock(
    given: str, call: str, decided: Decision
) -> None:
    assert decisions(WRITTEN % (given, call), "writes-hold-lock") == [decided]


SPOKEN = """
/* %s */
void look(struct pond *pond)
{
        pond->looked = true;
}
"""


@pytest.mark.parametrize(
    ("words", "decided"),
    [
        ("Because it can change fish without holding fish_lock, mark it.", Decision.AGREES),
        ("Because the keeper can change fish without holding fish_lock, mark it.", None),
        ("The reason is that feed() locklessly reads fish.", None),
    ],
)
def test_what_another_does_without_a_lock_is_not_this_function(
    words: str, decided: Decision | None
) -> None:
    told = decisions(SPOKEN % words, "no-lock-needed-here")
    assert told == ([decided] if decided else [])
