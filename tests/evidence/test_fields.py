"""Who writes a member, and whether each writer certainly holds the lock that a comment names."""

from __future__ import annotations

import inspect

import pytest

from reviewer.review.bench import prepare
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.verdict import Decision, Verdict
from reviewer.world import Library
from tests.judging.pond import decisions
from tests.support import MemoryTree, memory_index

STRUCT = """
struct pond {
        spinlock_t lock;
        struct mutex feed_mutex;
        int fish; /* protected by lock */
        struct list_head ducks; /* protected by feed_mutex */
};
"""
LOCKED = """
void stock(struct pond *pond)
{
        spin_lock(&pond->lock);
        pond->fish++;
        spin_unlock(&pond->lock);
}
"""


def _judged(code: str, member: str = "fish", **more: str) -> Verdict:
    files = {"fs/pondfs/pond.c": STRUCT + inspect.cleandoc(code), **more}
    tree = MemoryTree({path: (text + "\n").encode() for path, text in files.items()})
    library = Library(tree, memory_index(tree))
    source = library.source("fs/pondfs/pond.c")
    assert source is not None
    review = judge_file(Judgement(prepare(Selection(only=("writes-hold-lock",))), library), source)
    (entry,) = [
        one for one in review.entries if one.rule and one.claim.comment.anchor.name.endswith(member)
    ]
    return entry.verdict


def test_all_writes_with_the_lock_hold_and_without_one_of_them_no_longer() -> None:
    verdict = _judged(LOCKED)
    assert verdict.decision is Decision.HOLDS
    assert "1 of 1 writes of pond::fish hold lock" in verdict.message
    assert [one.note for one in verdict.rests_on] == ["spin_lock(pond->lock)"]
    assert _judged(LOCKED.replace("spin_lock(&pond->lock);", "")).decision is Decision.UNKNOWN


def test_a_writer_elsewhere_counts() -> None:
    path = {"fs/pondfs/other.c": "void drain(struct pond *p)\n{\n\tp->fish = 0;\n}"}
    verdict = _judged(LOCKED, **path)
    assert verdict.decision is Decision.UNKNOWN
    assert "1 of 2 writes" in verdict.message
    assert "fs/pondfs/other.c:3" in verdict.message


@pytest.mark.parametrize(
    "setup",
    [
        "void make(struct pond *p)\n{\n\tspin_lock_init(&p->lock);\n\tp->fish = 0;\n}",
        "void make(void)\n{\n\tstruct pond *p = kzalloc(8, GFP_KERNEL);\n\tp->fish = 0;\n}",
        "void make(void)\n{\n\tstruct pond p;\n\tp.fish = 0;\n}",
        "void __init make(struct pond *p)\n{\n\tp->fish = 0;\n}",
    ],
)
def test_writes_before_publication_do_not_count(setup: str) -> None:
    assert _judged(f"{inspect.cleandoc(LOCKED)}\n\n{setup}").decision is Decision.HOLDS


@pytest.mark.parametrize(
    "write",
    [
        "p->fish += 2;",
        "--p->fish;",
        "WRITE_ONCE(p->fish, 2);",
        "eat(&p->fish);",
        "swap(n, p->fish);",
    ],
)
def test_what_writes(write: str) -> None:
    more = f"void eat_all(struct pond *p, int n)\n{{\n\t{write}\n}}"
    assert _judged(f"{inspect.cleandoc(LOCKED)}\n\n{more}").decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    "read", ["n = p->fish;", "if (p->fish == n)\n\t\tn = 0;", "show(p->fish);"]
)
def test_what_only_reads(read: str) -> None:
    more = f"void look(struct pond *p, int n)\n{{\n\t{read}\n}}"
    assert _judged(f"{inspect.cleandoc(LOCKED)}\n\n{more}").decision is Decision.HOLDS


def test_a_member_of_that_name_in_another_struct_is_not_meant() -> None:
    other = "struct lake { int fish; };\nvoid dry(struct lake *l)\n{\n\tl->fish = 0;\n}"
    assert _judged(f"{inspect.cleandoc(LOCKED)}\n\n{other}").decision is Decision.HOLDS
    unsure = other.replace("l->fish", "get(l)->lake.fish")
    verdict = _judged(f"{inspect.cleandoc(LOCKED)}\n\n{unsure}")
    assert verdict.decision is Decision.AGREES
    assert "used in 1 section of lock; whose fish is written" in verdict.message


def test_a_list_of_which_only_the_head_is_seen_agrees() -> None:
    code = """
        void hatch(struct pond *p, struct duck *d)
        {
                guard(mutex)(&p->feed_mutex);
                list_add(&d->link, &p->ducks);
        }
    """
    assert _judged(code, "ducks").decision is Decision.AGREES


