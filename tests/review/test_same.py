"""A finding is the one that stood at its place before the patch, not one with equal words."""

from __future__ import annotations

import difflib

import pytest

from reviewer.mail.apply import rebuild
from reviewer.mail.read import read_series
from reviewer.review.bench import prepare
from reviewer.review.check import check
from reviewer.review.model import Selection
from tests.support import MemoryTree

WORDS = "/* Must be called with pond_lock held. */\n"
HEAD = "static DEFINE_SPINLOCK(pond_lock);\nstruct pond { int level; };\n"
FAR = "".join(f"int pond_{number};\n" for number in range(20))


def _function(name: str, false: bool, words: str = WORDS) -> str:
    lock, unlock = "\tspin_lock(&pond_lock);\n", "\tspin_unlock(&pond_lock);\n"
    body = f"{lock}\tpond->level++;\n{unlock}" if false else "\tpond->level++;\n"
    return f"{words}void {name}(struct pond *pond)\n{{\n{body}}}\n"


def _file(fill: bool, drain: bool) -> str:
    return HEAD + _function("pond_fill", fill) + FAR + _function("pond_drain", drain)


def _found(before: str, after: str) -> list[tuple[str, str]]:
    path = "mm/pond.c"
    lines = (before.splitlines(keepends=True), after.splitlines(keepends=True))
    return _found_by(before, "".join(difflib.unified_diff(*lines, f"a/{path}", f"b/{path}")))


def _found_by(before: str, diff: str) -> list[tuple[str, str]]:
    path = "mm/pond.c"
    (series,) = read_series("x", f"Subject: [PATCH] x\n\n{diff}".encode())
    tree = MemoryTree({path: before.encode()})
    report = check(prepare(Selection()), tree, rebuild(series.patches[0], tree.read))
    return sorted((one.claim.comment.anchor.name, one.origin.value) for one in report.findings)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ((0, 1), (1, 1), [("pond_drain", "existing"), ("pond_fill", "exposed")]),
        ((1, 0), (1, 1), [("pond_drain", "exposed"), ("pond_fill", "existing")]),
        ((1, 0), (0, 1), [("pond_drain", "exposed")]),
        ((1, 1), (0, 1), [("pond_drain", "existing")]),
    ],
)
def test_equal_words_elsewhere_are_not_it(
    before: tuple[bool, bool], after: tuple[bool, bool], found: list[tuple[str, str]]
) -> None:
    assert _found(_file(*before), _file(*after)) == found


def test_a_renamed_or_moved_function_keeps_its_finding() -> None:
    before = _file(True, False)
    assert _found(before, before.replace("pond_fill", "pond_pour")) == [("pond_pour", "existing")]
    moved = HEAD + FAR + _function("pond_drain", False) + _function("pond_fill", True)
    assert _found(before, moved) == [("pond_fill", "existing")]


def test_words_written_a_second_time_are_introduced() -> None:
    before = _file(True, False)
    twice = before + _function("pond_pour", True)
    assert _found(before, twice) == [("pond_fill", "existing"), ("pond_pour", "introduced")]


@pytest.mark.parametrize("false", [False, True])
def test_a_diff_that_slides_over_equal_comments_changes_no_origin(false: bool) -> None:
    """Such a diff keeps the one comment and takes, or brings, that of the other function."""
    drain = _function("pond_drain", True)
    both = HEAD + _function("pond_fill", false) + drain
    lines = [*_function("pond_fill", false).splitlines()[1:], WORDS.rstrip()]
    more = "".join(f"+{line}\n" for line in lines)
    count = len(more.splitlines())
    head = "--- a/mm/pond.c\n+++ b/mm/pond.c\n"
    around = f"{HEAD}{WORDS}".splitlines(), drain.splitlines()[1:]
    above, below = ("".join(f" {line}\n" for line in lines) for lines in around)
    was = len(above.splitlines()) + len(below.splitlines())
    added = f"{head}@@ -1,{was} +1,{was + count} @@\n{above}{more}{below}"
    fill = [("pond_fill", "exposed")] if false else []  # its words were there
    assert _found_by(HEAD + drain, added) == [("pond_drain", "existing"), *fill]
    less = "".join(f"-{line[1:]}\n" for line in more.splitlines())
    removed = f"{head}@@ -1,{was + count} +1,{was} @@\n{above}{less}{below}"
    assert _found_by(both, removed) == [("pond_drain", "existing")]
