"""What is taken, switched off or dropped at the place where a comment says that it is so."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import judged

OFF = """
static void fill(struct pond *pond)
{
        /* Interrupts must be disabled, since the keeper may call. */
        %s
        pond->fish++;
}
"""


@pytest.mark.parametrize(
    ("code", "decision"),
    [
        ("lockdep_assert_irqs_disabled();", Decision.AGREES),
        ("local_irq_save(flags);", Decision.AGREES),
        ("pond->n = 1;\n        local_irq_save(flags);", Decision.AGREES),
        ("pond->n = 1;\n        pond->m = 1;\n        local_irq_save(flags);", Decision.UNKNOWN),
        ("for_each_fish(n)\n                local_irq_save(flags);", Decision.UNKNOWN),
        ("for_each_fish(n) {\n                local_irq_save(flags);}", Decision.UNKNOWN),
        ("local_irq_enable();", Decision.UNKNOWN),
        ("if (pond->n)\n                local_irq_disable();", Decision.UNKNOWN),
        ("preempt_disable();", Decision.UNKNOWN),
    ],
)
def test_interrupts_are_off_from_here(code: str, decision: Decision) -> None:
    assert judged(OFF % code, "context-is-so-here").decision is decision


HELD = """
static void fill(struct pond *pond, struct pond *other, int n)
{
        %s
        /* pond->pond_lock is held here. */
        pond->fish++;
        %s
}
"""


@pytest.mark.parametrize(
    ("before", "behind", "decision"),
    [
        ("if (!n)\n                spin_lock(&pond->pond_lock);", "unlock", Decision.AGREES),
        ("feed(pond);", "unlock", Decision.AGREES),
        ("if (!spin_trylock(&pond->pond_lock))\n                n = 1;", "unlock", Decision.AGREES),
        ("feed(pond);", "lock", Decision.UNKNOWN),
        ("feed(pond);", "other", Decision.UNKNOWN),
        ("feed(pond);", "none", Decision.UNKNOWN),
    ],
)
def test_what_is_dropped_below_was_held(before: str, behind: str, decision: Decision) -> None:
    done = {
        "unlock": "spin_unlock(&pond->pond_lock);",
        "lock": "spin_lock(&pond->pond_lock);\n        spin_unlock(&pond->pond_lock);",
        "other": "spin_unlock(&other->pond_lock);",
        "none": "",
    }
    # what takes it in the second statement and later is not the place's
    code = HELD % (before, "pond->n = 1;\n        pond->m = 1;\n        " + done[behind])
    assert judged(code, "lock-is-held-here").decision is decision


@pytest.mark.parametrize(
    ("arm", "decision"),
    [
        ("{spin_unlock(&pond->pond_lock); return;}", Decision.HOLDS),
        ("spin_unlock(&pond->pond_lock);", Decision.UNKNOWN),
    ],
)
def test_what_one_way_has_dropped_is_not_held_by_a_drop_below(arm: str, decision: Decision) -> None:
    before = f"spin_lock(&pond->pond_lock);\n        if (n)\n                {arm}"
    code = HELD % (before, "pond->n = 1;\n        spin_unlock(&pond->pond_lock);")
    assert judged(code, "lock-is-held-here").decision is decision


@pytest.mark.parametrize(
    ("code", "decision"),
    [
        ("{0} {1}", Decision.AGREES),
        ("{0} while (n) feed(n--); {1}", Decision.AGREES),
        ("{0} if (n) {{ n = 1; {1} return; }} {1}", Decision.AGREES),
        ("while (n--) {{ {0} }} {1}", Decision.AGREES),
        ("if (n) {{ {0} }} else {{ {1} }}", Decision.UNKNOWN),
        ("switch (n) {{ case 1: {0} break; case 2: {1} }}", Decision.UNKNOWN),
        ("if (n) {{ {0} goto out; }} {1} out: n = 2;", Decision.UNKNOWN),
        ("while (n) {{ {0} if (n == 3) continue; {1} feed(n); }}", Decision.UNKNOWN),
        ("{0} if (n) return; {1}", Decision.UNKNOWN),
        ("{0} if (n) {1}", Decision.UNKNOWN),
        ("{0} pond_lock_all(); {1}", Decision.UNKNOWN),
    ],
)
def test_every_way_from_the_place_drops_it(code: str, decision: Decision) -> None:
    here = "\n        /* pond->pond_lock is held here. */\n        pond->fish++;\n        "
    body = code.format(here, "spin_unlock(&pond->pond_lock);")
    code = f"static void fill(struct pond *pond, int n)\n{{\n        {body}\n}}\n"
    assert judged(code, "lock-is-held-here").decision is decision


def test_what_was_dropped_before_is_not_held_by_a_drop_below() -> None:
    code = HELD % ("spin_unlock(&pond->pond_lock);", "spin_unlock(&pond->pond_lock);")
    assert judged(code, "lock-is-held-here").decision is not Decision.AGREES


def test_a_longer_way_to_the_lock_of_the_comment() -> None:
    code = """
    static void fill(struct lake *lake)
    {
            /* We need wet_pond.mutex here. */
            mutex_lock(&lake->land.wet_pond.mutex);
            lake->fish++;
    }
    """
    assert judged(code, "lock-is-held-here").decision is Decision.AGREES
    other = code.replace("wet_pond.mutex)", "keeper.mutex)")
    assert judged(other, "lock-is-held-here").decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("words", "decision"),
    [
        ("One of them drops it while the other is holding pond->pond_lock.", Decision.UNKNOWN),
        ("The keeper holds pond->pond_lock by then.", Decision.UNKNOWN),
        ("The current task is holding pond->pond_lock.", Decision.HOLDS),
        ("We hold pond->pond_lock.", Decision.HOLDS),
    ],
)
def test_what_others_hold_is_not_held_here(words: str, decision: Decision) -> None:
    code = HELD.replace("pond->pond_lock is held here.", words)
    code %= ("spin_lock(&pond->pond_lock);", "")
    assert judged(code, "lock-is-held-here").decision is decision


def test_a_raw_read_of_a_sequence_count_is_an_acquire() -> None:
    code = """
    static int look(struct pond *pond)
    {
            /* This pairs with RELEASE semantics in fill(). */
            return raw_read_seqcount(&pond->seq);
    }
    """
    assert judged(code, "barrier-stands-here").decision is Decision.AGREES


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ("might_fault();", Decision.AGREES),
        ("if (pond->n)\n                might_sleep_if(pond->m);", Decision.AGREES),
        ("pond->n = 1;", Decision.UNKNOWN),
    ],
)
def test_what_says_that_it_may_sleep_may(body: str, decision: Decision) -> None:
    code = f"""
    /* Copies a fish. This function may sleep. */
    void copy(struct pond *pond)
    {{
            {body}
    }}
    """
    assert judged(code, "caller-may-sleep").decision is decision
    quiet = code.replace("This function may sleep.", "This function must not sleep.")
    told = judged(quiet, "callable-without-sleeping").decision
    assert told is (Decision.AGREES if decision is Decision.UNKNOWN else Decision.UNKNOWN)


FAILS = """
static int fill(struct pond *pond)
{
        if (!spin_trylock(&pond->pond_lock)) {
                %s
                pond->n++;
                return 1;
        }
        %s
        pond->n--;
        spin_unlock(&pond->pond_lock);
        return 0;
}
"""


def test_what_could_not_be_taken_is_not_held_on_the_way_out() -> None:
    words = "/* pond->pond_lock is held. */"
    assert judged(FAILS % (words, ""), "lock-is-held-here").decision is Decision.UNKNOWN
    assert judged(FAILS % ("", words), "lock-is-held-here").decision is Decision.HOLDS
    words = "/* We do not hold pond->pond_lock. */"
    assert judged(FAILS % (words, ""), "lock-is-not-held-here").decision is Decision.UNKNOWN


def test_a_helper_called_where_a_lock_could_not_be_taken_is_called_without_it() -> None:
    helper = "/* Called with pond->pond_lock held. */\nstatic void eat(struct pond *pond)\n{\n}\n"
    assert judged(helper + FAILS % ("eat(pond);", "")).decision is Decision.UNKNOWN
    assert judged(helper + FAILS % ("", "eat(pond);")).decision is Decision.HOLDS
