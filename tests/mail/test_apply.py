"""Hunks placed by content: offset, fuzz, order, moves, refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reviewer.errors import PatchError
from reviewer.mail.apply import AlreadyAppliedError, Overlay, rebuild, rebuild_series
from reviewer.mail.model import Series
from reviewer.mail.read import read_path, read_series
from tests.mail.support import PATCHES, Files, only_change, only_patch, read_sample

TEN = b"".join(b"line %d\n" % n for n in range(1, 11))
CHANGE_5 = b"""\
--- a/f.c
+++ b/f.c
@@ -3,5 +3,5 @@
 line 3
 line 4
-line 5
+line five
 line 6
 line 7
"""


def lines(*numbers: int) -> frozenset[int]:
    """A set of line numbers."""
    return frozenset(numbers)


def test_in_place() -> None:
    change = only_change(only_patch(CHANGE_5), Files({"f.c": TEN}))
    assert change.post == TEN.replace(b"line 5", b"line five")
    assert (change.pre_lines, change.post_lines, change.notes) == (lines(5), lines(5), ())


@pytest.mark.parametrize("above", [1, 7, 400])
def test_offset_is_said(above: int) -> None:
    pre = b"int x;\n" * above + TEN
    change = only_change(only_patch(CHANGE_5), Files({"f.c": pre}))
    assert change.post == pre.replace(b"line 5", b"line five")
    assert change.pre_lines == {5 + above}
    assert change.notes == (f"f.c: hunk 1 placed at line {3 + above} (+{above})",)


def test_the_nearest_of_equal_places_is_taken_and_said() -> None:
    block = TEN[len(b"line 1\nline 2\n") :]
    pre = b"\n" * 10 + block + b"\n" * 50 + block
    change = only_change(only_patch(CHANGE_5), Files({"f.c": pre}))
    assert change.pre_lines == {13}
    assert "f.c: hunk 1 fits more than one place, the nearest was taken" in change.notes


@pytest.mark.parametrize(("old", "fuzz"), [(b"line 3", 1), (b"line 7", 1)])
def test_fuzz_is_said_and_keeps_what_the_tree_has(old: bytes, fuzz: int) -> None:
    pre = TEN.replace(old, b"other")
    change = only_change(only_patch(CHANGE_5), Files({"f.c": pre}))
    assert change.post == pre.replace(b"line 5", b"line five")
    assert change.notes == (f"f.c: hunk 1 placed with fuzz {fuzz}: outer context lines differ",)


def test_inner_lines_are_never_fuzzed() -> None:
    pre = TEN.replace(b"line 5", b"line V")
    with pytest.raises(
        PatchError, match=r"f\.c: hunk 1 does not apply: expected 'line 5' at line "
    ):
        only_change(only_patch(CHANGE_5), Files({"f.c": pre}))


def test_error_names_hunk_expected_and_found() -> None:
    second = CHANGE_5 + b"@@ -8,3 +8,3 @@\n line 8\n-line 9\n+nine\n line 10\n"
    pre = TEN.replace(b"line 9", b"line IX")
    with pytest.raises(PatchError) as caught:
        only_change(only_patch(second), Files({"f.c": pre}))
    assert str(caught.value) == (
        "test.mail:10: f.c: hunk 2 does not apply: expected 'line 9' at line 9, found 'line IX'"
    )


def test_missing_file() -> None:
    with pytest.raises(PatchError, match=r"f\.c: no such file in the tree"):
        only_change(only_patch(CHANGE_5), Files())


def test_already_applied() -> None:
    patch = only_patch(CHANGE_5)
    post = TEN.replace(b"line 5", b"line five")
    files = Files({"f.c": post})
    with pytest.raises(AlreadyAppliedError, match="already applied"):
        rebuild(patch, files.read)
    (change,) = rebuild(patch, files.read, already_applied=True)
    assert (change.pre, change.post) == (TEN, post)
    assert (change.pre_lines, change.post_lines) == (lines(5), lines(5))
    assert change.notes[0] == "f.c: already in the tree; the pre-image was made by undoing it"


def test_whole_series_already_applied() -> None:
    (series,) = read_path(PATCHES / "ksm-two-steps.mbox")
    overlay = Overlay(read_sample)
    for _, changes in rebuild_series(series, read_sample):
        overlay.add(changes)
    applied = rebuild_series(series, overlay, already_applied=True)
    assert all(change.notes for _, changes in applied for change in changes)


def test_new_deleted_renamed_copied_mode() -> None:
    mail = b"""\
