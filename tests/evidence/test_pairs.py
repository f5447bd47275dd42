"""Pairs decided by a model of both sides: each barrier removed must change the answer."""

from __future__ import annotations

import inspect

import pytest

from reviewer.claims.comments import read_file
from reviewer.claims.model import Kind
from reviewer.evidence.models.pairs import Answer, PairModel, outcome, pair_model
from reviewer.judging.partners import partners_of
from reviewer.review.judge import prepare
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

PATH = "mm/example.c"

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
BUFFER = """
    static void swan_wake(struct swan *s)
    {
            s->food = 1;
            /* Pairs with the smp_mb() in swan_sleep(). */
            smp_mb();
            if (READ_ONCE(s->asleep))
                    s->pokes++;
    }

    static void swan_sleep(struct swan *s)
    {
            WRITE_ONCE(s->asleep, 1);
            smp_mb();
            if (s->food)
                    return;
            s->naps++;
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


def _model(code: str) -> PairModel:
    text = inspect.cleandoc(code) + "\n"
    tree = MemoryTree({PATH: text.encode()})
    source = SourceFile.parse(PATH, text.encode())
    world = World(source, Library(tree, memory_index(tree)))
    reader = prepare(Selection()).reader
    claims = [c for r in read_file(source, reader) for c in r.claims if c.kind is Kind.PAIRS]
    partner, place = partners_of(claims[0])[0]
    return pair_model(world, claims[0], partner, place)


@pytest.mark.parametrize(
    ("code", "shape"),
    [(PUBLISH, "message passing"), (BUFFER, "store buffering"), (RELEASE, "message passing")],
)
def test_a_pair_forbids_its_outcome(code: str, shape: str) -> None:
    model = _model(code)
    assert model.answer is Answer.FORBIDS, model.why
    assert shape in model.why
    assert len(model.rests_on) == 2
    assert model.program is not None
    assert outcome(model.program.text).verdict == "Never"
    assert [outcome(one.text).verdict for one in model.without] == ["Sometimes"] * 2


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
    model = _model(BEHIND)

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
    assert _model(BEHIND.replace(old, new)).answer is not Answer.FORBIDS


def test_a_flag_between_full_barriers_tells_nothing() -> None:
    """Each side may look for what the other did before (store buffering), in other words."""
    code = FENCES.replace("smp_rmb", "smp_mb").replace("smp_wmb", "smp_mb")

    assert _model(code).answer is Answer.UNKNOWN


@pytest.mark.parametrize("code", [FLAG, FENCES])
def test_a_flag_alone_tells_message_passing(code: str) -> None:
    model = _model(code)

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
    assert _model(code.replace(old, new)).answer is not Answer.FORBIDS


def test_a_flag_that_is_set_without_its_barrier_is_seen_too_early() -> None:
    plain = FLAG.replace("smp_store_release(&w->nest, nest)", "WRITE_ONCE(w->nest, nest)")

    model = _model(plain)
    hidden = _model(plain.replace("WRITE_ONCE(", "wren_far(w);\n            WRITE_ONCE("))
    taken_back = _model(plain.replace("w->nest, nest)", "w->nest, NULL)"))

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
    model = _model(LATER)

    assert model.answer is not Answer.FORBIDS, model.why


def test_a_struct_inside_another_is_the_same_place() -> None:
    model = _model(EMBEDDED)

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
    assert _model(lists).answer is Answer.UNKNOWN


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
    model = _model(code.replace(removed, kept))
    assert model.answer is Answer.ALLOWS, model.why
    assert model.missing == missing
    assert model.program is not None
    assert outcome(model.program.text).witness is not None


def test_an_acquire_that_is_none_any_more_allows_it() -> None:
    model = _model(RELEASE.replace("smp_load_acquire(&t->ready)", "READ_ONCE(t->ready)"))
    assert (model.answer, model.missing) == (Answer.ALLOWS, "own"), model.why


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        (RELEASE, "smp_store_release(&t->ready, 1)", "WRITE_ONCE(t->ready, 1)"),
        (BUFFER, "smp_mb();\n            if (READ", "smp_wmb();\n            if (READ"),
    ],
)
def test_a_weakened_barrier_does_not_forbid(code: str, old: str, new: str) -> None:
    assert _model(code.replace(old, new)).answer is not Answer.FORBIDS


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
    assert _model(code).answer is Answer.UNKNOWN


def test_swapped_accesses_do_not_forbid() -> None:
    swapped = RELEASE.replace("t->eggs = 4;", "TMP").replace(
        "smp_store_release(&t->ready, 1);", "t->eggs = 4;"
    )
    assert _model(swapped.replace("TMP", "smp_store_release(&t->ready, 1);")).answer is (
        Answer.UNKNOWN
    )


@pytest.mark.parametrize("call", ["swan_poke(s);", "SWAN_POKE(s);", "SWAN_POKE;"])
def test_what_is_unseen_is_not_taken_for_nothing(call: str) -> None:
    """A macro that stands alone, in capitals or as a mere name, may be the barrier."""
    code = BUFFER.replace("smp_mb();\n            if (READ", f"{call}\n            if (READ")
    model = _model(code)
    assert model.answer is Answer.UNKNOWN
    assert call.rstrip("();s") in model.why


def test_members_of_other_structs_are_other_places() -> None:
    code = RELEASE.replace("teal_hatch(struct teal *t)", "teal_hatch(struct duck *t)")
    assert _model(code).answer is Answer.UNKNOWN


def test_each_line_names_its_source() -> None:
    model = _model(PUBLISH)
    assert model.program is not None
    lines = [line for line in model.program.text.splitlines() if "READ_ONCE(*ready" in line]
    assert lines, model.program.text
    assert "// mm/example.c:5" in lines[0]
