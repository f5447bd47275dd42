"""Whose lock a comment means that names a kind of object, an abbreviation, or what takes it."""

from __future__ import annotations

import pytest

from reviewer.judging.meant import is_short_for
from reviewer.review.bench import prepare
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.verdict import Decision
from tests.judging.pond import PATH, decisions, judged, world
from tests.support import decided

_STRUCTS = """
struct pond_farm {
        spinlock_t fish_lock;
};

struct pond_device {
        spinlock_t lock;
        struct pond_farm *farm;
};
"""


@pytest.mark.parametrize(
    ("name", "word", "short"),
    [
        ("dev", "device", True),
        ("ctrl", "controller", True),
        ("queue", "queue", True),
        ("de", "device", False),
        ("vice", "device", False),
        ("deck", "device", False),
        ("", "device", False),
    ],
)
def test_an_abbreviation_has_the_letters_in_order(name: str, word: str, short: bool) -> None:
    assert is_short_for(name, word) is short


def test_a_lock_in_words_is_that_of_the_parameter_they_abbreviate() -> None:
    code = (
        _STRUCTS
        + """
/* Must be called with the device spinlock held. */
static void stock(struct pond_device *pdev)
{
        pdev->n++;
}

static void feed(struct pond_device *one)
{
        spin_lock(&one->lock);
        stock(one);
        spin_unlock(&one->lock);
}
"""
    )
    assert judged(code).decision is Decision.HOLDS
    assert judged(code.replace("spin_lock(&one->lock);", "")).decision is Decision.UNKNOWN
    itself = code.replace("pdev->n++;", "spin_lock(&pdev->lock); spin_unlock(&pdev->lock);")
    assert judged(itself).decision is Decision.UNKNOWN  # words may mean another lock


def test_an_owner_that_is_a_struct_means_the_lock_of_any_such_object() -> None:
    code = (
        _STRUCTS
        + """
/* Expected to be called with struct pond_device->farm.fish_lock held. */
static void stock(struct duck *duck)
{
        duck->n++;
}

static void feed(struct pond_device *device, struct duck *duck)
{
        spin_lock(&device->farm->fish_lock);
        stock(duck);
        spin_unlock(&device->farm->fish_lock);
}
"""
    )
    assert judged(code).decision is Decision.AGREES  # of which device is not said
    other = code.replace(
        "device->farm->fish_lock);\n        stock", "device->lock);\n        stock"
    )
    assert judged(other).decision is Decision.UNKNOWN


def test_an_owner_of_no_kind_means_no_other_object() -> None:
    code = (
        _STRUCTS
        + """
/* Called with parent->fish_lock held. */
static void stock(struct pond_farm *farm)
{
        farm->n++;
}

static void feed(struct pond_farm *farm)
{
        spin_lock(&farm->fish_lock);
        stock(farm);
        spin_unlock(&farm->fish_lock);
}
"""
    )
    assert judged(code).decision is Decision.UNKNOWN


def test_a_lock_may_be_called_by_what_takes_it() -> None:
    code = """
/* Must be called with console_lock held. */
static void stock(struct pond *pond)
{
        pond->n++;
}

static void feed(struct pond *pond)
{
        console_lock();
        stock(pond);
        console_unlock();
}
"""
    assert judged(code).decision is Decision.HOLDS


def test_most_calls_with_the_lock_agree_where_the_others_cannot_be_told() -> None:
    calls = "\n".join(
        f"""
void feed{n}(void)
{{
        spin_lock(&pond_lock);
        stock();
        spin_unlock(&pond_lock);
}}
"""
        for n in range(2)
    )
    told = """
/* Called with pond_lock held. */
static void stock(void)
{
        fish++;
}
"""
    above = "\nvoid keep(void)\n{\n        stock();\n}\n"
    many = "".join(f"\nvoid keeper{n}(void)\n{{\n        keep();\n}}\n" for n in range(4))
    assert judged(told + calls + above + many).decision is Decision.AGREES
    without = above.replace("stock();", "spin_lock(&pond_lock); spin_unlock(&pond_lock); stock();")
    assert judged(told + calls + without + many).decision is Decision.BROKEN


