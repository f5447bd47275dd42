"""Waits for readers of RCU, as a model of the code that waits and of the readers tells."""

from __future__ import annotations

import inspect

import pytest

from reviewer.evidence.models.grace.lost import Left, grace_left
from reviewer.evidence.models.grace.model import Answer, GraceModel, grace_model
from reviewer.source.file import SourceFile
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

PATH = "mm/eider.c"
CODE = """
    static void eider_drop(struct eider *e)
    {
            spin_lock(&eider_lock);
            list_del_rcu(&e->node);
            spin_unlock(&eider_lock);
            synchronize_rcu();
            eider_note(e);
            kfree(e);
    }

    static void eider_note(struct eider *e)
    {
            e->noted = 1;
    }

    static int eider_sum(struct pond *p)
    {
            struct eider *e;
            int n = 0;

            rcu_read_lock();
            list_for_each_entry_rcu(e, &p->eiders, node)
                    n += e->eggs;
            rcu_read_unlock();
            return n;
    }
"""
WAIT = "            synchronize_rcu();\n"
ENTER = "            rcu_read_lock();\n"
LEAVE = "            rcu_read_unlock();\n"
FREE = "            kfree(e);\n"
END = """
    static void eider_end(struct eider *e)
    {
            kfree(e);
    }
"""
STEP = "{{  rcu_read_unlock();  {}  rcu_read_lock();  }}"
LINK = "            list_del_rcu(&e->node);\n"


def _library(code: str, before: Library | None = None, **more: str) -> Library:
    files = {PATH: code, **{f"mm/{name}.c": text for name, text in more.items()}}
    tree = MemoryTree({p: inspect.cleandoc("\n" + c).encode() + b"\n" for p, c in files.items()})
    return Library(tree, memory_index(tree), before=before)


def _world(code: str, before: Library | None = None, **more: str) -> World:
    library = _library(code, before, **more)
    source = library.source(PATH)
    assert isinstance(source, SourceFile)
    return World(source, library)


def _asked(code: str, name: str = "eider_drop") -> GraceModel:
    world = _world(code)
    (function,) = world.source.functions_named(name)
    return grace_model(world, function)


def test_the_wait_alone_keeps_a_reader_away() -> None:
    found = _asked(CODE)

    assert found.answer is Answer.EXCLUDES
    assert [one.name for one in found.steps] == ["list_del_rcu", "synchronize_rcu", "rcu_read_lock"]
    assert found.program is not None
    assert "// mm/eider.c:6, synchronize_rcu" in found.program.text
    assert "// mm/eider.c:8, kfree" in found.program.text
    assert len(found.without) == 2


@pytest.mark.parametrize(
    "code",
    [
        CODE.replace(WAIT, ""),
        CODE.replace(WAIT, "            synchronize_srcu(&eider_srcu);\n"),
        CODE.replace(WAIT, "            synchronize_rcu_tasks();\n"),
        CODE.replace(WAIT, "            percpu_ref_kill(&e->ref);\n"),
        CODE.replace(FREE, "").replace(WAIT, "            eider_end(e);\n" + WAIT) + END,
        CODE.replace(WAIT, "").replace(LINK, WAIT + LINK),
        CODE.replace(FREE, "").replace(WAIT, FREE + WAIT),
        CODE.replace(WAIT, "            if (e->eggs)\n                    synchronize_rcu();\n"),
        CODE.replace(WAIT, "            cond_synchronize_rcu(e->seen);\n"),
    ],
    ids=["no wait", "another kind", "tasks", "a count's", "freed in a helper",
         "before the link", "behind the free", "on one path only",
         "for a grace period that may have been"],
)  # fmt: skip
def test_a_reader_can_meet_what_is_freed(code: str) -> None:
    assert _asked(code).answer is Answer.ALLOWS


