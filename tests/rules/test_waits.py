"""Waits for grace periods that comments speak of: who does them, where, and whether it is said."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.support import decided

PATH = "mm/tern.c"
MOVE = """
static void settle(struct tern *t)
{
        synchronize_rcu();
}

/* %s */
static void hide(struct tern *t)
{
        t->hidden = 1;
}

void dive(struct tern *t)
{
        %s
}
"""
ASKED = "The caller must call synchronize_rcu() afterwards."


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ("hide(t);\n\tsynchronize_rcu();", Decision.HOLDS),
        ("if (t->up) {\n\t\thide(t);\n\t\tsynchronize_rcu();\n\t}", Decision.HOLDS),
        ("hide(t);\n\tsettle(t);", Decision.AGREES),
        ("synchronize_rcu();\n\thide(t);", Decision.UNKNOWN),
        ("hide(t);\n\tif (t->up)\n\t\tsynchronize_rcu();", Decision.UNKNOWN),
        ("hide(t);\n\tif (t->up)\n\t\treturn;\n\tsynchronize_rcu();", Decision.UNKNOWN),
        ("hide(t);", Decision.BROKEN),
    ],
)
def test_a_caller_waits_behind_the_call(body: str, decision: Decision) -> None:
    assert decided("caller-waits-afterwards", PATH, MOVE % (ASKED, body)) == [decision]


@pytest.mark.parametrize(
    "words",
    [
        "The caller must call synchronize_rcu() afterwards if it frees the tern.",
        "Unless it holds nest_lock, the caller must call synchronize_rcu() afterwards.",
        "Why do the callers have to call synchronize_rcu() afterwards?",
        "It is no longer true that the caller must call synchronize_rcu() afterwards.",
    ],
)
def test_callers_that_are_not_told_flatly(words: str) -> None:
    assert Decision.BROKEN not in decided(
        "caller-waits-afterwards", PATH, MOVE % (words, "hide(t);")
    )


SCAN = """
static void scan(struct tern *t)
{
        %s;
}

