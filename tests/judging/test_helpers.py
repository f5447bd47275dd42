"""Calls whose code is not looked through: what they do to a lock that is held around them."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import caller, judged

_BODY = "spin_lock(&pond->lock);\n{call};\nstock(pond);\nspin_unlock(&pond->lock);\nreturn n;"
_ENDS = "void {name}(struct pond *q)\n{{\n        {call};\n}}\n"


def _kept(call: str, lock: str = "pond_lock", before: str = "", **files: str) -> Decision:
    """What is said of a function that a caller calls with the lock, after another call."""
    code = caller(_BODY.format(call=call), before).replace("->lock", f"->{lock}")
    return judged(code, **files).decision


@pytest.mark.parametrize("name", ["pond_finish", "feed"])
@pytest.mark.parametrize("way", ["pond_unlock", "pond_let"])
def test_a_helper_may_drop_the_lock_through_another_file(name: str, way: str) -> None:
    helper = _ENDS.format(name=name, call=f"{way}(q)")
    drops = _ENDS.format(name=way, call="spin_unlock(&q->pond_lock)")
    assert _kept(f"{name}(pond)", fs__b=helper, fs__a=drops) is Decision.UNKNOWN
    keeps = _ENDS.format(name=way, call="count(&q->pond_fish)")
    assert _kept(f"{name}(pond)", fs__b=helper, fs__a=keeps) is Decision.HOLDS


@pytest.mark.parametrize("lock", ["lock", "pond_lock"])
def test_a_helper_of_another_file_that_drops_the_lock_by_any_name(lock: str) -> None:
    drops = _ENDS.format(name="feed", call=f"spin_unlock(&q->{lock})")
    assert _kept("feed(pond)", lock, fs__b=drops) is Decision.UNKNOWN
    both = _ENDS.format(
        name="feed", call=f"spin_lock(&q->{lock});\n        spin_unlock(&q->{lock})"
    )
    assert _kept("feed(pond->other)", lock, fs__b=both) is Decision.HOLDS


def test_a_macro_of_another_file_may_drop_the_lock() -> None:
    drops = "#define feed(q) do { \\\n        spin_unlock(&(q)->pond_lock); \\\n} while (0)\n"
    assert _kept("feed(pond)", fs__b=drops) is Decision.UNKNOWN


def test_a_helper_with_a_telling_name_that_drops_other_locks() -> None:
    other = "spin_lock(&q->fish_lock);\n        count(q);\n        spin_unlock(&q->fish_lock)"
    helper = "/* Its file speaks of pond_lock. */\nint pond_lock;\n" + _ENDS.format(
        name="pond_end", call=other
    )
    assert _kept("pond_end(pond)", fs__b=helper) is Decision.HOLDS
    pointer = helper.replace("spin_unlock(&q->fish_lock)", "spin_unlock(l)")
    assert _kept("pond_end(pond)", fs__b=pointer) is Decision.UNKNOWN
    code = helper.replace("count(q)", 'asm volatile("" ::: "memory")')
    assert _kept("pond_end(pond)", fs__b=code) is Decision.UNKNOWN


@pytest.mark.parametrize("call", ["pond->ops->release(pond)", "pond_end(pond)"])
def test_a_pointer_of_a_member_that_no_file_with_the_lock_sets(call: str) -> None:
    helper = _ENDS.format(name="pond_end", call="q->ops->release(q)")
    table = "static struct pond_ops ops = {{\n        .{member} = drain,\n}};\n"
    drops = _ENDS.format(name="drain", call="spin_unlock(&q->pond_lock)")
    away = drops + table.format(member="empty")
    assert _kept(call, fs__b=helper, fs__a=away) is Decision.HOLDS
    there = drops + table.format(member="release")
    assert _kept(call, fs__b=helper, fs__a=there) is Decision.UNKNOWN
    common = _kept(call, "lock", fs__b=helper, fs__a=away.replace("pond_lock", "lock"))
    assert common is Decision.UNKNOWN


@pytest.mark.parametrize(
    "lets",
    [
        "{drops}",
        "static {inner}void let(struct pond *q)\n{{\n        __let(q);\n}}\n",
        "#define let(q) spin_unlock(&(q)->pond_lock)\n",
    ],
)
def test_a_pointer_to_what_calls_the_file_with_the_lock(lets: str) -> None:
    drops = _ENDS.format(name="let", call="spin_unlock(&q->pond_lock)")
    there = lets.format(drops=drops, inner=drops.replace("let", "__let"))
    table = _ENDS.format(name="drain", call="let(q)")
    table += "static struct pond_ops ops = {\n        .release = drain,\n};\n"
    call = "pond->ops->release(pond)"
    assert _kept(call, fs__a=there, fs__b=table) is Decision.UNKNOWN
    takes = "spin_lock(&q->pond_lock);\n        spin_unlock(&q->pond_lock)"
    both = _ENDS.format(name="let", call=takes)
    assert _kept(call, fs__a=both, fs__b=table) is Decision.HOLDS
    assert _kept(call, fs__a=there, fs__b=table.replace("let(q)", "count(q)")) is Decision.HOLDS


def test_a_helper_that_one_other_file_defines_for_itself() -> None:
    helper = "static " + _ENDS.format(name="pond_end", call="count(&q->fish)")
    assert _kept("pond_end(pond)", "lock", fs__b=helper) is Decision.HOLDS
    drops = helper.replace("count(&q->fish)", "spin_unlock(&q->lock)")
    assert _kept("pond_end(pond)", "lock", fs__b=drops) is Decision.UNKNOWN
    assert _kept("pond_end(pond)", "lock", fs__b=helper, fs__a=helper) is Decision.UNKNOWN


def test_a_tracepoint_leaves_locks_alone() -> None:
    helper = _ENDS.format(name="pond_end", call="trace_pond_unlock(q)")
    assert _kept("pond_end(pond)", fs__b=helper) is Decision.HOLDS


def test_a_helper_whose_end_is_not_found_is_not_known() -> None:
    helper = _ENDS.format(name="pond_finish", call="pond_end(q)")
    assert _kept("pond_finish(pond)", fs__b=helper) is Decision.UNKNOWN


def test_a_helper_that_does_not_parse_is_not_known() -> None:
    drops = "if (q {{ ;\n        spin_unlock(&q->lock)"
    helper = "static " + _ENDS.format(name="pond_end", call=drops)
    assert _kept("pond_end(pond)", "lock", helper) is Decision.UNKNOWN


def test_a_helper_that_is_handed_the_lock_may_drop_it() -> None:
    drops = "void feed(spinlock_t *l)\n{\n        spin_unlock(l);\n}\n"
    assert _kept("feed(&pond->pond_lock)", fs__b=drops) is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("drops", "there"),
    [
        ("spinlock_t *l = &pond->pond_lock; spin_unlock(l)", Decision.BROKEN),
        ("spinlock_t *l; l = &pond->pond_lock; spin_unlock(l)", Decision.BROKEN),
        ("spinlock_t *l; l = &q->lock; l = &pond->pond_lock; spin_unlock(l)", Decision.UNKNOWN),
    ],
)
def test_a_lock_may_be_dropped_by_a_pointer_to_it(drops: str, there: Decision) -> None:
    before = f"static void feed(struct pond *pond)\n{{\n        {drops};\n}}\n"
    assert _kept("feed(pond)", before=before) is there
    assert _kept(drops) is Decision.UNKNOWN


_OFF = """
    /* Called with {words} disabled. */
    static void stock(struct pond *p)
    {{
            p->fish++;
    }}

    static void keep(struct pond *pond)
    {{
            {off}();
            feed(pond);
            stock(pond);
            {on}();
    }}
