"""What a series leaves false is told, though no rule sees it in the last tree alone."""

from __future__ import annotations

import difflib
import inspect

import pytest

from reviewer.mail.read import read_series
from reviewer.review.bench import prepare
from reviewer.review.model import Selection
from reviewer.review.series import check_series
from tests.cli.mails import box, mail
from tests.support import MemoryTree

FILES = {
    "mm/duck.c": """
        /* The caller must hold pond->lock. */
        void duck_feed(struct pond *pond)
        {
                pond->ducks++;
        }
        """,
    "mm/pond.c": """
        void pond_tick(struct pond *pond)
        {
                spin_lock(&pond->lock);
                duck_feed(pond);
                spin_unlock(&pond->lock);
        }

        int pond_depth(void)
        {
                return 1;
        }
        """,
}
UNLOCK = (("\tspin_lock(&pond->lock);\n", ""), ("\tspin_unlock(&pond->lock);\n", ""))
LOCK = (
    ("\tduck_feed(pond);\n", "\tspin_lock(&pond->lock);\n\tduck_feed(pond);\n"),
    ("pond);\n}", "pond);\n\tspin_unlock(&pond->lock);\n}"),
)
OTHER = (("return 1", "return 2"),)
MOVE = """\
diff --git a/mm/duck.c b/mm/goose.c
similarity index 100%
rename from mm/duck.c
rename to mm/goose.c
"""


def _diff(text: str, edits: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    now = text
    for old, new in edits:
        assert old in now
        now = now.replace(old, new, 1)
    lines = (text.splitlines(keepends=True), now.splitlines(keepends=True))
    body = "".join(difflib.unified_diff(*lines, "a/mm/pond.c", "b/mm/pond.c"))
    return now, f"diff --git a/mm/pond.c b/mm/pond.c\n{body}"


@pytest.mark.parametrize(
    ("then", "found", "cured"), [(OTHER, 1, 0), (LOCK, 0, 1), (None, 1, 0), ((), 1, 0)]
)
def test_what_the_whole_series_removes_is_told(
    then: tuple[tuple[str, str], ...] | None, found: int, cured: int
) -> None:
    files = {
        path: inspect.cleandoc(text).replace("        ", "\t") + "\n"
        for path, text in FILES.items()
    }
    now, first = _diff(files["mm/pond.c"], UNLOCK)
    patches = [first]
    if then is None:
        patches.append(MOVE)
    elif then:
        patches.append(_diff(now, then)[1])
    mails = [
        mail(patch, f"[PATCH {number}/{len(patches)}] part {number}", f"s{number}")
        for number, patch in enumerate(patches, 1)
    ]
    (series,) = read_series("x", box(*mails).encode())
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    reports = [one.report for one in check_series(prepare(Selection()), tree, series)]
    rules = [one.rule for report in reports for one in report.findings]
    assert rules == ["removed-by-patch"] * found
    notes = [note for report in reports for note in report.notes]
    assert sum("put right by patch 2" in one or "a later patch" in one for one in notes) == cured


def test_what_an_earlier_patch_brought_and_a_later_one_removes_is_told() -> None:
    files = {
        path: inspect.cleandoc(text).replace("        ", "\t") + "\n"
        for path, text in FILES.items()
    }
    bare, removing = _diff(files["mm/pond.c"], UNLOCK)
    patches = [_diff(bare, LOCK)[1], removing, _diff(bare, OTHER)[1]]
    mails = [
        mail(patch, f"[PATCH {number}/3] part {number}", f"s{number}")
        for number, patch in enumerate(patches, 1)
    ]
    (series,) = read_series("x", box(*mails).encode())
    files["mm/pond.c"] = bare
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    reports = [one.report for one in check_series(prepare(Selection()), tree, series)]
    assert [len(report.findings) for report in reports] == [0, 1, 0]
    assert not any("put right" in note for report in reports for note in report.notes)


def test_what_lies_behind_the_most_claims_of_a_comment_is_not_cured() -> None:
    files = {
        path: inspect.cleandoc(text).replace("        ", "\t") + "\n"
        for path, text in FILES.items()
    }
    _, removing = _diff(files["mm/pond.c"], UNLOCK)
    old = files["mm/duck.c"]
    many = "".join(f" * The caller must hold duck_{number}_lock.\n" for number in range(64))
    now = old.replace("/* The caller", f"/*\n{many} * The caller", 1)
    lines = (old.splitlines(keepends=True), now.splitlines(keepends=True))
    body = "".join(difflib.unified_diff(*lines, "a/mm/duck.c", "b/mm/duck.c"))
    patches = [removing, f"diff --git a/mm/duck.c b/mm/duck.c\n{body}"]
    mails = [
        mail(patch, f"[PATCH {number}/2] part {number}", f"s{number}")
        for number, patch in enumerate(patches, 1)
    ]
    (series,) = read_series("x", box(*mails).encode())
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    reports = [one.report for one in check_series(prepare(Selection()), tree, series)]
    assert [one.rule for one in reports[0].findings] == ["removed-by-patch"]
