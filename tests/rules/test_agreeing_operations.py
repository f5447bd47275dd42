"""An operation or a wait that both comment and code have agrees, and not once the code lacks it."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.support import decided

PATH = "fs/pondfs/pond.c"
_DONE, _OPEN = Decision.AGREES, Decision.UNKNOWN


def _decided(rule: str, code: str, **more: str) -> list[Decision]:
    return decided(rule, PATH, code, **more)


@pytest.mark.parametrize(
    ("words", "operation", "decision"),
    [
        ("Make sure the count is visible before the flag.", "smp_wmb();", Decision.AGREES),
        ("Make sure the count is visible before the flag.", "look(pond);", Decision.UNKNOWN),
        ("Make sure the count is visible before the flag.", "READ_ONCE(p->n);", Decision.UNKNOWN),
        ("Take fish_mutex to prevent a race.", "mutex_lock(&p->fish_mutex);", Decision.AGREES),
        ("Take fish_mutex to prevent a race.", "mutex_lock(&p->feed_mutex);", Decision.BROKEN),
        ("Take fish_mutex to prevent a race.", "p->fish++;", Decision.UNKNOWN),
        ("Take care to avoid a race.", "if (p->n)\n\t\tspin_lock(&p->lock);", Decision.UNKNOWN),
        ("Take care to avoid a race.", "mod_timer(&p->timer, p->n);", Decision.UNKNOWN),
        ("Serialize feeding operations.", "guard(mutex)(&p->feed_mutex);", Decision.AGREES),
        ("It is slow, and we use a mutex to protect the fish.", "spin_lock(&p->work);", _OPEN),
        ("It is slow, and we use a mutex to protect the fish.", "mutex_lock(&p->work);", _DONE),
    ],
)
def test_the_operation_below_a_comment(words: str, operation: str, decision: Decision) -> None:
    code = f"void keep(struct pond *p)\n{{\n\t/* {words} */\n\t{operation}\n\tp->seen = 1;\n}}"
    assert _decided("operation-stands-here", code) == [decision]


@pytest.mark.parametrize(
    ("mine", "theirs", "decision"),
    [
        ("mutex_lock(&fish_mutex);", "mutex_lock(&fish_mutex);", Decision.AGREES),
        ("spin_lock(&p->lock);", "spin_lock(&one->lock);", Decision.AGREES),
        ("spin_lock(&p->lock);", "spin_lock(&lake->lock);", Decision.UNKNOWN),
        ("mutex_lock(&fish_mutex);", "mutex_lock(&duck_mutex);", Decision.UNKNOWN),
        ("", "mutex_lock(&fish_mutex);", Decision.UNKNOWN),
    ],
)
def test_a_lock_that_both_take(mine: str, theirs: str, decision: Decision) -> None:
    code = (
        f"void drain(struct pond *one, struct lake *lake)\n{{\n\t{theirs}\n}}\n\n"
        f"void keep(struct pond *p)\n{{\n\t{mine}\n\tp->fish++;\n"
        "\t/* Avoid a race with drain(). */\n\tp->seen = 1;\n}"
    )
    assert _decided("operation-stands-here", code) == [decision]


@pytest.mark.parametrize(
    ("first", "second", "decision"),
    [
        ("fill(p);", "open_gate(p);", Decision.HOLDS),
        ("fill(p);", "", Decision.UNKNOWN),
        ("", "open_gate(p);", Decision.AGREES),
        ("fill(p);", "if (p->fish)\n\t\topen_gate(p);", Decision.AGREES),
    ],
)
def test_steps_in_the_order_said(first: str, second: str, decision: Decision) -> None:
    code = (
        "void keep(struct pond *p)\n{\n"
        f"\t/* This must be done before open_gate(). */\n\t{first}\n\tp->seen = 1;\n\t{second}\n}}"
    )
    assert _decided("steps-keep-order", code) == [decision]


@pytest.mark.parametrize(
    ("words", "body", "decision"),
    [
        ("p->lock is taken to avoid races with drain().", "mutex_lock(&p->lock);", Decision.AGREES),
        (
            "p->lock is taken to avoid races with drain().",
            "mutex_lock(&p->lake->lock);",
            Decision.UNKNOWN,
        ),
        ("p->lock is taken to avoid races with drain().", "p->fish++;", Decision.UNKNOWN),
        ("Frees the pond after an RCU grace period.", "kfree_rcu(p, rcu);", Decision.AGREES),
        ("Frees the pond after an RCU grace period.", "flush_work(&p->work);", Decision.UNKNOWN),
        ("Frees the pond after an RCU grace period.", "kfree(p);", Decision.UNKNOWN),
    ],
)
def test_what_a_function_is_said_to_do(words: str, body: str, decision: Decision) -> None:
    code = f"/* {words} */\nvoid keep(struct pond *p)\n{{\n\tlook(p);\n\t{body}\n}}"
    assert _decided("operation-stands-here", code) == [decision]


@pytest.mark.parametrize(
    ("words", "operation", "decision"),
    [
        ("Synchronize with interrupts.", "barrier();", Decision.AGREES),
        (
            "Make sure that the NMI handler sees the count before the flag.",
            "barrier();",
            Decision.AGREES,
        ),
        ("Synchronize with interrupts.", "READ_ONCE(p->fish);", Decision.UNKNOWN),
    ],
)
def test_a_barrier_for_the_compiler(words: str, operation: str, decision: Decision) -> None:
    code = f"void keep(struct pond *p)\n{{\n\t/* {words} */\n\t{operation}\n\tp->seen = 1;\n}}"
    assert set(_decided("operation-stands-here", code)) == {decision}


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ("smp_mb();", Decision.AGREES),
        ("if (p->fish)\n\t\tsmp_mb();", Decision.UNKNOWN),
        ("spin_lock(&p->lock);", Decision.UNKNOWN),
    ],
)
def test_a_function_that_is_said_to_have_a_barrier(body: str, decision: Decision) -> None:
    code = (
        f"static void feed(struct pond *p)\n{{\n\t{body}\n\tp->fish = 0;\n}}\n\n"
        "void keep(struct pond *p)\n{\n\t/* feed() contains a memory barrier. */\n\tfeed(p);\n}"
    )
    assert _decided("primitive-implies-barrier", code) == [decision]


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ("open_gate(p);\n\tif (p->full)\n\t\treturn;\n\tTHERE", Decision.AGREES),
        ("open_gate(p);\n\tTHERE\n\topen_gate(p);", Decision.UNKNOWN),
        ("THERE\n\tif (p->full)\n\t\topen_gate(p);", Decision.UNKNOWN),
    ],
)
def test_code_behind_a_call_that_the_comment_names(body: str, decision: Decision) -> None:
    there = "/* This must be done after open_gate(). */\n\tp->fish = p->eggs;"
    code = f"void keep(struct pond *p)\n{{\n\t{body.replace('THERE', there)}\n}}"
    assert _decided("steps-keep-order", code) == [decision]


@pytest.mark.parametrize(
    ("first", "second", "decisions"),
    [
        ("open_gate(p);\n\tfill(p);", "open_gate(p);\n\tfill(p);", [Decision.AGREES]),
        ("open_gate(p);\n\tfill(p);", "fill(p);\n\topen_gate(p);", []),
        ("fill(p);", "fill(p);", []),
    ],
)
def test_callers_that_keep_an_order(first: str, second: str, decisions: list[Decision]) -> None:
    code = (
        "/* Must be called after open_gate(). */\n"
        "static void fill(struct pond *p)\n{\n\tp->fish++;\n}\n\n"
        f"void keep(struct pond *p)\n{{\n\t{first}\n}}\n\n"
        f"void feed(struct pond *p)\n{{\n\t{second}\n}}"
    )
    assert _decided("steps-keep-order", code) == decisions


def test_a_wait_for_direct_io() -> None:
    code = (
        "void keep(struct inode *p)\n{\n\t/* Wait for in-flight DIO to finish. */\n"
        "\tinode_dio_wait(p);\n\ttruncate(p);\n}"
    )
    assert _decided("operation-stands-here", code) == [Decision.AGREES]
