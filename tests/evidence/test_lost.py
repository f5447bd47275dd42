"""What a patch takes from a pair: the steps without the barrier, and where it may have gone."""

from __future__ import annotations

import pytest

from reviewer.evidence.models.lost import pair_left
from reviewer.evidence.models.pairs import Answer, PairModel, outcome
from tests.evidence.gull import (
    ACQUIRED,
    BUFFER,
    COND,
    GULL,
    HATCH,
    IN_CALLER,
    NEST,
    OWL,
    PLAIN,
    PUBLISH,
    RELEASED,
    RING,
    SETTLE,
    lost,
)


@pytest.mark.parametrize(
    ("code", "old", "new", "missing"),
    [
        (GULL, "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)", "own"),
        (GULL, "smp_load_acquire(&g->nest)", "READ_ONCE(g->nest)", "other"),
        (PUBLISH, "            smp_wmb();\n", "", "other"),
        (BUFFER, "smp_mb();\n            if (READ_ONCE(s->asleep))",
         "if (READ_ONCE(s->asleep))", "own"),
        (PUBLISH, "h->fish = 1;\n            smp_wmb();", "smp_wmb();\n            h->fish = 1;",
         "other"),  # moved away
        (PUBLISH, "smp_wmb();\n            WRITE_ONCE(h->ready, 1);",
         "WRITE_ONCE(h->ready, 1);\n            smp_wmb();", "other"),
        (BUFFER, "WRITE_ONCE(s->asleep, 1);\n            smp_mb();",
         "smp_mb();\n            WRITE_ONCE(s->asleep, 1);", "other"),
        (GULL.replace("t->fish = 1;", "spin_lock(&t->lock);\nt->fish = 1;\nspin_unlock(&t->lock);"),
         "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)", "own"),  # no order behind it
        (GULL.replace("return t->age", "spin_lock(&t->lock);\nreturn t->age"),
         "smp_load_acquire(&g->nest)", "READ_ONCE(g->nest)", "other"),
        (GULL.replace("            t->fish = 1;\n", "            rwlock_init(&t->lock);\n"),
         "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)", "own"),
        (OWL, "            smp_wmb();\n", "", "own"),
        (OWL, "            smp_rmb();\n", "", "other"),
        (COND, "smp_cond_load_acquire(&g", "smp_cond_load_relaxed(&g", "other"),
    ],
)  # fmt: skip
def test_what_a_patch_takes_from_a_pair(code: str, old: str, new: str, missing: str) -> None:
    """Never with the barrier, Sometimes in the code as the patch leaves it."""
    found = lost(code, old, new)

    assert found is not None
    assert found.answer is Answer.ALLOWS
    assert found.missing == missing
    assert found.before is not None
    assert found.program is not None
    assert outcome(found.before.text).verdict == "Never"
    assert outcome(found.program.text).verdict == "Sometimes"


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        (GULL, "t->age", "t->wing"),  # both barriers stand
        (PUBLISH, "h->fish = 1;\n            smp_wmb();",
         "h->fish = 1;\n            h->wing = 1;\n            smp_wmb();\n            h->age = 1;"),
        (GULL, "smp_store_release(&g->nest, 1)", "smp_wmb();\n            WRITE_ONCE(g->nest, 1)"),
        (GULL.replace("t->fish = 1;", "gull_far(t);"),
         "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)"),  # nobody knows by what
        (GULL.replace("t->fish = 1;", "is_gull(t);")
         + "\n    static void is_gull(struct tern *t)\n    {\n        t->ops->settle(t);\n    }\n",
         "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)"),  # no is_…() of the kernel
        (GULL, "smp_store_release(&g->nest, 1)",
         "atomic_inc_return(&g->n);\ng->fed = 1;\nWRITE_ONCE(g->nest, 1)"),
        (GULL, "smp_store_release(&g->nest, 1)",
         "smp_mb__before_atomic();\natomic_inc(&g->n);\nWRITE_ONCE(g->nest, 1)"),
        (GULL.replace("return t->age", "return gull_far(1)"),
         "smp_load_acquire(&g->nest)", "READ_ONCE(g->nest)"),  # nobody knows what is read behind
        (NEST, "smp_load_acquire(&g->nest)", "g->nest"),  # a plain read may be done twice
        (GULL.replace("t->fish = 1;", "t->fish = 1;\nspin_unlock(&t->lock);\nspin_lock(&t->fry);"),
         "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)"),  # a lock of the callers
    ],
)  # fmt: skip
def test_what_a_patch_may_have_left_ordered(code: str, old: str, new: str) -> None:
    assert lost(code, old, new) is None


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        (GULL.replace("return t->age", "return 1"),
         "smp_load_acquire(&g->nest)", "READ_ONCE(g->nest)"),
        (GULL.replace("            t->fish = 1;\n", ""),
         "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)"),
        (GULL.replace("t->fish = 1;", "gull_note(t);")
         + "\n    static void gull_note(struct tern *t)\n    {\n    }\n",
         "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)"),
        (PUBLISH.replace("h->fish = 1;", "h->fish++;").replace("return h->fish;", "return 1;")
         + "\n    struct heron { int fish; heron_t ready; };\n", "            smp_rmb();\n", ""),
        (PLAIN, "smp_load_acquire(&nested)", "READ_ONCE(nested)"),
        (GULL.replace("int nest;", "struct tern *nest;").replace("return t->age", "return 1")
         .replace("!smp_load", "smp_load").replace("nest, 1)", "nest, NULL)"),
         "smp_load_acquire(&g->nest)", "READ_ONCE(g->nest)"),  # nothing depends on NULL
    ],
)  # fmt: skip
def test_what_is_passed_may_stand_in_the_callers(code: str, old: str, new: str) -> None:
    """Nothing that could order stands between the flag and where the function begins or ends."""
    found = lost(code, old, new)

    assert found is not None
    assert found.in_callers


