"""Locks that nobody holds where a function is called."""

from __future__ import annotations

import pytest

from tests.judging.pond import decisions

CODE = """
/* Must not be called with pond->lock held. */
static void feed(struct pond *pond)
{{
        food++;
}}

static void keep({given})
{{
        {keep}
}}

void begin(struct pond *pond)
{{
        {begin}
}}
"""


@pytest.mark.parametrize(
    ("keep", "begin", "decision"),
    [
        ("spin_lock(&pond->lock);\n        spin_unlock(&pond->lock);\n        feed(pond);",
         "keep(pond);", "agrees"),
        ("feed(pond);\n        spin_lock(&pond->lock);", "keep(pond);", "agrees"),
        ("feed(pond);", "timer_setup(&pond->timer, keep, 0);", "agrees"),
        ("feed(pond);", "INIT_WORK(&pond->work, keep);\n        spin_lock(&pond->lock);", "agrees"),
        # whoever sends it may wait for it, with the lock
        ("feed(pond);", "on_each_cpu(keep, pond, 1);", "unknown"),
        ("feed(pond);", "pond->keep = keep;", "unknown"),
        ("feed(pond);", "keep(pond);", "unknown"),
        ("feed(pond);", "timer_setup(&pond->timer, keep, 0);\n        more(keep);", "unknown"),
        ("feed(pond);",
         "timer_setup(&pond->timer, keep, 0);\n        spin_lock(&pond->lock);\n"
         "        keep(pond);", "unknown"),
        ("if (pond->deep)\n                spin_lock(&pond->lock);\n        feed(pond);",
         "timer_setup(&pond->timer, keep, 0);", "unknown"),
        ("pond_lock_all(pond);\n        feed(pond);", "timer_setup(&pond->timer, keep, 0);",
         "unknown"),
        ("spin_lock(&pond->lock);\n        feed(pond);\n        spin_unlock(&pond->lock);",
         "keep(pond);", "broken"),
    ],
)  # fmt: skip
def test_who_may_hold_it(keep: str, begin: str, decision: str) -> None:
    code = CODE.format(given="struct pond *pond", keep=keep, begin=begin)
    found = decisions(code, "caller-does-not-hold-lock")
    assert [one.value for one in found] == [decision]


def test_at_a_place_of_a_function() -> None:
    code = CODE.format(
        given="struct pond *pond",
        keep="/* We do not hold pond->lock here. */\n        pond->fish++;",
        begin="INIT_WORK(&pond->work, keep);",
    ).replace("/* Must not be called with pond->lock held. */", "")
    found = decisions(code, "lock-is-not-held-here")
    assert [one.value for one in found] == ["agrees"]
    held = code.replace("INIT_WORK(&pond->work, keep)", "spin_lock(&pond->lock); keep(pond)")
    assert [one.value for one in decisions(held, "lock-is-not-held-here")] == ["unknown"]


def test_a_lock_by_words_that_a_function_takes_itself() -> None:
    code = """
        /* Must not be called with the pond lock held. */
        static void feed(struct pond *pond)
        {
                spin_lock(&pond->lock);
                pond->food++;
                spin_unlock(&pond->lock);
        }
    """
    found = decisions(code, "caller-does-not-hold-lock")
    assert [one.value for one in found] == ["agrees"]


@pytest.mark.parametrize(
    ("body", "decision"),
    [("spin_lock(&pond->lock);", "unknown"), ("pond->visits++;", "agrees")],
)
def test_a_call_into_another_file_that_may_take_it(body: str, decision: str) -> None:
    code = CODE.format(
        given="struct pond *pond",
        keep="pond_enter(pond);\n        feed(pond);",
        begin="timer_setup(&pond->timer, keep, 0);",
    )
    other = f"void pond_enter(struct pond *pond)\n{{\n        {body}\n}}\n"
    found = decisions(code, "caller-does-not-hold-lock", fs__pondfs__enter=other)
    assert [one.value for one in found] == [decision]
