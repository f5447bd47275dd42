"""A lock that is given to another object, which takes it by a name of its own."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.support import decided

PATH = "fs/pondfs/pond.c"
POND = """
struct pond {
        struct mutex keep; /* lock to protect the feeder */
        int fish;
};

void start(struct pond *pond, struct lake *lake)
{
        mutex_init(&pond->keep);
        %s
}

void stop(struct pond *pond)
{
        mutex_destroy(&pond->keep);
}
"""


@pytest.mark.parametrize(
    ("statement", "decision"),
    [
        ("pond->feeder.lock = &pond->keep;", Decision.AGREES),
        ("feeder_init(&pond->feeder, &pond->keep);", Decision.AGREES),
        ("pond->bucket.lock = &pond->keep;", Decision.UNKNOWN),
        ("feeder_lock_init(&pond->keep);", Decision.UNKNOWN),
        ("pond->feeder.lock = &lake->keep;", Decision.UNKNOWN),
        ("use(pond->feeder);", Decision.UNKNOWN),
        ('pr_info("feeder %p", &pond->keep);', Decision.UNKNOWN),
        ('show("feeder", &pond->keep);', Decision.UNKNOWN),
        ("atomic_set(&pond->keep, FEEDER_UNLOCKED);", Decision.UNKNOWN),
    ],
)
def test_the_words_name_what_is_given_the_lock(statement: str, decision: Decision) -> None:
    code = POND % statement + "struct lake { struct mutex keep; };\n"
    code = code.replace("keep", "lock")
    assert decided("lock-guards-what-it-says", PATH, code) == [decision]


@pytest.mark.parametrize(
    ("function", "decision"),
    [("feed", Decision.AGREES), ("drain", Decision.UNKNOWN)],
)
def test_a_lock_that_is_one_of_several(function: str, decision: Decision) -> None:
    code = f"""
struct pond {{
        spinlock_t lock[4]; /* serialize feed calls */
}};
struct lake {{ spinlock_t lock; }};

void {function}(struct pond *pond, int at)
{{
        spin_lock(&pond->lock[at]);
        pond->fish++;
        spin_unlock(&pond->lock[at]);
}}
"""
    assert decided("lock-guards-what-it-says", PATH, code) == [decision]
