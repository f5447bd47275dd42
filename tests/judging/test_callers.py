"""Callers as evidence: what a comment asks for, and what those who call the function hold."""

from __future__ import annotations

import inspect

import pytest

from reviewer.review.bench import prepare
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.verdict import Decision, Tier
from tests.judging.pond import PATH, caller, decisions, judged, world


def test_a_caller_without_the_lock_breaks_the_claim() -> None:
    verdict = judged(
        caller("stock(pond);\nspin_lock(&pond->lock);\nspin_unlock(&pond->lock);\nreturn n;")
    )
    assert verdict.decision.value == "broken"
    assert [where.line for where in verdict.evidence.locations] == [9, 10]


def test_every_caller_with_the_lock_makes_it_hold() -> None:
    held = "spin_lock(&pond->lock);\nstock(pond);\nspin_unlock(&pond->lock);\nreturn n;"
    assert judged(caller(held)).decision.value == "holds"
    taken = "\nstatic void (*hook)(struct pond *p) = stock;\n"
    verdict = judged(caller(held) + taken)
    assert verdict.decision.value == "unknown"
    assert "1 further mention" in verdict.message
    assert judged(caller("stock(pond);\nreturn n;")).decision.value == "unknown"


def test_a_static_caller_may_be_entered_with_the_lock() -> None:
    above = (
        "\nvoid fill(struct pond *b)\n{\n        spin_lock(&b->lock);\n        keep(b, 1);\n"
        "        spin_unlock(&b->lock);\n}\n"
    )
    assert judged(caller("stock(pond);\nreturn n;") + above).decision.value == "holds"


def test_callers_of_what_a_macro_names_are_not_known() -> None:
    code = caller("stock(pond);\nreturn n;").replace("int keep(", "int HANDLER(KEEP)(")
    assert "HANDLER(KEEP)(" in code
    assert judged(code).decision is Decision.UNKNOWN


def test_a_caller_that_is_annotated_holds_it() -> None:
    code = caller("stock(pond);\nreturn n;").replace(
        "int n)", "int n)\n        __must_hold(&pond->lock)"
    )
    assert judged(code).decision is Decision.AGREES


@pytest.mark.parametrize("words", ["released", "NOT held", "dropped"])
def test_a_lock_that_must_be_free_is_not_asked_for(words: str) -> None:
    code = caller("spin_lock(&pond->lock);\nspin_unlock(&pond->lock);\nstock(pond);\nreturn n;")
    told = code.replace("Called with p->lock held", f"Must be called with p->lock {words}")
    here = world({PATH: told})
    review = judge_file(
        Judgement(prepare(Selection(only=("caller-holds-lock",))), here.library), here.source
    )
    assert not [one for one in review.entries if one.verdict.decision.value == "broken"]


def test_a_caller_that_sets_the_lock_up_needs_not_hold_it() -> None:
    code = caller(
        "spin_lock_init(&pond->lock);\nspin_lock(&pond->lock);\nspin_unlock(&pond->lock);\n"
        "stock(pond);\nreturn n;"
    )
    assert judged(code).decision.value == "unknown"


def test_another_function_of_that_name_is_not_the_one_called() -> None:
    code = caller("spin_lock(&pond->lock);\nstock(pond);\nspin_unlock(&pond->lock);\nreturn n;")
    other = (
        "static void stock(int n)\n{\n}\n\nvoid g(struct pond *pond)\n{\n        stock(1);\n"
        "        spin_lock(&pond->lock);\n        spin_unlock(&pond->lock);\n}"
    )
    assert judged(code, fs__pondfs__other=other).decision.value == "holds"


def test_a_function_that_drops_the_lock_says_nothing_about_what_comes_after() -> None:
    code = caller("stock(pond);\nspin_lock(&pond->lock);\nspin_unlock(&pond->lock);\nreturn n;")
    drops = code.replace("held. */", "held, which is dropped. */")
    assert judged(drops).decision.value == "unknown"


def test_what_holds_rests_on_is_the_lock_and_without_it_nothing_holds() -> None:
    code = caller("spin_lock(&pond->lock);\nstock(pond);\nspin_unlock(&pond->lock);\nreturn n;")
    verdict = judged(code)
    assert verdict.decision is Decision.HOLDS
    assert [one.note for one in verdict.rests_on] == ["spin_lock(pond->lock)"]
    assert judged(code.replace("spin_lock(&pond->lock);", "")).decision is not Decision.HOLDS


