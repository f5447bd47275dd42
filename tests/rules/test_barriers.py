"""Where the partner of a barrier stands, and what the rules on pairs make of it."""

from __future__ import annotations

import inspect

import pytest

from reviewer.judging.bodies import bodies, bodies_in, reached
from reviewer.judging.pairing import partners
from reviewer.judging.partners import Standing, alike, standing
from reviewer.judging.statements import following, preceding
from reviewer.review.bench import prepare
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile
from reviewer.world import Library, World
from tests.support import MemoryTree, decided, memory_index


def _world(**files: str) -> World:
    code = {
        f"mm/{name}.c": (inspect.cleandoc(text) + "\n").encode() for name, text in files.items()
    }
    tree = MemoryTree(code)
    library = Library(tree, memory_index(tree))
    source = library.source("mm/here.c")
    assert source is not None
    return World(source, library)


def _stands(world: World, words: str) -> Standing:
    (partner,) = partners(words)
    (place,) = partner.places
    return standing(world, partner, place).standing


def test_a_short_form_has_not_vanished() -> None:
    world = _world(here="void owl_mount_all(void) { smp_mb(); }")
    assert _stands(world, "pairs with smp_mb() in mount_all.") is Standing.UNRESOLVED
    assert _stands(world, "pairs with smp_mb() in mount_none.") is Standing.VANISHED


def test_the_one_may_be_a_marked_access() -> None:
    world = _world(here="void a(struct owl *o) { WRITE_ONCE(o->x, 1); }\nvoid b(void) { c = 1; }")
    assert _stands(world, "pairs with the one in a()") is Standing.DIRECT
    assert _stands(world, "pairs with the one in b()") is Standing.ABSENT


def test_standings() -> None:
    world = _world(
        here="""
        static void helper(void) { deeper(); }
        static void deeper(void) { smp_wmb(); }
        void direct(void) { smp_store_release(&x, 1); }
        void by_helper(void) { helper(); }
        void by_other(void) { other(); }
        void locks(void) { spin_unlock(&l); }
        void assembles(void) { asm volatile("mfence" ::: "memory"); }
        void nothing(void) { x = 1; /* smp_wmb() was here */ }
        #define macro(x) do { smp_wmb(); } while (0)
        """,
        there="""
        void other(void) { smp_wmb(); }
        """,
    )
    expected = {
        "direct": Standing.DIRECT,
        "by_helper": Standing.HELPER,
        "by_other": Standing.ELSEWHERE,
        "locks": Standing.WEAK,
        "assembles": Standing.OPAQUE,
        "nothing": Standing.ABSENT,
        "macro": Standing.DIRECT,
        "gone": Standing.VANISHED,
    }
    for name, one in expected.items():
        assert _stands(world, f"Pairs with smp_wmb() in {name}()") is one, name


def test_a_dependency_is_hardly_a_barrier() -> None:
    world = _world(
        here="""
        static int peek(int *p) { return READ_ONCE(*p); }
        void deep(int *p) { peek(p); }
        void direct(int *p) { READ_ONCE(*p); }
        """
    )
    assert _stands(world, "Pairs with the memory barrier in deep()") is Standing.WEAK
    assert _stands(world, "Pairs with the smp_rmb() in deep()") is Standing.WEAK
    assert _stands(world, "Pairs with the memory barrier in direct()") is Standing.WEAK


def test_cycles_end() -> None:
    world = _world(here="void a(void) { b(); }\nvoid b(void) { a(); c(); }\nvoid c(void) { b(); }")
    (body,) = bodies(world, "a")
    assert {call.name for call in reached(world, body, lambda name: False)} == {"a", "b", "c"}


def test_calls_through_pointers_are_not_calls_by_name() -> None:
    world = _world(here="void a(void) { ops->smp_mb(); x.smp_mb(); }\nvoid b(void) { }")
    (body,) = bodies_in(world.source, "a")
    assert list(reached(world, body, lambda name: False)) == []


def test_statements_beside_a_call() -> None:
    source = SourceFile.parse(
        "mm/x.c", b"void f(void)\n{\n\ta(&x);\n\tmark();\n\tif (b(y))\n\t\tc();\n}\n"
    )
    at = source.data.index(b"mark")
    before = preceding(source, at)
    after = following(source, at + len(b"mark();"))
    assert before is not None
    assert (before.calls, before.line) == (("a",), 3)
    assert after is not None
    assert "b" in after.calls
    first = source.data.index(b"a(&x)")
    assert preceding(source, first) is None


def _ledger(rule: str, **files: str) -> list[tuple[str, str]]:
    world = _world(**files)
    bench = prepare(Selection(only=(rule,)))
    review = judge_file(Judgement(bench, world.library), world.source)
    return [
        (one.verdict.decision.value, one.verdict.message)
        for one in review.entries
        if one.rule == rule
    ]


