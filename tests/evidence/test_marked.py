"""Pairs of marked accesses, put to the kernel's memory model: a data race with either one plain."""

from __future__ import annotations

import pytest

from reviewer.evidence.models.pairs import Answer
from reviewer.mmu.api import load_model, parse_litmus, simulate
from tests.evidence.teal import LIMIT, asked


def test_a_race_with_either_access_plain_and_none_with_both_marks() -> None:
    model = asked(LIMIT)

    assert (model.answer, model.why) == (Answer.FORBIDS, "data race on teal.limit")
    assert [(one.name, one.line) for one in model.rests_on] == [
        ("READ_ONCE", 11),
        ("WRITE_ONCE", 18),
    ]
    assert model.program is not None
    lkmm = load_model("lkmm")
    assert simulate(parse_litmus(model.program.text), lkmm).flags == ()
    for bare in model.without:
        assert simulate(parse_litmus(bare.text), lkmm).flags == ("data-race",)


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("return READ_ONCE(t->limit)", "return t->limit", "own"),
        ("WRITE_ONCE(t->limit, v)", "t->limit = v", "other"),
    ],
)
def test_a_mark_that_a_patch_takes_away(old: str, new: str, missing: str) -> None:
    assert LIMIT.count(old) == 1
    after = LIMIT.replace(old, new)

    assert asked(after).answer is Answer.UNKNOWN  # of the code alone nothing is said
    model = asked(after, before=LIMIT)
    assert (model.answer, model.missing) == (Answer.ALLOWS, missing)
    assert model.program is not None
    assert simulate(parse_litmus(model.program.text), load_model("lkmm")).flags == ("data-race",)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (
            "return READ_ONCE(t->limit) + t->depth;",
            "int n;\n            spin_lock(&t->lock);\n            n = READ_ONCE(t->limit);\n"
            "            spin_unlock(&t->lock);\n            return n;",
            "what is held at both accesses of teal.limit excludes a race",
        ),
        ("t->depth = v;", "t->limit = 0;", "the plain write of teal.limit at net/example.c:16"),
        ("READ_ONCE(t->limit)", "READ_ONCE(t->depth)", "no place is seen"),
        ("teal_limit(struct teal *t)", "teal_limit(struct plover *t)", "no place is seen"),
        ("WRITE_ONCE(t->limit, v)", "atomic_inc(&t->limit)", "no place is seen"),
    ],
)
def test_what_leaves_the_pair_unknown(old: str, new: str, why: str) -> None:
    assert old in LIMIT
    model = asked(LIMIT.replace(old, new))

    assert model.answer is Answer.UNKNOWN
    assert model.why.startswith(why)


def test_a_comment_over_two_accesses_of_which_one_has_no_mark() -> None:
    both = LIMIT.replace("t->depth = v;", "WRITE_ONCE(t->depth, v);").replace(
        "READ_ONCE(t->limit) + t->depth", "READ_ONCE(t->limit) + READ_ONCE(t->depth)"
    )
    one = both.replace("READ_ONCE(t->depth)", "t->depth")

    assert asked(both).answer is Answer.FORBIDS
    assert asked(one).why == "the plain read of teal.depth at net/example.c:11 has no mark"
    assert asked(one, before=both).answer is Answer.UNKNOWN


def test_one_of_two_marks_of_the_other_side() -> None:
    """The other one does not keep the plain write from racing."""
    before = LIMIT.replace(
        "            t->depth = v;\n",
        "            t->depth = v;\n            WRITE_ONCE(t->limit, 0);\n",
    )
    after = before.replace("WRITE_ONCE(t->limit, 0)", "t->limit = 0")

    assert asked(after).answer is Answer.UNKNOWN
    assert asked(after, before=before).answer is Answer.ALLOWS


def test_another_member_that_both_sides_mark() -> None:
    """The pair does not hold by it where the one by which it held has lost its mark."""
    before = (
        LIMIT.replace("return READ_ONCE(t->limit) +", "return READ_ONCE(t->limit) + 2 *")
        .replace("t->depth;", "READ_ONCE(t->depth);")
        .replace(
            "            t->depth = v;\n            spin_lock",
            "            WRITE_ONCE(t->depth, v);\n            spin_lock",
        )
    )
    assert asked(before).answer is Answer.FORBIDS
    for old, new in (
        ("WRITE_ONCE(t->limit, v)", "t->limit = v"),
        ("WRITE_ONCE(t->depth, v)", "t->depth = v"),
    ):
        model = asked(before.replace(old, new), before=before)

        assert model.answer is not Answer.FORBIDS or model.why.endswith("limit")


def test_a_race_that_is_meant() -> None:
    after = LIMIT.replace("return READ_ONCE(t->limit)", "return data_race(t->limit)")

    assert asked(after, before=LIMIT).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("lines", "broken"),
    [
        ("t->limit = v;", True),
        ("struct teal own;\n\n own.limit = v;", False),
        ("t->next->limit = v;", False),
    ],
)
def test_a_plain_access_to_another_object(lines: str, broken: bool) -> None:
    """A struct of the function's own, or the next one of a list, races with nobody we know."""
    after = LIMIT.replace("t->depth = v;", f"{lines}\n            t->depth = v;")
    model = asked(after, before=LIMIT)

    assert (model.answer is Answer.ALLOWS) == broken
