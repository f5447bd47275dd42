"""A lock in words that fit none by name: the one that is held where the comment says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from reviewer.evidence import held_in_words
from reviewer.judging.callsites import Site
from reviewer.verdict import Decision, Location
from reviewer.world import World
from tests.judging.pond import judged

STOCK = """
/* %s */
static void stock(struct fish *fish)
{
        fish->weight++;
}

static void fill(struct pond *pond, struct lake *lake)
{
%s
}
"""
TWICE = """
static void feed(struct pond *pond, struct lake *lake)
{
%s
}
"""
HELD = """
        spin_lock(&pond->lock);
        stock(pond->fish);
        spin_unlock(&pond->lock);
"""
OTHER = """
        spin_lock(&lake->lake_lock);
        stock(pond->fish);
        spin_unlock(&lake->lake_lock);
"""
BOTH = """
        spin_lock(&lake->lake_lock);
        spin_lock(&pond->lock);
        stock(pond->fish);
        spin_unlock(&pond->lock);
        spin_unlock(&lake->lake_lock);
"""
NONE = "        stock(pond->fish);"
EARLY = """
        spin_lock(&pond->lock);
        spin_unlock(&pond->lock);
        stock(pond->fish);
"""
MAYBE = """
        if (lake)
                spin_lock(&pond->lock);
        stock(pond->fish);
"""


@pytest.mark.parametrize(
    ("words", "calls", "agrees"),
    [
        ("Should be called with spinlock acquired.", (HELD,), True),
        ("Should be called with spinlock acquired.", (HELD, HELD), True),
        ("Should be called with spinlock acquired.", (BOTH, HELD), True),
        ("Called with the pond locked.", (BOTH,), True),
        ("Should be called with spinlock acquired.", (BOTH,), False),
        ("Should be called with spinlock acquired.", (HELD, NONE), False),
        ("Should be called with spinlock acquired.", (EARLY,), False),
        ("Should be called with spinlock acquired.", (MAYBE,), False),
        ("Should be called with spinlock acquired.", (HELD, OTHER), False),
        ("Called with the keeper locked.", (HELD,), False),
        ("Should be called with a mutex acquired.", (HELD,), False),
    ],
)
def test_all_calls_hold_the_one_lock_that_is_meant(
    words: str, calls: tuple[str, ...], agrees: bool
) -> None:
    code = STOCK % (words, calls[0]) + "".join(TWICE % one for one in calls[1:])
    wanted = Decision.AGREES if agrees else Decision.UNKNOWN
    assert judged(code).decision is wanted


def test_what_may_be_called_through_a_pointer_is_not_told() -> None:
    code = STOCK % ("Should be called with spinlock acquired.", HELD)
    assert judged(code + "\nvoid (*hook)(struct fish *) = stock;\n").decision is Decision.UNKNOWN


HERE = """
static void fill(struct pond *pond, struct lake *lake)
{
        spin_lock(&pond->lock);
        %s
        /* OK, now we have the %s locked. */
        pond->fish++;
}
"""


@pytest.mark.parametrize(
    ("before", "name", "agrees"),
    [
        ("lake->ponds++;", "pond", True),
        ("spin_lock(&lake->lock);", "pond", True),
        ("spin_unlock(&pond->lock);", "pond", False),
        ("lake->ponds++;", "keeper", False),
    ],
)
def test_the_one_that_is_held_here(before: str, name: str, agrees: bool) -> None:
    verdict = judged(HERE % (before, name), "lock-is-held-here")
    assert (verdict.decision is Decision.AGREES) is agrees


def test_the_lock_is_no_other_that_the_caller_has_at_hand() -> None:
    call = """
        mutex_lock(&lake->lake_mutex);
        spin_lock(&pond->lock);
        spin_unlock(&pond->lock);
        stock(pond->fish);
        mutex_unlock(&lake->lake_mutex);
"""
    assert judged(STOCK % ("Called with the lock held.", call)).decision is Decision.UNKNOWN
    assert judged(STOCK % ("Called with the lake locked.", call)).decision is Decision.AGREES


FORBIDS = """
/* The caller must not hold the lock. */
static void stock(struct fish *fish)
{
        %s
        fish->weight++;
}
"""


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ("spin_lock(&fish->lock);", Decision.AGREES),
        ("lockdep_assert_held(&fish->lock);", Decision.UNKNOWN),
        ("spin_lock(&fish->lock); spin_lock(&fish->deep_lock);", Decision.UNKNOWN),
        ("", Decision.UNKNOWN),
    ],
)
def test_the_lock_that_callers_must_not_hold(body: str, decision: Decision) -> None:
    assert judged(FORBIDS % body, "caller-does-not-hold-lock").decision is decision


def test_the_calls_of_a_claim_are_counted_on_all_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve callers of each of twelve callers of twelve: what one claim may cost is limited."""
    names = [[f"{level}_{n}" for n in range(12)] for level in ("net", "pool", "lake")]
    bodies = [["stock(pond->fish);"], *([f"{one}(pond);" for one in level] for level in names)]
    took = "spin_lock(&pond->deep_a);\n        spin_lock(&pond->deep_b);"
    dropped = took.replace("_lock", "_unlock")
    code = (
        "/* The caller holds the right spinlock. */\nstatic void stock(struct fish *fish)\n{\n}\n"
    )
    for level, calls in zip(names, bodies, strict=False):
        last = level is names[-1]
        body = [took, *calls, dropped] if last else calls
        lines = "\n".join(f"        {one}" for one in body)
        word = "void" if last else "static void"
        code += "".join(f"{word} {one}(struct pond *pond)\n{{\n{lines}\n}}\n" for one in level)
    asked = Counter[str]()
    of_site = held_in_words._held_in

    def counted(
        world: World, site: Site, meant: Callable[[str], bool] | None
    ) -> Iterator[tuple[str, Location, str]]:
        asked["calls"] += 1
        return of_site(world, site, meant)

    monkeypatch.setattr(held_in_words, "_held_in", counted)
    assert judged(code).decision is Decision.UNKNOWN
    assert 0 < asked["calls"] <= held_in_words._CALLS_AT_MOST