_LOOK = """
static int look(struct owl *o)
{{
        if (!READ_ONCE(o->ready))
                return 0;
        /* Pairs with the smp_wmb() in {place}(). */
        smp_rmb();
        return o->mice;
}}

static void publish(struct owl *o)
{{
        o->mice = 3;
        /* {words} */
        {barrier};
        WRITE_ONCE(o->ready, 1);
}}
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Pairs with the smp_rmb() in look().", "names look() back"),
        ("Pairs with the smp_rmb() in peek().", "names peek(), not this side"),
        ("The mice come first.", "or a stronger one"),
    ],
)
def test_the_ledger_says_whether_the_partner_points_back(words: str, said: str) -> None:
    code = _LOOK.format(place="publish", words=words, barrier="smp_wmb()")
    (first, *_) = _ledger("partner-has-barrier", here=code)
    assert first[0] == "agrees"
    assert first[1].endswith(said)


def test_a_lost_place_is_told_by_who_points_back() -> None:
    words = "Pairs with the smp_rmb() in look()."
    code = _LOOK.format(place="announce_mice", words=words, barrier="smp_wmb()")
    ((decision, message), *_) = _ledger("partner-place-exists", here=code)
    assert decision == "broken"
    assert message.endswith("publish() says that it pairs with this function.")


def test_an_access_to_another_variable_is_not_the_partner() -> None:
    code = """
    static int look(struct owl *o)
    {{
            /* Pairs with the WRITE_ONCE() in set(). */
            return READ_ONCE(o->ready);
    }}

    static void set(struct owl *o)
    {{
            {first};
            WRITE_ONCE(o->mice, 3);
    }}
    """
    for first, decision in (("WRITE_ONCE(o->ready, 1)", "agrees"), ("o->ready = 1", "broken")):
        (found,) = _ledger("partner-has-barrier", here=code.format(first=first))
        assert found[0] == decision, found


def test_a_full_operation_on_another_variable_is_undecided() -> None:
    code = _LOOK.format(place="publish", words="", barrier="atomic_inc_return(&o->seen)")
    (found,) = _ledger("partner-has-barrier", here=code)
    assert found[0] == "unknown"


@pytest.mark.parametrize(
    ("under", "decision"),
    [
        ("smp_rmb()", "agrees"),
        ("fence(o)", "agrees"),
        ("spin_lock(&o->lock)", "unknown"),
        ("o->seen++", "broken"),
        ('asm volatile("lfence" ::: "memory")', "unknown"),
    ],
)
def test_the_own_barrier_is_under_the_comment(under: str, decision: str) -> None:
    code = f"""
    static void fence(struct owl *o)
    {{
            smp_mb();
    }}

    static int look(struct owl *o)
    {{
            smp_rmb();
            o->a = 1;
            o->b = 1;
            o->c = 1;

            /* Pairs with the smp_wmb() in set(). */
            {under};
            return o->mice;
    }}
    """
    (found,) = _ledger("barrier-stands-here", here=code)
    assert found[0] == decision, found


@pytest.mark.parametrize(
    ("own", "said", "there", "decision"),
    [
        ("smp_rmb()", "smp_rmb()", "smp_rmb()", "broken"),
        ("smp_wmb()", "smp_wmb()", "smp_wmb()", "broken"),
        ("smp_rmb()", "smp_rmb()", "smp_mb()", "agrees"),
        ("smp_rmb()", "smp_rmb()", "spin_unlock(&o->lock)", "agrees"),
        ("smp_rmb()", "smp_rmb()", "xchg(&o->a, 1)", "agrees"),
        ("smp_wmb()", "smp_wmb()", "rcu_dereference(o->a)", "agrees"),
        ("smp_mb()", "smp_mb()", "smp_mb()", ""),
        ("smp_rmb()", "smp_wmb()", "smp_wmb()", ""),
    ],
)
def test_one_direction_is_no_pair(own: str, said: str, there: str, decision: str) -> None:
    code = f"""
    static int look(struct owl *o)
    {{
            /* Pairs with the {said} in set(). */
            {own};
            return o->mice;
    }}

    static void set(struct owl *o)
    {{
            {there};
    }}
    """
    assert [one[0] for one in _ledger("barriers-can-pair", here=code)] == [decision] * bool(
        decision
    )


def _alike(here: str, words: str) -> tuple[str, ...]:
    (partner,) = partners(words)
    (place,) = partner.places
    return alike(_world(here=here), partner, place)


def test_only_names_that_hold_the_barrier_are_suggested() -> None:
    code = """
    static void ibis_set_state(struct ibis *i)
    {
            smp_store_release(&i->state, 1);
    }

    static void ibis_set_states(struct ibis *i)
    {
            i->state = 1;
    }
    """
    for words, found in (
        ("Pairs with smp_store_release() in ibis_set_statex()", ("ibis_set_state",)),
        ("Pairs with smp_wmb() in ibis_set_statex()", ()),
    ):
        assert _alike(code, words) == found


def test_an_address_out_of_a_table_may_be_any_variable() -> None:
    code = """
        static long *tides[2] = { &sea.spring, &sea.neap };

        static void tide_set(struct sea *s)
        {
                WRITE_ONCE(s->spring, 1);
        }

        static long tide_get(int i)
        {
                long *tide = tides[i];

                /* Paired with WRITE_ONCE() in tide_set() */
                return READ_ONCE(*tide);
        }
        """
    found = _ledger("partner-has-barrier", here=code)
    assert [decision for decision, _ in found] == ["unknown"]


@pytest.mark.parametrize(
    "words",
    [
        "An smp_wmb() in owl_hoot() would be too expensive.",
        "The smp_wmb() in owl_hoot() was not needed.",
        "Adding an smp_wmb() in owl_hoot() isn't worth it.",
    ],
)
def test_a_barrier_that_is_only_thought_of_is_not_missed(words: str) -> None:
    code = f"""
        static int owl_poll(struct owl *owl)
        {{
                /* {words} */
                smp_rmb();
                return owl->eyes;
        }}

        static void owl_hoot(struct owl *owl)
        {{
                owl->eyes = 2;
        }}
    """
    assert decided("partner-has-barrier", "mm/owl.c", code) == []
