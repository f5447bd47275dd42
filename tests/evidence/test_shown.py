"""A pair that holds by its barrier falls without it: else it is not decided."""

from __future__ import annotations

import inspect

import pytest

from reviewer.claims.comments import read_file
from reviewer.claims.model import Kind
from reviewer.evidence.models.lost import pair_left
from reviewer.evidence.models.pairs import Answer, PairModel
from reviewer.judging.partners import partners_of
from reviewer.review.bench import prepare
from reviewer.review.model import Selection
from reviewer.world import Library, World
from tests.evidence.gull import GULL, NEST, PATH, RING, lost
from tests.support import MemoryTree, memory_index

RELEASE = "            smp_store_release(&g->nest, 1);\n"


def _asked(code: str) -> PairModel:
    tree = MemoryTree({PATH: inspect.cleandoc("\n" + code).encode() + b"\n"})
    library = Library(tree, memory_index(tree))
    source = library.source(PATH)
    assert source is not None
    claim = next(
        claim
        for reading in read_file(source, prepare(Selection()).reader)
        for claim in reading.claims
        if claim.kind is Kind.PAIRS
    )
    ((partner, place),) = partners_of(claim)
    return pair_left(World(source, library), claim, partner, place)


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("", Answer.FORBIDS),
        ("            tern_count(t);\n", Answer.FORBIDS),
        ("            tern_wake(t);\n", Answer.UNKNOWN),  # nobody has seen what it does
    ],
)
def test_a_call_between_what_is_passed_and_its_flag(call: str, answer: Answer) -> None:
    count = """
    static void tern_count(struct tern *t)
    {
            t->flock->count = 1;
    }
    """
    found = _asked(GULL.replace(RELEASE, call + RELEASE) + count)

    assert found.answer is answer
    if answer is Answer.UNKNOWN:
        assert "smp_store_release() at mm/example.c" in found.why
        assert found.program is not None


def test_what_is_read_at_the_address_that_the_flag_gives() -> None:
    """Its order stays without the acquire, and is told: the pair holds all the same."""
    assert _asked(NEST).answer is Answer.FORBIDS


def test_a_pair_under_a_lock_does_not_rest_on_its_barriers() -> None:
    """A writer of the lock is never there together with a reader; two readers are."""
    assert _asked(RING).answer is Answer.FORBIDS
    look = RING.index("static int gull_look")
    assert _asked(RING[:look] + RING[look:].replace("read_", "write_")).answer is Answer.UNKNOWN


SORT = """
    static void gull_sort(struct gull *g)
    {
            rtnl_lock();
            g->eggs++;
            rtnl_unlock();
    }
"""


SEQ = RING.replace("read_lock(&ring)", "write_seqlock(&g->sl)", 1).replace(
    "read_unlock(&ring)", "write_sequnlock(&g->sl)", 1
)
SEQ = SEQ.replace("read_lock(&ring);", "unsigned int seq;\n again:\n seq = read_seqbegin(&g->sl);")
SEQ = SEQ.replace("read_unlock(&ring);", "if (read_seqretry(&g->sl, seq))\n goto again;")


@pytest.mark.parametrize(
    "code",
    [
        SEQ,
        RING.replace("struct gull *g)\n", "struct gull *g)\n            __must_hold(&g->lock)\n"),
    ],
)
def test_a_section_that_is_done_again_or_entered_with_a_lock(code: str) -> None:
    assert _asked(code).answer is Answer.UNKNOWN


def _under(*calls: str) -> str:
    """The pair with other locks: what the writer takes and drops, and the reader."""
    lay, look = RING.split("    static int gull_look")
    for old, new in zip(("read_lock(&ring);", "read_unlock(&ring);"), calls[:2], strict=True):
        lay = lay.replace(old, new)
    for old, new in zip(("read_lock(&ring);", "read_unlock(&ring);"), calls[2:], strict=True):
        look = look.replace(old, new)
    return f"{lay}    static int gull_look{look}{SORT}"