def test_a_lock_that_nobody_takes_protects_nothing() -> None:
    code = """
        void hatch(struct pond *p, struct duck *d)
        {
                list_add(&d->link, &p->ducks);
        }
    """
    assert _judged(code, "ducks").decision is Decision.BROKEN
    helper = (
        f"{inspect.cleandoc(code)}\n\nvoid keep(struct pond *p)\n{{\n\tours(&p->feed_mutex);\n}}"
    )
    assert _judged(helper, "ducks").decision is Decision.UNKNOWN


def test_a_member_reached_through_others_is_of_its_struct() -> None:
    code = """
        struct shore {
                spinlock_t lock;
                int boats; /* protected by lock */
        };

        struct lake {
                spinlock_t lock;
                int boats;
                struct shore *shore;
        };

        void row(struct lake *lake)
        {
                spin_lock(&lake->shore->lock);
                lake->shore->boats++;
                lake->boats = 1;
                spin_unlock(&lake->shore->lock);
        }
    """
    assert decisions(code, "writes-hold-lock") == [Decision.HOLDS]
    unlocked = code.replace("spin_lock(&lake->shore->lock);", "")
    assert decisions(unlocked, "writes-hold-lock") == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    ("words", "decision"),
    [
        ("access protected by pond_lock", Decision.HOLDS),
        ("Access to this field is protected by pond_lock.", Decision.HOLDS),
        ("the following are protected by pond_lock", Decision.AGREES),
        ("the next two are protected by pond_lock", Decision.AGREES),
        ("The two fields below are protected by pond_lock.", Decision.AGREES),
        ("All of the remaining fields are protected by pond_lock.", Decision.AGREES),
    ],
)
def test_a_member_that_is_not_named(words: str, decision: Decision) -> None:
    code = f"""
    static DEFINE_SPINLOCK(pond_lock);

    struct pond {{
            int size;

            /* {words} */
            int ducks;
            int geese;
    }};

    void stock(struct pond *pond)
    {{
            {{lock}}
            pond->ducks = 1;
            {{unlock}}
            pond->geese = 1;
    }}
    """
    locked = code.replace("{lock}", "spin_lock(&pond_lock);")
    locked = locked.replace("{unlock}", "spin_unlock(&pond_lock);")
    assert decisions(locked, "writes-hold-lock") == [decision]
    bare = code.replace("{lock}", "").replace("{unlock}", "")
    assert decisions(bare, "writes-hold-lock") != [decision]


@pytest.mark.parametrize(
    ("member", "taken", "decisions_"),
    [
        ("int ducks", "spin_lock(&pond_lock);", [Decision.HOLDS]),
        ("int ducks", "", [Decision.UNKNOWN]),
        ("void (*ducks)(int)", "spin_lock(&pond_lock);", []),
    ],
)
def test_a_member_that_is_to_be_accessed_with_a_lock(
    member: str, taken: str, decisions_: list[Decision]
) -> None:
    code = f"""
    static DEFINE_SPINLOCK(pond_lock);

    struct pond {{
            int size;

            /* Must be accessed with pond_lock held. */
            {member};
    }};

    void stock(struct pond *pond)
    {{
            {taken}
            pond->ducks = 1;
            {taken.replace("lock(", "unlock(", 1)}
    }}
    """
    assert decisions(code, "writes-hold-lock") == decisions_


def test_a_prototype_is_no_data() -> None:
    code = """
    static DEFINE_SPINLOCK(pond_lock);

    /* Must be called with pond_lock held. */
    void stock(int ducks);

    void fill(void)
    {
            spin_lock(&pond_lock);
            stock(1);
            spin_unlock(&pond_lock);
    }
    """
    assert decisions(code, "writes-hold-lock") == []


def test_as_many_members_as_kernel_doc_describes_in_the_same_words() -> None:
    names = [f"fish_{number}" for number in range(12)]
    doc = "\n".join(f" * @{one}: fish (protected by @pond_lock)" for one in names)
    members = "\n".join(f"        int {one};" for one in names)
    writes = "\n".join(f"        pond->{one}++;" for one in names)
    code = f"""/**
 * struct pond - water
{doc}
 * @pond_lock: lock
 */
struct pond {{
        spinlock_t pond_lock;
{members}
}};

void stock(struct pond *pond)
{{
        spin_lock(&pond->pond_lock);
{writes}
        spin_unlock(&pond->pond_lock);
}}
"""
    assert decisions(code, "writes-hold-lock") == [Decision.HOLDS] * len(names)


def test_all_of_these_are_several() -> None:
    code = """
        struct pond {
                spinlock_t pond_lock;
                /* All of these are protected by pond_lock */
                int fish;
                int eggs;
        };

        void stock(struct pond *pond)
        {
                spin_lock(&pond->pond_lock);
                pond->fish++;
                spin_unlock(&pond->pond_lock);
        }
    """
    assert decisions(code, "writes-hold-lock") == [Decision.AGREES]