def test_a_lock_is_followed_through_several_callers() -> None:
    chain = """
        static void one(struct pond *a)
        {
                stock(a);
        }
        static void two(struct pond *b)
        {
                one(b);
        }
        static void three(struct pond *c)
        {
                two(c);
        }
    """
    whole = caller("mutex_lock(&pond->lock);\nthree(pond);\nreturn n;")
    code = whole.replace("static int keep", inspect.cleandoc(chain) + "\n\nstatic int keep")
    verdict = judged(code)
    assert verdict.decision is Decision.HOLDS
    assert [one.note for one in verdict.rests_on] == ["mutex_lock(pond->lock)"]
    assert judged(code.replace("mutex_lock(&pond->lock);", "")).decision is Decision.UNKNOWN


def test_an_assertion_agrees_and_callers_that_lock_hold() -> None:
    body = "spin_lock(&pond->lock);\nstock(pond);\nspin_unlock(&pond->lock);\nreturn n;"
    asserted = "lockdep_assert_held(&p->lock);\n        p->fish++;"
    code = caller(body).replace("p->fish++;", asserted)
    assert judged(code).decision is Decision.HOLDS
    assert judged(code.replace("spin_lock(&pond->lock);", "")).decision is Decision.AGREES


def test_another_function_that_a_comment_speaks_of_is_not_this_one() -> None:
    code = """
        /* The release function will be called with pond_mutex held. */
        static void put(struct pond *p)
        {
                lockdep_assert_not_held(&pond_mutex);
                p->fish++;
        }
    """
    here = world({PATH: code})
    bench = prepare(Selection(only=("caller-holds-lock",)))
    review = judge_file(Judgement(bench, here.library), here.source)
    assert all(one.verdict.decision is Decision.UNKNOWN for one in review.entries)


NOBODY = """
    /* Called with pond_mutex held. */
    static void stock(struct pond *p)
    {{
            p->fish++;
    }}

    static void fill(struct pond *p)
    {{
            stock(p);
    }}

    void open_pond(struct pond *p)
    {{
            {body}
    }}
"""


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ("fill(p);", Decision.BROKEN),
        ("mutex_lock(&pond_mutex); fill(p); mutex_unlock(&pond_mutex);", Decision.HOLDS),
        # somebody else in the file knows the lock: it may be held further up
        ("fill(p); wait_for(&pond_mutex);", Decision.UNKNOWN),
        # a call that cannot be seen
        ("fill(p); register_feeder(fill);", Decision.UNKNOWN),
    ],
)
def test_a_lock_that_nobody_takes_is_told_as_a_hint(body: str, decision: Decision) -> None:
    verdict = judged(NOBODY.format(body=body), mm__locks="DEFINE_MUTEX(pond_mutex);")
    assert verdict.decision is decision
    if decision is Decision.BROKEN:
        assert verdict.tier is Tier.HINT
        assert "none of the 2 calls that lead to it takes it" in verdict.message


def test_a_choice_of_locks_is_no_hint() -> None:
    code = NOBODY.format(body="fill(p);").replace("pond_mutex held", "pond_mutex or lake_lock held")
    found = decisions(code, "caller-holds-lock")
    assert found
    assert set(found) == {Decision.UNKNOWN}


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ("spin_lock(&pond->other_lock);\nstock(pond);", Decision.AGREES),
        ("stock(pond);\nspin_lock(&pond->other_lock);", Decision.UNKNOWN),
    ],
)
def test_callers_that_are_to_serialize_hold_some_lock(body: str, decision: Decision) -> None:
    code = caller(body).replace("Called with p->lock held.", "The caller must serialize calls.")
    assert decisions(code, "caller-holds-lock") == [decision]


WORDS = """
    struct pond {{
            spinlock_t lock;
            int fish;
    }};

    struct duck {{
            spinlock_t lock;
    }};

    /* Called with {words} held. */
    static void stock(struct pond *po, struct duck *duck)
    {{
            {first}
            po->fish++;
    }}

    void keep(struct pond *po, struct duck *duck)
    {{
            spin_lock(&po->lock);
            mutex_lock(&fish_mutex);
            stock(po, duck);
            mutex_unlock(&fish_mutex);
            spin_unlock(&po->lock);
    }}
"""