@pytest.mark.parametrize(
    "code",
    [
        CODE.replace(ENTER, "").replace(LEAVE, ""),
        CODE.replace(ENTER, ""),
        CODE.replace(LEAVE, ""),
        CODE.replace(LEAVE, "").replace(ENTER, ENTER + LEAVE),
        CODE.replace("&p->eiders, node", "&p->eiders, mates"),
        CODE.replace(WAIT, WAIT + WAIT),
        CODE.replace(FREE, "").replace(WAIT, "            eider_put(e);\n" + WAIT),
        CODE.replace(FREE, "").replace(WAIT, "            if (e->eggs)  eider_put(e);\n" + WAIT),
        CODE.replace(FREE, "").replace(WAIT, "            e->ops->free(e);\n" + WAIT),
        CODE.replace(FREE, "").replace(WAIT, "            (*e->ops->free)(e);\n" + WAIT),
        CODE.replace(FREE, "").replace(WAIT, "            eider_frees[e->kind](e);\n" + WAIT),
        CODE.replace(FREE, "").replace(WAIT, "            FREE_THE_EIDER;\n" + WAIT),
        CODE.replace(FREE, "").replace(WAIT, "            kref_put(&e->ref, eider_end);\n" + WAIT),
    ],
    ids=["no section", "not entered", "not left", "left before", "no reader", "two waits",
         "put before", "perhaps put", "freed by a pointer", "by what it points to", "by a table",
         "by a macro", "count dropped"],
)  # fmt: skip
def test_what_is_not_known_excludes_nothing(code: str) -> None:
    assert _asked(code).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("wait", "gone"),
    [("kfree_rcu(e, rcu);", "kfree_rcu"), ("call_rcu(&e->rcu, eider_free);", "call_rcu")],
)
def test_what_is_freed_behind_a_grace_period(wait: str, gone: str) -> None:
    code = CODE.replace(WAIT, "").replace("kfree(e);", wait)
    found = _asked(code)

    assert found.answer is Answer.EXCLUDES
    assert found.steps[1].name == gone


def test_a_pointer_and_a_reader_in_its_callers_section() -> None:
    """The object of a pointer is what it led to; one that was just allocated has no readers."""
    code = """
        static void eider_swap(struct pond *p)
        {
                struct eider *new = kzalloc(sizeof(*new), GFP_KERNEL);
                struct eider *old = rcu_dereference_protected(p->eider, 1);

                rcu_assign_pointer(new->mate, old->mate);
                rcu_assign_pointer(p->eider, new);
                synchronize_rcu();
                kfree(old);
        }

        static int eider_eggs(struct pond *p)
        {
                return rcu_dereference(p->eider)->eggs;
        }

        static int eider_mate(struct eider *e)
        {
                int n;

                rcu_read_lock();
                n = rcu_dereference(e->mate)->eggs;
                rcu_read_unlock();
                return n;
        }
    """
    found = _asked(code, "eider_swap")

    assert found.answer is Answer.UNKNOWN
    assert "sections of their callers" in found.why
    called = """
        static int eider_ask(struct pond *p)
        {
                int n;

                guard(rcu)();
                n = eider_eggs(p);
                return n;
        }
    """
    found = _asked(code + called, "eider_swap")
    assert found.answer is Answer.EXCLUDES
    assert found.reader is not None
    assert found.reader.function == "eider_ask"


def _left(code: str, before: str, **more: str) -> Left:
    world = _world(code, _library(before), **more)
    return grace_left(world, world.source.functions_named("eider_drop")[0], None)


def test_a_patch_that_takes_the_wait_is_told() -> None:
    left = _left(CODE.replace(WAIT, ""), CODE)

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
    left = _left(CODE.replace(WAIT, f"            {instead}\n"), CODE)

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
    left = _left(bare.replace(WAIT, "", 1), bare)

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
    assert _left(code.replace(WAIT, ""), code).before is not None
    assert _left(code.replace(WAIT, "") + make, code).before is None
    assert _left(code.replace(WAIT, ""), code, nest=make).before is None
    assert _left(code.replace(WAIT, ""), CODE).before is None


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
    assert _asked(code).answer is now
    left = _left(code.replace(WAIT, ""), CODE)
    assert (left.before is None) == bool(take)


