"""Mails and diffs that few people send, through the command line: read, or one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.mails import DIFF, HARMLESS, HEADER, HUNK, LAKE, NAMES, Shell, box, mail, planted


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    files = {"mm/lake.c": LAKE, "include/linux/lake.h": HEADER}
    return Shell(planted(tmp_path / "tree", files), capsys)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a/mm/lake.c~lock-inside", "a/mm/lake.c"),  # quilt, as Andrew Morton's patches have it
        ("a/mm/lake.c~lock-inside", "b/mm/lake.c"),
        ("mm/lake.c.orig", "mm/lake.c"),
        ("linux.orig/mm/lake.c", "linux/mm/lake.c.new"),
    ],
)
def test_of_two_names_the_one_that_begins_the_other_is_meant(
    old: str, new: str, shell: Shell
) -> None:
    assert shell.check(mail(f"---\n--- {old}\n+++ {new}\n{HUNK}")) == 1
    assert shell.found()
    assert "~" not in shell.out + shell.err


def test_which_patches_are_missing_is_said_whole(shell: Shell) -> None:
    assert shell.check(mail(HARMLESS, "[PATCH 03/17] lake: shore")) == 0
    assert "patches missing from the series of 17: 1-2, 4-17\n" in shell.out
    assert shell.check(mail(HARMLESS, "[PATCH 00/17] lake: shores")) == 0
    assert "patches missing from the series of 17: 1-17\n" in shell.out


def test_a_diff_in_a_reply_is_no_patch_of_the_series_that_it_answers(shell: Shell) -> None:
    reply = mail(f"I mean this:\n\n{HARMLESS}", "Re: [PATCH 3/17] lake: shore", In_Reply_To="<x@y>")
    assert shell.check(reply) == 0
    assert "missing" not in shell.out


def test_a_file_that_changes_and_has_no_hunk_is_told_of(shell: Shell) -> None:
    cut = "diff --git a/mm/lake.c b/mm/lake.c\nindex 0123456..789abcd 100644\n"
    assert shell.check(mail(cut)) == 2
    assert "mm/lake.c: no hunk of it was read" in shell.err
    assert shell.check(mail(f"{cut}{HARMLESS}")) == 2
    assert "mm/lake.c: no hunk of it was read" in shell.err
    # an empty file that comes or goes, and a change of mode, have none
    empty = "diff --git a/mm/x.c b/mm/x.c\nnew file mode 100644\nindex 0000000..e69de29\n"
    mode = "diff --git a/mm/lake.c b/mm/lake.c\nold mode 100644\nnew mode 100755\n"
    assert shell.check(mail(f"{empty}{mode}{HARMLESS}")) == 0


def _nested(depth: int) -> str:
    inner = f"Content-Type: text/x-patch\n\n{DIFF}"
    for number in range(depth):
        inner = (
            f'Content-Type: multipart/mixed; boundary="b{number}"\n\n'
            f"--b{number}\n{inner}\n--b{number}--\n"
        )
    return f"From: A <a@example.org>\nSubject: [PATCH] x\nMIME-Version: 1.0\n{inner}"


def test_parts_beyond_the_limit_are_told_of(shell: Shell) -> None:
    assert shell.check(_nested(30)) == 1
    assert shell.check(_nested(250)) == 2
    assert "parts after the first 200 were not read" in shell.err
    head = 'Content-Type: multipart/mixed; boundary="b"\n\n'
    parts = "".join(f"--b\n\n{one}\n" for one in [HARMLESS, *["x\n"] * 250, DIFF])
    assert shell.check(f"From: A <a@example.org>\nSubject: [PATCH] x\n{head}{parts}--b--\n") == 2
    assert "parts after the first 200 were not read" in shell.err
    assert shell.check(_nested(3000)) == 2
    assert "nested too deeply" in shell.err
    assert "RecursionError" not in shell.err


@pytest.mark.parametrize("other", ["/* One more lake. */\nstatic int more;\n", ""])
def test_a_source_file_is_no_mail(other: str, shell: Shell) -> None:
    assert shell.check(LAKE + other) == 2
    assert "C source, no mail" in shell.err
    assert "kstale scan" in shell.err
    assert shell.check(f"From: A <a@example.org>\nSubject: lake_stock()\n\n{LAKE}") == 0


def test_a_hunk_that_nobody_names_is_told_of_in_words(shell: Shell) -> None:
    cut = "".join(f"> {line}\n" for line in HUNK.replace("fish++", "carp++").splitlines()[:7])
    reply = mail(f"{cut}\nWhy?\n", "Re: [PATCH] lake", In_Reply_To="<x@y>")
    assert shell.check(reply) == 2
    assert "without file names: no one file of the tree has its lines" in shell.err
    assert "?:" not in shell.out + shell.err
    assert "a hunk without file names: hunk 1 is quoted in part" in shell.out


def test_blanks_of_another_kind_are_shown_as_they_are(shell: Shell) -> None:
    changed = DIFF.replace(" \tlake->fish++;", " \tlake\t->fish--;")
    assert shell.check(mail(changed)) == 2
    assert r"expected 'lake\t->fish--;'" in shell.err


def test_a_range_that_is_none_is_quoted_whole(shell: Shell) -> None:
    import subprocess

    subprocess.run(["git", "init", "-q"], cwd=shell.tree, check=True)
    assert shell.run("check", options=("--git", "nowhere")) == 2
    assert "bad revision 'nowhere^!'\n" in shell.err


def test_names_before_the_hunk_count(shell: Shell) -> None:
    """The names of a patch that stands in the same box do not stray to the next."""
    assert shell.check(box(mail(HARMLESS), mail(NAMES + HUNK, "[PATCH] b", "m2"))) == 1
    assert shell.found()


def test_of_two_long_lines_what_differs_is_shown(shell: Shell) -> None:
    long = "\tint lake_name_of_a_fish_that_nobody_has_ever_seen_in_this_lake_"
    (shell.tree / "mm" / "long.c").write_text(f"int a;\n{long}one;\nint b;\n")
    change = (
        "--- a/mm/long.c\n+++ b/mm/long.c\n@@ -1,3 +1,3 @@\n int a;\n"
        f"-{long}two;\n+{long}three;\n int b;\n"
    )
    assert shell.check(mail(change)) == 2
    assert "lake_two;' at line 2" in shell.err
    assert "lake_one;'" in shell.err


def test_a_signature_is_no_attachment_to_speak_of(shell: Shell) -> None:
    signed = (
        "From: A <a@example.org>\nSubject: [PATCH] x\nMIME-Version: 1.0\n"
        'Content-Type: multipart/signed; boundary="s"\n\n'
        f"--s\nContent-Type: text/plain\n\n{HARMLESS}\n--s\n"
        "Content-Type: application/pgp-signature; name=OpenPGP_signature\n"
        "Content-Disposition: attachment; filename=OpenPGP_signature\n\n"
        "-----BEGIN PGP SIGNATURE-----\n\nwsB5\n-----END PGP SIGNATURE-----\n--s--\n"
    )
    assert shell.check(signed) == 0
    assert "attachment" not in shell.out + shell.err


def test_that_nothing_is_suppressed_is_said(shell: Shell) -> None:
    assert shell.run("suppress") == 0
    assert "nothing is suppressed" in shell.out


def test_an_answer_goes_to_all_who_are_to_have_it(shell: Shell) -> None:
    both = "Ann <ann@example.org>, Bob <bob@example.org>"
    sent = mail(DIFF, Reply_To=both, To="list@example.org, bob@example.org")
    assert shell.run("reply", sent, options=("--from", "Me <me@example.org>")) == 1
    head = shell.out.partition("\n\n")[0]
    assert "To: Ann <ann@example.org>,\n Bob <bob@example.org>\n" in head
    assert "Cc: list@example.org\n" in head
