"""Locks beside marked accesses: whom they keep out, and in place of what."""

from __future__ import annotations

import pytest

from reviewer.evidence.models.pairs import Answer
from tests.evidence.teal import BELOW, LIMIT, TAKES, asked, with_lines


def test_a_lock_that_a_patch_puts_in_place_of_the_marks() -> None:
    """Both sides under one lock need no marks: nothing is broken."""
    after = LIMIT.replace("WRITE_ONCE(t->limit, v)", "t->limit = v").replace(
        "return READ_ONCE(t->limit) + t->depth;",
        "int n;\n            spin_lock(&t->lock);\n            n = t->limit;\n"
        "            spin_unlock(&t->lock);\n            return n;",
    )

    assert asked(after, before=LIMIT).answer is Answer.UNKNOWN


def test_a_lock_that_callers_hold_now() -> None:
    held = "lockdep_assert_held(&t->lock);\n            return t->limit"
    after = LIMIT.replace("return READ_ONCE(t->limit)", held)

    assert asked(after, before=LIMIT).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("WRITE_ONCE(t->limit, v)", "t->limit = v", "other"),
        ("return READ_ONCE(t->limit) +", "return t->limit +", "own"),
    ],
)
def test_a_lock_on_one_side_alone(old: str, new: str, missing: str) -> None:
    """It keeps nobody out, whether the model follows it or not."""
    before = LIMIT.replace("spin_lock(&t->lock)", "lock_sock(t)").replace(
        "spin_unlock(&t->lock)", "release_sock(t)"
    )
    model = asked(before.replace(old, new), before=before)

    assert (model.answer, model.missing) == (Answer.ALLOWS, missing)


@pytest.mark.parametrize(
    "lines",
    [
        "spin_lock(&other->lock);\n t->limit = 4;\n spin_unlock(&other->lock);",
        "spin_lock(&t->lock);\n teal_unlock(t);\n t->limit = 4;",
        "spin_lock(&t->lock);\n leave(t);\n t->limit = 4;\n spin_unlock(&t->lock);",
        "spin_lock(&t->lock);\n if (n)\n spin_unlock(&t->lock);\n t->limit = 4;",
    ],
)
def test_a_lock_that_may_not_keep_the_other_side_out(lines: str) -> None:
    """It is of another object, or may be dropped before the plain write that it stands over."""
    held = "spin_lock(&t->lock);\n t->limit = 4;\n spin_unlock(&t->lock);"
    assert asked(with_lines(held)).answer is Answer.FORBIDS
    unlocked = f"{lines}\n spin_unlock(&t->lock);"
    assert asked(with_lines(lines)).answer is Answer.UNKNOWN
    assert asked(with_lines(unlocked)).answer is Answer.UNKNOWN


def test_a_lock_around_either_local_pointer() -> None:
    code = LIMIT.replace("spin_lock(&t->lock)", "spin_lock(theirs)").replace(
        "spin_unlock(&t->lock)", "spin_unlock(theirs)"
    )
    mine = "spin_lock(mine);\n t->limit = 4;\n spin_unlock(mine);"

    assert asked(code.replace(BELOW, f"{mine}\n{BELOW}")).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("take", "drop"),
    [
        ("rtnl_lock();", "rtnl_unlock();"),
        ("lock_sock(t);", "release_sock(t);"),
        ("guard(spinlock)(&t->lock);", ""),
        ("teal_lock(t);", "teal_unlock(t);"),
        ("stop_others(t);", "let_others(t);"),
        ("down_write(&t->sem);", "up_write(&t->sem);"),
        ("bit_spin_lock(0, &t->depth);", "bit_spin_unlock(0, &t->depth);"),
        ("ASSERT_RTNL();", ""),
    ],
)
def test_what_may_exclude_others_in_place_of_the_marks(take: str, drop: str) -> None:
    """Whatever a patch puts around the accesses that it makes plain: nothing is broken."""
    read = f"int n;\n {take}\n n = t->limit;\n {drop}\n return n;"
    after = (
        LIMIT.replace("WRITE_ONCE(t->limit, v)", "t->limit = v")
        .replace("            spin_lock(&t->lock);\n", f"            {take}\n")
        .replace("            spin_unlock(&t->lock);\n", f"            {drop}\n")
        .replace("return READ_ONCE(t->limit) + t->depth;", read)
        .replace("    static int teal_of", TAKES)
    )
    before = LIMIT.replace("    static int teal_of", TAKES)

    assert asked(after, before=before).answer is Answer.UNKNOWN


@pytest.mark.parametrize(("writer", "answer"), [("write", Answer.UNKNOWN), ("read", Answer.ALLOWS)])
def test_readers_of_a_lock_do_not_keep_each_other_out(writer: str, answer: Answer) -> None:
    read = "int n;\n read_lock(&t->rw);\n n = t->limit;\n read_unlock(&t->rw);\n return n;"
    after = (
        LIMIT.replace("WRITE_ONCE(t->limit, v)", "t->limit = v")
        .replace("spin_lock(&t->lock)", f"{writer}_lock(&t->rw)")
        .replace("spin_unlock(&t->lock)", f"{writer}_unlock(&t->rw)")
        .replace("return READ_ONCE(t->limit) + t->depth;", read)
    )

    assert asked(after, before=LIMIT).answer is answer


def test_a_lock_that_no_model_has_on_both_sides() -> None:
    """Without the marks nothing races there: the marks are not what excludes it."""
    code = LIMIT.replace("spin_lock(&t->lock)", "lock_sock(t)").replace(
        "spin_unlock(&t->lock)", "release_sock(t)"
    )
    assert asked(code).answer is Answer.FORBIDS
    read = "int n;\n lock_sock(t);\n n = READ_ONCE(t->limit);\n release_sock(t);\n return n;"
    model = asked(code.replace("return READ_ONCE(t->limit) + t->depth;", read))

    assert (model.answer, model.why) == (
        Answer.UNKNOWN,
        "both sides use a lock that is not followed",
    )
