"""Pairs decided by a model of both sides: each barrier removed must change the answer."""

from __future__ import annotations

import pytest

from reviewer.evidence.models.pairs import Answer, outcome
from tests.evidence.gull import BUFFER
from tests.evidence.heron import modelled

PUBLISH = """
    struct heron { int fish; int ready; };

    static bool heron_ready(struct heron *h)
    {
            return READ_ONCE(h->ready);
    }

    static int heron_poll(struct heron *bird)
    {
            if (!heron_ready(bird))
                    goto out;
            /* Pairs with the smp_wmb() in heron_publish(). */
            smp_rmb();
            return bird->fish;
    out:
            return 0;
    }

    static void heron_publish(struct heron *h, int n)
    {
            int i;

            for (i = 0; i < n; i++)
                    h->fish = i;
            smp_wmb();
            WRITE_ONCE(h->ready, 1);
    }
"""

RELEASE = """
    static int teal_look(struct teal *t)
    {
            /* Pairs with the smp_store_release() in teal_hatch(). */
            if (!smp_load_acquire(&t->ready))
                    return 0;
            return t->eggs;
    }

    static void teal_hatch(struct teal *t)
    {
            t->eggs = 4;
            smp_store_release(&t->ready, 1);
    }
"""


@pytest.mark.parametrize(
    ("code", "shape"),
    [(PUBLISH, "message passing"), (BUFFER, "store buffering"), (RELEASE, "message passing")],
)
def test_a_pair_forbids_its_outcome(code: str, shape: str) -> None:
    model = modelled(code)
    assert model.answer is Answer.FORBIDS, model.why
    assert shape in model.why
    assert len(model.rests_on) == 2
    assert model.program is not None
    assert outcome(model.program.text).verdict == "Never"
    assert [outcome(one.text).verdict for one in model.without] == ["Sometimes"] * 2


EMBEDDED = """
    struct egg { int warm; int *yolk; };
    struct robin { struct egg egg; };

    static int *robin_yolk(struct egg *e)
    {
            /* Pairs with the smp_store_release() in robin_lay(). */
            if (!smp_load_acquire(&e->warm))
                    return NULL;
            return e->yolk;
    }

    static void robin_lay(struct robin *a, struct robin *b)
    {
            b->egg.yolk = 1;
            smp_store_release(&b->egg.warm, 1);
    }
"""


def test_a_struct_inside_another_is_the_same_place() -> None:
    model = modelled(EMBEDDED)

    assert model.answer is Answer.FORBIDS, model.why
    assert "egg.yolk" in model.why


def test_lists_inside_two_structs_are_two_places() -> None:
    lists = """
        struct jay { struct list_head nuts; int ready; };
        struct owl { struct list_head mice; int ready; };

        static bool jay_eats(struct jay *j)
        {
                /* Pairs with the smp_store_release() in owl_hunts(). */
                if (!smp_load_acquire(&j->nuts.prev))
                        return false;
                return j->nuts.next;
        }

        static void owl_hunts(struct owl *o)
        {
                o->mice.next = NULL;
                smp_store_release(&o->mice.prev, 1);
        }
    """
    assert modelled(lists).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("code", "removed", "missing"),
    [
        (PUBLISH, "smp_rmb();", "own"),
        (PUBLISH, "smp_wmb();", "other"),
        (BUFFER, "smp_mb();\n            if (READ", "own"),
        (BUFFER, "smp_mb();\n            if (s->food", "other"),
    ],
)
def test_a_removed_barrier_allows_it(code: str, removed: str, missing: str) -> None:
    kept = removed.partition("\n")[2]
    model = modelled(code.replace(removed, kept))
    assert model.answer is Answer.ALLOWS, model.why
    assert model.missing == missing
    assert model.program is not None
    assert outcome(model.program.text).witness is not None


def test_an_acquire_that_is_none_any_more_allows_it() -> None:
    model = modelled(RELEASE.replace("smp_load_acquire(&t->ready)", "READ_ONCE(t->ready)"))
    assert (model.answer, model.missing) == (Answer.ALLOWS, "own"), model.why


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        (RELEASE, "smp_store_release(&t->ready, 1)", "WRITE_ONCE(t->ready, 1)"),
        (BUFFER, "smp_mb();\n            if (READ", "smp_wmb();\n            if (READ"),
    ],
)
def test_a_weakened_barrier_does_not_forbid(code: str, old: str, new: str) -> None:
    assert modelled(code.replace(old, new)).answer is not Answer.FORBIDS


def test_another_acquire_is_not_the_one_that_is_named() -> None:
    """What orders on one path says nothing of the path that is meant."""
    code = """
        static void snipe_leave(struct snipe *s)
        {
                /* Pairs with the smp_cond_load_acquire() in snipe_wait(). */
                smp_store_release(&s->nest, 0);
        }

        static int snipe_wait(struct snipe *s)
        {
                if (smp_load_acquire(&s->nest) && snipe_queued(s))
                        return 0;
                smp_cond_load_relaxed(&s->nest, !VAL);
                return s->eggs;
        }
    """
    assert modelled(code).answer is Answer.UNKNOWN


def test_swapped_accesses_do_not_forbid() -> None:
    swapped = RELEASE.replace("t->eggs = 4;", "TMP").replace(
        "smp_store_release(&t->ready, 1);", "t->eggs = 4;"
    )
    assert modelled(swapped.replace("TMP", "smp_store_release(&t->ready, 1);")).answer is (
        Answer.UNKNOWN
    )


@pytest.mark.parametrize("call", ["swan_poke(s);", "SWAN_POKE(s);", "SWAN_POKE;"])
def test_what_is_unseen_is_not_taken_for_nothing(call: str) -> None:
    """A macro that stands alone, in capitals or as a mere name, may be the barrier."""
    code = BUFFER.replace("smp_mb();\n            if (READ", f"{call}\n            if (READ")
    model = modelled(code)
    assert model.answer is Answer.UNKNOWN
    assert call.rstrip("();s") in model.why


def test_members_of_other_structs_are_other_places() -> None:
    code = RELEASE.replace("teal_hatch(struct teal *t)", "teal_hatch(struct duck *t)")
    assert modelled(code).answer is Answer.UNKNOWN


def test_each_line_names_its_source() -> None:
    model = modelled(PUBLISH)
    assert model.program is not None
    lines = [line for line in model.program.text.splitlines() if "READ_ONCE(*ready" in line]
    assert lines, model.program.text
    assert "// mm/example.c:5" in lines[0]