def test_a_head_below_its_type_is_no_call() -> None:
    code = """
/* Called with pond_lock held. */
static struct pond
*stock(struct pond *pond)
{
        return pond;
}

void feed(struct pond *pond)
{
        spin_lock(&pond_lock);
        stock(pond);
        spin_unlock(&pond_lock);
}
"""
    assert judged(code).decision is Decision.HOLDS


def test_a_comment_over_an_assertion_agrees_with_it() -> None:
    code = """
static void stock(struct pond *pond)
{
        /* We need the pond's wait_lock for the list below. */
        lockdep_assert_held(&pond->wait_lock);
        pond->n++;
}
"""
    assert decisions(code, "lock-is-held-here") == [Decision.AGREES]
    other = code.replace("assert_held(&pond->wait_lock", "assert_held(&pond->feed_lock")
    assert decisions(other, "lock-is-held-here") == [Decision.UNKNOWN]


def test_a_macro_of_a_header_that_wraps_a_lock_takes_it() -> None:
    code = """
#include "pond.h"

/* Must be called under pond_lock(). */
static void stock(struct pond *pond)
{
        pond->n++;
}

static void feed(struct pond *pond)
{
        pond_lock();
        stock(pond);
        pond_unlock();
}
"""
    header = "#define pond_lock() mutex_lock(&pond_mutex)\n"
    header += "#define pond_unlock() mutex_unlock(&pond_mutex)\n"
    here = world({PATH: code, "fs/pondfs/pond.h": header})
    review = judge_file(
        Judgement(prepare(Selection(only=("caller-holds-lock",))), here.library), here.source
    )
    (entry,) = [one for one in review.entries if one.rule]
    assert entry.verdict.decision is Decision.HOLDS


def test_most_calls_of_a_function_tell_what_is_held_in_it() -> None:
    code = """
static void stock(void)
{
        /* We hold pond_lock here. */
        fish++;
}
"""
    calls = "".join(
        f"\nvoid feed{n}(void)\n{{\n        spin_lock(&pond_lock);\n        stock();\n"
        "        spin_unlock(&pond_lock);\n}\n"
        for n in range(2)
    )
    keep = "\nvoid keep(void)\n{\n        stock();\n}\n"
    many = "".join(f"\nvoid keeper{n}(void)\n{{\n        keep();\n}}\n" for n in range(4))
    assert decisions(code + calls + keep + many, "lock-is-held-here") == [Decision.AGREES]
    assert decisions(code + keep + many, "lock-is-held-here") == [Decision.UNKNOWN]


def test_a_function_that_a_lock_guards_is_called_with_it() -> None:
    code = """
/* This routine is guarded by pond_lock. */
static void stock(void)
{
        fish++;
}

void feed(void)
{
        spin_lock(&pond_lock);
        stock();
        spin_unlock(&pond_lock);
}
"""
    assert judged(code).decision is Decision.HOLDS
    without = code.replace("spin_lock(&pond_lock);", "").replace("spin_unlock(&pond_lock);", "")
    assert judged(without).decision is Decision.UNKNOWN
    itself = code.replace("fish++;", "spin_lock(&pond_lock); fish++; spin_unlock(&pond_lock);")
    assert judged(itself).decision is Decision.UNKNOWN


def test_a_function_takes_the_lock_that_is_said_to_be_for_something() -> None:
    code = """
/* @s_fish_lock is used to serialise concurrent feed operations. */
static void stock(struct pond *pond)
{
        mutex_lock(&pond->s_fish_lock);
        pond->n++;
        mutex_unlock(&pond->s_fish_lock);
}
"""
    assert Decision.AGREES in decisions(code, "operation-stands-here")
    other = code.replace("pond->s_fish_lock", "pond->duck_lock")
    assert Decision.AGREES not in decisions(other, "operation-stands-here")


_TAKES = """
/* {words} */
void stock(struct pond *pond{second})
{{
        mutex_lock(&{path}->fish_mutex);
        pond->n++;
        mutex_unlock(&{path}->fish_mutex);
}}
"""


@pytest.mark.parametrize(
    ("words", "second", "path", "decision"),
    [
        ("Called with fish_mutex held.", "", "pond", Decision.BROKEN),
        ("Called with fish_mutex held.", ", struct farm *farm", "pond", Decision.BROKEN),
        ("Called with fish_mutex held.", ", struct pond *other", "pond", Decision.UNKNOWN),
        ("Called with fish_mutex held.", "", "pond->parent", Decision.UNKNOWN),
        ("Called with fish_mutex held on the parent.", "", "pond", Decision.UNKNOWN),
        ("Called with pond->fish_mutex held.", ", struct pond *o", "pond", Decision.BROKEN),
    ],
)
def test_the_lock_of_another_object_may_be_meant(
    words: str, second: str, path: str, decision: Decision
) -> None:
    code = _TAKES.format(words=words, second=second, path=path)
    assert judged(code).decision is decision