"""


@pytest.mark.parametrize(
    ("words", "off", "on", "ends"),
    [
        ("interrupts", "local_irq_disable", "local_irq_enable", "local_irq_enable()"),
        (
            "interrupts",
            "local_irq_disable",
            "local_irq_enable",
            "spin_lock_irq(&q->lock);\n        spin_unlock_irq(&q->lock)",
        ),
        ("preemption", "preempt_disable", "preempt_enable", "preempt_enable()"),
    ],
)
def test_a_helper_of_another_file_may_switch_on_again(
    words: str, off: str, on: str, ends: str
) -> None:
    code = _OFF.format(words=words, off=off, on=on)
    ending = _ENDS.format(name="feed", call="pond_let(q)")
    drops = _ENDS.format(name="pond_let", call=ends)
    rule = "caller-disables-irqs"
    assert judged(code, rule, fs__b=ending, fs__a=drops).decision is Decision.UNKNOWN
    keeps = _ENDS.format(name="pond_let", call=f"{off}();\n        {on}()").replace(
        "local_irq_enable", "local_irq_restore"
    )
    assert judged(code, rule, fs__b=ending, fs__a=keeps).decision is Decision.HOLDS


@pytest.mark.parametrize(
    ("call", "decision"),
    [
        ("POND_UNLOCK(pond)", Decision.UNKNOWN),
        ("LET(&pond->lock)", Decision.UNKNOWN),
        ("POND_LEAVE(pond)", Decision.UNKNOWN),
        ("POND_BLOCK(pond)", Decision.HOLDS),
        ("FEED(pond)", Decision.HOLDS),
    ],
)
def test_a_macro_in_capitals_that_is_defined_nowhere(call: str, decision: Decision) -> None:
    assert _kept(call) is decision
    counts = "#define {}(q) do {{ (q)->n++; }} while (0)\n".format(call.partition("(")[0])
    if "&" not in call:
        assert _kept(call, before=counts) is Decision.HOLDS
