"""Input that is made to be slow, large or deep ends soon, and with one clear error if any."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from reviewer.errors import KstaleError
from reviewer.mail import limits
from reviewer.mail.apply import rebuild
from reviewer.mail.read import read_series
from reviewer.report.remarks import ReplyFinding
from reviewer.report.reply import draft_reply
from tests.mail.support import Files

N = 200_000
DIFF = "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"
HEAD = "From: a@x.invalid\nSubject: [PATCH] x\n"

HOSTILE: dict[str, Callable[[], str]] = {
    "digits": lambda: f"--- a/f\n+++ b/f\n@@ -{'9' * N} +1 @@\n-a\n",
    "blank move": lambda: f"diff --git a/f b/g\nrename from {' ' * N}x\nrename to y\n{DIFF}",
    "blank cut": lambda: f"{HEAD}\n> --- a/f\n> +++ b/f\n> @@ -1,9 +1,9 @@\n> {' ' * N}-\n> -a\n",
    "blanks in git line": lambda: f"diff --git a/f{' ' * N}b/f\n{DIFF}",
    "nested comments": lambda: f"From: {'(' * 5000}\nTo: {'(' * 5000}\nSubject: x\n\n{DIFF}",
    "many people": lambda: f"{HEAD}To: {'a@x.invalid, ' * 50_000}\n\n{DIFF}",
    "encoded words": lambda: f"Subject: {'=?utf-8?q?' * 50_000}\n\n{DIFF}",
    "long attribution": lambda: f"{HEAD}\n{'a wrote ' * 50_000}\n" + "> " + "\n> ".join(
        DIFF.split("\n")),
    "quote marks": lambda: f"{HEAD}\n{'>' * N}\n{'> ' * N}\n{DIFF}",
    "archive head": lambda: f"x\n\nFrom: {' ' * N}@\nDate: {' ' * N}x\n"
    f"Message-ID: {'a' * N}\n\n{DIFF}",
    "html": lambda: f"From: a@x.invalid\nContent-Type: text/html\n\n{'<!-- <' * 50_000}{DIFF}",
    "boundaries": lambda: "From: a@x.invalid\nContent-Type: multipart/mixed; boundary=b\n\n"
    + "--b\n\n" * 50_000 + DIFF,
    "from lines": lambda: "From a@b Mon Sep  5 10:00:00 2022\nX: y\n\n" * 4_000,
    "hunks without end": lambda: "--- a/f\n+++ b/f\n"
    + "@@ -1,99999999 +1,99999999 @@\n x\n" * 3_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_ends_soon(name: str) -> None:
    data = HOSTILE[name]().encode()
    remark = ReplyFinding("f", 1, "words", ("text",))
    start = time.process_time()
    errors: list[str] = []
    try:
        for series in read_series("x", data):
            for patch in series.patches:
                rebuild(patch, Files({"f": b"a\n"}).read)
                draft_reply(patch.message, patch, [remark])
    except KstaleError as error:
        errors.append(str(error))
    assert all("\n" not in error and len(error) < 400 for error in errors)
    assert time.process_time() - start < 8


def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.mail.mailbox.MAX_BYTES", 100)
    with pytest.raises(KstaleError, match="not read"):
        read_series("x", b"a" * 101)
    monkeypatch.undo()
    monkeypatch.setattr("reviewer.mail.diff.MAX_FILE_HUNKS", 3)
    with pytest.raises(KstaleError, match="more than 3 hunks in one file"):
        read_series("x", DIFF.encode() + b"@@ -1 +1 @@\n-a\n+b\n" * 4)
    monkeypatch.setattr("reviewer.mail.diff.MAX_FILES", 3)
    with pytest.raises(KstaleError, match="more than 3 files"):
        read_series("x", DIFF.encode() * 5)
    assert limits.MAX_HUNKS > limits.MAX_FILE_HUNKS


def test_many_equal_hunks_in_a_file_of_equal_lines() -> None:
    hunk = b"@@ -%d,3 +%d,3 @@\n }\n-x\n+y\n }\n"
    mail = b"--- a/f\n+++ b/f\n" + b"".join(hunk % (n, n) for n in range(1, 9001, 3))
    pre = b"}\nx\n}\n" * 3_000
    start = time.process_time()
    (series,) = read_series("x", mail)
    (change,) = rebuild(series.patches[0], Files({"f": pre}).read)
    assert change.post == b"}\ny\n}\n" * 3_000
    assert time.process_time() - start < 20