@pytest.mark.parametrize(
    ("words", "first", "decision"),
    [
        ("the PO lock", "", Decision.HOLDS),
        ("the fish mutex", "", Decision.HOLDS),
        ("the toad mutex", "", Decision.UNKNOWN),
        # the lock of another struct is another lock, whatever is done with it
        ("po->lock", "spin_lock(&duck->lock); spin_unlock(&duck->lock);", Decision.HOLDS),
        ("po->lock", "spin_lock(&other->lock); spin_unlock(&other->lock);", Decision.HOLDS),
        ("po->lock", "spin_lock(&po->lock); spin_unlock(&po->lock);", Decision.BROKEN),
    ],
)
def test_a_lock_in_words_and_locks_of_other_structs(
    words: str, first: str, decision: Decision
) -> None:
    code = WORDS.format(words=words, first=first)
    locks = {"fs__pondfs__locks": "DEFINE_MUTEX(fish_mutex);"}
    assert decisions(code, "caller-holds-lock", **locks) == [decision]


_ANOTHER = """
    /* Called with pond_lock held. */
    static void stock(struct pond *p)
    {{
            p->fish++;
    }}

    static void keep(struct {struct} *a, struct pond *b)
    {{
            spin_lock(&a->pond_lock);
            stock(b);
            spin_unlock(&a->pond_lock);
    }}
"""


def test_a_lock_without_its_owner_is_not_that_of_another_object() -> None:
    assert judged(_ANOTHER.format(struct="pond")).decision is Decision.UNKNOWN


def test_a_lock_without_its_owner_that_somebody_else_has_is_not_proved() -> None:
    assert judged(_ANOTHER.format(struct="keeper")).decision is Decision.AGREES


def test_a_macro_may_make_the_name_of_a_callee() -> None:
    body = "spin_lock(&pond->lock);\nstock(pond);\nspin_unlock(&pond->lock);\nreturn n;"
    code = caller(body).replace("stock(", "pond_stock(")
    assert judged(code).decision is Decision.HOLDS
    macro = "#define RUN(q, how) pond_##how(q)\n"
    night = "void night(struct pond *q)\n{\n        RUN(q, stock);\n}"
    assert judged(code + macro + night).decision is Decision.UNKNOWN


def test_what_stands_in_another_paragraph_is_said_of_something_else() -> None:
    held = "spin_lock(&pond->lock);\nstock(pond);\nspin_unlock(&pond->lock);\nreturn n;"
    code = caller(held)
    told = "/*\n * Return the fish or nothing\n *\n * Should be called with p->lock held\n */"
    assert judged(code.replace("/* Called with p->lock held. */", told)).decision is Decision.HOLDS


def test_a_lock_without_owner_is_that_of_the_parameter_that_has_it() -> None:
    code = """
    struct lake {
            spinlock_t fish_lock;
    };

    /* Called with fish_lock held. */
    static void stock(struct lake *l)
    {
            l->fish++;
    }

    void keep(struct lake *lake, struct lake *other)
    {
            spin_lock(&lake->fish_lock);
            stock(lake);
            spin_unlock(&lake->fish_lock);
            spin_lock(&other->fish_lock);
            spin_unlock(&other->fish_lock);
    }
    """
    assert judged(code).decision is Decision.HOLDS
    assert judged(code.replace("stock(lake)", "stock(other)")).decision is Decision.UNKNOWN


_DEVICE = """
/* Called with rtnl_lock() held. */
static void stock(struct net_device *dev)
{{
        dev->fish++;
}}

static int keep(struct net_device *dev)
{{
        stock(dev);
        return 0;
}}

static const struct pond_ops ops = {{
        .{member} = keep,
}};
"""


@pytest.mark.parametrize(
    ("member", "decision"),
    [("ndo_open", Decision.AGREES), ("ndo_get_stats64", Decision.UNKNOWN)],
)
def test_a_table_whose_member_is_called_with_a_lock(member: str, decision: Decision) -> None:
    code = _DEVICE.format(member=member)
    assert judged(code).decision is decision
    hook = code + "\nstatic int (*hook)(struct net_device *) = keep;\n"
    assert judged(hook).decision is Decision.UNKNOWN


