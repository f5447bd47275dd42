"""Two steps in plain words, and statements whose names are those words."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions

_CODE = """
void open_pond(struct pond *pond)
{{
        {before}
        /* {words} */
        {here}
        {after}
}}
"""


@pytest.mark.parametrize(
    ("words", "here", "after", "decided"),
    [
        (
            "Set the p->depth before raising the fish_lock alarm.",
            "set_depth(p);",
            "raise_fish_alarm(p);",
            1,
        ),
        (
            "Set the p->depth before raising the fish_lock alarm.",
            "fill(p);",
            "raise_fish_alarm(p);",
            0,
        ),
        ("Set the p->depth before raising the fish_lock alarm.", "set_depth(p);", "empty(p);", 0),
        (
            "Set the p->depth before raising the fish_lock alarm.",
            "raise_fish_alarm(p);",
            "set_depth(p);",
            0,
        ),
        (
            "We must drop the lock before calling feed_fish().",
            "mutex_unlock(&p->fish_mutex);",
            "feed_fish(p);",
            1,
        ),
        (
            "We must drop the lock before calling feed_fish().",
            "mutex_lock(&p->fish_mutex);",
            "starve_fish(p);",
            0,
        ),
    ],
)
def test_steps_below_the_comment(words: str, here: str, after: str, decided: int) -> None:
    code = _CODE.format(before="open_gate(p);", words=words, here=here, after=after)
    found = decisions(code, "operation-stands-here")
    assert found.count(Decision.AGREES) + found.count(Decision.HOLDS) == decided
    assert Decision.BROKEN not in found


@pytest.mark.parametrize(("before", "decided"), [("synchronize_rcu();", 1), ("open(p);", 0)])
def test_a_step_that_follows_an_earlier_one(before: str, decided: int) -> None:
    words = "Close the gate only after the grace period."
    code = _CODE.format(before=before, words=words, here="close_gate(p);", after="")
    assert decisions(code, "operation-stands-here").count(Decision.AGREES) == decided


@pytest.mark.parametrize(
    ("words", "here", "decision"),
    [
        ("READ_ONCE() is needed since others write it.", "n = READ_ONCE(p->n);", Decision.AGREES),
        ("READ_ONCE() is needed since others write it.", "n = p->n;", Decision.UNKNOWN),
        (
            "Serialize changes of the depth.",
            "lockdep_assert_held(&p->fish_mutex);",
            Decision.AGREES,
        ),
        (
            "Wait for all readers to finish.",
            "n = p->n;  if (n)  m++;  wait_event(p->wait, !p->n);",
            Decision.AGREES,
        ),
        ("Wait for all readers to finish.", "n = p->n;  if (n)  m++;  n++;", Decision.UNKNOWN),
        (
            "So no one can race with the keeper.",
            "if (waitqueue_active(&p->wait))  wake_up(&p->wait);",
            Decision.UNKNOWN,
        ),
    ],
)
def test_the_operation_that_is_meant(words: str, here: str, decision: Decision) -> None:
    code = _CODE.format(before="", words=words, here=here, after="")
    assert decisions(code, "operation-stands-here") == [decision]


@pytest.mark.parametrize(("inside", "decided"), [("barrier();", 0), ("spin_lock(&p->lock);", 1)])
def test_what_a_helper_that_takes_a_lock_does_beside(inside: str, decided: int) -> None:
    code = f"""
    static void pond_lock(struct pond *p)
    {{
            {inside}
    }}

    void open_pond(struct pond *p)
    {{
            /* Prevents a race with the keeper. */
            pond_lock(p);
    }}
    """
    assert decisions(code, "operation-stands-here").count(Decision.AGREES) == decided


@pytest.mark.parametrize(
    ("verb", "here", "decision"),
    [
        ("set", "p->depth = 1;", Decision.AGREES),
        ("set", "WRITE_ONCE(p->depth, 1);", Decision.AGREES),
        ("set", "rcu_assign_pointer(p->depth, d);", Decision.AGREES),
        ("set", "p->depth == 1;", Decision.UNKNOWN),
        ("clear", "p->depth = 0;", Decision.AGREES),
        ("clear", "p->depth = NULL;", Decision.AGREES),
        ("clear", "p->depth = false;", Decision.AGREES),
        ("clear", "p->depth &= ~1;", Decision.AGREES),
        ("clear", "p->depth = 0x1;", Decision.UNKNOWN),
        ("bump", "p->depth++;", Decision.AGREES),
        ("bump", "p->depth += 1;", Decision.AGREES),
        ("bump", "p->depth--;", Decision.UNKNOWN),
        ("drop", "p->depth--;", Decision.AGREES),
        ("drop", "p->depth -= 1;", Decision.AGREES),
        ("check", "if (p->depth)  n = 1;", Decision.AGREES),
        ("check", "while (p->depth)  n = 1;", Decision.AGREES),
        ("check", "n = p->depth;", Decision.UNKNOWN),
        ("read", "n = READ_ONCE(p->depth);", Decision.AGREES),
        ("read", "n = rcu_dereference(p->depth);", Decision.AGREES),
        ("read", "swim(p->depth);", Decision.UNKNOWN),
        # among the first three statements
        ("set", "dive(p);  dive(p);  p->depth = 1;", Decision.AGREES),
        ("set", "dive(p);  dive(p);  dive(p);  p->depth = 1;", Decision.UNKNOWN),
    ],
)
def test_what_a_statement_is_called_by_its_form(verb: str, here: str, decision: Decision) -> None:
    words = f"We must {verb} p->depth before raising the fish_lock alarm."
    code = _CODE.format(before="", words=words, here=here, after="raise_fish_alarm(p);")
    assert decisions(code, "operation-stands-here") == [decision]


@pytest.mark.parametrize(
    ("step", "here", "decision"),
    [
        ("take the fish lock", "spin_lock(&p->fish_lock);", Decision.AGREES),
        ("take the fish lock", "spin_unlock(&p->fish_lock);", Decision.UNKNOWN),
        ("drop the fish lock", "spin_unlock(&p->fish_lock);", Decision.AGREES),
        ("drop the fish lock", "spin_lock(&p->fish_lock);", Decision.UNKNOWN),
        ("disable the irq", "local_irq_disable();", Decision.AGREES),
        ("enable the irq", "local_irq_enable();", Decision.AGREES),
        ("enable the irq", "local_irq_disable();", Decision.UNKNOWN),
        ("bump the refcount", "kref_get(&p->k);", Decision.AGREES),
        ("drop the refcount", "kref_put(&p->k, f);", Decision.AGREES),
    ],
)
def test_what_an_operation_is_called_and_its_opposite(
    step: str, here: str, decision: Decision
) -> None:
    words = f"We must {step} before raising the fish_alarm."
    code = _CODE.format(before="", words=words, here=here, after="raise_fish_alarm(p);")
    assert decisions(code, "operation-stands-here") == [decision]


@pytest.mark.parametrize(
    ("words", "decided"),
    [
        ("We must set p->depth prior to raising the fish_lock alarm.", 1),
        ("We must set p->depth before raising the fish_lock alarm to avoid a bad flood.", 1),
        ("We must set p->depth before raising the fish_lock alarm, since floods do drown it.", 1),
        ("We must set p->depth before the p->depth.", 0),
        ("We must set p->depth before we do it.", 0),
    ],
)
def test_how_the_two_steps_are_told_apart(words: str, decided: int) -> None:
    after = "raise_fish_alarm(p);  p->depth = 2;"
    code = _CODE.format(before="", words=words, here="p->depth = 1;", after=after)
    assert decisions(code, "operation-stands-here").count(Decision.AGREES) == decided
