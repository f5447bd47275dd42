"""What comment and code both say agrees, and does so no longer when the code says it no more."""

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


SECTION = """
struct pond {{
        spinlock_t tank_lock; /* Lock to protect duck registers */
        int ducks;
}};

void write_duck(struct pond *pond)
{{
        {take}
        pond_reg_write(pond, 3);
        spin_unlock(&pond->tank_lock);
}}
"""


@pytest.mark.parametrize(
    ("code", "decision"),
    [
        (SECTION.format(take="spin_lock(&pond->tank_lock);"), Decision.AGREES),
        (SECTION.format(take="feed(pond);"), Decision.UNKNOWN),
        (
            SECTION.format(take="spin_lock(&pond->tank_lock);")
            .replace("write_duck", "boil")
            .replace("pond_reg_write", "heat_egg"),
            Decision.UNKNOWN,
        ),
    ],
)
def test_a_lock_and_the_words_of_its_sections(code: str, decision: Decision) -> None:
    assert _decided("lock-guards-what-it-says", code) == [decision]


@pytest.mark.parametrize(
    ("variable", "decision"),
    [
        ("static struct tank the_tank;", Decision.AGREES),
        ("static struct farm the_tank;", Decision.UNKNOWN),
        ("static struct other {\n\tint eggs;\n} the_tank;", Decision.UNKNOWN),
    ],
)
def test_the_lock_of_a_variable_outside_functions(variable: str, decision: Decision) -> None:
    code = (
        "struct tank {\n\tspinlock_t lock; /* lock to protect the eggs */\n\tint eggs;\n};\n\n"
        "struct farm {\n\tspinlock_t lock;\n};\n\n"
        f"{variable}\n\nvoid keep(int n)\n{{\n\tspin_lock(&the_tank.lock);\n"
        "\tthe_tank.eggs += n;\n\tspin_unlock(&the_tank.lock);\n}"
    )
    assert _decided("lock-guards-what-it-says", code) == [decision]


@pytest.mark.parametrize(
    ("before", "below", "decision"),
    [
        ("", "p->fish++;", Decision.AGREES),
        ("spin_lock(&p->lock);", "p->fish++;", Decision.UNKNOWN),
        ("spin_lock(&p->lock);\n\tspin_unlock(&p->lock);", "p->fish++;", Decision.AGREES),
        ("", "spin_lock(&p->lock);", Decision.UNKNOWN),
        ("", "lockdep_assert_held(&p->lock);", Decision.UNKNOWN),
        ("lockdep_assert_held(&p->lock);", "p->fish++;", Decision.AGREES),
        ("", "if (p->n)\n\t\tlockdep_assert_held(&p->lock);", Decision.AGREES),
    ],
)
def test_no_lock_where_none_is_needed(before: str, below: str, decision: Decision) -> None:
    code = f"void keep(struct pond *p)\n{{\n\t{before}\n\t/* No need to lock. */\n\t{below}\n}}"
    assert _decided("no-lock-needed-here", code) == [decision]


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


CALLS = """
/* Caller must hold pond_mutex. */
void stock(struct pond *pond)
{{
        pond->fish++;
}}

void one(struct pond *pond)
{{
        mutex_lock(&pond_mutex);
        stock(pond);
        mutex_unlock(&pond_mutex);
}}

void two(struct pond *pond)
{{
        mutex_lock(&pond_mutex);
        stock(pond);
        mutex_unlock(&pond_mutex);
}}

void three(struct pond *pond)
{{
        {third}
}}
"""


@pytest.mark.parametrize(
    ("third", "decision"),
    [
        ("stock(pond);", Decision.AGREES),
        ("stock(pond);\n        mutex_lock(&pond_mutex);", Decision.BROKEN),
        ("stock(pond);\n        stock(pond);\n        feed(stock);", Decision.UNKNOWN),
    ],
)
def test_most_callers_hold_it(third: str, decision: Decision) -> None:
    assert _decided("caller-holds-lock", CALLS.format(third=third)) == [decision]


def test_a_lock_that_another_file_wraps() -> None:
    code = CALLS.format(third="stock(pond);").replace("mutex_lock(&pond_mutex)", "pond_lock()")
    code = code.replace("mutex_unlock(&pond_mutex)", "pond_unlock()")
    more = {
        "fs/pondfs/lock.c": "void pond_lock(void)\n{\n\tmutex_lock(&pond_mutex);\n}\n\n"
        "void pond_unlock(void)\n{\n\tmutex_unlock(&pond_mutex);\n}"
    }
    assert _decided("caller-holds-lock", code, **more) == [Decision.AGREES]
    assert _decided("caller-holds-lock", code) == [Decision.UNKNOWN]


