"""The order of two locks, as a comment has it and as code takes them."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.support import decided

RULE = "locks-nest-as-said"
PATH = "fs/pondfs/pond.c"
STRUCTS = """
struct pond {
\tstruct mutex feed_mutex;
\tspinlock_t fish_lock;
\tspinlock_t lock;
};

"""


def _function(*lines: str) -> str:
    body = "".join(f"\t{line}\n" for line in lines)
    return f"void stock(struct pond *pond)\n{{\n{body}}}\n"


RIGHT = _function(
    "mutex_lock(&pond->feed_mutex);",
    "spin_lock(&pond->fish_lock);",
    "spin_unlock(&pond->fish_lock);",
    "mutex_unlock(&pond->feed_mutex);",
)
WRONG = _function(
    "spin_lock(&pond->fish_lock);",
    "mutex_lock(&pond->feed_mutex);",
    "mutex_unlock(&pond->feed_mutex);",
    "spin_unlock(&pond->fish_lock);",
)
DROPPED = _function(
    "spin_lock(&pond->fish_lock);",
    "spin_unlock(&pond->fish_lock);",
    "mutex_lock(&pond->feed_mutex);",
    "mutex_unlock(&pond->feed_mutex);",
)
MAYBE = _function(
    "if (pond->deep)",
    "\tspin_lock(&pond->fish_lock);",
    "mutex_lock(&pond->feed_mutex);",
    "mutex_unlock(&pond->feed_mutex);",
)
WORDS = "/* Lock ordering: feed_mutex -> fish_lock */\n"
TABLE = "/*\n * Lock ordering:\n *\n * pond->feed_mutex\n *   pond->fish_lock\n */\n"


@pytest.mark.parametrize("words", [WORDS, TABLE])
@pytest.mark.parametrize(
    ("code", "decision"),
    [
        (RIGHT, Decision.AGREES),
        (WRONG, Decision.BROKEN),
        (DROPPED, Decision.UNKNOWN),
        (MAYBE, Decision.UNKNOWN),
    ],
)
def test_what_is_held_when_the_other_is_taken(words: str, code: str, decision: Decision) -> None:
    assert decided(RULE, PATH, words + STRUCTS + code) == [decision]


def test_the_other_way_round_in_another_file() -> None:
    header = {"include/linux/pond.h": STRUCTS, "fs/pondfs/other.c": WRONG}
    assert decided(RULE, PATH, WORDS + "int pond_ready;\n", **header) == [Decision.BROKEN]


def test_a_lock_that_others_have_too_counts_as_it_is_spelled_here() -> None:
    words = "/* Lock ordering: pond->feed_mutex -> pond->lock */\n"
    other = "struct lake {\n\tstruct mutex feed_mutex;\n};\n"
    code = words + STRUCTS + other
    wrong = WRONG.replace("fish_lock", "lock")
    assert decided(RULE, PATH, code + wrong) == [Decision.BROKEN]
    assert decided(RULE, PATH, code, **{"fs/pondfs/other.c": wrong}) == [Decision.UNKNOWN]
    another = wrong.replace("&pond->feed_mutex", "&lake->feed_mutex")
    assert decided(RULE, PATH, code + another) == [Decision.UNKNOWN]


def test_a_chain_that_comes_back_tells_of_a_deadlock() -> None:
    words = "/* To avoid feed_mutex->fish_lock->feed_mutex. */\n"
    assert decided(RULE, PATH, words + STRUCTS + WRONG) == []


@pytest.mark.parametrize(
    "words",
    [
        "feed_mutex can be taken before fish_lock.",
        "feed_mutex may be taken before or after fish_lock.",
        "feed_mutex is taken before fish_lock is released.",
        "Possible deadlock: feed_mutex -> fish_lock.",
        "This inverts the usual feed_mutex -> fish_lock order.",
        "Lockdep sees feed_mutex -> fish_lock and fish_lock -> feed_mutex.",
        "The order is feed_mutex -> fish_lock -> feed_mutex.",
    ],
)
def test_what_is_no_order_to_follow(words: str) -> None:
    assert decided(RULE, PATH, f"/* {words} */\n" + STRUCTS + WRONG) == []


@pytest.mark.parametrize(
    "words",
    [
        "To avoid a deadlock, the order is feed_mutex -> fish_lock.",
        "feed_mutex must be taken before fish_lock is taken.",
    ],
)
def test_an_order_to_follow(words: str) -> None:
    assert decided(RULE, PATH, f"/* {words} */\n" + STRUCTS + WRONG) == [Decision.BROKEN]