def test_a_lock_that_is_called_by_its_taker_is_that_of_another_object() -> None:
    code = _TAKES.format(words="Called with inode_lock held on the parent.", second="", path="pond")
    code = code.replace("struct pond *pond", "struct inode *pond")
    code = code.replace("mutex_lock(&pond->fish_mutex)", "inode_lock(pond)")
    code = code.replace("mutex_unlock(&pond->fish_mutex)", "inode_unlock(pond)")
    assert judged(code).decision is Decision.UNKNOWN
    assert judged(code.replace(" on the parent", "")).decision is Decision.BROKEN


def test_the_lock_of_a_kind_of_object_is_not_that_of_another_one() -> None:
    code = """
struct farm_pond { spinlock_t fish_lock; };

/* Caller must hold farm_pond.fish_lock. */
void feed(struct farm_pond *p)
{
        p->x++;
}

void farm(struct farm_pond *a, struct farm_pond *b)
{
        spin_lock(&a->fish_lock);
        feed(b);
        spin_unlock(&a->fish_lock);
}
"""
    assert judged(code).decision is Decision.UNKNOWN
    one = code.replace(", struct farm_pond *b", "").replace("feed(b)", "feed(a)")
    assert judged(one).decision is Decision.AGREES


def test_what_is_said_of_those_who_call_another_is_not_asked_of_the_function() -> None:
    words = "Feeds the fish whose caller must hold p->fish_mutex."
    code = _TAKES.format(words=words, second="", path="p").replace("*pond", "*p")
    assert Decision.BROKEN not in decisions(code, "caller-holds-lock")


def test_a_lock_that_is_reached_by_a_call_is_nobodys_in_particular() -> None:
    code = """
        /* Called with pond->lock held. */
        static void stock(struct pond *pond)
        {
                lockdep_assert_held(&container_of(pond, struct farm, wet.pond)->lock);
                pond->fish++;
        }
    """
    assert len(decided("caller-holds-lock", "fs/pondfs/pond.c", code)) == 1


@pytest.mark.parametrize(
    ("words", "lock", "decision"),
    [
        ("scheduler lock", "sched_lock", Decision.HOLDS),
        ("command lock", "duck_cmd_lock", Decision.HOLDS),
        ("scheduler mutex", "sched_lock", Decision.UNKNOWN),
        ("swimming lock", "sched_lock", Decision.UNKNOWN),
        ("scheduler lock", "s_lock", Decision.UNKNOWN),
    ],
)
def test_a_lock_in_words_may_be_abbreviated(words: str, lock: str, decision: Decision) -> None:
    code = f"""
        /* The caller must hold the {words}. */
        static void stock(struct pond *pond)
        {{
                pond->fish++;
        }}

        void fill(struct pond *pond)
        {{
                spin_lock(&pond->{lock});
                stock(pond);
                spin_unlock(&pond->{lock});
                spin_lock(&pond->other_lock);
                pond->full = 1;
                spin_unlock(&pond->other_lock);
        }}
    """
    assert decided("caller-holds-lock", "fs/pondfs/pond.c", code) == [decision]


@pytest.mark.parametrize(
    ("words", "decision"),
    [
        ("The lock is held.", Decision.HOLDS),
        ("The pond's lock is held.", Decision.HOLDS),
        ("The other pond's lock is held.", Decision.UNKNOWN),
        ("The farm's lock is held.", Decision.UNKNOWN),
        ("The hardware's lock is held.", Decision.UNKNOWN),
    ],
)
def test_the_lock_of_another_parameter_is_not_the_one_at_hand(
    words: str, decision: Decision
) -> None:
    code = f"""
static void feed(struct pond *pond, struct farm *farm)
{{
        spin_lock(&pond->lock);
        /* {words} */
        pond->n++;
        spin_unlock(&pond->lock);
}}
"""
    assert judged(code, "lock-is-held-here").decision is decision
