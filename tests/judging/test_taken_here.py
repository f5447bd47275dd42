"""Locks that the code below a comment takes: by the first thing done, or by what may not be."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import judged

_HERE = """
    static int keep(struct pond *pond, int n)
    {{
            /* pond->lock is held here. */
            {body}
            pond->fish++;
            return n;
    }}
"""
_TAKES = """
    /* Takes pond->lock. */
    static int keep(struct pond *pond, int n)
    {{
            {body}
            return n;
    }}
"""
_PLAIN = "spin_lock(&pond->lock);"
_TRIED = "spin_trylock(&pond->lock);"
_DOUBTFUL = [
    "if (n)\n                    spin_lock(&pond->lock);",
    "n = mutex_lock_interruptible(&pond->lock);",
    "n ? spin_lock(&pond->lock) : feed(pond);",
]


@pytest.mark.parametrize("body", [*_DOUBTFUL, f"pond->fish++;\n            {_PLAIN}"])
def test_a_lock_is_not_certainly_held_by_what_may_not_take_it_or_too_late(body: str) -> None:
    assert judged(_HERE.format(body=body), "lock-is-held-here").decision is Decision.AGREES
    assert judged(_HERE.format(body=_PLAIN), "lock-is-held-here").decision is Decision.HOLDS
    for body in ("", _TRIED):  # who has to try for it does not say that it is held
        without = judged(_HERE.format(body=body), "lock-is-held-here")
        assert without.decision is Decision.UNKNOWN


@pytest.mark.parametrize("body", [*_DOUBTFUL, _TRIED])
def test_a_function_does_not_certainly_take_what_it_may_not_take(body: str) -> None:
    assert judged(_TAKES.format(body=body), "returns-with-lock").decision is Decision.AGREES
    assert judged(_TAKES.format(body=_PLAIN), "returns-with-lock").decision is Decision.HOLDS
    assert judged(_TAKES.format(body=""), "returns-with-lock").decision is Decision.UNKNOWN


_BARE = """
    static void keep(struct pond *pond, {parameter})
    {{
            {body}
    }}
"""
_ONE, _TWO = "int n", "struct pond *other"
_MANY = (
    (_ONE, "mutex_lock(&pond->pond_mutex);", Decision.HOLDS),
    (_ONE, "mutex_lock(&pond_mutex);", Decision.HOLDS),
    (_TWO, "mutex_lock(&pond_mutex);", Decision.HOLDS),
    (_TWO, "mutex_lock(&other->pond_mutex);", Decision.AGREES),
    (_ONE, "struct pond *next = pond->next; mutex_lock(&pond->pond_mutex);", Decision.AGREES),
    (_ONE, "mutex_lock(&pond->next->pond_mutex);", Decision.AGREES),
)


@pytest.mark.parametrize(("parameter", "take", "said"), _MANY)
def test_a_lock_without_an_owner_is_that_of_the_only_object(
    parameter: str, take: str, said: Decision
) -> None:
    here = f"{take}\n            /* pond_mutex is held here. */\n            pond->fish++;"
    held = _BARE.format(parameter=parameter, body=here)
    assert judged(held, "lock-is-held-here").decision is said
    first = f"/* pond_mutex is held here. */\n            {take}\n            pond->fish++;"
    if not take.startswith("struct"):
        taken = _BARE.format(parameter=parameter, body=first)
        assert judged(taken, "lock-is-held-here").decision is said
    for words in ("Returns with pond_mutex held.", "Takes pond_mutex."):
        left = f"    /* {words} */{_BARE.format(parameter=parameter, body=take)}"
        assert judged(left, "returns-with-lock").decision is said


@pytest.mark.parametrize(("handed", "said"), [("pond", Decision.HOLDS), ("other", Decision.AGREES)])
def test_a_lock_without_an_owner_is_that_of_what_a_caller_hands_on(
    handed: str, said: Decision
) -> None:
    code = f"""
    static void stock(struct pond *p)
    {{
            /* pond_mutex is held here. */
            p->fish++;
    }}

    static void keep(struct pond *pond, struct lake *other)
    {{
            mutex_lock(&pond->pond_mutex);
            stock({handed});
            mutex_unlock(&pond->pond_mutex);
    }}
    """
    assert judged(code, "lock-is-held-here").decision is said