def test_the_lock_of_a_parameters_struct() -> None:
    code = """
    struct big_pond {
            struct mutex mutex;
            int fish;
    };

    /* Caller holds the pond mutex. */
    void stock(struct big_pond *here)
    {
            here->fish++;
    }

    void fill(struct big_pond *there)
    {
            mutex_lock(&there->mutex);
            stock(there);
            mutex_unlock(&there->mutex);
    }
    """
    assert _decided("caller-holds-lock", code) == [Decision.HOLDS]
    assert _decided("caller-holds-lock", code.replace("mutex_lock(", "feed(")) == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ("p->fish++;", Decision.AGREES),
        ("spin_lock(&p->lock);", Decision.UNKNOWN),
        ("lockdep_assert_held(&p->lock);", Decision.UNKNOWN),
        ("lockdep_assert_not_held(&p->lock);", Decision.AGREES),
    ],
)
def test_a_function_that_needs_no_lock(body: str, decision: Decision) -> None:
    code = f"/* No need to take any lock. */\nvoid keep(struct pond *p)\n{{\n\t{body}\n}}"
    assert _decided("no-lock-needed-here", code) == [decision]


@pytest.mark.parametrize(
    ("words", "inside", "decision"),
    [
        ("lock to protect the members below", "p->fish++;", Decision.AGREES),
        ("lock to protect the members below", "wait(n);", Decision.UNKNOWN),
        ("lock to protect the boats", "p->fish++;", Decision.UNKNOWN),
    ],
)
def test_a_lock_of_the_members_of_its_struct(words: str, inside: str, decision: Decision) -> None:
    code = (
        f"struct pond {{\n\tspinlock_t fish_lock; /* {words} */\n\tint fish;\n}};\n\n"
        "void keep(struct pond *p, int n)\n{\n\tspin_lock(&p->fish_lock);\n"
        f"\t{inside}\n\tspin_unlock(&p->fish_lock);\n}}"
    )
    assert _decided("lock-guards-what-it-says", code) == [decision]


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
    ("take", "drop", "decision"),
    [
        ("mutex_lock(&p->fish_mutex);", "mutex_unlock(&p->fish_mutex);", Decision.AGREES),
        ("look(p);", "mutex_unlock(&p->fish_mutex);", Decision.AGREES),
        ("look(p);", "look(p);", Decision.UNKNOWN),
    ],
)
def test_a_lock_that_keeps_something_out_is_held(take: str, drop: str, decision: Decision) -> None:
    code = (
        f"void keep(struct pond *p)\n{{\n\t{take}\n\tp->fish++;\n"
        "\t/* fish_mutex prevents a race with drain(). */\n\tp->seen = 1;\n"
        f"\t{drop}\n}}"
    )
    assert set(_decided("lock-is-held-here", code)) == {decision}


@pytest.mark.parametrize(
    ("files", "decision"),
    [
        ({"fs/pondfs/duck.c": "void stock(struct pond *p)\n{\n\tp->fish++;\n}\n"}, Decision.HOLDS),
        (
            {
                "arch/a/duck.c": "void stock(struct pond *p)\n{\n\tp->fish++;\n}\n",
                "arch/b/duck.c": "void stock(struct pond *p)\n{\n\tp->fish--;\n}\n",
            },
            None,
        ),
    ],
)
def test_a_duty_above_a_prototype(files: dict[str, str], decision: Decision | None) -> None:
    caller = (
        "void keep(struct pond *p)\n{\n\tmutex_lock(&p->fish_mutex);\n\tstock(p);\n"
        "\tmutex_unlock(&p->fish_mutex);\n}\n"
    )
    header = "/* Called with p->fish_mutex held. */\nvoid stock(struct pond *p);"
    found = decided(
        "caller-holds-lock", "fs/pondfs/pond.h", header, **files, **{"fs/pondfs/pond.c": caller}
    )
    assert found == ([decision] if decision is not None else [])


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