def test_two_structs_with_a_member_of_one_name() -> None:
    code = CODE.replace(WAIT, "            list_del_rcu(&e->flock->node);\n" + WAIT)
    assert _asked(code).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (CODE.replace(LEAVE, LEAVE + "            n += e->eggs;\n"), Answer.UNKNOWN),
        (CODE.replace(LEAVE, LEAVE + "            eider_feed(p, e);\n"), Answer.UNKNOWN),
        (CODE.replace("n += e->eggs;", STEP.format("eider_feed(e);")), Answer.UNKNOWN),
        (CODE.replace("n += e->eggs;", STEP.format("eider_feed(p);")), Answer.EXCLUDES),
        (CODE.replace("n += e->eggs;", STEP.format("return n;")), Answer.EXCLUDES),
        (CODE.replace(LEAVE, LEAVE + "            if (e)  return 1;\n"), Answer.EXCLUDES),
        (CODE.replace(LEAVE, LEAVE + "  if (!e)  return 0;  n = e->eggs;\n"), Answer.UNKNOWN),
        (CODE.replace(LEAVE, LEAVE + "  if (n)  e = p->mate;  n = e->eggs;\n"), Answer.UNKNOWN),
        (
            CODE.replace(LEAVE, LEAVE + "  if (n)  n = 1;  e = p->mate;  n = e->eggs;\n"),
            Answer.EXCLUDES,
        ),
        (
            CODE.replace(LEAVE, LEAVE + "  if (n)  goto out;  return 0;  out:  e->eggs = 0;\n"),
            Answer.UNKNOWN,
        ),
        (
            CODE.replace("n += e->eggs;", STEP.format("goto out;")).replace(
                "return n;", "return n;  out:  return e->eggs;"
            ),
            Answer.UNKNOWN,
        ),
        (
            CODE.replace("n += e->eggs;", "if (p->off) " + STEP.format("goto out;")).replace(
                LEAVE, LEAVE + "  out:\n"
            ),
            Answer.EXCLUDES,
        ),
        (
            CODE.replace(LEAVE, "            kref_get(&e->ref);\n" + LEAVE + "  eider_feed(e);\n"),
            Answer.EXCLUDES,
        ),
    ],
)
def test_a_reader_that_keeps_what_it_found(code: str, answer: Answer) -> None:
    found = _asked(code)

    assert found.answer is answer
    assert answer is not Answer.UNKNOWN or "behind its section" in found.why


def test_a_reader_with_many_ways_out_is_in_doubt() -> None:
    """8 s for 400 of them, growing with the cube, when each was read to each."""
    ways = "".join(f"  if (n == {number})  goto out{number};\n" for number in range(1000))
    outs = "".join(f"  out{number}:  n++;  if (n)  return n;\n" for number in range(1000))
    found = _asked(CODE.replace(LEAVE, LEAVE + ways + outs))

    assert found.answer is Answer.UNKNOWN
    assert "behind its section" in found.why


SWAP = """
    static void eider_drop(struct pond *p, struct eider *new)
    {
            struct eider *old = rcu_dereference_protected(p->eider, 1);

            rcu_assign_pointer(p->eider, new);
            synchronize_rcu();
            kfree(old);
    }

    static int eider_eggs(struct pond *p)
    {
            struct eider *e;
            int n;

            rcu_read_lock();
            e = rcu_dereference(p->eider);
            n = e->eggs;
            rcu_read_unlock();
            return n;
    }
"""


@pytest.mark.parametrize(
    ("back", "answer"),
    [
        ("            rcu_assign_pointer(p->eider, old);\n", Answer.UNKNOWN),
        ("            if (!new)  WRITE_ONCE(p->eider, old);\n", Answer.UNKNOWN),
        ("            p->eider = old;\n", Answer.UNKNOWN),
        ("            RCU_INIT_POINTER(p->eider, NULL);\n", Answer.EXCLUDES),
        ("            old->mate = p->mate;\n", Answer.EXCLUDES),
    ],
)
def test_a_pointer_that_is_set_back(back: str, answer: Answer) -> None:
    assert _asked(SWAP).answer is Answer.EXCLUDES
    assert _asked(SWAP.replace(WAIT, back + WAIT)).answer is answer
    kept = SWAP.replace("rcu_assign_pointer(p->eider, new)", "rcu_assign_pointer(p->eider, old)")
    assert _asked(kept).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("back", "answer"),
    [
        ("            list_add_rcu(&e->node, &ponds);\n", Answer.UNKNOWN),
        ("            if (e->eggs)  list_add_tail_rcu(&e->node, &ponds);\n", Answer.UNKNOWN),
        ("            eider_back(e);\n", Answer.UNKNOWN),
        ("            list_add_rcu(&e->mate->node, &ponds);\n", Answer.EXCLUDES),
    ],
)
def test_an_entry_that_is_linked_again(back: str, answer: Answer) -> None:
    helper = """
    static void eider_back(struct eider *e)
    {
            list_add_rcu(&e->node, &ponds);
    }
    """
    assert _asked(CODE.replace(WAIT, back + WAIT) + helper).answer is answer


