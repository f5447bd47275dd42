"""Choices between RCU and a lock: whether the code checks for the same."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions

CODE = """
/* Called with %s held. */
static struct fish *first(struct pond *pond)
{
        %s
        return pond->last;
}
"""
BOTH = "pond_mutex or rcu_read_lock()"


@pytest.mark.parametrize(
    ("words", "code", "decided"),
    [
        (BOTH, "return rcu_dereference_check(pond->f, lockdep_is_held(&pond_mutex));", "agrees"),
        (BOTH, "return rcu_dereference_check(pond->f, lockdep_pond_is_held());", "agrees"),
        (BOTH, "lockdep_assert(rcu_read_lock_held() || lockdep_is_held(&pond_mutex));", "agrees"),
        (BOTH, "return rcu_dereference_check(pond->f, pond->n == 1);", "unknown"),
        (BOTH, "return rcu_dereference(pond->f);", "unknown"),
        ("pond->mutex or rcu_read_lock()", "feed(lockdep_is_held(&lake_mutex));", "unknown"),
    ],
)
def test_a_choice_is_checked(words: str, code: str, decided: str) -> None:
    found = decisions(CODE % (words, code), "choice-is-checked")
    assert found == [Decision(decided)] * 2


HELD, READS = "lockdep_is_held(&pond_mutex)", "rcu_read_lock_held()"
DEREFERENCED = "return rcu_dereference_check(pond->f, %s);"


@pytest.mark.parametrize(
    ("words", "code", "agreeing"),
    [
        ("pond_lock or rcu_read_lock()", DEREFERENCED % "pond_lake_mutex_is_held(pond)", 0),
        ("the pond lock or rcu_read_lock()", DEREFERENCED % "lockdep_is_held(&pond->lake)", 0),
        ("pond->lock or rcu_read_lock()", DEREFERENCED % "lockdep_is_held(&lake->lock)", 0),
        ("pond->lock or rcu_read_lock()", DEREFERENCED % "lockdep_is_held(&pond->lock)", 2),
        (BOTH, DEREFERENCED % "!lockdep_is_held(&pond_mutex)", 0),
        (BOTH, DEREFERENCED % "lockdep_is_held(&lake_mutex)", 0),
        ("pond_mutex or rcu_read_lock_bh()", DEREFERENCED % HELD, 1),
        (BOTH, f"lockdep_assert({HELD});", 0),
        (BOTH, f"lockdep_assert({HELD} && {READS});", 0),
        (BOTH, f"lockdep_assert({HELD} || {READS});", 2),
        (BOTH, f'RCU_LOCKDEP_WARN({HELD} || {READS}, "no");', 0),
        (BOTH, f'RCU_LOCKDEP_WARN(!{HELD} && !{READS}, "no");', 2),
    ],
)
def test_the_choice_of_the_code_is_that_of_the_comment(
    words: str, code: str, agreeing: int
) -> None:
    found = decisions(CODE % (words, code), "choice-is-checked")
    assert found.count(Decision.AGREES) == agreeing


@pytest.mark.parametrize(
    "taker",
    [
        "static void pond_lock(struct pond *p)\n{\n        mutex_lock(&p->lake_mutex);\n}\n",
        "#define pond_lock lake_mutex\n",
    ],
)
def test_what_takes_the_lock_that_is_checked_for(taker: str) -> None:
    words = "pond_lock or rcu_read_lock()"
    code = CODE % (words, DEREFERENCED % "lockdep_is_held(&pond->lake_mutex)")
    assert Decision.BROKEN in decisions(code, "choice-is-checked")
    assert Decision.BROKEN not in decisions(taker + code, "choice-is-checked")


@pytest.mark.parametrize(
    ("words", "code", "broken"),
    [
        (BOTH, "return rcu_dereference_check(pond->f, lockdep_is_held(&lake_mutex));", True),
        (
            BOTH,
            "if (lockdep_is_held(&pond_mutex))\n                return pond->f;\n"
            "        return rcu_dereference_check(pond->f, lockdep_is_held(&lake_mutex));",
            False,
        ),
        (
            BOTH,
            "return rcu_dereference_check(pond->f, lockdep_is_held(&lake_mutex) || pond->mine);",
            False,
        ),
        (
            "pond_mutex or lake_mutex or rcu_read_lock()",
            "return rcu_dereference_check(pond->f, lockdep_is_held(&lake_mutex));",
            False,
        ),
        (
            f"{BOTH} held, and lake_mutex",
            "return rcu_dereference_check(pond->f, lockdep_is_held(&lake_mutex));",
            False,
        ),
        (
            BOTH,
            "/* pond_mutex is lake_mutex here */\n"
            "        return rcu_dereference_check(pond->f, lockdep_is_held(&lake_mutex));",
            False,
        ),
        (BOTH, "lockdep_assert(lockdep_is_held(&lake_mutex));", False),
        (
            "pond_mutex or sea_mutex",
            "return rcu_dereference_check(pond->f, lockdep_is_held(&lake_mutex));",
            False,
        ),
        (
            "the lock or rcu_read_lock()",
            "return rcu_dereference_check(pond->f, lockdep_is_held(&lake_mutex));",
            False,
        ),
    ],
)
def test_another_lock_is_checked_for(words: str, code: str, broken: bool) -> None:
    found = decisions(CODE % (words, code), "choice-is-checked")
    assert (Decision.BROKEN in found) is broken


def test_a_choice_that_is_said_of_what_is_called() -> None:
    code = """
    static struct fish *first(struct pond *pond)
    {
            struct fish *f = rcu_dereference_check(pond->f, lockdep_is_held(&lake_mutex));

            /* feed() must be called with pond_mutex or rcu_read_lock() held. */
            feed(f);
            return f;
    }
    """
    assert Decision.BROKEN not in decisions(code, "choice-is-checked")


def test_what_is_no_choice_is_for_other_rules() -> None:
    code = "return rcu_dereference_check(pond->f, lockdep_is_held(&pond_mutex));"
    assert decisions(CODE % ("pond_mutex", code), "choice-is-checked") == []
