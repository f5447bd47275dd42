"""Waits for readers of RCU, as a model of the code that waits and of the readers tells."""

from __future__ import annotations

import pytest

from reviewer.evidence.models.grace.model import Answer
from tests.evidence.eider import CODE, ENDIF, ENTER, FREE, IF, LEAVE, SWAP, WAIT, asked

END = """
    static void eider_end(struct eider *e)
    {
            kfree(e);
    }
"""

LINK = "            list_del_rcu(&e->node);\n"


def test_the_wait_alone_keeps_a_reader_away() -> None:
    found = asked(CODE)

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
    assert asked(code).answer is Answer.ALLOWS


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
    assert asked(code).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("wait", "gone"),
    [("kfree_rcu(e, rcu);", "kfree_rcu"), ("call_rcu(&e->rcu, eider_free);", "call_rcu")],
)
def test_what_is_freed_behind_a_grace_period(wait: str, gone: str) -> None:
    code = CODE.replace(WAIT, "").replace("kfree(e);", wait)
    found = asked(code)

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
    found = asked(code, "eider_swap")

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
    found = asked(code + called, "eider_swap")
    assert found.answer is Answer.EXCLUDES
    assert found.reader is not None
    assert found.reader.function == "eider_ask"


def test_two_structs_with_a_member_of_one_name() -> None:
    code = CODE.replace(WAIT, "            list_del_rcu(&e->flock->node);\n" + WAIT)
    assert asked(code).answer is Answer.UNKNOWN


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
    assert asked(SWAP).answer is Answer.EXCLUDES
    assert asked(SWAP.replace(WAIT, back + WAIT)).answer is answer
    kept = SWAP.replace("rcu_assign_pointer(p->eider, new)", "rcu_assign_pointer(p->eider, old)")
    assert asked(kept).answer is Answer.UNKNOWN


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
    assert asked(CODE.replace(WAIT, back + WAIT) + helper).answer is answer


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
    found = asked(code)

    assert found.answer is answer
    assert answer is Answer.EXCLUDES or "some configurations" in found.why


@pytest.mark.parametrize("kind", ["", "_bh", "_sched"])
def test_one_grace_period_waits_for_three_kinds(kind: str) -> None:
    code = CODE.replace("rcu_read_lock(", f"rcu_read_lock{kind}(")
    assert asked(code.replace("rcu_read_unlock(", f"rcu_read_unlock{kind}(")).answer is (
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
    assert asked(CODE.replace("synchronize_rcu", wait)).answer is answer


def test_a_function_of_the_file_that_has_the_name_of_a_wait() -> None:
    own = """
    static void synchronize_rcu(void)
    {
            eiders++;
    }
    """
    assert asked(CODE + own).answer is Answer.ALLOWS
