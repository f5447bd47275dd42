"""Locks that are named by a local, of objects that are told to be the same or to be others."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions, judged


@pytest.mark.parametrize(
    ("first", "second", "decision"),
    [
        ("struct pond *pond = d->pond;", "struct pond *pond = d->pond;", Decision.AGREES),
        ("", "struct pond *pond = d->pond;", Decision.AGREES),
        ("struct lake *pond = d->lake;", "struct pond *pond = d->pond;", Decision.UNKNOWN),
    ],
)
def test_an_object_of_one_name_and_struct_is_said_to_be_the_same(
    first: str, second: str, decision: Decision
) -> None:
    code = f"""
        /* Called with pond->lock held. */
        static void swim(struct duck *d)
        {{
                {first}
                d->wet = 1;
        }}

        void tick(struct duck *d)
        {{
                {second}
                spin_lock(&pond->lock);
                swim(d);
                spin_unlock(&pond->lock);
        }}
    """
    assert decisions(code, "caller-holds-lock") == [decision]


@pytest.mark.parametrize(
    ("first", "second", "decision"),
    [
        ("struct pond *pond = d->pond;", "spin_lock(&duck->pond->lock);", Decision.HOLDS),
        ("struct pond *pond;  pond = d->pond;", "spin_lock(&duck->pond->lock);", Decision.HOLDS),
        (
            "struct pond *pond;  d->pond = d->other;  pond = d->pond;",
            "spin_lock(&duck->pond->lock);",
            Decision.AGREES,
        ),
        (
            "struct pond *pond;  swap(d->pond, d->other);  pond = d->pond;",
            "spin_lock(&duck->pond->lock);",
            Decision.AGREES,
        ),
        (
            "struct pond *pond;  move(d);  pond = d->pond;",
            "spin_lock(&duck->pond->lock);",
            Decision.AGREES,
        ),
        (
            "struct pond *pond = d->pond;  swap(pond, d->other);",
            "spin_lock(&duck->pond->lock);",
            Decision.UNKNOWN,
        ),
        (
            "struct pond *pond = d->pond;",
            "struct pond *p = duck->pond;  spin_lock(&p->lock);",
            Decision.AGREES,
        ),
        (
            "struct pond *pond = d->pond;",
            "struct pond *p = duck->pond;  p = p->next;  spin_lock(&p->lock);",
            Decision.UNKNOWN,
        ),
        (
            "struct pond *pond = d->pond;",
            "struct pond *p = duck->other;  spin_lock(&p->lock);",
            Decision.UNKNOWN,
        ),
    ],
)
def test_a_local_is_another_word_for_what_it_leads_to(
    first: str, second: str, decision: Decision
) -> None:
    code = f"""
        /* Called with pond->lock held. */
        static void swim(struct duck *d)
        {{
                {first}
                d->wet = 1;
        }}

        void tick(struct duck *duck)
        {{
                {second}
                swim(duck);
        }}
    """
    assert decisions(code, "caller-holds-lock") == [decision]


def test_a_lock_that_callers_further_up_take_of_an_object_they_look_up() -> None:
    code = """
        /* Called with pond_lock held. */
        static void swim(struct duck *d)
        {{
                d->wet = 1;
        }}

        static void step(struct duck *d)
        {{
                swim(d);
        }}

        void tick(struct duck *d)
        {{
                struct pond *pond = pond_of(d);

        {taken}
                step(d);
        }}
    """
    taken = "        spin_lock(&pond->pond_lock);"
    assert decisions(code.format(taken=taken), "caller-holds-lock") == [Decision.AGREES]
    assert decisions(code.format(taken=""), "caller-holds-lock") == [Decision.UNKNOWN]


def test_two_locks_of_one_name_are_not_told_apart() -> None:
    code = """
    /* Called with the page table lock held. */
    static void copy_entry(int *from)
    {{
            *from = 0;
    }}

    void copy(struct mm_struct *mm, pmd_t *pmd, int *from)
    {{
            spinlock_t *ptl = pmd_lock(mm, pmd);
    {other}
            copy_entry(from);
            spin_unlock(ptl);
    }}
    """
    assert judged(code.format(other="")).decision is Decision.HOLDS
    both = code.format(other="        spin_lock_nested(src_ptl, SINGLE_DEPTH_NESTING);")
    assert judged(both).decision is Decision.UNKNOWN


def test_a_lock_whose_name_ends_like_another_one() -> None:
    code = """
    static DEFINE_SPINLOCK(farm_pond_lock);

    /* Called with pond_lock held. */
    static void stock(struct pond *p)
    {
            p->fish++;
    }

    void keep(struct pond *pond)
    {
            spin_lock(&farm_pond_lock);
            spin_lock(&pond->pond_lock);
            stock(pond);
            spin_unlock(&pond->pond_lock);
            spin_unlock(&farm_pond_lock);
    }
    """
    assert judged(code).decision is Decision.HOLDS
    without = code.replace("spin_lock(&pond->pond_lock);", "")
    assert judged(without).decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("code", "decision"),
    [
        ("struct pond *pond = duck->pond;", Decision.HOLDS),
        ("struct duck *other = ducks;  struct pond *pond = other->pond;", Decision.UNKNOWN),
        # the parameter is another one by then, or the local is
        ("struct pond *pond = duck->pond;  duck++;", Decision.UNKNOWN),
        ("struct pond *pond = duck->pond;  --duck;  duck--;", Decision.UNKNOWN),
        ("struct pond *pond = duck->pond;  duck += 1;", Decision.UNKNOWN),
        ("struct pond *pond = duck->pond;  move(&duck);", Decision.UNKNOWN),
        ("struct pond *pond = duck->pond;  move(&duck->lock);", Decision.HOLDS),
        ("struct pond *pond = duck->pond;  pond--;", Decision.UNKNOWN),
        ("struct pond *pond = duck->pond;  pond -= 1;", Decision.UNKNOWN),
        ("struct pond *pond = duck->pond;  pond <<= 1;", Decision.UNKNOWN),
        ("struct pond *pond = duck->pond;  pond >>= 1;", Decision.UNKNOWN),
        ("struct pond *pond = duck->pond;  move(&pond);", Decision.UNKNOWN),
        ("struct pond *pond = duck->pond;  move(&pond->lock);", Decision.HOLDS),
        ("struct pond *pond = duck->pond;  move(&pond[1]);", Decision.HOLDS),
        (
            "struct pond *pond = duck->pond;  list_for_each_entry(pond, &ponds, link)  duck_at(0);",
            Decision.UNKNOWN,
        ),
        (
            "struct pond *pond = duck->pond;  pond_for_each(next(duck), pond)  duck_at(0);",
            Decision.UNKNOWN,
        ),
        # what led there on entry is only what leads there now
        ("struct pond *pond;  WARN_ON(!duck);  pond = duck->pond;", Decision.HOLDS),
        ("struct pond *pond;  mutex_lock(&duck->m);  pond = duck->pond;", Decision.AGREES),
        ("struct pond *pond;  duck->pond--;  pond = duck->pond;", Decision.AGREES),
        ("struct pond *pond;  duck->pond += 1;  pond = duck->pond;", Decision.AGREES),
        ("struct pond *pond;  (*duck).pond = q;  pond = duck->pond;", Decision.AGREES),
        ("struct pond *pond;  duck->pond_two = q;  pond = duck->pond;", Decision.HOLDS),
    ],
)
def test_what_a_local_may_stand_for(code: str, decision: Decision) -> None:
    whole = f"""
        /* Called with pond->lock held. */
        static void swim(struct duck *duck, struct pond *q)
        {{
                {code}
                q->wet = 1;
        }}

        void tick(struct duck *duck, struct pond *q)
        {{
                spin_lock(&duck->pond->lock);
                swim(duck, q);
                spin_unlock(&duck->pond->lock);
        }}
    """
    assert decisions(whole, "caller-holds-lock") == [decision]
    without = whole.replace("spin_lock(&duck->pond->lock);", "")
    assert decisions(without, "caller-holds-lock") == [Decision.UNKNOWN]


def test_a_local_of_a_local() -> None:
    code = """
        /* Called with pond->lock held. */
        static void swim(struct duck *duck)
        {{
                {first}
                struct pond *pond = mate->pond;

                duck->wet = 1;
        }}

        void tick(struct duck *duck)
        {{
                spin_lock(&duck->mate->pond->lock);
                swim(duck);
        }}
    """
    found = [
        decisions(code.format(first=first), "caller-holds-lock")
        for first in (
            "struct duck *mate = duck->mate;",
            "struct duck *mate;  move(duck);  mate = duck->mate;",
            "struct duck *mate = ducks->mate;",
        )
    ]
    assert found == [[Decision.HOLDS], [Decision.AGREES], [Decision.UNKNOWN]]


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ("spin_lock(&br->lock);\n        stock(p);", Decision.AGREES),
        ("spin_lock(&br->lock);\n        spin_unlock(&br->lock);\n        stock(p);",
         Decision.UNKNOWN),
        ("spin_lock(&p->br->lock);\n        spin_unlock(&br->lock);\n        stock(p);",
         Decision.UNKNOWN),
        ("spin_lock(&br->lock);\n        if (p->fish)\n                spin_unlock(&br->lock);\n"
         "        stock(p);", Decision.UNKNOWN),
        ("spin_lock(&br->lock);\n        spin_unlock(&br->lock);\n        spin_lock(&br->lock);\n"
         "        stock(p);", Decision.AGREES),
    ],
)  # fmt: skip
def test_what_a_local_took_a_local_drops(body: str, decision: Decision) -> None:
    code = f"""
        struct bridge {{
                spinlock_t lock;
        }};

        /* Called with p->br->lock held. */
        static void stock(struct pond *p)
        {{
                p->fish++;
        }}

        static void keep(struct pond *p)
        {{
                struct bridge *br = p->br;

                {body}
        }}
    """
    assert decisions(code, "caller-holds-lock") == [decision]


@pytest.mark.parametrize(
    ("given", "body", "decision"),
    [
        ("struct pond *p = data;", "spin_lock(&br->lock);\n        stock(p);", Decision.AGREES),
        ("struct pond *p = data;",
         "spin_lock(&br->lock);\n        p = p->next;\n        stock(p);", Decision.UNKNOWN),
        ("struct pond *p = data;",
         "spin_lock(&br->lock);\n        find(&p);\n        stock(p);", Decision.UNKNOWN),
        ("p = data;", "spin_lock(&br->lock);\n        stock(p);", Decision.UNKNOWN),
    ],
)  # fmt: skip
def test_a_way_from_a_pointer_that_is_set_once(given: str, body: str, decision: Decision) -> None:
    code = f"""
        struct bridge {{
                spinlock_t lock;
        }};

        /* Called with p->br->lock held. */
        static void stock(struct pond *p)
        {{
                p->fish++;
        }}

        static void keep(void *data)
        {{
                struct bridge *br;
                {given}

                br = p->br;
                {body}
        }}
    """
    assert decisions(code, "caller-holds-lock") == [decision]


@pytest.mark.parametrize(
    ("declared", "inside", "decision"),
    [
        ("", "struct bridge *br;", Decision.AGREES),
        ("", "struct bridge *other, *br;", Decision.AGREES),
        ("", "static struct bridge *br;", Decision.UNKNOWN),
        ("static struct bridge *br;", "", Decision.UNKNOWN),
    ],
)
def test_a_variable_that_outlives_the_function_stands_for_nothing(
    declared: str, inside: str, decision: Decision
) -> None:
    code = f"""
        {declared}
        struct bridge {{
                spinlock_t lock;
        }};

        /* Called with p->br->lock held. */
        static void stock(struct pond *p)
        {{
                p->fish++;
        }}

        static void keep(struct pond *p)
        {{
                {inside}
                if (!p->done)
                        br = p->br;
                spin_lock(&br->lock);
                stock(p);
        }}
    """
    assert decisions(code, "caller-holds-lock") == [decision]


@pytest.mark.parametrize(
    ("between", "decision"),
    [
        ("feed(&farm->pond);", Decision.HOLDS),
        ("feed(&farm);", Decision.UNKNOWN),
        ("farm = farm->next;", Decision.UNKNOWN),
    ],
)
def test_a_struct_around_the_lock_that_is_handed_on(between: str, decision: Decision) -> None:
    code = f"""
        /* Called with farm->pond.lock held. */
        static void stock(struct farm *farm)
        {{
                farm->fish++;
        }}

        static void keep(struct farm *farm)
        {{
                spin_lock(&farm->pond.lock);
                {between}
                stock(farm);
                spin_unlock(&farm->pond.lock);
        }}
    """
    assert decisions(code, "caller-holds-lock") == [decision]