COUNTED = "struct eider *e;\n            int n = 0;\n"
FOUND = """
    static struct eider *eider_find(struct pond *p)
    {
            struct eider *e;

            list_for_each_entry_rcu(e, &p->eiders, node)
                    if (e->eggs)
                            return e;
            return NULL;
    }

    static int eider_first(struct pond *p)
    {
            struct eider *e;
            int n = 0;

            rcu_read_lock();
            e = eider_find(p);
            n = e->eggs;
            rcu_read_unlock();
            return n;
    }
"""


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (
            CODE.replace("n += e->eggs;", "if (e->eggs)  best = e;")
            .replace(COUNTED, COUNTED + "  struct eider *best = NULL;\n")
            .replace(LEAVE, LEAVE + "  n = best->eggs;\n"),
            Answer.UNKNOWN,
        ),
        (
            CODE.replace("n += e->eggs;", "best = n ? best : e;")
            .replace(COUNTED, COUNTED + "  struct eider *best = NULL, *first;\n")
            .replace(LEAVE, "  first = best;\n" + LEAVE + "  n = first->eggs;\n"),
            Answer.UNKNOWN,
        ),
        (
            CODE.replace("n += e->eggs;", "eggs = &e->eggs;")
            .replace(COUNTED, COUNTED + "  int *eggs = NULL;\n")
            .replace(LEAVE, LEAVE + "  n = *eggs;\n"),
            Answer.UNKNOWN,
        ),
        (
            CODE.replace("n += e->eggs;", "d = container_of(e, struct duck, eider);")
            .replace(COUNTED, COUNTED + "  struct duck *d;\n")
            .replace(LEAVE, LEAVE + "  n = d->age;\n"),
            Answer.UNKNOWN,
        ),
        (CODE.replace("n += e->eggs;", "p->best = e;"), Answer.UNKNOWN),
        (CODE.replace("n += e->eggs;", "*out = e;"), Answer.UNKNOWN),
        (CODE.replace("n += e->eggs;", "p->few[eider_at(p, 1)] = e;"), Answer.UNKNOWN),
        (CODE.replace("n += e->eggs;", "p->many += e->eggs;"), Answer.EXCLUDES),
        (CODE.replace("n += e->eggs;", "p->any = e == p->last;"), Answer.EXCLUDES),
        (
            CODE.replace("n += e->eggs;", "kref_get(&p->ref);").replace(
                LEAVE, LEAVE + "  n = e->eggs;\n"
            ),
            Answer.UNKNOWN,
        ),
        (
            CODE.replace("n += e->eggs;", "best = e;  kref_get(&best->ref);").replace(
                LEAVE, LEAVE + "  n = best->eggs;\n"
            ),
            Answer.EXCLUDES,
        ),
        (SWAP.replace("e = rcu_d", "p->seen = rcu_d"), Answer.UNKNOWN),
        (SWAP.replace("return n;", "return e->eggs;"), Answer.UNKNOWN),
        (
            SWAP.replace("e = rcu_dereference(p->eider);\n            n = e->eggs;",
                         "n = rcu_dereference(p->eider)->eggs;"),
            Answer.EXCLUDES,
        ),
        (CODE[: CODE.index("    static int eider_sum")] + FOUND, Answer.EXCLUDES),
        (
            CODE[: CODE.index("    static int eider_sum")]
            + FOUND.replace(LEAVE, LEAVE + "            n += e->eggs;\n"),
            Answer.UNKNOWN,
        ),
    ],
    ids=["another variable", "two of them", "an address inside", "around it", "in a member",
         "handed out", "in a table", "a number only", "a comparison", "another's count",
         "its own count", "a pointer in a member", "a pointer read behind", "a number read",
         "in a helper", "in a helper and behind"],
)  # fmt: skip
def test_what_was_found_goes_by_other_names(code: str, answer: Answer) -> None:
    found = _asked(code)

    assert found.answer is answer
    assert answer is not Answer.UNKNOWN or "behind its section" in found.why