void look(struct tern *t)
{
        /* %s */
        scan(t);
}
"""


@pytest.mark.parametrize(
    ("does", "words", "decision"),
    [
        ("synchronize_rcu()", "Here scan() calls synchronize_rcu().", [Decision.HOLDS]),
        (
            "if (t->up)\n\t\tsynchronize_rcu()",
            "Here scan() calls synchronize_rcu().",
            [Decision.AGREES],
        ),
        (
            "if (t->up)\n\t\treturn;\n\tsynchronize_rcu()",
            "Here scan() calls synchronize_rcu().",
            [Decision.AGREES],
        ),
        ("t->up++", "Here scan() calls synchronize_rcu().", [Decision.BROKEN]),
        ("kfree_rcu(t, rcu)", "Here scan() calls synchronize_rcu().", [Decision.UNKNOWN]),
        ("t->up++", "If scan() calls synchronize_rcu() we deadlock.", []),
        ("t->up++", "Neither scan() calls synchronize_rcu() nor do we.", []),
        ("t->up++", "Nothing in scan() calls synchronize_rcu().", []),
        ("t->up++", "Whoever runs scan() calls synchronize_rcu() first.", []),
        ("t->up++", "The caller of scan() calls synchronize_rcu() first.", []),
        ("t->up++", "Make sure that scan() calls synchronize_rcu().", []),
    ],
)
def test_a_function_that_is_said_to_wait(does: str, words: str, decision: list[Decision]) -> None:
    assert decided("named-function-waits", PATH, SCAN % (does, words)) == decision


HIDE = """
void hide(struct tern *t)
{
        %s;
        /* %s */
        %s;
        kfree(t);
}
"""
BELOW = "synchronize_rcu() below waits for all readers."


@pytest.mark.parametrize(
    ("above", "words", "below", "decision"),
    [
        ("list_del_rcu(&t->list)", BELOW, "synchronize_rcu()", Decision.HOLDS),
        ("list_del_rcu(&t->list)", BELOW, "synchronize_net()", Decision.HOLDS),
        ("list_del_rcu(&t->list)", BELOW, "call_rcu(&t->rcu, done)", Decision.UNKNOWN),
        ("list_del_rcu(&t->list)", BELOW, "c = get_state_synchronize_rcu()", Decision.UNKNOWN),
        ("synchronize_rcu()", BELOW, "t->up++", Decision.UNKNOWN),
        ("t->up++", BELOW, "t->up++", Decision.BROKEN),
        ("t->up++", "A synchronize_rcu() here is too slow.", "f(t)", Decision.UNKNOWN),
        (
            "t->up++",
            "The other way waits in\n\t * scan() with\n\t * synchronize_rcu() below.",
            "f(t)",
            Decision.UNKNOWN,
        ),
    ],
)
def test_a_wait_that_is_said_to_stand_here(
    above: str, words: str, below: str, decision: Decision
) -> None:
    code = HIDE % (above, words, below)
    assert decided("grace-period-is-waited-for", PATH, code) == [decision]


def test_a_wait_that_would_deadlock_is_not_said_to_stand_here() -> None:
    code = HIDE % ("t->up++", "Calling synchronize_rcu() here would deadlock.", "f(t)")
    assert decided("grace-period-is-waited-for", PATH, code) == []


DEEP = """
static void settle_%d(struct tern *t)
{
        %s(t);
}
"""


def test_a_wait_deep_in_a_helper_stands_where_the_helper_is_called() -> None:
    names = ["synchronize_rcu", *(f"settle_{n}" for n in range(6))]
    helpers = "".join(DEEP % (n, name) for n, name in enumerate(names[:-1]))
    above = helpers + HIDE % ("settle_5(t)", BELOW, "t->up++")
    below = helpers + HIDE % ("t->up++", BELOW, "settle_5(t)")
    assert decided("grace-period-is-waited-for", PATH, above) == [Decision.UNKNOWN]
    assert decided("grace-period-is-waited-for", PATH, below) == [Decision.AGREES]


CHAIN = "".join(
    DEEP % (n, name)
    for n, name in enumerate(["synchronize_rcu", *(f"settle_{n}" for n in range(9))])
)


@pytest.mark.parametrize(
    ("helpers", "call"),
    [
        (CHAIN, "settle_9(t)"),
        ("static void stall(struct tern *t)\n{\n\tt->ops->wait(t);\n}\n", "stall(t)"),
        ("", "settle_far(t)"),
        ("#define SETTLE synchronize_rcu()\n", "SETTLE"),
        ("#define SETTLE(t) settle_ ## t(t)\n", "SETTLE(t)"),
    ],
)
def test_a_wait_that_may_be_where_nobody_looked_is_not_gone(helpers: str, call: str) -> None:
    here = helpers + HIDE % ("t->up++", BELOW, call)
    named = helpers + SCAN % (call, "Here scan() calls synchronize_rcu().")
    asked = helpers + MOVE % (ASKED, f"hide(t);\n\t{call};")
    assert decided("grace-period-is-waited-for", PATH, here) == [Decision.UNKNOWN]
    assert decided("named-function-waits", PATH, named) == [Decision.UNKNOWN]
    assert decided("caller-waits-afterwards", PATH, asked) == [Decision.UNKNOWN]


SRCU = "synchronize_srcu(&t->%s)"


def test_a_wait_for_another_domain_is_not_the_one_that_is_said() -> None:
    for other, decision in (("one", Decision.HOLDS), ("two", Decision.UNKNOWN)):
        said, done = SRCU % "one", SRCU % other
        here = HIDE % ("t->up++", f"{said} below waits for all readers.", done)
        named = SCAN % (done, f"Here scan() calls {said}.")
        asked = MOVE % (f"The caller must call {said} afterwards.", f"hide(t);\n\t{done};")
        assert decided("grace-period-is-waited-for", PATH, here) == [decision]
        assert decided("named-function-waits", PATH, named) == [decision]
        assert decided("caller-waits-afterwards", PATH, asked) == [decision]


@pytest.mark.parametrize("wait", ["synchronize_srcu(&t->one)", "synchronize_rcu_tasks()"])
def test_a_wait_for_rcu_is_none_for_others(wait: str) -> None:
    code = HIDE % ("t->up++", "Wait for an RCU grace period here.", wait)
    assert decided("grace-period-is-waited-for", PATH, code) == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    "below",
    [
        "if (t->up)\n\t\treturn;\n\tsynchronize_rcu()",
        "if (t->up)\n\t\tsynchronize_rcu()",
        "NOTHING(synchronize_rcu())",
        "\n#ifdef CONFIG_TERN\n\tsynchronize_rcu();\n#endif\n\tt->up++",
    ],
)
def test_a_wait_on_some_ways_is_only_said(below: str) -> None:
    code = "#define NOTHING(x) do { } while (0)\n" + HIDE % ("t->up++", BELOW, below)
    assert decided("grace-period-is-waited-for", PATH, code) == [Decision.AGREES]


@pytest.mark.parametrize("wait", ["synchronize_rcu();", "t->up = 0;"])
def test_a_static_function_out_of_sight_is_not_the_one_that_is_named(wait: str) -> None:
    rule, words = "named-function-waits", "/* scan() calls synchronize_rcu() to wait. */\nint x;"
    code = f"void scan(struct tern *t)\n{{\n        {wait}\n}}"
    decision = Decision.HOLDS if "sync" in wait else Decision.BROKEN
    assert decided(rule, PATH, words, **{"drivers/tern.c": code}) == [decision]
    assert decided(rule, PATH, words, **{"mm/scan.c": f"static {code}"}) == [decision]
    away = decided(rule, PATH, words, **{"drivers/tern.c": f"static {code}"})
    assert away == [Decision.UNKNOWN]


LEAVING = """
void tern_exit(void)
{
        unregister_tern();
        /* Wait for completion of call_rcu()'s */
        %s;
        tern_free_all();
}
"""


@pytest.mark.parametrize(
    ("wait", "said"), [("rcu_barrier()", []), ("synchronize_rcu()", [Decision.UNKNOWN])]
)
def test_callbacks_that_are_awaited_are_no_readers(wait: str, said: list[Decision]) -> None:
    assert decided("wait-outlasts-readers", PATH, LEAVING % wait) == said
