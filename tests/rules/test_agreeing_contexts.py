"""A context that both comment and code say agrees, and not once the code says another."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.support import decided

PATH = "fs/pondfs/pond.c"


def _decided(rule: str, code: str, **more: str) -> list[Decision]:
    return decided(rule, PATH, code, **more)


READER = """
/* Must be called under rcu_read_lock(). */
static int look(struct pond *pond)
{
        return pond->fish;
}

static int peek(struct pond *pond)
{
        return look(pond);
}

int watch(struct pond *pond)
{
        int fish;

        rcu_read_lock();
        fish = peek(pond);
        rcu_read_unlock();
        return fish;
}
"""


def test_callers_that_are_rcu_readers() -> None:
    assert _decided("reader-does-not-sleep", READER) == [Decision.HOLDS]
    gone = READER.replace("        rcu_read_lock();\n", "")
    assert _decided("reader-does-not-sleep", gone) == [Decision.UNKNOWN]
    checked = gone.replace("return pond->fish;", "return rcu_dereference(pond->fish);")
    assert _decided("reader-does-not-sleep", checked) == [Decision.AGREES]
    own = checked.replace("return rcu_deref", "rcu_read_lock();\n        return rcu_deref")
    assert _decided("reader-does-not-sleep", own) == [Decision.UNKNOWN]


def test_a_spinlock_leaves_bottom_halves_on() -> None:
    code = """
    /* Called with bottom halves disabled. */
    static void look(struct pond *pond)
    {
            pond->fish++;
    }

    void watch(struct pond *pond)
    {
            spin_lock_bh(&pond->lock);
            look(pond);
            spin_unlock_bh(&pond->lock);
    }
    """
    assert _decided("caller-disables-irqs", code) == [Decision.HOLDS]
    assert _decided("caller-disables-irqs", code.replace("_bh(", "(")) == [Decision.UNKNOWN]


def test_a_named_function_that_may_sleep_or_takes_a_lock() -> None:
    code = (
        "static void feed(struct pond *p)\n{\n\tmutex_lock(&p->fish_mutex);\n"
        "\tp->fish++;\n\tmutex_unlock(&p->fish_mutex);\n}\n\n"
        "void keep(struct pond *p)\n{\n\t/* feed() may sleep. */\n\tfeed(p);\n}"
    )
    assert _decided("caller-may-sleep", code) == [Decision.AGREES]
    other = code.replace("mutex_lock", "spin_lock").replace("mutex_unlock", "spin_unlock")
    assert _decided("caller-may-sleep", other) == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    ("call", "decision"),
    [
        ("spin_lock(&p->lock);\n\tfeed(p);\n\tspin_unlock(&p->lock);", Decision.AGREES),
        ("feed(p);", Decision.UNKNOWN),
    ],
)
def test_what_is_called_where_nothing_sleeps(call: str, decision: Decision) -> None:
    code = (
        "/* This can be called under rcu_read_lock(). */\nvoid feed(struct pond *p)\n{\n"
        f"\tpond_ops_of(p)->feed(p);\n}}\n\nvoid keep(struct pond *p)\n{{\n\t{call}\n}}"
    )
    assert _decided("callable-without-sleeping", code) == [decision]


def test_an_allocation_that_sleeps_far_below() -> None:
    code = "/* May sleep. */\nvoid keep(int n)\n{\n\tfeed(n);\n}"
    dig = "void *feed(int n)\n{\n\treturn n ? kmalloc(8, GFP_KERNEL) : NULL;\n}\n"
    assert _decided("caller-may-sleep", code, **{"mm/dig.c": dig}) == [Decision.AGREES]
    other = dig.replace("GFP_KERNEL", "GFP_ATOMIC")
    assert _decided("caller-may-sleep", code, **{"mm/dig.c": other}) == [Decision.UNKNOWN]


def test_a_context_that_is_not_meant() -> None:
    code = (
        "/* This should only be called from outside an interrupt context. */\n"
        "void feed(struct pond *p)\n{\n\tpond_ops_of(p)->feed(p);\n}\n\n"
        "void keep(struct pond *p)\n{\n\tspin_lock(&p->lock);\n\tfeed(p);\n"
        "\tspin_unlock(&p->lock);\n}"
    )
    assert _decided("callable-without-sleeping", code) == []


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ("\tpreempt_disable();\n\tlockdep_assert_preemption_disabled();", Decision.UNKNOWN),
        ("\tpond_quiet(p);\n\tpond_check(p);", Decision.UNKNOWN),
        ("\tlockdep_assert_held(&p->lock);\n\tpond_check(p);", Decision.BROKEN),
    ],
)
def test_what_is_asserted_of_the_callers_is_not_done_before(body: str, decision: Decision) -> None:
    code = (
        "static void pond_check(struct pond *p)\n{\n\tlockdep_assert_preemption_disabled();\n}\n\n"
        "/* Use in preemptible context. */\n"
        f"void keep(struct pond *p)\n{{\n{body}\n\tp->fish++;\n}}"
    )
    assert set(_decided("caller-may-sleep", code)) == {decision}


@pytest.mark.parametrize(
    ("rule", "words", "decisions_"),
    [
        ("context-is-so-here", "We cannot block here.", [Decision.HOLDS]),
        ("context-is-so-here", "We are not in the keeper's context which cannot block.", []),
        ("no-lock-needed-here", "Done without holding a pond lock.", [Decision.UNKNOWN]),
        (
            "no-lock-needed-here",
            "Only a remote feeding which owns a fish without holding a pond lock.",
            [],
        ),
    ],
)
def test_what_a_relative_clause_says_is_of_the_noun_before_it(
    rule: str, words: str, decisions_: list[Decision]
) -> None:
    code = (
        "void keep(struct pond *p)\n{\n\tspin_lock(&p->lock);\n"
        f"\t/* {words} */\n\tp->fish++;\n\tspin_unlock(&p->lock);\n}}"
    )
    assert _decided(rule, code) == decisions_