diff --git a/new.c b/new.c
new file mode 100644
index 000000000000..1234567
--- /dev/null
+++ b/new.c
@@ -0,0 +1,2 @@
+one
+two
\\ No newline at end of file
diff --git a/gone.c b/gone.c
deleted file mode 100644
--- a/gone.c
+++ /dev/null
@@ -1 +0,0 @@
-bye
diff --git a/a b.c b/c d.c
similarity index 90%
rename from a b.c
rename to c d.c
--- a/a b.c
+++ b/c d.c
@@ -1,2 +1,2 @@
-old
+new
 rest
diff --git a/from.c b/to.c
similarity index 100%
copy from from.c
copy to to.c
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
diff --git a/logo.png b/logo.png
index 123..456 100644
Binary files a/logo.png and b/logo.png differ
"""
    files = Files({"gone.c": b"bye\n", "a b.c": b"old\nrest\n", "from.c": b"x\n", "run.sh": b"y\n"})
    patch = only_patch(mail)
    new, gone, moved, copied, mode, binary = rebuild(patch, files.read)
    assert (new.pre, new.post, new.post_lines) == (None, b"one\ntwo", lines(1, 2))
    assert (gone.pre, gone.post, gone.pre_lines) == (b"bye\n", None, lines(1))
    assert (moved.old_path, moved.new_path) == ("a b.c", "c d.c")
    assert (moved.pre, moved.post) == (b"old\nrest\n", b"new\nrest\n")
    assert (copied.copied, copied.old_path, copied.post) == (True, "from.c", b"x\n")
    assert (mode.old_mode, mode.new_mode, mode.pre) == ("100644", "100755", mode.post)
    assert (binary.skipped, binary.notes) == (True, ("logo.png: binary patch, skipped",))
    overlay = Overlay(files.read)
    overlay.add((new, gone, moved, copied, mode, binary))
    assert [overlay(p) for p in ("new.c", "gone.c", "a b.c", "c d.c", "from.c", "to.c")] == [
        b"one\ntwo", None, None, b"new\nrest\n", b"x\n", b"x\n",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pre", "body", "post"),
    [
        (b"a\nb", b" a\n-b\n\\ No newline at end of file\n+c\n", b"a\nc\n"),
        (b"a\nb\n", b" a\n-b\n+c\n\\ No newline at end of file\n", b"a\nc"),
        (
            b"a\nb",
            b"-a\n+c\n b\n\\ No newline at end of file\n",
            b"c\nb",
        ),
        (
            b"a\nb",
            b" a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n",
            b"a\nc",
        ),
    ],
)
def test_no_newline_at_end(pre: bytes, body: bytes, post: bytes) -> None:
    mail = b"--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n" + body
    assert only_change(only_patch(mail), Files({"f": pre})).post == post


def test_file_with_crlf_in_a_mail_that_lost_it() -> None:
    pre = TEN.replace(b"\n", b"\r\n")
    change = only_change(only_patch(CHANGE_5), Files({"f.c": pre}))
    assert change.post == pre.replace(b"line 5\r", b"line five\r")
    assert change.notes == ("f.c: hunk 1: the file has CRLF line ends, the mail lost them",)


def test_bytes_that_are_no_utf8_survive() -> None:
    pre = TEN.replace(b"line 4", b"l\xefne 4")
    mail = CHANGE_5.replace(b"line 4", b"l\xefne 4").replace(b"five", b"f\xfcnf")
    change = only_change(only_patch(mail), Files({"f.c": pre}))
    assert change.post == pre.replace(b"line 5", b"line f\xfcnf")


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd", "../x", "a/../../x", ".git/config", "a/.GIT/hooks/x", "a/.git /x", "~/x",
        "C:/x", "a\\..\\x", "a//b", "./a", "a/", "x\x01y",
    ],
)  # fmt: skip
def test_paths_outside_the_tree_are_refused(path: str) -> None:
    mail = f"--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-a\n+b\n".encode()

    def read(wanted: str) -> bytes:
        raise AssertionError(f"read {wanted}")

    with pytest.raises(PatchError, match="refused: path"):
        rebuild(only_patch(mail), read)


def test_a_path_behind_a_symlink_of_the_same_patch_is_refused() -> None:
    mail = (
        b"diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n"
        b"\\ No newline at end of file\n"
        b"diff --git a/l/x b/l/x\nnew file mode 100644\n--- /dev/null\n+++ b/l/x\n"
        b"@@ -0,0 +1 @@\n+a\n"
    )
    with pytest.raises(PatchError, match="lies behind a symlink"):
        rebuild(only_patch(mail), Files().read)


def test_quoted_c_style_path() -> None:
    mail = b'--- "a/d\\303\\244/f.c"\n+++ "b/d\\303\\244/f.c"\n@@ -1 +1 @@\n-a\n+b\n'
    assert only_change(only_patch(mail), Files({"d\u00e4/f.c": b"a\n"})).path == "d\u00e4/f.c"


@pytest.mark.parametrize("prefix", [("", ""), ("linux.orig/", "linux/"), ("i/", "w/")])
def test_prefixes(prefix: tuple[str, str]) -> None:
    mail = f"--- {prefix[0]}mm/f.c\n+++ {prefix[1]}mm/f.c\n@@ -1 +1 @@\n-a\n+b\n".encode()
    assert only_change(only_patch(mail), Files({"mm/f.c": b"a\n"})).path == "mm/f.c"


def test_quoted_hunk_with_lines_cut_out_is_placed_in_pieces() -> None:
    patch = only_patch(
        b"Subject: Re: [PATCH] x\nFrom: a@b\n\n> --- a/f.c\n> +++ b/f.c\n> @@ -1,10 +1,10 @@\n"
        b"> -line 1\n> +line one\n>  line 2\n> [...]\n>  line 8\n> -line 9\n> +line nine\n\nHm.\n"
    )
    assert patch.notes == (
        "the patch was quoted 1 deep",
        "f.c: hunk 1 is quoted in part: 6 old and 6 new lines are missing",
    )
    change = only_change(patch, Files({"f.c": TEN}))
    assert change.post == TEN.replace(b"line 1\n", b"line one\n").replace(b"line 9", b"line nine")
    assert (change.pre_lines, change.post_lines) == (lines(1, 9), lines(1, 9))


def test_hunks_out_of_order_and_overlap() -> None:
    mail = (
        b"--- a/f.c\n+++ b/f.c\n@@ -8,2 +8,2 @@\n-line 8\n+eight\n line 9\n"
        b"@@ -1,2 +1,2 @@\n-line 1\n+one\n line 2\n"
    )
    change = only_change(only_patch(mail), Files({"f.c": TEN}))
    assert change.post == TEN.replace(b"line 8", b"eight").replace(b"line 1\n", b"one\n")


def test_indentation_is_put_back_into_new_code() -> None:
    pre = b"int f(int a)\n{\n\tif (a) {\n\t\tg();\n\t\th();\n\t}\n\treturn 0;\n}\n"
    mail = (
        b"--- a/f.c\n+++ b/f.c\n@@ -1,8 +1,21 @@\nint f(int a)\n{\nif (a) {\n-g();\n"
        b"+/*\n+ * Why.\n+ */\n+if (a > 1)\n+k();\n+while (a) {\n+a--;\n+}\nh();\n"
        b"+out:\n+call(a,\n+b);\n}\n+#ifdef X\n+m();\n+#endif\nreturn 0;\n}\n"
    )
    change = only_change(only_patch(mail), Files({"f.c": pre}))
    assert change.post is not None
    assert change.post.decode() == (
        "int f(int a)\n{\n\tif (a) {\n\t\t/*\n\t\t * Why.\n\t\t */\n\t\tif (a > 1)\n\t\t\tk();\n"
        "\t\twhile (a) {\n\t\t\ta--;\n\t\t}\n\t\th();\nout:\n\t\tcall(a,\n\t\t     b);\n\t}\n"
        "#ifdef X\n\tm();\n#endif\n\treturn 0;\n}\n"
    )


def test_series_stops_at_the_patch_that_does_not_apply() -> None:
    (series,) = read_path(PATCHES / "ksm-two-steps.mbox")
    swapped = Series("x", 1, None, (series.patches[0], replace(series.patches[0])))
    with pytest.raises(AlreadyAppliedError):
        rebuild_series(swapped, read_sample)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("absolute", "refused: path '/etc/passwd' is absolute"),
        ("parent", "refused: path '../mm/ksm.c' leaves the tree"),
        ("dot-git", r"refused: path '\.git/config' is inside \.git"),
        ("other-file", r"mm/missing\.c: no such file in the tree"),
        ("truncated", r"hunk 1 does not apply: .*blank lines at the end were put back"),
        ("wrong-context", r":20: mm/ksm\.c: hunk 1 does not apply: expected 'long elsewhere;'"),
    ],
)
def test_malformed_fixtures(name: str, words: str) -> None:
    (series,) = read_path(PATCHES / "malformed" / f"{name}.patch")
    with pytest.raises(PatchError, match=words):
        rebuild_series(series, read_sample)


def test_a_hostile_file_does_not_take_forever() -> None:
    pre = (b"a\n" * 10 + b"b\n") * 20_000
    body = b"".join(b" a\n" for _ in range(5_000)) + b"-b\n+c\n"
    mail = b"--- a/f\n+++ b/f\n@@ -1,5001 +1,5001 @@\n" + body
    with pytest.raises(PatchError, match="does not apply"):
        only_change(only_patch(mail), Files({"f": pre}))
    (series,) = read_series("x", mail)
    assert series.patches