_WORK = """
struct pond {{
        struct mutex fish_mutex;
        struct work_struct work;
}};

/* Called with fish_mutex held. */
static void stock(struct pond *pond)
{{
        pond->fish++;
}}

static void keep(struct pond *pond)
{{
        {first}
        stock(pond);
}}

static void feed(struct work_struct *work)
{{
        {second}
        keep(pond_of(work));
}}

void fill(struct pond *pond, struct ops *ops)
{{
        {begins}
        mutex_lock(&pond->fish_mutex);
        stock(pond);
        mutex_unlock(&pond->fish_mutex);
}}
"""
_BEGIN = """
void begin(void)
{
        mutex_lock(&the_pond->fish_mutex);
}
"""


@pytest.mark.parametrize(
    ("first", "second", "begins", "decision"),
    [
        ("look();", "look();", "INIT_WORK(&pond->work, feed);", Decision.BROKEN),
        ("look();", "look();", "ops->feed = feed;", Decision.UNKNOWN),
        ("look();", "take(&fish_mutex);", "INIT_WORK(&pond->work, feed);", Decision.UNKNOWN),
        ("if (fish_mutex_is_held(p))", "", "INIT_WORK(&pond->work, feed);", Decision.UNKNOWN),
        ("look();", "pond_lock(work);", "INIT_WORK(&pond->work, feed);", Decision.UNKNOWN),
        ("if (ours)", "look();", "INIT_WORK(&pond->work, feed);", Decision.UNKNOWN),
        ("if (!ours) return;", "look();", "INIT_WORK(&pond->work, feed);", Decision.UNKNOWN),
        ("look();", "begin();", "INIT_WORK(&pond->work, feed);", Decision.UNKNOWN),
        ("look();", "look();", "on_each_cpu(feed, pond, 1);", Decision.UNKNOWN),
        ("look();", "look();", "INIT_WORK_ONSTACK(&pond->work, feed);", Decision.UNKNOWN),
        ("look();", "look();", "} module_init(feed); void g(void) {", Decision.UNKNOWN),
    ],
)
def test_a_work_item_that_knows_no_such_lock(
    first: str, second: str, begins: str, decision: Decision
) -> None:
    verdict = judged(_WORK.format(first=first, second=second, begins=begins), mm__begin=_BEGIN)
    assert verdict.decision is decision
    if decision is Decision.BROKEN:
        assert verdict.tier is Tier.HINT
        assert [at.line for at in verdict.evidence.locations] == [26, 21, 15]


def test_a_lock_with_calls_of_its_own_is_taken_without_being_spelled() -> None:
    begins = "INIT_WORK(&pond->work, feed);"
    code = _WORK.format(first="look();", second="look();", begins=begins)
    named = code.replace("fish_mutex held", "sk_lock held").replace("fish_mutex", "sk_lock")
    assert judged(named).decision is Decision.UNKNOWN


def test_a_work_item_that_calls_what_knows_the_lock_itself() -> None:
    code = _WORK.format(first="look();", second="look();", begins="INIT_WORK(&pond->work, feed);")
    itself = code.replace("pond->fish++;", "fish_mutex_lock(); fish_mutex(pond);")
    assert judged(itself).decision is Decision.UNKNOWN
    function = code.replace("fish_mutex", "fish_lock").replace(
        "struct mutex fish_lock;", "int eggs;"
    )
    assert judged(function + "void fish_lock(void)\n{\n}\n").decision is Decision.UNKNOWN


def test_a_function_that_takes_a_forbidden_lock_twice_rests_on_neither() -> None:
    code = """
    /* Must not be called with fish_mutex held. */
    static void stock(struct pond *p)
    {
            mutex_lock(&fish_mutex);
            p->fish++;
            mutex_unlock(&fish_mutex);
            {again}
    }
    """.replace("{again}", "{}")
    rule = "caller-does-not-hold-lock"
    assert judged(code.replace("{}", ""), rule).decision is Decision.HOLDS
    again = "mutex_lock(&fish_mutex);\n            mutex_unlock(&fish_mutex);"
    assert judged(code.replace("{}", again), rule).decision is Decision.AGREES