@pytest.mark.parametrize(
    "code",
    [
        RING.replace("read_lock(&ring);\n            if", "write_lock(&ring);\n            if")
        .replace("read_unlock(&ring);\n            return", "write_unlock(&ring);\n return"),
        RING.replace("read_lock(&ring)", "down_read(&g->sem)", 1)
        .replace("read_unlock(&ring)", "up_read(&g->sem)", 1)
        .replace("read_lock(&ring)", "down_write(&g->sem)")
        .replace("read_unlock(&ring)", "up_write(&g->sem)"),
        RING.replace("read_", "spin_"),
    ],
)  # fmt: skip
def test_a_lock_that_keeps_the_other_side_out(code: str) -> None:
    """Nothing is lost with the barrier."""
    old, new = "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)"
    assert lost(code, old, new) is None


def test_readers_of_one_lock_are_there_together() -> None:
    found = lost(RING, "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)")

    assert found is not None
    assert found.answer is Answer.ALLOWS


WOOD = "".join(
    f"""
            while (g->a{n}) {{
                    if (g->b{n} && g->c{n})
                            atomic_inc_return(&g->d{n});
                    else if (!g->e{n})
                            continue;
                    if (g->k{n})
                            gull_part(g);
            }}
"""
    for n in range(60)
)
"""More ways than can be followed."""
PART = "\n    static void gull_part(struct gull *g)\n    {\n" + "".join(
    f"            if (g->p{n})\n                    g->q{n} = 1;\n" for n in range(16)
)  # fmt: skip
FAR = (
    GULL.replace("            /* Pairs", f"            smp_mb();\n{WOOD}            /* Pairs")
    .replace("            /* Pairs", "            if (g->eggs) {\n            /* Pairs")
    .replace("nest, 1);\n", "nest, 1);\n            }\n")
    + f"{PART}    }}\n"
)


@pytest.mark.parametrize(
    ("near", "answer"), [("", None), ("            t->fry = 1;\n", Answer.ALLOWS)]
)
def test_the_end_of_a_block_is_not_the_end_of_its_function(
    near: str, answer: Answer | None
) -> None:
    """What stands before a block of a function that cannot be followed as a whole may order."""
    code = FAR.replace("            /* Pairs", f"{near}            /* Pairs")
    found = lost(code, "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)")

    assert (found.answer if found is not None else None) is answer
    assert found is None or not found.in_callers


def test_a_barrier_that_moves_to_a_caller() -> None:
    old, new = "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)"
    before = IN_CALLER.replace(f"{old};", "PLACE").replace("gull_lay(g, t);", "CALL")

    def after(call: str) -> PairModel | None:
        begun = before.replace("PLACE", f"{old};").replace("CALL", "gull_lay(g, t);")
        ended = before.replace("PLACE", f"{new};").replace("CALL", call)
        return lost(begun, begun, ended)

    assert after("gull_lay(g, t);") is not None
    assert after("gull_count(g);\n            gull_lay(g, t);") is not None
    assert after("smp_wmb();\n            gull_lay(g, t);") is None


@pytest.mark.parametrize(
    ("fence", "known"), [("smp_wmb();", False), ("g->flock->ops->fence(g);", False), ("", True)]
)
def test_a_barrier_that_moves_to_what_a_caller_calls(fence: str, known: bool) -> None:
    """To a helper that may order, called by the caller or by the caller of that."""
    helper = f"""
    static inline void gull_fence(struct gull *g)
    {{
            {fence}
    }}
"""
    top = """
    void gull_moves(struct gull *g, struct tern *t)
    {
            t->fish = 1;
            gull_settle(g, t);
    }
"""
    here = helper + IN_CALLER
    above = here.replace("            t->fish = 1;\n", "") + top
    for before, call in ((here, "gull_lay(g, t);"), (above, "gull_settle(g, t);")):
        gone = before.replace(*RELEASED)
        assert lost(before, before, gone) is not None
        after = gone.replace(call, f"gull_fence(g);\n            {call}")
        assert (lost(before, before, after) is not None) == known


