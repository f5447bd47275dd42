"""Pairs told by their flag alone, what it passes, and where it is what is passed."""

from __future__ import annotations

import pytest

from reviewer.evidence.models.pairs import Answer, outcome
from tests.evidence.heron import modelled

FLAG = """
    struct wren { struct list_head list; int *nest; };

    static int *wren_nest(struct wren *w)
    {
            /* Pairs with the smp_store_release() in wren_build(). */
            return smp_load_acquire(&w->nest);
    }

    static void wren_build(struct wren *w, int *nest)
    {
            *nest = 3;
            smp_store_release(&w->nest, nest);
    }
"""

FENCES = """
    struct rook { int perch; };

    static bool rook_sees(struct rook *r, int *fields)
    {
            int perch = r->perch;

            /* Pairs with the smp_wmb() in rook_lands(). */
            smp_rmb();
            return fields[perch];
    }

    static void rook_lands(struct rook *r, int *fields, int perch)
    {
            fields[perch] = 1;
            smp_wmb();
            r->perch = perch;
    }
"""

BEHIND = """
    struct owl { int gone; int age; };

    static void owl_leaves(struct owl *o, struct nest *n)
    {
            WRITE_ONCE(o->gone, o->age);
            /* Pairs with the smp_rmb() in owl_counted(). */
            smp_wmb();
            nest_empty(n);
    }

    static bool owl_counted(struct owl *o, struct nest *n)
    {
            nest_count(n);
            smp_rmb();
            return o->gone < o->age;
    }
"""
"""What is passed is the flag: who sees the nest empty sees the owl gone."""


def test_a_flag_may_be_what_is_passed() -> None:
    model = modelled(BEHIND)

    assert model.answer is Answer.FORBIDS, model.why
    assert "and what comes behind it" in model.why


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("            smp_wmb();\n", ""),
        ("            smp_rmb();\n", ""),
        ("smp_wmb();\n            nest_empty", "nest_empty"),
        (
            "smp_rmb();\n            return o->gone < o->age;",
            "(void)o->gone;\n smp_rmb();\n return 1;",
        ),
        ("smp_wmb", "smp_rmb"),
        ("smp_rmb();", "smp_mb();"),  # may be meant for what is written before it
        ("nest_count(n);", "o->age++;"),  # either may be meant
    ],
)
def test_a_flag_that_may_not_be_what_is_passed(old: str, new: str) -> None:
    assert old in BEHIND
    assert modelled(BEHIND.replace(old, new)).answer is not Answer.FORBIDS


def test_a_flag_between_full_barriers_tells_nothing() -> None:
    """Each side may look for what the other did before (store buffering), in other words."""
    code = FENCES.replace("smp_rmb", "smp_mb").replace("smp_wmb", "smp_mb")

    assert modelled(code).answer is Answer.UNKNOWN


@pytest.mark.parametrize("code", [FLAG, FENCES])
def test_a_flag_alone_tells_message_passing(code: str) -> None:
    model = modelled(code)

    assert model.answer is Answer.FORBIDS, model.why
    assert "and what comes before it" in model.why
    assert model.program is not None
    assert "all that is" in model.program.text
    assert outcome(model.program.text).verdict == "Never"


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        (FLAG, "smp_store_release(&w->nest, nest)", "WRITE_ONCE(w->nest, nest)"),
        (FLAG, "smp_load_acquire(&w->nest)", "READ_ONCE(w->nest)"),
        (FLAG, "smp_store_release(&w->nest", "smp_store_release(&w->other"),
        (FENCES, "            smp_rmb();\n", ""),
        (FENCES, "            smp_wmb();\n", ""),
        (FENCES, "smp_wmb();\n            r->perch = perch;", "r->perch = perch;\n smp_wmb();"),
        (FENCES, "smp_wmb", "smp_rmb"),
    ],
)
def test_a_flag_alone_holds_no_more(code: str, old: str, new: str) -> None:
    """Without either operation, on another flag, or the wrong way round."""
    assert old in code
    assert modelled(code.replace(old, new)).answer is not Answer.FORBIDS


def test_a_flag_that_is_set_without_its_barrier_is_seen_too_early() -> None:
    plain = FLAG.replace("smp_store_release(&w->nest, nest)", "WRITE_ONCE(w->nest, nest)")

    model = modelled(plain)
    hidden = modelled(plain.replace("WRITE_ONCE(", "wren_far(w);\n            WRITE_ONCE("))
    taken_back = modelled(plain.replace("w->nest, nest)", "w->nest, NULL)"))

    assert (model.answer, model.missing) == (Answer.ALLOWS, "other"), model.why
    assert model.program is not None
    assert outcome(model.program.text).witness is not None
    assert hidden.answer is Answer.UNKNOWN
    assert taken_back.answer is Answer.UNKNOWN


LATER = """
    static void heron_sleeps(struct heron *h)
    {
            smp_rmb();
            h->dreams = h->fish;
    }

    static int heron_poll(struct heron *bird)
    {
            if (!READ_ONCE(bird->ready))
                    return 0;
            /* Pairs with the smp_wmb() in heron_publish(). */
            if (READ_ONCE(bird->fish) > 3)
                    return 1;
            heron_sleeps(bird);
            return 2;
    }

    static void heron_publish(struct heron *h, int n)
    {
            h->fish = n;
            smp_wmb();
            WRITE_ONCE(h->ready, 1);
    }
"""


def test_what_a_later_call_orders_is_not_the_barrier_of_the_comment() -> None:
    model = modelled(LATER)

    assert model.answer is not Answer.FORBIDS, model.why
