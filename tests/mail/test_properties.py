"""Whatever comes in: a result or a KstaleError, soon; and git's diffs come back exactly."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from reviewer.errors import KstaleError
from reviewer.mail.apply import rebuild
from reviewer.mail.model import Series
from reviewer.mail.read import read_messages, read_series
from tests.mail import damage
from tests.mail.support import PATCHES, Files, only_change, only_patch, read_sample

SAMPLES = sorted(
    file.read_bytes() for file in PATCHES.rglob("*") if file.is_file() and file.stat().st_size
)
BITS = [
    b"diff --git a/x b/x\n", b"--- a/mm/ksm.c\n", b"+++ b/mm/ksm.c\n", b"--- /dev/null\n",
    b"@@ -1,3 +1,3 @@\n", b"@@ -0,0 +1 @@ int f(\n", b"@@ -5,0 +6,2 @@\n", b"@@@ -1 -1 +1 @@@\n",
    b" context\n", b"-old\n", b"+new\n", b"\n", b"> ", b">> ", b" > ", b"\\ No newline\n", b"-- \n",
    b"From a@b Mon Sep 17 00:00:00 2001\n", b"From: a\n", b"Subject: [PATCH 1/2] x\n", b"\r\n",
    b"Content-Type: multipart/mixed; boundary=b\n", b"--b\n", b"--b--\n", b"[...]\n", b"\xff\xfe",
    b"Content-Type: text/plain; format=flowed; charset=utf-7\n", b"rename from a\n", b"*/\n",
    b"Content-Transfer-Encoding: base64\n", b"new file mode 120000\n", b"deleted file mode 1\n",
    b"Subject: =?x?q?=?=\n", b"To: a <\n", b"old mode 100644\n", b"new mode 100755\n",
]  # fmt: skip


def _all(data: bytes) -> None:
    """Read and rebuild; only KstaleError may come out."""
    found: tuple[Series, ...] = ()
    try:
        found = read_series("x", data)
    except KstaleError:
        return
    for series in found:
        for patch in series.patches:
            for file in patch.files:
                for hunk in file.hunks:
                    assert len(hunk.lines) == len(hunk.body_lines)
                    assert all(line[:1] in ("+", "-", " ") for line in hunk.lines)
            try:
                rebuild(patch, read_sample, already_applied=True)
            except KstaleError:
                continue


@given(st.lists(st.sampled_from(BITS) | st.binary(max_size=12), max_size=40))
@settings(max_examples=400)
def test_pieces_in_any_order(pieces: list[bytes]) -> None:
    _all(b"".join(pieces))


@given(st.sampled_from(SAMPLES), st.data())
@settings(max_examples=300)
def test_samples_with_edits(sample: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(sample)))
        end = data.draw(st.integers(at, min(len(sample), at + 60)))
        sample = (
            sample[:at] + data.draw(st.sampled_from(BITS) | st.binary(max_size=8)) + sample[end:]
        )
    _all(sample)


@given(st.binary(max_size=300))
@example(b"From: a\nContent-Type: multipart/mixed; boundary=\n\n")
@example(b"Subject: [PATCH\n\n" + b">" * 200)
@settings(max_examples=200)
def test_any_bytes(data: bytes) -> None:
    try:
        read_messages("x", data)
    except KstaleError:
        return


def test_deeply_nested_mime_ends() -> None:
    nested = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3000)
    )
    _all(b"From: a@b\n" + nested + b"\ntext\n")


LINE = st.sampled_from(
    ["\tint a;", "\tint b;", "", "{", "}", "\t\tcall(x);", "#define X 1", "/* words */", "\t * on",
     "  blanks", "--x;", "++y;", "-1,", "\tlong_name(argument, another_argument, third_one, last);",
     "-- ", "@@ -1 +1 @@", "diff --git a/q b/q", "> quoted", "[...]", "\ttrailing \t", "\f", "é"]
)  # fmt: skip
TEXT = st.lists(LINE, max_size=40)


def _bytes(lines: list[str], newline: bool) -> bytes:
    text = "\n".join(lines)
    return (text + ("\n" if newline and text else "")).encode()


def _git_diff(pre: bytes, post: bytes, context: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        for side, data in (("a", pre), ("b", post)):
            file = Path(folder) / side / "f.c"
            file.parent.mkdir()
            file.write_bytes(data)
        return subprocess.run(
            ["git", "diff", "--no-index", "--no-prefix", f"-U{context}", "a/f.c", "b/f.c"],
            cwd=folder, capture_output=True, check=False,
        ).stdout  # fmt: skip


@st.composite
def edits(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A file and the file after some lines were removed, changed or added."""
    lines = draw(TEXT.filter(bool))
    after = list(lines)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(after)))
        end = draw(st.integers(at, min(len(after), at + 4)))
        after[at:end] = draw(st.lists(LINE, max_size=3))
    return _bytes(lines, draw(st.booleans())), _bytes(after, draw(st.booleans()))


SLOW = settings(max_examples=150)


@given(edits(), st.integers(0, 3))
@SLOW
def test_git_diffs_come_back_exactly(edit: tuple[bytes, bytes], context: int) -> None:
    pre, post = edit
    diff = _git_diff(pre, post, context)
    if not diff or not pre or not post:
        return
    change = only_change(only_patch(diff), Files({"f.c": pre}))
    assert (change.pre, change.post) == (pre, post)
    lines = post.split(b"\n")
    assert all(n <= len(lines) for n in change.post_lines)


@given(edits(), st.integers(1, 2))
@SLOW
def test_quoted_git_diffs_come_back(edit: tuple[bytes, bytes], depth: int) -> None:
    pre, post = edit
    diff = _git_diff(pre, post, 3)
    if not diff or not pre or not post:
        return
    mail = damage.quoted(depth)(f"Subject: [PATCH] x\n\n{diff.decode()}")
    change = only_change(only_patch(mail.encode()), Files({"f.c": pre}))
    assert change.post is not None
    assert [line.rstrip() for line in change.post.split(b"\n")] == [
        line.rstrip() for line in post.split(b"\n")
    ]


CODE = st.sampled_from(
    ["\tint a;", "\tint b;", "{", "}", "\t\tcall(x);", "#define X 1", "\t/* words */",
     "\tif (a > 1)", "\t\treturn 0;", "\tlong_name(argument, another);", "\tb = a * 2;"]
)  # fmt: skip


@given(st.lists(CODE, min_size=4, max_size=30), st.data())
@SLOW
def test_lost_white_space_changes_nothing_else(lines: list[str], data: st.DataObject) -> None:
    after = list(lines)
    at = data.draw(st.integers(0, len(after)))
    after[at : at + data.draw(st.integers(0, 2))] = data.draw(st.lists(CODE, max_size=3))
    pre, post = _bytes(lines, True), _bytes(after, True)
    diff = _git_diff(pre, post, 3)
    if not diff:
        return
    mail = damage.leading_lost(f"Subject: [PATCH] x\n\n{diff.decode()}")
    change = only_change(only_patch(mail.encode()), Files({"f.c": pre}))
    assert change.post is not None
    assert [line.split() for line in change.post.split(b"\n")] == [
        line.split() for line in post.split(b"\n")
    ]
