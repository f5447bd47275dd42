"""Readers beside code that waits for them: what they keep, and where their sections end."""

from __future__ import annotations

import pytest

from reviewer.evidence.models.grace.model import Answer
from tests.evidence.eider import CODE, ENTER, LEAVE, SWAP, asked

STEP = "{{  rcu_read_unlock();  {}  rcu_read_lock();  }}"


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
    found = asked(code)

    assert found.answer is answer
    assert answer is not Answer.UNKNOWN or "behind its section" in found.why


def test_a_reader_with_many_ways_out_is_in_doubt() -> None:
    """8 s for 400 of them, growing with the cube, when each was read to each."""
    ways = "".join(f"  if (n == {number})  goto out{number};\n" for number in range(1000))
    outs = "".join(f"  out{number}:  n++;  if (n)  return n;\n" for number in range(1000))
    found = asked(CODE.replace(LEAVE, LEAVE + ways + outs))

    assert found.answer is Answer.UNKNOWN
    assert "behind its section" in found.why


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
    found = asked(code)

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
    found = asked(CODE + SECOND % (walk, more))

    assert found.answer is answer
    assert answer is Answer.EXCLUDES or "another kind" in found.why


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
    assert asked(code + helper).answer is answer


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
    assert asked(SWAP.replace("rcu_dereference(p->eider)", reads)).answer is answer


def test_a_walk_that_asserts_nothing_is_no_reader() -> None:
    lockless = CODE.replace("list_for_each_entry_rcu", "list_for_each_entry_lockless")
    assert "no reader" in asked(lockless).why


def test_a_reader_that_leaves_its_callers_section_for_a_while() -> None:
    walk = "list_for_each_entry_rcu(e, &p->eiders, node) {{ {} }}".format(
        STEP.format("cond_resched();")
    )
    resumed = SECOND.replace("%s(e, &p->eiders, %s)\n                    n += e->eggs;", walk)
    found = asked(CODE + resumed)

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
    assert asked(CODE.replace(LEAVE, LEAVE + behind)).answer is answer


@pytest.mark.parametrize("leave", ["break;", "continue;", "return n;"])
def test_a_step_that_leaves_a_loop_behind_its_section(leave: str) -> None:
    """The next turn finds another one."""
    code = CODE.replace(ENTER, "            while (p->more) {\n" + ENTER).replace(
        LEAVE,
        LEAVE + f"                    {leave}\n                    n = e->eggs;\n            }}\n",
    )
    assert asked(code).answer is Answer.EXCLUDES
    assert asked(code.replace(f"{leave}\n                    n = e", "n = e")).answer is (
        Answer.UNKNOWN
    )