SECOND = """
    static int eider_second(struct pond *p)
    {
            struct eider *e;
            int n = 0;

            %s(e, &p->eiders, %s)
                    n += e->eggs;
            return n;
    }
"""


@pytest.mark.parametrize(
    ("walk", "more", "answer"),
    [
        ("list_for_each_entry_rcu", "node", Answer.EXCLUDES),
        ("list_for_each_entry_rcu", "node, srcu_read_lock_held(&eider_srcu)", Answer.UNKNOWN),
        ("list_for_each_entry_rcu", "node, rcu_read_lock_trace_held()", Answer.UNKNOWN),
        ("guard(srcu)(&eider_srcu);  list_for_each_entry_rcu", "node", Answer.UNKNOWN),
        ("srcu_read_lock(&eider_srcu);  list_for_each_entry_rcu", "node", Answer.UNKNOWN),
        ("list_for_each_entry_srcu", "node, true", Answer.UNKNOWN),
        ("list_for_each_entry_srcu", "mates, true", Answer.EXCLUDES),
    ],
)
def test_a_second_reader_in_a_section_of_another_kind(walk: str, more: str, answer: Answer) -> None:
    """What synchronize_rcu() waits for is no reader of SRCU."""
    found = _asked(CODE + SECOND % (walk, more))

    assert found.answer is answer
    assert answer is Answer.EXCLUDES or "another kind" in found.why


IF, ENDIF = "#ifdef CONFIG_EIDER\n", "#endif\n"
HELPER = """
    static void eider_wait(struct eider *e)
    {
            synchronize_rcu();
    }
"""


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (CODE.replace(WAIT, IF + WAIT + ENDIF), Answer.UNKNOWN),
        (CODE.replace(WAIT, "#if 0\n" + WAIT + ENDIF), Answer.UNKNOWN),
        (IF + CODE + ENDIF, Answer.EXCLUDES),
        (CODE.replace(LINK, IF + "            e->eggs = 0;\n" + ENDIF + LINK), Answer.EXCLUDES),
        (CODE.replace(WAIT, "            eider_wait(e);\n") + HELPER, Answer.EXCLUDES),
        (
            CODE.replace(WAIT, "            eider_wait(e);\n") + IF + HELPER + ENDIF,
            Answer.UNKNOWN,
        ),
        (
            CODE.replace(WAIT, IF + "            eider_wait(e);\n" + ENDIF) + HELPER,
            Answer.UNKNOWN,
        ),
        (
            CODE.replace(ENTER, IF + ENTER + ENDIF).replace(LEAVE, IF + LEAVE + ENDIF),
            Answer.UNKNOWN,
        ),
    ],
    ids=["the wait", "never", "all of it", "another step", "in a helper", "the helper", "its call",
         "the section"],
)  # fmt: skip
def test_what_some_configurations_leave_out(code: str, answer: Answer) -> None:
    found = _asked(code)

    assert found.answer is answer
    assert answer is Answer.EXCLUDES or "some configurations" in found.why


GUARDED = "            {\n                    guard(rcu)();\n"


@pytest.mark.parametrize(
    ("enter", "leave", "answer"),
    [
        ("            guard(rcu)();\n", "", Answer.EXCLUDES),
        (GUARDED, "            }\n", Answer.EXCLUDES),
        (GUARDED, "            }\n            n += e->eggs;\n", Answer.UNKNOWN),
        (GUARDED, "            n += e->eggs;\n            }\n", Answer.EXCLUDES),
        (GUARDED + "            n++;\n            }\n", "", Answer.UNKNOWN),
        ("            eider_in(p);\n", "", Answer.UNKNOWN),
    ],
)
def test_a_guard_ends_with_its_block(enter: str, leave: str, answer: Answer) -> None:
    helper = """
    static void eider_in(struct pond *p)
    {
            guard(rcu)();
            p->seen = 1;
    }
    """
    code = CODE.replace(ENTER, enter).replace(LEAVE, leave)
    assert _asked(code + helper).answer is answer


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
    assert _left(code, before).before is None


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
    assert _left(code.replace(WAIT, "") + make, code + make).before is None


