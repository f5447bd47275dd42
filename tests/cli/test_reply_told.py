"""``kstale reply`` tells what ``kstale check`` tells: no hints, and nothing that was waived."""

# ruff: noqa: E101 - context lines of a diff start with a blank

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reviewer.cli.main import CLEAN, FINDINGS, main

Capture = pytest.CaptureFixture[str]

HERON = """\
struct heron {
	spinlock_t lock;
	int fed;
};

/* see HERON_HAS_EATEN. */
int fly_heron(int far)
{
	return far;
}

/* Caller must hold heron->lock. */
void feed_heron(struct heron *heron)
{
	spin_lock(&heron->lock);
	heron->fed++;
	spin_unlock(&heron->lock);
}

/* Runs before fly_heron() does. */
void wake_heron(void)
{
}
"""
FAR = """\
From: Ann <ann@example.org>
Subject: [PATCH] mm/heron: fly farther
Message-ID: <far@example.org>

---
--- a/mm/heron.c
+++ b/mm/heron.c
@@ -6,5 +6,5 @@
 /* see HERON_HAS_EATEN. */
 int fly_heron(int far)
 {
-	return far;
+	return far + 1;
 }
"""
TALK = """\
From: Ann <ann@example.org>
Subject: what does fly_heron() do?
Message-ID: <what@example.org>

I do not understand fly_heron() at all.
"""
RENAMED = """\
From: Ann <ann@example.org>
Subject: [PATCH] mm/heron: glide
Message-ID: <glide@example.org>

---
--- a/mm/heron.c
+++ b/mm/heron.c
@@ -7,3 +7,3 @@
-int fly_heron(int far)
+int glide_heron(int far)
 {
 	return far;
"""
CORRECTS = """\
From: Ann <ann@example.org>
Subject: [PATCH] mm/heron: mend a comment
Message-ID: <mend@example.org>

---
--- a/mm/heron.c
+++ b/mm/heron.c
@@ -12,4 +12,4 @@
-/* Caller must hold heron->lock. */
+/* Takes heron->lock. */
 void feed_heron(struct heron *heron)
 {
 	spin_lock(&heron->lock);
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A kernel tree in which a constant that a comment names is nowhere."""
    (tmp_path / "tree" / "mm").mkdir(parents=True)
    (tmp_path / "tree" / "Kbuild").write_text("")
    (tmp_path / "tree" / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
    (tmp_path / "tree" / "mm" / "heron.c").write_text(HERON)
    return tmp_path / "tree"


def _run(command: str, tree: Path, mail: str, *options: str) -> int:
    file = tree.parent / "mail"
    file.write_text(mail)
    return main([command, str(file), "--tree", str(tree), *options])


@pytest.mark.parametrize("mail", [FAR, TALK])
def test_a_hint_is_nothing_to_write_home_about(mail: str, tree: Path, capsys: Capture) -> None:
    assert _run("check", tree, mail) == CLEAN
    assert "1 hint not shown" in capsys.readouterr().out
    assert _run("reply", tree, mail, "--existing") == CLEAN
    out, err = capsys.readouterr()
    assert out == ""
    assert "nothing to say" in err


def test_what_the_user_lets_stand_is_not_told(tree: Path, capsys: Capture) -> None:
    assert _run("check", tree, RENAMED, "-v") == FINDINGS
    (print_,) = re.findall(r"fingerprint: (\w+)", capsys.readouterr().out)
    assert _run("reply", tree, RENAMED) == FINDINGS
    assert "nit: this patch removes fly_heron()" in capsys.readouterr().out
    assert main(["suppress", print_, "--reason", "I know", "--tree", str(tree)]) == CLEAN
    capsys.readouterr()
    assert _run("reply", tree, RENAMED) == CLEAN
    out, err = capsys.readouterr()
    assert out == ""
    assert "nothing to say" in err
    assert _run("reply", tree, RENAMED, "--no-config") == FINDINGS


def test_what_the_patch_puts_right_is_told_on_request_alone(tree: Path, capsys: Capture) -> None:
    assert _run("reply", tree, CORRECTS, "--existing") == CLEAN
    assert capsys.readouterr().out == ""
    assert _run("reply", tree, CORRECTS, "--corrected") == CLEAN
    assert "Caller must hold heron->lock" in capsys.readouterr().out


def test_of_a_discussion_with_nothing_false_it_is_said_what_was_read(
    tree: Path, capsys: Capture
) -> None:
    words = "fly_heron() must be called with heron->lock held."
    assert _run("reply", tree, f"{TALK}\n{words}\n") == CLEAN
    err = capsys.readouterr().err
    assert "of 1 statement that was read in it and 1 in comments of fly_heron()" in err
    assert "nothing is shown to be false" in err
