"""What comments say of members of operations tables: who calls them, and who is put there."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions

OPS = """
struct pond_ops {{
        /* {words} */
        void (*feed)(struct pond *pond);
}};

struct farm_ops {{
        void (*feed)(struct farm *farm);
}};

struct pond {{
        struct mutex lock;
        const struct pond_ops *ops;
}};

struct farm {{
        const struct farm_ops *ops;
}};
"""
CALLS = """
void pond_tick(struct pond *pond)
{
        mutex_lock(&pond->lock);
        pond->ops->feed(pond);
        mutex_unlock(&pond->lock);
}

void farm_tick(struct farm *farm)
{
        farm->ops->feed(farm);
}
"""
CARP = """
static void carp_feed(struct pond *pond)
{
        %s
}

static const struct pond_ops carp_ops = {
        .feed = carp_feed,
};
"""
FARM = CARP.replace("pond_ops", "farm_ops")


def test_calls_through_a_member_of_several_structs_are_told_by_type() -> None:
    told = OPS.format(words="Called with pond->lock held.")
    assert decisions(told + CALLS, "member-is-called-so") == [Decision.HOLDS]
    without = CALLS.replace("mutex_lock(&pond->lock);", "")
    assert decisions(told + without, "member-is-called-so") == [Decision.UNKNOWN]
    untold = CALLS.replace("struct farm *farm)", "void *farm)")  # it may be the other's
    assert decisions(told + untold, "member-is-called-so") == [Decision.UNKNOWN]


def test_a_member_may_sleep_if_what_is_put_there_does() -> None:
    told = OPS.format(words="This function may sleep.")
    sleeps = CARP % "msleep(10);"
    assert decisions(told + sleeps, "member-sleeps-as-said") == [Decision.AGREES]
    assert decisions(told + CARP % "pond->n++;", "member-sleeps-as-said") == [Decision.UNKNOWN]
    assert decisions(told + FARM % "msleep(10);", "member-sleeps-as-said") == [Decision.UNKNOWN]


def test_a_member_that_must_not_sleep_is_judged_by_those_who_implement_it() -> None:
    told = OPS.format(words="This function must not sleep.")
    assert decisions(told + CARP % "msleep(10);", "member-sleeps-as-said") == [Decision.BROKEN]
    perhaps = CARP % "if (pond->hungry)\n                msleep(10);"
    assert decisions(told + perhaps, "member-sleeps-as-said") == [Decision.UNKNOWN]
    assert decisions(told + FARM % "msleep(10);", "member-sleeps-as-said") == [Decision.UNKNOWN]
    atomic = CALLS.replace("mutex_lock", "spin_lock").replace("mutex_unlock", "spin_unlock")
    assert decisions(told + atomic, "member-sleeps-as-said") == [Decision.AGREES]


def test_a_member_that_is_no_function_sleeps_not() -> None:
    told = "struct pond {\n        /* This may sleep. */\n        int fish;\n};"
    assert decisions(told, "member-sleeps-as-said") == []


def test_a_comment_that_names_another_member_may_mean_that() -> None:
    told = OPS.format(words="Goes with drain(), which is called by a timer and must not sleep.")
    told = told.replace("        void (*feed)(struct pond *pond);\n};", _TWO, 1)
    code = told + CARP % "msleep(10);"
    assert decisions(code, "member-sleeps-as-said") == [Decision.UNKNOWN]
    alone = code.replace("Goes with drain(), which is", "This is")
    assert decisions(alone, "member-sleeps-as-said") == [Decision.BROKEN]


_TWO = "        void (*feed)(struct pond *pond);\n        void (*drain)(struct pond *pond);\n};"


@pytest.mark.parametrize(
    "words",
    [
        "The caller must not sleep.",
        "This must not sleep with pond->lock held.",
        "When the pond is dry, this function must not sleep.",
        "Old ponds may not sleep here.",
    ],
)
def test_what_must_not_sleep_is_another_or_not_always_the_member(words: str) -> None:
    told = OPS.format(words=words)
    assert Decision.BROKEN not in decisions(told + CARP % "msleep(10);", "member-sleeps-as-said")


def test_structs_of_one_name_are_not_told_apart() -> None:
    for words in ("This function may sleep.", "This function must not sleep."):
        told = OPS.format(words=words)
        other = {"drivers__other": "struct pond_ops {\n        void (*feed)(int);\n};\n"}
        mine = decisions(told + CARP % "msleep(10);", "member-sleeps-as-said", **other)
        assert mine == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    ("table", "decision"),
    [
        ("carp_ops = {{ {feed} }}", Decision.BROKEN),
        ("carp_ops = {{ .spare = {{ .n = 1 }}, {feed} }}", Decision.BROKEN),
        ("carp_ops[] = {{ {{ {feed} }}, {{ }} }}", Decision.BROKEN),
        ("carp_ops[] = {{ [3] = {{ {feed} }} }}", Decision.BROKEN),
        # a member of a struct in the table, which has one of the same name
        ("carp_ops = {{ .spare = {{ {feed} }} }}", Decision.UNKNOWN),
        ("carp_ops = {{ .spare = &(struct farm_ops){{ {feed} }} }}", Decision.UNKNOWN),
        ("carp_ops[] = {{ [3] = {{ .spare = {{ {feed} }} }} }}", Decision.UNKNOWN),
    ],
)
def test_what_is_put_into_a_struct_inside_a_table_is_not_the_tables(
    table: str, decision: Decision
) -> None:
    named = table.format(feed=".feed = carp_feed,")
    told = OPS.format(words="This must not sleep.")
    code = told + CARP.replace("carp_ops = {\n        .feed = carp_feed,\n}", named)
    assert decisions(code % "msleep(10);", "member-sleeps-as-said") == [decision]
