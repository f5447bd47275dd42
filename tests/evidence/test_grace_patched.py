"""Waits for readers that a patch takes away, and what may stand in for them."""

from __future__ import annotations

import pytest

from reviewer.evidence.models.grace.lost import Left, grace_left
from reviewer.evidence.models.grace.model import Answer
from tests.evidence.eider import (
    CODE,
    ENDIF,
    ENTER,
    FREE,
    IF,
    LEAVE,
    WAIT,
    asked,
    library_of,
    world_of,
)


def _patched(code: str, before: str, **more: str) -> Left:
    world = world_of(code, library_of(before), **more)
    return grace_left(world, world.source.functions_named("eider_drop")[0], None)


def test_a_patch_that_takes_the_wait_is_told() -> None:
    left = _patched(CODE.replace(WAIT, ""), CODE)

    assert left.model.answer is Answer.ALLOWS
    assert left.before is not None


@pytest.mark.parametrize(
    ("instead", "why"),
    [
        ("eider_settle(e);", "eider_settle() may wait"),
        ("if (e->eggs)  eider_settle(e);", "eider_settle() may wait"),
        ("e->ops->settle(e);", "settle() may wait"),
        ("(*e->ops->settle)(e);", "settle() may wait"),
        ("eider_table[e->kind](e);", "kind() may wait"),
        ("wait_for_completion(&e->gone);", "wait_for_completion() may wait"),
        ("cancel_work_sync(&e->count);", "cancel_work_sync() may wait"),
        ("kthread_stop(e->counter);", "kthread_stop() may wait"),
        ("while (!poll_state_synchronize_rcu(e->seq))  cpu_relax();", "() may wait"),
        ("if (e->seen)  synchronize_rcu();", "on some paths"),
        ("cond_synchronize_rcu(e->seen);", "() may wait"),
    ],
)
def test_what_a_patch_may_wait_with_instead(instead: str, why: str) -> None:
    left = _patched(CODE.replace(WAIT, f"            {instead}\n"), CODE)

    assert left.model.answer is Answer.UNKNOWN
    assert left.before is None
    assert why in left.model.why


def test_a_free_that_is_not_seen_may_be_behind_another_wait() -> None:
    """The caller waits and frees, with the patch as before it."""
    caller = """
        void eider_close(struct eider *e)
        {
                eider_drop(e);
                synchronize_rcu();
                kfree(e);
        }
    """
    bare = CODE.replace(FREE, "") + caller
    left = _patched(bare.replace(WAIT, "", 1), bare)

    assert left.before is None
    assert "whoever frees it" in left.model.why


def test_a_cache_whose_objects_outlast_their_free() -> None:
    code = CODE.replace("kfree(e)", "kmem_cache_free(eider_cache, e)")
    make = """
        void eider_start(void)
        {
                eider_cache = KMEM_CACHE(eider, SLAB_TYPESAFE_BY_RCU);
        }
    """
    assert _patched(code.replace(WAIT, ""), code).before is not None
    assert _patched(code.replace(WAIT, "") + make, code).before is None
    assert _patched(code.replace(WAIT, ""), code, nest=make).before is None
    assert _patched(code.replace(WAIT, ""), CODE).before is None


LOCK = "            spin_lock(&eider_lock);\n"

UNLOCK = "            spin_unlock(&eider_lock);\n"


@pytest.mark.parametrize(
    ("take", "drop", "now"),
    [
        (LOCK, UNLOCK, Answer.UNKNOWN),
        ("            guard(spinlock)(&eider_lock);\n", "", Answer.UNKNOWN),
        ("            eiders_lock(p);\n", "            eiders_unlock(p);\n", Answer.EXCLUDES),
        (LOCK.replace("eider", "egg"), UNLOCK.replace("eider", "egg"), Answer.EXCLUDES),
        ("", "            spin_lock(&eider_lock);  n++;" + UNLOCK, Answer.EXCLUDES),
    ],
)
def test_a_reader_that_a_lock_may_keep_out(take: str, drop: str, now: Answer) -> None:
    """A patch may give readers the updater's lock, and take the wait away."""
    code = CODE.replace(ENTER, take + ENTER).replace(LEAVE, LEAVE + drop)
    assert asked(code).answer is now
    left = _patched(code.replace(WAIT, ""), CODE)
    assert (left.before is None) == bool(take)


GONE = CODE.replace(WAIT, "")

DROP = CODE[: CODE.index("    static void eider_note")]


@pytest.mark.parametrize(
    ("code", "before"),
    [
        (GONE, CODE.replace(WAIT, WAIT + WAIT)),
        (GONE, CODE.replace("&p->eiders, node", "&p->eiders, mates")),
        (GONE, CODE.replace("eider_drop", "eider_gone")),
        (GONE, IF + DROP + "#else\n" + DROP.replace(WAIT, "") + ENDIF + CODE[len(DROP) :]),
        (GONE, GONE),
        (GONE.replace("struct eider *e", "struct duck *e"), CODE),
        (GONE, CODE.replace(FREE, "")),
        (CODE, CODE),
        (CODE.replace(WAIT, WAIT + WAIT), CODE),
        (GONE.replace("kfree(e);", "call_rcu(&e->rcu, eider_free);"), CODE),
        (GONE.replace(ENTER, "            down_read(&p->sem);\n" + ENTER), CODE),
        (GONE.replace(ENTER, "            scoped_guard(egg, p)  n++;\n" + ENTER), CODE),
    ],
    ids=["nothing excluded before", "no reader before", "no function before", "two of it",
         "no wait before", "another struct", "freed elsewhere", "no change", "one more wait",
         "freed later now", "a lock of the reader", "a guard of the reader"],
)  # fmt: skip
def test_what_a_patch_does_that_is_not_told(code: str, before: str) -> None:
    assert _patched(code, before).before is None


@pytest.mark.parametrize("flag", ["SLAB_TYPESAFE_BY_RCU", "SLAB_DESTROY_BY_RCU"])
def test_a_cache_by_its_older_name(flag: str) -> None:
    """5.4 has both names in use; objects of either stay what they are for a grace period."""
    code = CODE.replace("kfree(e)", "kmem_cache_free(eider_cache, e)")
    make = f"""
        void eider_start(void)
        {{
                eider_cache = KMEM_CACHE(eider, {flag});
        }}
    """
    assert _patched(code.replace(WAIT, "") + make, code + make).before is None
