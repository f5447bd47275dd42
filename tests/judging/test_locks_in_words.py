"""Which lock "the pond lock" is: of an object of that kind, or by a name that the folder has."""

from __future__ import annotations

from reviewer.verdict import Decision
from tests.judging.pond import judged

_STRUCTS = """
struct park_pond {
        spinlock_t lock;
        spinlock_t hash_lock;
        int fish;
};

struct park_jetty {
        struct park_pond *w;
        struct park_pond *sea;
};
"""
_POND = """
/* called under pond lock */
static void stock(struct park_pond *p)
{
        p->fish++;
}

void fill(struct park_pond *p)
{
        spin_lock(&p->lock);
        stock(p);
        spin_unlock(&p->lock);
}
"""
_JETTY = """
/* called under pond lock */
static void moor(struct park_jetty *j)
{
        j->w->fish++;
}

void land(struct park_jetty *j)
{
        spin_lock(&j->w->lock);
        moor(j);
        spin_unlock(&j->w->lock);
}
"""


def test_the_lock_of_the_one_parameter_of_the_kind_is_that_without_a_name_of_its_own() -> None:
    assert judged(_STRUCTS + _POND).decision is Decision.HOLDS
    hash_lock = _POND.replace("p->lock", "p->hash_lock")
    assert judged(_STRUCTS + hash_lock).decision is Decision.UNKNOWN
    two = _STRUCTS.replace("hash_lock", "lock; struct mutex mutex")
    assert judged(two + _POND.replace("p->lock", "p->mutex")).decision is Decision.UNKNOWN


def test_the_lock_of_what_a_parameter_leads_to() -> None:
    assert judged(_STRUCTS + _JETTY).decision is Decision.HOLDS
    sea = _JETTY + "\nint deep(struct park_jetty *j)\n{\n        return j->sea->fish;\n}\n"
    assert judged(_STRUCTS + sea).decision is Decision.UNKNOWN, "it leads to two ponds"
    lake = _STRUCTS.replace("park_pond", "park_lake")
    assert judged(lake + _JETTY.replace("park_pond", "park_lake")).decision is Decision.UNKNOWN


def test_a_lock_of_the_folder_has_the_word_in_its_name() -> None:
    member = """
    struct water {
            int depth; /* protected by reed mutex */
    };

    void dig(struct water *w, struct park *park)
    {
            mutex_lock(&park->reed_mutex);
            w->depth++;
            mutex_unlock(&park->reed_mutex);
    }
    """
    park = "struct park {\n        struct mutex reed_mutex;\n};\n"
    verdict = judged(member, "writes-hold-lock", fs__pondfs__park=park)
    assert verdict.decision is Decision.HOLDS
    away = judged(member.replace("reed_mutex", "reeds"), "writes-hold-lock", mm__park=park)
    assert away.decision is Decision.UNKNOWN
