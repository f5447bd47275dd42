"""What a call through a pointer may drop, by what the tree puts there."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions

CODE = """
struct pond { spinlock_t pond_lock; const struct ops *ops; };
/* Called with p->pond_lock held. */
static void stock(struct pond *p)
{
        p->fish++;
}
static void fill(struct pond *pond)
{
        spin_lock(&pond->pond_lock);
        pond->ops->unlock_all(pond);
        stock(pond);
        spin_unlock(&pond->pond_lock);
}
static void drain(struct pond *p)
{
        spin_unlock(&p->pond_lock);
}
"""


@pytest.mark.parametrize(
    ("given", "decision"),
    [
        ("static const struct ops o = { .other = drain };", Decision.HOLDS),
        ("EXPORT_SYMBOL(drain);", Decision.HOLDS),
        ("static const struct ops o = { .unlock_all = drain };", Decision.UNKNOWN),
        ("static const struct ops o = { drain };", Decision.UNKNOWN),
        ("static const struct ops o = { NULL, &drain, };", Decision.UNKNOWN),
        ("void init(struct ops *o)\n{\n        set_op(o, drain);\n}", Decision.UNKNOWN),
        (
            "#define OP(n) .n##_all = drain\nstatic const struct ops o = { OP(unlock) };",
            Decision.UNKNOWN,
        ),
    ],
)
def test_what_drops_a_lock_may_be_put_where_no_member_is_named(
    given: str, decision: Decision
) -> None:
    assert decisions(CODE + given, "caller-holds-lock") == [decision]
