"""A lock that comment and code both have agrees, and no longer when the code lacks it."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.support import decided

PATH = "fs/pondfs/pond.c"


def _decided(rule: str, code: str, **more: str) -> list[Decision]:
    return decided(rule, PATH, code, **more)


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
_FEED = """
void {name}(struct lake *l)
{{
        mutex_lock(&l->{lock});
        l->fish++;
        mutex_unlock(&l->{lock});
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