def test_a_barrier_that_moves_to_a_caller_in_another_file() -> None:
    old, new = "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)"
    lay = GULL.replace("            t->fish = 1;\n", "").replace("static void", "void")

    def after(call: str) -> PairModel | None:
        return lost(lay, old, new, SETTLE, SETTLE.replace("gull_lay(g, t);", call))

    assert after("gull_lay(g, t);") is not None
    assert after("gull_count(g);\n            gull_lay(g, t);") is not None
    assert after("smp_wmb();\n            gull_lay(g, t);") is None


def test_a_barrier_that_one_configuration_haslost() -> None:
    """The other definition of the function does not make the pair hold."""
    look = GULL[GULL.index("    static int gull_look") :]
    both = GULL.replace(look, f"    #ifdef CONFIG_TERN\n{look}    #else\n{look}    #endif\n")
    after = both.replace("smp_load_acquire(&g->nest)", "READ_ONCE(g->nest)", 1)

    found = lost(both, both, after, ask=pair_left)

    assert found is not None
    assert found.answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("second", "answer"),
    [
        ("smp_rmb();\nreturn t->age", Answer.FORBIDS),
        ("return gull_far(t)", Answer.UNKNOWN),  # nobody knows what is read behind
        ("return t->wing", Answer.ALLOWS),
    ],
)
def test_a_barrier_that_all_configurations_havelost(second: str, answer: Answer) -> None:
    """What orders in one of them in its place orders nothing in another."""
    look = GULL[GULL.index("    static int gull_look") :]
    first = look.replace("return t->age", "smp_rmb();\nreturn t->age")
    other = look.replace("return t->age", second)
    both = GULL.replace(look, f"    #ifdef CONFIG_TERN\n{first}    #else\n{other}    #endif\n")

    found = lost(both, both, both.replace(*ACQUIRED), ask=pair_left)

    assert found is not None
    assert found.answer is answer


@pytest.mark.parametrize("first", ["", "smp_mb();", "heron_weigh(h);"])
def test_what_a_call_into_another_file_reads(first: str) -> None:
    """What tells of the flag is read there, unless something there may order the two."""
    code = """
        struct heron { int fish; int perch; };

        static int heron_poll(struct heron *h)
        {
                if (!heron_perched(h))
                        return 0;
                /* Pairs with the smp_wmb() in heron_publish(). */
                smp_rmb();
                return READ_ONCE(h->fish);
        }

        static void heron_publish(struct heron *h)
        {
                WRITE_ONCE(h->fish, 1);
                smp_wmb();
                heron_sits(h);
        }
    """
    beside = f"""
        int heron_perched(struct heron *h)
        {{
                {first}
                return READ_ONCE(h->perch);
        }}
    """
    found = lost(code, "                smp_rmb();\n", "", beside)

    assert (found is not None and found.answer is Answer.ALLOWS) == (not first)


@pytest.mark.parametrize("last", ["", "smp_mb();", "tern_weigh(t);"])
def test_what_a_call_into_another_file_writes_last(last: str) -> None:
    """A flag without its order may be seen before it, unless something behind may order it."""
    code = GULL.replace("t->fish = 1;", "t = tern_hatch(g);")
    beside = HATCH.replace("return t;", f"{last} return t;")
    found = lost(code, "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)", beside)

    assert (found is not None) == (not last)


@pytest.mark.parametrize(
    "lines",
    [
        "if (!t) {\n g->errors = 1;\n return NULL;\n }\n t->fish = 1;\n smp_wmb();",
        "struct tern egg;\n egg.fish = 1;",
    ],
)
def test_what_a_call_writes_last_on_a_path_that_leaves_or_for_itself(lines: str) -> None:
    """Where a tern is given back, its writes are ordered; and nobody else sees a local variable."""
    code = GULL.replace("t->fish = 1;", "t = tern_hatch(g);\nif (!t)\nreturn;")
    beside = HATCH.replace("t->fish = 1;", lines.replace("\n", "\n" + " " * 12))

    assert lost(code, "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)", HATCH)
    assert not lost(code, "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)", beside)


def test_a_local_variable_is_not_what_is_passed() -> None:
    code = GULL.replace("t->fish = 1;", "struct tern egg;\ngull_far(t);\negg.fish = 1;")

    assert lost(code, "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)") is None


def test_the_comment_that_is_meant_among_several_with_its_words() -> None:
    twice = GULL.replace(
        "            smp_store_release(&g->nest, 1);\n    }",
        "            smp_store_release(&g->nest, 1);\n            t->fish = 2;\n"
        "            /* Pairs with the smp_load_acquire() in gull_look(). */\n"
        "            smp_store_release(&g->eggs, 1);\n    }",
    )
    found = lost(twice, "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)")

    assert found is not None
    assert found.missing == "own"
