"""Calls through the members of operations tables, which any function in such a table may get."""

from __future__ import annotations

import inspect

import pytest

from reviewer.tree.trace import Asked, key, recording
from reviewer.verdict import Decision
from tests.judging.pond import decisions

CODE = inspect.cleandoc("""
    struct pond_ops {{
            void (*pond_feed)(struct pond *pond);
    }};
    {before}
    /* Called with p->lock held. */
    static void feed(struct pond *p)
    {{
            p->fish++;
    }}

    static const struct pond_ops ops = {{
            .pond_feed = feed,
    }};

    void tick(struct pond *one)
    {{
            spin_lock(&one->lock);
            if (one->ops->pond_feed)
                    one->ops->pond_feed(one);
            spin_unlock(&one->lock);
    }}
    {after}
""")


@pytest.mark.parametrize(
    ("before", "after", "decision"),
    [
        ("", "", Decision.HOLDS),
        # a call without it may be of another table's function: no finding, and no proof
        ("", "void night(struct pond *p)\n{\np->ops->pond_feed(p);\n}", Decision.UNKNOWN),
        # what keeps the pointer may call it unseen
        ("", "void keep(struct pond *p)\n{\np->f = p->ops->pond_feed;\n}", Decision.UNKNOWN),
        ("", "void keep(struct pond *p)\n{\ncall_op(p, pond_feed);\n}", Decision.UNKNOWN),
        # another struct has such a member: which one is called is not known
        ("struct lake_ops { void (*pond_feed)(struct lake *); };", "", Decision.UNKNOWN),
    ],
)
def test_what_a_table_holds_is_called_where_its_member_is(
    before: str, after: str, decision: Decision
) -> None:
    code = CODE.format(before=before, after=after)
    assert decisions(code, "caller-holds-lock") == [decision]


def test_a_function_of_the_same_name_calls_the_member_as_any_other() -> None:
    away = "static void {name}(struct pond *p)\n{{\n        p->ops->pond_feed(p);\n}}\n"
    code = CODE.format(before="", after="")
    for name in ("night", "feed"):
        other = away.format(name=name)
        assert decisions(code, "caller-holds-lock", fs__a=other) == [Decision.UNKNOWN]


def test_a_macro_may_make_the_name_of_a_member() -> None:
    code = CODE.replace("pond_feed", "pond_lunch")
    macro = "#define RUN(p, how) ((p)->ops->pond_##how(p))"
    pasted = code.format(before=macro, after="void night(struct pond *p)\n{\nRUN(p, lunch);\n}")
    assert decisions(pasted, "caller-holds-lock") == [Decision.UNKNOWN]
    assert decisions(code.format(before="", after=""), "caller-holds-lock") == [Decision.HOLDS]


@pytest.mark.parametrize(
    ("words", "lock", "decision"),
    [
        ("Called with pond->lock held.", "spin_lock(&p->lock);", Decision.HOLDS),
        ("Called with pond->lock held.", "", Decision.UNKNOWN),
        ("Called with pond->lock held.", "lockdep_assert_held(&p->lock);", Decision.AGREES),
        ("Called with interrupts disabled.", "local_irq_disable();", Decision.HOLDS),
        ("Called with interrupts disabled.", "", Decision.UNKNOWN),
        ("Called without pond->lock held.", "spin_lock(&p->lock);", Decision.BROKEN),
        ("Called without pond->lock held.", "", Decision.UNKNOWN),
    ],
)
def test_what_the_comment_of_a_member_says_of_its_calls(
    words: str, lock: str, decision: Decision
) -> None:
    code = f"""
        struct pond_ops {{
                /* {words} */
                void (*pond_feed)(struct pond *pond);
        }};

        void tick(struct pond *p)
        {{
                {lock}
                p->ops->pond_feed(p);
        }}
    """
    assert decisions(code, "member-is-called-so") == [decision]


def test_what_calls_through_a_table_rests_on_no_comment_of_another_file() -> None:
    """Else a scan judges every user of an operation again after a word in one of them changed."""
    code = CODE.format(before="", after="").replace("static const", "const")
    night = "void night(struct pond *p)\n{\n\tspin_lock(&p->lock);\n\tp->ops->pond_feed(p);\n}"
    with recording() as asked:
        assert decisions(code, "caller-holds-lock", fs__pondfs__night=night) == [Decision.HOLDS]
    assert key(Asked.CODE, "fs/pondfs/night.c") in asked
    assert key(Asked.TEXT, "fs/pondfs/night.c") not in asked
