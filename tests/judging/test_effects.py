"""Helpers that drop a lock of their caller and take it again, or do not."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import caller, judged

_BODY = "spin_lock(&pond->lock);\n{call};\nstock(pond);\nspin_unlock(&pond->lock);\nreturn n;"
_RETAKES = "spin_unlock(&q->lock);\n        count(q);\n        spin_lock(&q->lock);"


def _helper(body: str, name: str = "feed", static: str = "static ") -> str:
    return f"{static}int {name}(struct pond *q, struct pond *r, int n)\n{{\n        {body}\n}}\n"


def _kept(body: str, call: str = "feed(pond, pond->next, n)", **files: str) -> Decision:
    return judged(caller(_BODY.format(call=call), _helper(body)), **files).decision


@pytest.mark.parametrize(
    "body",
    [
        f"{_RETAKES}\n        return n;",
        f"if (n) {{\n        {_RETAKES}\n        }}\n        return n;",
        f"while (n--) {{\n        {_RETAKES}\n        }}\n        return 0;",
        "if (!n)\n                goto out;\n        spin_unlock(&q->lock);\n        count(q);\n"
        "        spin_lock(&q->lock);\nout:\n        return n;",
        # of another object: what is taken here is not what is held
        "if (n) {\n        spin_lock(&r->lock);\n        spin_unlock(&r->lock);\n        }\n"
        "        return n;",
        "list_for_each_entry(r, &q->all, node) {\n        spin_lock(&r->lock);\n"
        "        spin_unlock(&r->lock);\n        }\n        return n;",
        "if (n && !spin_trylock(&r->lock))\n                return 1;\n        return n;",
    ],
)
def test_what_is_dropped_and_taken_again_is_kept(body: str) -> None:
    assert _kept(body) is Decision.HOLDS


@pytest.mark.parametrize(
    "body",
    [
        "if (n)\n                spin_unlock(&q->lock);\n        return n;",
        # an early way out
        "spin_unlock(&q->lock);\n        if (count(q))\n                return 1;\n"
        "        spin_lock(&q->lock);\n        return 0;",
        # of which object is not known any more
        "if (n) {\n        spin_unlock(&q->lock);\n        q = q->next;\n"
        "        spin_lock(&q->lock);\n        }\n        return n;",
        "if (n) {\n        spin_unlock(&q->lock);\n        spin_lock(&r->lock);\n        }\n"
        "        return n;",
        "if (n) {\n        spin_unlock(&q->lock);\n        spin_trylock(&q->lock);\n        }\n"
        "        return n;",
        "if (n) {\n        spin_lock(&r->lock);\n        spin_unlock(&q->lock);\n        }\n"
        "        return n;",
        # the same pointer, and what it was taken by has changed between
        "if (n) {\n        spin_lock(&r->lock);\n        r = q;\n        spin_unlock(&r->lock);\n"
        "        }\n        return n;",
        "#ifdef CONFIG_POND\n        if (n)\n                spin_unlock(&q->lock);\n#endif\n"
        "        return n;",
        "if (n) {\n        spin_unlock(&q->lock);\n#ifdef CONFIG_POND\n"
        "        spin_lock(&q->lock);\n#endif\n        }\n        return n;",
    ],
)
def test_what_may_come_back_dropped_is_not_kept(body: str) -> None:
    assert _kept(body) is Decision.UNKNOWN


@pytest.mark.parametrize(("retakes", "there"), [(True, "holds"), (False, "unknown")])
def test_through_a_helper_of_another_file(retakes: bool, there: str) -> None:
    body = _RETAKES if retakes else "spin_unlock(&q->lock);"
    far = _helper(f"if (n) {{\n        {body}\n        }}\n        return n;", "pond_end", "")
    code = caller(_BODY.format(call="pond_end(pond, pond, n)"))
    assert judged(code, fs__pondfs__b=far).decision.value == there


def test_a_helper_that_is_handed_the_lock_and_retakes_it() -> None:
    both = "spin_unlock(l);\n        spin_lock(l);"
    far = "void feed(spinlock_t *l, int n)\n{{\n        if (n) {{\n        {}\n        }}\n}}\n"
    code = caller(_BODY.format(call="feed(&pond->lock, n)"))
    assert judged(code, fs__pondfs__b=far.format(both)).decision is Decision.HOLDS
    assert judged(code, fs__pondfs__b=far.format("spin_unlock(l);")).decision is Decision.UNKNOWN


def test_a_writer_that_comes_back_as_a_reader() -> None:
    body = "if (n) {\n        up_write(&q->rwsem);\n        down_read(&q->rwsem);\n        }\n"
    code = caller(
        "down_write(&pond->rwsem);\nfeed(pond, pond, n);\nstock(pond);\nup_write(&pond->rwsem);",
        _helper(f"{body}        return n;"),
    ).replace("p->lock held", "p->rwsem held for writing")
    assert judged(code).decision is Decision.UNKNOWN
    assert judged(code.replace("down_read(&q", "down_write(&q")).decision is Decision.HOLDS


_ABOVE = """
static int pour(struct pond *pond, int n)
{
        int m;

        spin_lock(&pond->lock);
        m = keep(pond, n);
        spin_unlock(&pond->lock);
        return m;
}
"""


def test_a_caller_that_retakes_what_it_is_entered_with_on_some_ways() -> None:
    body = "if (n) {{\n        {}\n        count(pond);\n        {}\n}}\nstock(pond);\nreturn n;"
    both = body.format("spin_unlock(&pond->lock);", "spin_lock(&pond->lock);")
    assert judged(caller(both) + _ABOVE).decision is Decision.HOLDS
    assert judged(caller(both)).decision is Decision.UNKNOWN
    one = body.format("spin_unlock(&pond->lock);", "")
    assert judged(caller(one) + _ABOVE).decision is Decision.UNKNOWN
    bare = _ABOVE.replace("spin_lock(&pond->lock);", "").replace("spin_unlock(&pond->lock);", "")
    assert judged(caller(both) + bare).decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("change", "decision"),
    [
        ("count(pond);", Decision.HOLDS),
        ("pond = pond->next;", Decision.UNKNOWN),
        ("if (n)\n                pond = pond->next;", Decision.UNKNOWN),
        ("find(&pond);", Decision.UNKNOWN),
    ],
)
def test_what_is_handed_in_is_another_object_once_it_is_set(
    change: str, decision: Decision
) -> None:
    assert judged(caller(f"{change}\nstock(pond);\nreturn n;") + _ABOVE).decision is decision
