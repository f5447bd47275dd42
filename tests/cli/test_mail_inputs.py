"""Mails as lists and people send them, through the command line: nothing is lost in silence."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import shutil
import subprocess
import time
from collections.abc import Callable
from email import message_from_string
from email.utils import getaddresses
from pathlib import Path

import pytest

from reviewer.cli.main import main
from tests.cli.mails import DIFF, HARMLESS, HEADER, HUNK, LAKE, NAMES, Shell, box, mail, planted


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    files = {"mm/lake.c": LAKE, "include/linux/lake.h": HEADER}
    return Shell(planted(tmp_path / "tree", files), capsys)


_PACKERS = [gzip.compress, lzma.compress, bz2.compress]


@pytest.mark.parametrize("pack", _PACKERS)
def test_what_has_two_compressed_members_is_read_whole(
    shell: Shell, pack: Callable[[bytes], bytes]
) -> None:
    first, second = box(mail(HARMLESS)), box(mail(DIFF, "[PATCH] b", "m2"))
    assert shell.check(pack(first.encode()) + pack(second.encode())) == 1
    assert shell.found()


@pytest.mark.parametrize("pack", _PACKERS)
def test_what_is_cut_off_is_an_error(shell: Shell, pack: Callable[[bytes], bytes]) -> None:
    assert shell.check(pack(mail(DIFF).encode())[:-20]) == 2
    assert "cut off" in shell.err


@pytest.mark.parametrize("pack", _PACKERS)
def test_what_is_damaged_is_an_error(shell: Shell, pack: Callable[[bytes], bytes]) -> None:
    data = bytearray(pack(mail(DIFF).encode()))
    data[len(data) // 2 : len(data) // 2 + 8] = b"\xff" * 8
    assert shell.check(bytes(data)) == 2
    assert shell.err.count("\n") == 1


@pytest.mark.parametrize("pack", _PACKERS)
def test_what_has_very_many_compressed_members_is_soon_read(
    shell: Shell, pack: Callable[[bytes], bytes]
) -> None:
    data = pack(b"") * 200_000 + pack(mail(DIFF).encode())
    start = time.process_time()
    assert shell.check(data) == 1
    assert time.process_time() - start < 6


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_mail_saved_in_utf_16_is_read(shell: Shell, encoding: str) -> None:
    assert shell.check(f"\ufeff{mail(DIFF)}".encode(encoding)) == 1
    assert shell.found()


@pytest.mark.parametrize("mark", ["| ", "AO> ", "|", "> AO> ", "AO> > "])
def test_other_marks_of_quoting_are_known(shell: Shell, mark: str) -> None:
    quoted = "".join(f"{mark}{line}\n" for line in DIFF.splitlines())
    said = "A table of mine:\n\n  | a | b |\n  |---|---|\n"
    assert shell.check(mail(f"A wrote:\n{quoted}\nNo.\n\n{said}", "Re: [PATCH] x")) == 1
    assert shell.found()


def test_stdin_over_the_limit_is_refused(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("reviewer.mail.limits.MAX_BYTES", 100)
    monkeypatch.setattr("reviewer.mail.mailbox.MAX_BYTES", 100)
    (tmp_path / "in").write_text(mail(DIFF))
    with (tmp_path / "in").open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert main(["check", "-", "--tree", str(shell.tree)]) == 2


def test_one_mail_over_two_lists_is_one(shell: Shell) -> None:
    one = mail(DIFF)
    assert shell.check(box(one, f"{one}\n-- \nto unsubscribe write to the list\n")) == 1
    assert shell.out.count("mm/lake.c:8") == 1


def test_a_quoted_and_an_own_diff_are_both_judged(shell: Shell) -> None:
    quoted = "".join(f"> {line}\n" for line in DIFF.splitlines())
    assert (
        shell.check(mail(f"A wrote:\n{quoted}\nSmaller:\n\n{HARMLESS}\nBye\n", "Re: [PATCH] x"))
        == 1
    )
    assert shell.found()


def test_the_second_patch_of_a_mail_is_judged_on_the_first(shell: Shell) -> None:
    back = "".join(
        line[0].translate(str.maketrans("+-", "-+")) + line[1:]
        for line in HUNK.splitlines(keepends=True)
    )
    undo = NAMES + back.replace("-8,13 +8,12", "-8,12 +8,13")
    assert shell.check(mail(f"{DIFF}\n{undo}", "[PATCH] twice"), options=("--format", "json")) == 1
    assert len(json.loads(shell.out)["findings"]) >= 1


def test_a_hunk_whose_file_names_were_trimmed_is_found_by_its_lines(shell: Shell) -> None:
    quoted = "".join(f"> {line}\n" for line in HUNK.splitlines())
    assert shell.check(mail(f"A wrote:\n{quoted}\nNo.\n", "Re: [PATCH] x")) == 1
    assert shell.found()
    assert "found there by its lines" in shell.out


def test_a_cover_letter_with_a_diff_is_a_patch(shell: Shell) -> None:
    assert shell.check(mail(DIFF, "[PATCH 0/1] lake")) == 1
    assert shell.found()


def test_a_hunk_longer_than_its_header_says_is_told_of(shell: Shell) -> None:
    assert shell.check(mail(DIFF.replace("-8,13 +8,12", "-8,11 +8,10"))) == 2
    assert "longer than its header says" in shell.err


def test_lines_behind_a_complete_hunk_are_told_of(shell: Shell) -> None:
    more = HARMLESS.replace("@@ -1,2 +1,3 @@", "@@ -1 +1,2 @@")
    assert shell.check(mail(more.replace(" void", "+int more;\n void"))) == 2
    assert "longer than its header says" in shell.err


@pytest.mark.parametrize("number", ["1/2", "2/2"])
def test_what_applies_is_judged_when_the_rest_does_not(shell: Shell, number: str) -> None:
    bad = HARMLESS.replace(" struct lake;", " struct no_such;")
    assert shell.check(mail(f"{bad}{DIFF}", f"[PATCH {number}] x")) == 2
    assert shell.found()
    assert "include/linux/lake.h: hunk 1 does not apply" in shell.err
    assert "another patch of the series" in shell.out


@pytest.mark.parametrize(("number", "status"), [("1/2", 1), ("2/2", 0)])
def test_an_earlier_patch_that_is_not_at_hand_may_bring_what_a_comment_names(
    shell: Shell, number: str, status: int
) -> None:
    words = "+/* This pairs with smp_wmb() in lake_thaws_later(). */\n"
    hunk = HARMLESS.replace("@@ -1,2 +1,3 @@", "@@ -1,2 +1,4 @@")
    adding = hunk.replace("+struct", words + "+struct")
    assert shell.check(mail(adding, f"[PATCH {number}] x")) == status, shell.out
    assert ("lake_thaws_later" in shell.out) == bool(status)


def test_a_tree_that_holds_the_patch_holds_the_earlier_ones(shell: Shell) -> None:
    words = "+/* This pairs with smp_wmb() in lake_thaws_later(). */\n"
    hunk = HARMLESS.replace("@@ -1,2 +1,3 @@", "@@ -1,2 +1,4 @@")
    adding = hunk.replace("+struct", words + "+struct")
    subprocess.run(["patch", "-s", "-p1"], cwd=shell.tree, input=adding.encode(), check=True)
    assert shell.check(mail(adding, "[PATCH 2/2] x")) == 1, shell.out
    assert "lake_thaws_later" in shell.out


def test_a_combined_diff_in_a_thread_leaves_the_rest(shell: Shell) -> None:
    merge = "diff --cc mm/x.c\n--- a/mm/x.c\n+++ b/mm/x.c\n@@@ -1,2 -1,2 +1,2 @@@\n  a\n++b\n"
    assert shell.check(box(mail(DIFF), mail(merge, "Re: conflict", "m2"))) == 2
    assert shell.found()
    assert "combined diff" in shell.err


def test_patches_of_a_series_in_files_of_their_own_build_on_each_other(shell: Shell) -> None:
    first = HARMLESS
    second = HARMLESS.replace("struct shore", "struct beach").replace(
        "@@ -1,2 +1,3 @@", "@@ -1,3 +1,4 @@"
    )
    second = second.replace(" struct lake;\n", " struct lake;\n struct shore;\n")
    mails = (mail(second, "[PATCH 2/2] b", "m2"), mail(first, "[PATCH 1/2] a", "m1"))
    assert shell.check(*mails) == 0, shell.err


def test_an_unreadable_file_leaves_the_others(shell: Shell) -> None:
    assert shell.check(mail(DIFF), b"\x7fELF\0\1\2") == 2
    assert shell.found()
    assert "binary data" in shell.err


def test_what_is_in_the_tree_already_is_judged_by_undoing_it(shell: Shell) -> None:
    subprocess.run(["patch", "-s", "-p1"], cwd=shell.tree, input=DIFF.encode(), check=True)
    assert shell.check(mail(DIFF)) == 1
    assert shell.found()
    assert "already in the tree" in shell.out


def test_the_base_is_found_by_commit_or_blob(shell: Shell) -> None:
    def git(*arguments: str) -> str:
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        done = subprocess.run(
            ["git", *identity, *arguments],
            cwd=shell.tree,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    base, blob = git("rev-parse", "HEAD"), git("rev-parse", "HEAD:mm/lake.c")
    (shell.tree / "mm/lake.c").write_text("int other;\n")
    git("commit", "-qam", "two")
    assert shell.check(mail(DIFF)) == 2
    assert shell.check(mail(DIFF), options=("--base", base)) == 1
    assert shell.check(mail(f"{DIFF}\nbase-commit: {base}\n")) == 1
    assert "base-commit" in shell.out
    named = DIFF.replace("--- a/", f"index {blob[:12]}..0123456789ab 100644\n--- a/", 1)
    assert shell.check(mail(named)) == 1
    assert "index line" in shell.out


@pytest.mark.parametrize("name", [b"mm/l\xbcke.c", b"/l\xbcke.c", b"mm/l\0ke.c"])
def test_what_git_says_of_a_name_that_is_no_text_is_borne(shell: Shell, name: bytes) -> None:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for command in (["init", "-q"], ["commit", "-qm", "one", "--allow-empty"]):
        subprocess.run(["git", *identity, *command], cwd=shell.tree, check=True)
    named = DIFF.replace("--- a/", "index 0123456789ab..1123456789ab 100644\n--- a/", 1)
    sent = mail(f"{'x' * 5000}\n{named}").encode().replace(b"mm/lake.c", name)
    assert shell.check(sent) == 2
    assert shell.err.count("\n") == 1
    assert "internal error" not in shell.err


def test_an_attached_mail_is_a_mail_of_its_own(shell: Shell) -> None:
    parts = "--b\nContent-Type: text/plain\n\nsee below\n\n--b\nContent-Type: message/rfc822\n\n"
    body = f"{parts}{mail(DIFF, '[PATCH] inner', 'm7')}\n--b--\n"
    assert shell.check(mail(body, "Fwd: x", Content_Type="multipart/mixed; boundary=b")) == 1
    assert shell.found()


def test_a_garbled_file_name_of_an_attachment_is_no_error(shell: Shell) -> None:
    disposition = 'attachment; filename*0="a"; filename*=x.patch'
    body = f"--b\nContent-Type: text/x-patch\nContent-Disposition: {disposition}\n\n{DIFF}\n--b--\n"
    assert shell.check(mail(body, Content_Type="multipart/mixed; boundary=b")) == 1
    assert shell.found()


def test_a_ledger_that_cannot_be_written_does_not_lose_the_findings(shell: Shell) -> None:
    assert shell.check(mail(DIFF), options=("--ledger", "/no/such/folder/x")) == 2
    assert shell.found()
    assert "/no/such/folder/x" in shell.err


def test_a_folder_below_the_root_and_an_empty_one_are_told(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    patch = str(tmp_path / "p")
    Path(patch).write_text(mail(DIFF))
    assert main(["check", patch, "--tree", str(shell.tree / "mm")]) == 2
    assert "looks like mm of a kernel tree" in shell.capsys.readouterr().err
    assert main(["check", patch, "--tree", str(tmp_path / "empty")]) == 2
    assert "empty folder" in shell.capsys.readouterr().err


def test_staged_changes_are_judged(shell: Shell) -> None:
    for command in (
        ["git", "init", "-q"],
        ["git", "add", "."],
        ["git", "-c", "user.name=A", "-c", "user.email=a@x.org", "commit", "-qm", "one"],
        ["git", "apply", "--index", "-"],
    ):
        subprocess.run(command, cwd=shell.tree, input=DIFF.encode(), check=True)
    assert shell.check(options=("--staged",)) == 1
    assert shell.found()


def test_a_comment_past_the_touched_lines_that_was_stale_before_is_not_the_patchs(
    shell: Shell,
) -> None:
    end = "\n/* See mm/puddle.c for the rest. */\n"
    (shell.tree / "mm/tail.c").write_text(f"int a;\n{end}")
    names = "--- a/mm/tail.c\n+++ b/mm/tail.c\n"
    patch = f"{names}@@ -3 +3,2 @@\n /* See mm/puddle.c for the rest. */\n+int b;\n"
    assert shell.check(mail(patch)) == 0, shell.out


@pytest.mark.parametrize(
    ("option", "name", "meant"),
    [("--machine", "arm46", "arm64"), ("--only", "caller-hold-lock", "caller-holds-lock")],
)
def test_a_name_that_does_not_exist_is_an_error(
    shell: Shell, option: str, name: str, meant: str
) -> None:
    assert shell.check(mail(DIFF), options=(option, name)) == 2
    assert "did you mean" in shell.err
    assert meant in shell.err


@pytest.mark.parametrize(
    ("headers", "recipient"),
    [
        ({"From": "=?utf-8?q?victim=40x=2Einvalid=2C?= <a@example.org>"}, "a@example.org"),
        ({"From": "=?utf-8?q?victim=40x=2Einvalid?="}, "unknown@archive.invalid"),
        ({"Reply-To": "The List <list@example.org>"}, "list@example.org"),
    ],
)
def test_a_reply_goes_where_the_header_says(
    shell: Shell, headers: dict[str, str], recipient: str, tmp_path: Path
) -> None:
    file = tmp_path / "mail"
    file.write_text(mail(DIFF, **headers))
    assert main(["reply", str(file), "--tree", str(shell.tree)]) == 1
    draft = message_from_string(shell.capsys.readouterr().out)
    assert [address for _, address in getaddresses([draft["To"]])] == [recipient]
    assert not [name for name in draft if name.lower().startswith("x-")]


@pytest.mark.skipif(shutil.which("mutt") is None, reason="mutt is not installed")
def test_mutt_takes_a_draft(shell: Shell, tmp_path: Path) -> None:
    file, draft = tmp_path / "mail", tmp_path / "draft"
    file.write_text(mail(DIFF, From="=?utf-8?q?J=C3=B6rg=2C_A?= <a@example.org>"))
    assert main(["reply", str(file), "--tree", str(shell.tree), "-o", str(draft)]) == 1
    sent = tmp_path / "sent"
    program = tmp_path / "sendmail"
    program.write_text(f'#!/bin/sh\necho "$@" > {sent}.to\ncat > {sent}\n')
    program.chmod(0o755)
    config = tmp_path / "muttrc"
    config.write_text(f"set sendmail={program}\nset copy=no\nset sendmail_wait=30\n")
    done = subprocess.run(
        ["mutt", "-n", "-F", str(config), "-H", str(draft)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(tmp_path), "TERM": "dumb"},
    )
    assert done.returncode == 0, done.stderr
    assert "a@example.org" in Path(f"{sent}.to").read_text()
    assert "victim" not in sent.read_text()
