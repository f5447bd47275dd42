"""What a patch puts right is true after it; what can no longer be decided is a note."""

from __future__ import annotations

import difflib

import pytest

from reviewer.mail.apply import rebuild
from reviewer.mail.read import read_series
from reviewer.review.bench import prepare
from reviewer.review.check import check
from reviewer.review.model import Report, Selection
from tests.support import MemoryTree

BEFORE = """\
int pond_level;
int pond_ready;

static void pond_see(struct pond *pond)
{
	int ready = READ_ONCE(pond_ready);

	WRITE_ONCE(pond->seen, ready);
	pond->level = READ_ONCE(pond_level);
}

void pond_fill(struct pond *pond)
{
	WRITE_ONCE(pond_level, 1);
	/* pairs with smp_rmb() in pond_see() */
	smp_wmb();
	WRITE_ONCE(pond_ready, 1);
}
"""
STEP = "\tWRITE_ONCE(pond->seen, ready);\n"


def reviewed(after: str, before: str = BEFORE) -> Report:
    path = "mm/pond.c"
    lines = (before.splitlines(keepends=True), after.splitlines(keepends=True))
    diff = "".join(difflib.unified_diff(*lines, f"a/{path}", f"b/{path}"))
    (series,) = read_series("x", f"Subject: [PATCH] x\n\n{diff}".encode())
    tree = MemoryTree({path: before.encode()})
    return check(prepare(Selection()), tree, rebuild(series.patches[0], tree.read))


@pytest.mark.parametrize(
    ("step", "right", "undecided"),
    [
        ("\tsmp_rmb();\n", 1, 0),
        ("\tpond->ops->look(pond);\n", 0, 1),
        ("\tWRITE_ONCE(pond->seen, 1);\n", 0, 0),
    ],
)
def test_only_what_is_true_now_was_put_right(step: str, right: int, undecided: int) -> None:
    report = reviewed(BEFORE.replace(STEP, step))
    assert len({one.line for one in report.corrected}) == right
    assert sum("is not decided after the patch" in note for note in report.notes) == undecided


def _held(name: str, body: str) -> str:
    words = "\t/* pond_lock is held here. */\n"
    return f"void {name}(struct pond *pond)\n{{\n{body}{words}\tpond->level++;\n}}\n\n"


DROPS = "\tspin_lock(&pond_lock);\n\tpond->a = 1;\n\tspin_unlock(&pond_lock);\n"
TAKES = "\tspin_lock(&pond_lock);\n"
HIDES = "\tpond->ops->fill(pond);\n"


@pytest.mark.parametrize(
    ("body", "other", "right", "undecided"), [(HIDES, TAKES, 0, 1), (TAKES, HIDES, 1, 0)]
)
def test_equal_words_in_another_function_say_nothing_of_it(
    body: str, other: str, right: int, undecided: int
) -> None:
    head, below = "static DEFINE_SPINLOCK(pond_lock);\n", _held("pond_drain", other)
    report = reviewed(
        head + _held("pond_fill", body) + below, head + _held("pond_fill", DROPS) + below
    )
    assert len(report.corrected) == right
    assert sum("is not decided after the patch" in note for note in report.notes) == undecided


STALE = """\
int pond_level;

/* Called by pond_never_was_there(). */
int pond_feed(void)
{
	return pond_level;
}
"""


@pytest.mark.parametrize(
    ("old", "new", "right"),
    [
        ("\n/* Called", "\n/* Feeds. */\n/* Called", 0),
        ("\n/* Called", "\nint pond_depth;\n/* Called", 0),
        ("Called by pond_never_was_there()", "Called early", 1),
    ],
)
def test_a_line_above_a_comment_puts_nothing_right(old: str, new: str, right: int) -> None:
    assert len(reviewed(STALE.replace(old, new), STALE).corrected) == right
