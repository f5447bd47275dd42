"""What two images of a file show as removed, and what counts as replaced."""

from __future__ import annotations

import pytest

from reviewer.evidence.removals import Kind, Removed, removed
from reviewer.source.file import SourceFile

HEAD = "static void wren(struct wren *w)\n{\n"


def _removed(before: str, after: str) -> tuple[Removed, ...]:
    return removed(_file(before), _file(after))


def _file(body: str) -> SourceFile:
    return SourceFile.parse("wren.c", (HEAD + body + "}\n").encode())


@pytest.mark.parametrize(
    ("before", "after", "kind", "name"),
    [
        ("smp_mb();\n", "", Kind.BARRIER, "smp_mb"),
        ("smp_mb();\n", "smp_rmb();\n", Kind.BARRIER, "smp_mb"),
        ("x = READ_ONCE(w->x);\n", "x = w->x;\n", Kind.ACCESS, "READ_ONCE"),
        ("mutex_lock(&w->lock);\n", "", Kind.LOCK, "mutex_lock"),
        ("flush_tlb_mm(mm);\n", "", Kind.FLUSH, "flush_tlb_mm"),
        ("synchronize_rcu();\nkfree(w);\n", "kfree(w);\n", Kind.WAIT, "synchronize_rcu"),
        ("wake_up(&w->wq);\n", "", Kind.WAKE, "wake_up"),
        ("lockdep_assert_held(&w->a);\n", "", Kind.ASSERTION, "lockdep_assert_held"),
    ],
)
def test_what_is_deleted_is_removed(before: str, after: str, kind: Kind, name: str) -> None:
    found = _removed(before, after)
    assert [(one.kind, one.name, one.last, one.line) for one in found] == [(kind, name, True, 3)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("smp_wmb();\nw->x = 1;\n", "smp_store_release(&w->x, 1);\n"),
        ("smp_wmb();\n", "smp_mb();\n"),
        ("smp_mb();\nw->x = 1;\n", "w->x = 1;\nsmp_mb();\n"),
        ("mutex_lock(&w->lock);\nmutex_unlock(&w->lock);\n", "guard(mutex)(&w->lock);\n"),
        ("synchronize_rcu();\n", "synchronize_rcu_expedited();\n"),
        ("smp_mb();\n", "wren_settle(w);\n"),  # not at hand: it may be there
    ],
)
def test_what_is_replaced_is_not_removed(before: str, after: str) -> None:
    assert _removed(before, after) == ()


def test_of_two_equal_barriers_the_deleted_one_is_named() -> None:
    both = "/* one */\nsmp_mb();\nw->x = 1;\n\n/* two */\nsmp_mb();\nw->y = 1;\n"
    (first,) = _removed(both, both.replace("smp_mb();\n", "", 1))
    assert (first.comments, first.last) == (("one",), False)
    (second,) = _removed(both, both[: both.rindex("smp_mb();")] + "w->y = 1;\n")
    assert second.comments == ("two",)


def test_what_helpers_do_in_both_images_replaces_nothing() -> None:
    helper = "static void rest(struct wren *w)\n{\n\twait_event(w->wq, w->x);\n\tsmp_mb();\n}\n"
    body = HEAD + "rest(w);\n{}}\n"
    before = SourceFile.parse("wren.c", (helper + body.replace("{}", "smp_rmb();\n")).encode())
    after = SourceFile.parse("wren.c", (helper + body.replace("{}", "")).encode())
    assert [(one.function, one.name, one.last) for one in removed(before, after)] == [
        ("wren", "smp_rmb", False)
    ]


def test_a_lock_of_ones_own_making_takes_the_place_of_a_mutex() -> None:
    made = "static void wren_lock(struct wren *w)\n{\n\twait_event(w->wq, !w->busy);\n}\n"
    before = SourceFile.parse("wren.c", (made + HEAD + "mutex_lock(&w->m);\n}\n").encode())
    after = SourceFile.parse("wren.c", (made + HEAD + "wren_lock(w);\n}\n").encode())
    assert removed(before, after) == ()
    other = SourceFile.parse("wren.c", (made + HEAD + "w->x = 1;\n}\n").encode())
    assert [one.name for one in removed(before, other)] == ["mutex_lock"]


def test_definitions_of_one_name_are_told_apart() -> None:
    two = "#ifdef CONFIG_X\n" + HEAD + "smp_wmb();\n}\n#else\n" + HEAD + "}\n#endif\n"
    before = SourceFile.parse("wren.c", two.encode())
    after = SourceFile.parse("wren.c", two.replace("smp_wmb();\n", "").encode())
    assert [one.name for one in removed(before, after)] == ["smp_wmb"]
