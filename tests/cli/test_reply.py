"""``kstale reply``: what is said in the reviewer's name is true of the patch."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from reviewer.cli.main import main

Capture = pytest.CaptureFixture[str]

ONE = """\
struct heron_nest {
	int eggs;
	spinlock_t nest_lock;
};

#define HERON_MAY_BREED 4

/* empties the nest */
void leave_heron_nest(struct heron_nest *n)
{
	n->eggs = 0;
}

/* Runs before leave_heron_nest() and looks at HERON_MAY_BREED. */
void lay_heron_egg(struct heron_nest *n)
{
	n->eggs |= HERON_MAY_BREED;
}
"""
TWO = """\
int herons;

/*
 * The caller has called leave_heron_nest(), see there. See
 * struct heron_nest for the layout. Details are in mm/three.c.
 *
 * n->nest_lock protects the eggs.
 */
int count_heron_eggs(void)
{
	return 0;
}
"""
FILES = {"mm/one.c": ONE, "mm/two.c": TWO, "mm/three.c": "int three;\n", "Kbuild": ""}
FILES |= {"Makefile": "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n"}


@dataclass
class Shell:
    """A small kernel tree in git, and kstale on it."""

    tree: Path
    capsys: Capture
    out: str = ""
    err: str = ""

    def mail(self, change: Callable[[str, str], str], *moves: tuple[str, str]) -> str:
        """What git sends of a change of every file (path and text to text), and of moves."""
        for path, text in FILES.items():
            (self.tree / path).write_text(change(path, text))
        for old, new in moves:
            self.git("mv", old, new)
        self.git("commit", "-qam", "mm: a change")
        sent = self.git("format-patch", "-1", "--stdout")
        self.git("reset", "-q", "--hard", "HEAD~1")
        return sent

    def git(self, *argv: str) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *argv],
            cwd=self.tree,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def run(self, command: str, mail: str, *options: str) -> int:
        file = self.tree.parent / "mail"
        file.write_text(mail, encoding="utf-8", errors="surrogateescape")
        status = main([command, str(file), "--tree", str(self.tree), *options])
        self.out, self.err = self.capsys.readouterr()
        return status

    def reply(self, mail: str, *options: str) -> str:
        assert self.run("reply", mail, "--from", "Me <me@example.org>", *options) in (0, 1)
        return self.out


@pytest.fixture
def shell(tmp_path: Path, capsys: Capture) -> Shell:
    tree = tmp_path / "tree"
    (tree / "mm").mkdir(parents=True)
    for path, text in FILES.items():
        (tree / path).write_text(text)
    made = Shell(tree, capsys)
    made.git("init", "-q")
    made.git("add", ".")
    made.git("commit", "-qm", "first")
    return made


def renamed(old: str, new: str) -> Callable[[str, str], str]:
    """The code of mm/one.c with another name, all comments as they were."""

    def change(path: str, text: str) -> str:
        lines = text.splitlines(keepends=True) if path == "mm/one.c" else [text]
        return "".join(
            line if "/*" in line or path != "mm/one.c" else line.replace(old, new) for line in lines
        )

    return change


def test_a_name_that_goes_is_one_sentence_with_what_took_its_place(shell: Shell) -> None:
    text = shell.reply(shell.mail(renamed("leave_heron_nest", "quit_heron_nest")))
    assert "> -void leave_heron_nest(struct heron_nest *n)" in text
    assert "> +void quit_heron_nest(struct heron_nest *n)" in text
    words = " ".join(text.split())
    assert "which is still named here; quit_heron_nest() now?" in words
    assert 'mm/two.c:4: "The caller has called leave_heron_nest(), see there."' in words
    assert words.count("nit: this patch removes leave_heron_nest(), which") == 1
    assert "tree" not in text.partition("nit:")[2]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("struct heron_nest", "struct heron_eyrie", "mm/two.c:5"),
        ("nest_lock", "eyrie_lock", "mm/two.c:7"),
    ],
)
def test_what_the_patch_leaves_is_quoted_below_what_it_removes(
    old: str, new: str, place: str, shell: Shell
) -> None:
    text = shell.reply(shell.mail(renamed(old, new)))
    words = " ".join(text.split())
    assert f"this patch removes {old}, which is still named here; {new} now?" in words
    assert f"{place}: " in words
    removed = next(
        i for i, line in enumerate(text.split("\n")) if line.startswith("> -\t") or "> -s" in line
    )
    assert old in text.split("\n")[removed]
    assert "takes these words out" not in words


def test_a_comment_that_the_patch_shows_is_quoted_with_the_change(shell: Shell) -> None:
    text = shell.reply(shell.mail(renamed("HERON_MAY_BREED", "HERON_CAN_BREED")))
    assert "\n>  /* Runs before leave_heron_nest() and looks at HERON_MAY_BREED. */\n" in text
    below = " ".join(text.partition("> +\tn->eggs |= HERON_CAN_BREED;\n")[2].split())
    assert (
        "nit: this names HERON_MAY_BREED, which this patch removes; HERON_CAN_BREED now?" in below
    )


def test_a_file_that_moves_is_followed(shell: Shell) -> None:
    text = shell.reply(shell.mail(lambda _, text: text, ("mm/three.c", "mm/tres.c")))
    assert "> rename to mm/tres.c" in text
    assert "mm/tres.c now?" in " ".join(text.split())


def test_what_a_later_patch_was_to_mend_and_does_not_apply_is_told(shell: Shell) -> None:
    first = shell.mail(renamed("leave_heron_nest", "quit_heron_nest"))
    second = (
        "From 0 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: [PATCH 2/2] y\n\n"
        "--- a/mm/two.c\n+++ b/mm/two.c\n@@ -3,3 +3,3 @@\n /*\n"
        "- * Everybody called leave_heron_nest() before. See\n"
        "+ * Everybody called quit_heron_nest() before. See\n  * this for that\n"
    )
    both = f"{first.replace('[PATCH]', '[PATCH 1/2]')}\n{second}"
    assert shell.run("check", both) == 2
    assert "mm/two.c:4: low: " in shell.out
    assert "mm/two.c:4: false after patch" not in shell.out


def test_a_series_that_cures_itself_has_corrected_nothing(shell: Shell) -> None:
    first = shell.mail(renamed("leave_heron_nest", "quit_heron_nest"))
    shell.run("check", first)
    (shell.tree.parent / "1.patch").write_text(first.replace("[PATCH]", "[PATCH 1/2]"))
    subprocess.run(["git", "apply", "../1.patch"], cwd=shell.tree, check=True, capture_output=True)
    shell.git("commit", "-qam", "1")
    for path in ("mm/one.c", "mm/two.c"):
        file = shell.tree / path
        file.write_text(file.read_text().replace("leave_heron_nest", "quit_heron_nest"))
    shell.git("commit", "-qam", "mm: comments")
    second = shell.git("format-patch", "-1", "--stdout").replace("[PATCH]", "[PATCH 2/2]")
    shell.git("reset", "-q", "--hard", "HEAD~2")
    assert shell.run("check", first.replace("[PATCH]", "[PATCH 1/2]") + second) == 0
    assert "0 findings by this patch\n" in shell.out
    assert shell.out.count("put right by patch 2 of 2") == 2


def test_bytes_that_are_no_text_in_a_mail_that_speaks_of_code(shell: Shell) -> None:
    mail = (
        "From: a@example.org\nSubject: x\n\nIn lay_heron_egg() caf\udce9 TLB flushes send IPIs.\n"
    )
    assert shell.run("check", mail) in (0, 1)
    assert "internal error" not in shell.err


def test_a_file_name_that_is_no_text_can_go(shell: Shell) -> None:
    patch = (
        "From: A <a@example.org>\nSubject: [PATCH] x\n\n"
        'diff --git "a/mm/h\\351ron.c" b/mm/heron.c\nsimilarity index 100%\n'
        'rename from "mm/h\\351ron.c"\nrename to mm/heron.c\n'
    )
    name = shell.tree / "mm" / "h\udce9ron.c"
    name.write_text("int herons;\n")
    assert shell.run("check", patch) == 0