@pytest.mark.parametrize(
    ("words", "inside", "decision"),
    [
        ("lock for access of this context", "bind_ctx(p);", Decision.AGREES),
        ("lock for access of hardware", "pond_hw_write(p);", Decision.AGREES),
        ("lock for access of hardware", "pond_hot_write(p);", Decision.UNKNOWN),
    ],
)
def test_words_that_names_shorten(words: str, inside: str, decision: Decision) -> None:
    code = (
        f"struct pond {{\n\tspinlock_t tank_lock; /* {words} */\n}};\n\n"
        "void keep(struct pond *p)\n{\n\tspin_lock(&p->tank_lock);\n"
        f"\t{inside}\n\tspin_unlock(&p->tank_lock);\n}}"
    )
    assert set(_decided("lock-guards-what-it-says", code)) == {decision}


def test_the_lock_of_a_struct_that_is_a_member() -> None:
    files = {
        "fs/pondfs/keep.c": (
            "void keep(struct lake *l)\n{\n\tspin_lock(&l->box.lock);\n"
            "\tl->box.eggs++;\n\tspin_unlock(&l->box.lock);\n}\n"
        )
    }
    code = (
        "struct tank {\n\tspinlock_t lock; /* lock to protect the eggs */\n\tint eggs;\n};\n\n"
        "struct lake {\n\tstruct tank box;\n};\n\nstruct farm {\n\tspinlock_t lock;\n};"
    )
    found = decided("lock-guards-what-it-says", "fs/pondfs/pond.h", code, **files)
    assert found == [Decision.AGREES]


@pytest.mark.parametrize(
    ("words", "below", "decisions"),
    [
        ("No lock is needed here.", "p->fish = 0;", [Decision.AGREES]),
        ("No lock is needed here.", "pond_lock(p);", [Decision.UNKNOWN]),
        ("Avoid taking any other locks here.", "p->fish = 0;", []),
    ],
)
def test_a_lock_that_a_helper_takes_or_that_must_not_be_taken(
    words: str, below: str, decisions: list[Decision]
) -> None:
    code = (
        "static void pond_lock(struct pond *p)\n{\n\tmutex_lock(&p->mutex);\n}\n\n"
        f"void keep(struct pond *p)\n{{\n\t/* {words} */\n\t{below}\n\tp->seen = 1;\n}}"
    )
    assert _decided("no-lock-needed-here", code) == decisions


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


_FEED = """
void {name}(struct lake *l)
{{
        mutex_lock(&l->{lock});
        l->fish++;
        mutex_unlock(&l->{lock});
}}
"""


@pytest.mark.parametrize(
    ("writers", "decision"),
    [
        (
            _FEED.format(name="a", lock="feed_mutex") + _FEED.format(name="b", lock="feed_mutex"),
            True,
        ),
        (_FEED.format(name="a", lock="feed_mutex"), False),
        (
            _FEED.format(name="a", lock="feed_mutex") + _FEED.format(name="b", lock="egg_mutex"),
            False,
        ),
        (
            _FEED.format(name="a", lock="feed_mutex")
            + _FEED.format(name="b", lock="feed_mutex")
            + "void c(struct lake *l)\n{\n\tlockdep_assert_held(&l->fish_mutex);\n}\n",
            False,
        ),
    ],
)
def test_all_writes_hold_another_lock(writers: str, *, decision: bool) -> None:
    code = (
        "struct lake {\n\tstruct mutex fish_mutex;\n\tstruct mutex feed_mutex;\n"
        "\tstruct mutex egg_mutex;\n\tint fish; /* protected by fish_mutex */\n};"
    )
    takes = "void lay(struct lake *l)\n{\n\tmutex_lock(&l->fish_mutex);\n}\n"
    files = {"fs/lake/feed.c": writers, "fs/lake/eggs.c": takes}
    found = decided("writes-hold-lock", "include/linux/lake.h", code, **files)
    assert (found == [Decision.BROKEN]) is decision


@pytest.mark.parametrize(
    ("body", "decision"),
    [("mutex_lock(&x##_mutex)", Decision.UNKNOWN), ("mutex_lock(&x##_lock)", Decision.BROKEN)],
)
def test_a_lock_whose_name_a_macro_pastes_may_be_taken(body: str, decision: Decision) -> None:
    code = (
        f"#define TAKE(x) do {{ {body}; }} while (0)\n\n"
        "struct pond {\n\tstruct mutex big_tank_mutex; /* lock for the fish */\n};\n\n"
        "void keep(struct pond *p)\n{\n\tTAKE(p->big_tank);\n\tp->fish++;\n}"
    )
    assert set(_decided("lock-guards-what-it-says", code)) == {decision}


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