@pytest.mark.parametrize(
    ("reads", "answer"),
    [
        ("rcu_dereference(p->eider)", Answer.EXCLUDES),
        ("rcu_dereference_check(p->eider, p->held)", Answer.EXCLUDES),
        ("rcu_dereference_bh(p->eider)", Answer.EXCLUDES),
        ("rcu_dereference_raw(p->eider)", Answer.UNKNOWN),
        ("rcu_dereference_raw_notrace(p->eider)", Answer.UNKNOWN),
        ("rtnl_dereference(p->eider)", Answer.UNKNOWN),
        ("srcu_dereference(p->eider, &eider_srcu)", Answer.UNKNOWN),
        ("READ_ONCE(p->eider)", Answer.UNKNOWN),
    ],
)
def test_what_readers_look_with(reads: str, answer: Answer) -> None:
    assert _asked(SWAP.replace("rcu_dereference(p->eider)", reads)).answer is answer


def test_a_walk_that_asserts_nothing_is_no_reader() -> None:
    lockless = CODE.replace("list_for_each_entry_rcu", "list_for_each_entry_lockless")
    assert "no reader" in _asked(lockless).why


@pytest.mark.parametrize("kind", ["", "_bh", "_sched"])
def test_one_grace_period_waits_for_three_kinds(kind: str) -> None:
    code = CODE.replace("rcu_read_lock(", f"rcu_read_lock{kind}(")
    assert _asked(code.replace("rcu_read_unlock(", f"rcu_read_unlock{kind}(")).answer is (
        Answer.EXCLUDES
    )


@pytest.mark.parametrize(
    ("wait", "answer"),
    [
        ("synchronize_rcu_expedited", Answer.EXCLUDES),
        ("synchronize_net", Answer.EXCLUDES),
        ("rcu_barrier", Answer.ALLOWS),
        ("synchronize_irq", Answer.ALLOWS),
    ],
)
def test_what_waits_for_readers(wait: str, answer: Answer) -> None:
    assert _asked(CODE.replace("synchronize_rcu", wait)).answer is answer


def test_a_function_of_the_file_that_has_the_name_of_a_wait() -> None:
    own = """
    static void synchronize_rcu(void)
    {
            eiders++;
    }
    """
    assert _asked(CODE + own).answer is Answer.ALLOWS


def test_a_reader_that_leaves_its_callers_section_for_a_while() -> None:
    walk = "list_for_each_entry_rcu(e, &p->eiders, node) {{ {} }}".format(
        STEP.format("cond_resched();")
    )
    resumed = SECOND.replace("%s(e, &p->eiders, %s)\n                    n += e->eggs;", walk)
    found = _asked(CODE + resumed)

    assert found.answer is Answer.EXCLUDES
    assert [one.function for one in found.left_to_callers] == ["eider_second"]


@pytest.mark.parametrize(
    ("behind", "answer"),
    [
        ("            return *e;\n", Answer.UNKNOWN),
        ("            while (n--)\n                    n += e->eggs;\n", Answer.UNKNOWN),
        ("            for (e = p->first; e; e = e->next)\n                    n++;\n",
         Answer.EXCLUDES),
        ("            while ((e = eider_next(p)))\n                    n += e->eggs;\n",
         Answer.EXCLUDES),
        ("            if ((e = eider_next(p)))\n                    n += e->eggs;\n",
         Answer.EXCLUDES),
        ("            switch ((e = eider_next(p))->eggs) {\n            case 1:\n"
         "                    n++;\n            }\n", Answer.EXCLUDES),
    ],
)  # fmt: skip
def test_what_is_behind_a_section(behind: str, answer: Answer) -> None:
    assert _asked(CODE.replace(LEAVE, LEAVE + behind)).answer is answer


@pytest.mark.parametrize("leave", ["break;", "continue;", "return n;"])
def test_a_step_that_leaves_a_loop_behind_its_section(leave: str) -> None:
    """The next turn finds another one."""
    code = CODE.replace(ENTER, "            while (p->more) {\n" + ENTER).replace(
        LEAVE,
        LEAVE + f"                    {leave}\n                    n = e->eggs;\n            }}\n",
    )
    assert _asked(code).answer is Answer.EXCLUDES
    assert _asked(code.replace(f"{leave}\n                    n = e", "n = e")).answer is (
        Answer.UNKNOWN
    )