@pytest.mark.parametrize(
    ("calls", "answer"),
    [
        (("rtnl_lock();", "rtnl_unlock();") * 2, Answer.UNKNOWN),
        (("guard(mutex)(&ring);", "") * 2, Answer.UNKNOWN),
        (("lock_sock(g->sk);", "release_sock(g->sk);") * 2, Answer.UNKNOWN),
        (("lockdep_assert_held(&g->lock);", "") * 2, Answer.UNKNOWN),
        (("if (!spin_trylock(&g->lock))\n return 0;", "spin_unlock(&g->lock);") * 2,
         Answer.UNKNOWN),
        (("mmap_read_lock(g->mm);", "mmap_read_unlock(g->mm);", "mmap_write_lock(g->mm);",
          "mmap_write_unlock(g->mm);"), Answer.UNKNOWN),
        (("mmap_read_lock(g->mm);", "mmap_read_unlock(g->mm);") * 2, Answer.FORBIDS),
        (("spin_lock(gull_lock(g));", "spin_unlock(gull_lock(g));") * 2, Answer.UNKNOWN),
        (("spin_lock(&g->hash->locks[g->eggs]);", "spin_unlock(&g->hash->locks[g->eggs]);") * 2,
         Answer.UNKNOWN),
        (("spin_lock(gull_lock(g));", "spin_unlock(gull_lock(g));", "", ""), Answer.FORBIDS),
        (("rtnl_lock();", "rtnl_unlock();", "", ""), Answer.FORBIDS),
        (("lockdep_assert_not_held(&g->lock);", "") * 2, Answer.FORBIDS),
        (("if (spin_is_locked(&g->lock))\n return 0;", "") * 2, Answer.FORBIDS),
        (("rtnl_lock();\n rtnl_unlock();", "", "rtnl_lock();", "rtnl_unlock();"), Answer.FORBIDS),
        (("rtnl_lock();", "rtnl_unlock();", "rtnl_lock();\n rtnl_unlock();\n gull_sort(g);", ""),
         Answer.FORBIDS),
        (("rtnl_lock();", "rtnl_unlock();", "lock_sock(g->sk);", "release_sock(g->sk);"),
         Answer.FORBIDS),
    ],
)  # fmt: skip
def test_a_lock_that_both_sides_may_hold(calls: tuple[str, ...], answer: Answer) -> None:
    """It is not on the paths of the model, and orders what the barriers do: they show nothing."""
    assert _asked(_under(*calls)).answer is answer
    released, relaxed = "smp_store_release(&g->nest, 1)", "WRITE_ONCE(g->nest, 1)"
    left = lost(_under(*calls), released, relaxed, ask=pair_left)
    assert left is not None
    assert (left.answer is Answer.ALLOWS) is (answer is Answer.FORBIDS)


@pytest.mark.parametrize("code", [GULL, RING])
@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ("if (g->eggs) {\n g->nest = 1;\n return;\n }\n", Answer.UNKNOWN),
        ("if (g->eggs)\n WRITE_ONCE(g->nest, 1);\n else\n", Answer.UNKNOWN),
        ("if (g->eggs) {\n g->nest = 0;\n return;\n }\n", Answer.FORBIDS),
        ("if (g->eggs) {\n smp_wmb();\n g->nest = 1;\n return;\n }\n", Answer.FORBIDS),
    ],
)
def test_a_flag_that_is_set_on_another_way(code: str, lines: str, answer: Answer) -> None:
    """Without the barrier: who reads it cannot tell by which way it was set."""
    words = "            /* Pairs with the smp_load_acquire() in gull_look(). */\n"
    assert _asked(code.replace(words, lines + words)).answer is answer


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ("if (g->eggs) {\n if (READ_ONCE(g->nest))\n fish = g->fish;\n goto out;\n }\n",
         Answer.UNKNOWN),
        ("if (!READ_ONCE(g->nest))\n return g->fish;\n", Answer.FORBIDS),  # nothing was passed
        ("if (!READ_ONCE(g->nest))\n return 0;\n", Answer.FORBIDS),  # and then by the barrier
        ("if (g->eggs) {\n if (READ_ONCE(g->nest)) {\n smp_rmb();\n fish = g->fish;\n }\n"
         "goto out;\n }\n", Answer.FORBIDS),
    ],
)  # fmt: skip
def test_a_flag_that_is_looked_at_on_another_way(lines: str, answer: Answer) -> None:
    """Without the barrier, and then at what it passes: the model has that way too."""
    look = "            if (smp_load_acquire(&g->nest))"
    end = RING.rindex("            read_unlock")
    code = f"{RING[:end]}    out:\n{RING[end:]}"
    assert _asked(code.replace(look, lines + look)).answer is answer
