"""Kinds of mail that were once misread, each through the command line.

A small harbour: a queue and its lock in one file, comments that speak of them in others.
"""

# ruff: noqa: E101 - kernel code has comments with blanks behind tabs

from __future__ import annotations

import difflib
import re
from pathlib import Path

import pytest

from tests.cli.mails import DIFF, HARMLESS, HEADER, HUNK, LAKE, NAMES, Shell, box, mail, planted

CRANE = """\
#include <linux/crane.h>

struct crane_queue {
	int loads;
	spinlock_t crane_lock;
};

#define CRANE_BUSY_BIT 4

/* empties the queue */
void drain_crane_queue(struct crane_queue *q)
{
	q->loads = 0;
}

/*
 * Runs before drain_crane_queue() and only looks at CRANE_BUSY_BIT.
 */
int peek_crane(struct crane_queue *q)
{
	return q->loads & CRANE_BUSY_BIT;
}
"""
QUAY = """\
#include <linux/crane.h>

/*
 * The caller has already called drain_crane_queue(), see there.
 * Must be called with crane_lock held.
 */
int quay_open(int x)
{
	return x + 1;
}

/*
 * See struct crane_queue for the layout, and CRANE_BUSY_BIT for the flags.
 * q->crane_lock protects the loads.  Details are in kernel/tide.c.
 */
int quay_close(int x)
{
	return x + 2;
}
"""
TIDE = """\
#include <linux/crane.h>

int tide_level(int x)
{
	return x + 4;
}
"""
BERTH = """\
struct berth {
	int			b_hold;
	struct semaphore	b_sema;	/* for large ships */
	int			b_draft;
	int			b_length;
	int			b_width;

	/*
	 * concurrent access to b_ships is protected by
	 * b_list_lock and not by b_sema
	 */
	struct list_head	b_ships;
	spinlock_t		b_list_lock;
};
"""
MOOR = """\
#include "berth.h"

void berth_moor(struct berth *b)
{
	down(&b->b_sema);
}
"""
CLOCK = """\
struct keeper {
	long real;
	long atomic;
};
static struct keeper core;
static long *offsets[2] = { &core.real, &core.atomic };

static void set_harbour_clock(struct keeper *k, long v)
{
	k->real = v;
	k->atomic = v + 1;
}

long harbour_clock(int i)
{
	long *offset = offsets[i];

	return *offset;
}
"""
CRANE_H = "#ifndef CRANE_H\n#define CRANE_H\nstruct crane_queue;\n#endif /* CRANE_H */\n"
FILES = {
    "kernel/crane.c": CRANE,
    "kernel/quay.c": QUAY,
    "kernel/tide.c": TIDE,
    "kernel/clock.c": CLOCK,
    "include/linux/crane.h": CRANE_H,
    "fs/berth/berth.h": BERTH,
    "fs/berth/moor.c": MOOR,
    "mm/lake.c": LAKE,
    "include/linux/lake.h": HEADER,
}
_PLACE = re.compile(r"^(\S+:\d+): \w+: .* \[(\S+)\]$", re.M)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(planted(tmp_path / "tree", FILES), capsys)


def diff(path: str, *edits: tuple[str, str], text: str | None = None) -> str:
    """A patch that replaces words of a file; one that makes the file where it is new."""
    before = FILES.get(path) if text is None else text
    after = before or ""
    for old, new in edits:
        after = after.replace(old, new) if old else after + new
    was, now = ((one or "").splitlines(keepends=True) for one in (before, after))
    names = (f"a/{path}" if before is not None else "/dev/null", f"b/{path}")
    made = "" if before is not None else "new file mode 100644\n"
    return f"diff --git a/{path} b/{path}\n{made}" + "".join(difflib.unified_diff(was, now, *names))


def places(shell: Shell) -> list[tuple[str, str]]:
    """Where the terse report has findings, and of which rule."""
    return _PLACE.findall(shell.out)


RENAMED = ("drain_crane_queue(struct", "empty_crane_queue(struct")
FIRST = diff("kernel/crane.c", RENAMED)
CURE = diff(
    "kernel/crane.c", ("before drain_", "before empty_"), text=CRANE.replace(*RENAMED)
) + diff("kernel/quay.c", ("called drain_", "called empty_"))
QUIET = ("--format", "terse")


MUTEX = diff("fs/berth/berth.h", ("struct semaphore\tb_sema;", "struct mutex\t\tb_mutex;")) + diff(
    "fs/berth/moor.c", ("down(&b->b_sema)", "mutex_lock(&b->b_mutex)")
)
MOVED = (
    "diff --git a/kernel/tide.c b/kernel/ebb.c\nsimilarity index 100%\n"
    "rename from kernel/tide.c\nrename to kernel/ebb.c\n"
)
STRUCT = diff("include/linux/crane.h", ("struct crane_", "struct winch_")) + diff(
    "kernel/crane.c", ("struct crane_queue", "struct winch_queue")
)
MACRO = diff("kernel/crane.c", ("BUSY_BIT 4", "LOAD_BIT 4"), ("CRANE_BUSY_BIT;", "CRANE_LOAD_BIT;"))
MEMBER = diff("kernel/crane.c", ("spinlock_t crane_lock", "spinlock_t winch_lock"))


@pytest.mark.parametrize(
    ("patch", "found"),
    [
        (MACRO, ["kernel/crane.c:17", "kernel/quay.c:13"]),
        (STRUCT, ["kernel/quay.c:13"]),
        (MEMBER, ["kernel/quay.c:5", "kernel/quay.c:14"]),
        (MOVED, ["kernel/quay.c:14"]),
        (MUTEX, ["fs/berth/berth.h:10"]),
    ],
    ids=["macro", "struct", "lock-member", "file", "comment-outside-the-hunk"],
)
def test_what_a_patch_renames_is_missed_where_comments_name_it(
    shell: Shell, patch: str, found: list[str]
) -> None:
    assert shell.check(mail(patch), options=QUIET) == 1
    assert places(shell) == [(place, "gone-since-release") for place in found]


def test_a_reply_quotes_a_comment_that_stands_outside_the_hunk(shell: Shell) -> None:
    assert shell.run("reply", mail(MUTEX)) == 1
    remark = shell.out[shell.out.index("nit:") :]
    assert "this patch removes b_sema" in remark
    assert "fs/berth/berth.h:10" in remark
    assert '"concurrent access to b_ships is protected by' in remark
    assert "> -\tstruct semaphore\tb_sema;" in shell.out


def test_a_patch_that_adds_an_option_a_page_and_their_user_is_clean(shell: Shell) -> None:
    patch = (
        diff("Documentation/quay.rst", ("", "text\n"))
        + diff("kernel/Kconfig", ("", 'config QUAY_FAST\n\tbool "fast"\n'))
        + diff(
            "kernel/tide.c",
            ("", "\n#ifdef CONFIG_QUAY_FAST\n/* The rules are in Documentation/quay.rst */\n"),
            ("", "int tide_fast(int x)\n{\n\treturn x + 5;\n}\n#endif /* CONFIG_QUAY_FAST */\n"),
        )
    )
    assert shell.check(mail(patch), options=QUIET) == 0, shell.out
    wrong = patch.replace(
        "+/* The rules are in Documentation/quay", "+/* The rules are in Documentation/pier"
    )
    assert shell.check(mail(wrong), options=(*QUIET, "--hints")) == 0
    assert (
        "kernel/tide.c:9: low: The comment sends the reader to Documentation/pier.rst" in shell.out
    )


def test_a_reader_through_a_table_of_pointers_is_a_partner(shell: Shell) -> None:
    patch = diff(
        "kernel/clock.c",
        (
            "\tk->real = v;",
            "\t/* Paired with READ_ONCE() in harbour_clock() */\n\tWRITE_ONCE(k->real, v);",
        ),
        ("k->atomic = v + 1;", "WRITE_ONCE(k->atomic, v + 1);"),
        (
            "\treturn *offset;",
            "\t/* Paired with WRITE_ONCE() in set_harbour_clock() */\n\treturn READ_ONCE(*offset);",
        ),
    )
    assert shell.check(mail(patch), options=QUIET) == 0, shell.out


def series(*patches: str, order: tuple[int, ...] = ()) -> str:
    """An mbox of a series, in an order of its own if one is given."""
    total = len(patches)
    mails = [
        mail(patch, f"[PATCH {number}/{total}] part {number}", f"s{number}")
        for number, patch in enumerate(patches, 1)
    ]
    return box(*(mails[number - 1] for number in order or range(1, total + 1)))


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_what_a_later_patch_puts_right_is_a_note(shell: Shell, order: tuple[int, ...]) -> None:
    assert shell.check(series(FIRST, CURE, order=order)) == 0
    assert "kernel/crane.c:17: false after patch 1 of 2" in shell.out
    assert "kernel/quay.c:4: false after patch 1 of 2" in shell.out
    assert shell.out.count("put right by patch 2 of 2") == 2
    assert shell.check(mail(FIRST), options=QUIET) == 1
    assert [place for place, _ in places(shell)] == ["kernel/crane.c:17", "kernel/quay.c:4"]


def test_only_the_part_that_applies_puts_something_right(shell: Shell) -> None:
    bad = CURE.replace("- * The caller has already called", "- * Nobody has ever called")
    assert shell.check(series(FIRST, bad), options=QUIET) == 2
    assert [place for place, _ in places(shell)] == ["kernel/quay.c:4"]
    assert "kernel/quay.c: hunk 1 does not apply" in shell.err
    assert "Nobody has ever called" in shell.err


def test_one_draft_to_the_patch_that_needs_one(shell: Shell) -> None:
    assert shell.run("reply", series(HARMLESS, DIFF)) == 1
    assert shell.out.count("Subject: Re:") == 1
    assert "Subject: Re: [PATCH 2/2] part 2" in shell.out
    assert "nothing to say about [PATCH 1/2] part 1" in shell.err


def test_a_hunk_that_lacks_lines_is_cut_short(shell: Shell) -> None:
    assert shell.check(mail(DIFF.replace("-8,13 +8,12", "-8,15 +8,14") + "-- \n2.43.0\n")) == 2
    assert "hunk 1 is cut short: 2 old and 2 new lines are missing" in shell.err


def test_two_patches_attached_to_one_mail_are_both_read(shell: Shell) -> None:
    part = '--b\nContent-Type: text/x-patch\nContent-Disposition: attachment; filename="{}"\n\n{}\n'
    parts = part.format("0001.patch", HARMLESS) + part.format("0002.patch", DIFF)
    body = f"--b\nContent-Type: text/plain\n\nTwo patches.\n\n{parts}--b--\n"
    assert shell.check(mail(body, Content_Type="multipart/mixed; boundary=b")) == 1
    assert shell.found()


def test_a_hunk_that_a_reply_breaks_off_is_judged_as_far_as_it_goes(shell: Shell) -> None:
    kept = "".join(f"> {line}\n" for line in (NAMES + HUNK).splitlines()[:9])
    cut = "> @@ -60,4 +59,5 @@ void lake_drain(struct lake *lake)\n>  \tlake->fish = 0;\n"
    text = f"A wrote:\n{kept}\nWho releases it?\n\n[...]\n{cut}\nB\n"
    assert shell.check(mail(text, "Re: [PATCH] mm/lake: lock inside")) == 2
    assert "hunk 1 is quoted in part" in shell.out
    assert "2 claims read in 1 file" in shell.out
    assert "mm/lake.c: hunk 2 does not apply" in shell.err


ESCAPES = "\x1b]0;owned\x07 x\x1b[2J"
SHOWN = r"\x1b]0;owned\x07 x\x1b[2J"


def test_control_characters_of_a_subject_are_shown_escaped(shell: Shell) -> None:
    crafted = mail(DIFF, f"[PATCH 1/2] {ESCAPES}")
    assert shell.check(box(crafted, mail(HARMLESS, "[PATCH 2/2] other", "m2"))) == 1
    assert SHOWN in shell.out
    assert shell.check(mail("no diff in here\n", f"no {ESCAPES}")) == 2
    assert SHOWN in shell.err
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", shell.out + shell.err)


def test_control_characters_of_a_file_name_are_shown_escaped(shell: Shell) -> None:
    crafted = DIFF.replace("mm/lake.c", "mm/\x1b]0;own\x07.c").replace("-8,13 +8,12", "-8,20 +8,19")
    assert shell.check(mail(crafted)) == 2
    assert r"mm/\x1b]0;own\x07.c" in shell.err
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", shell.out + shell.err)


def test_the_draft_to_a_quoted_patch_says_which_diff_it_means(shell: Shell) -> None:
    quoted = "".join(f"> {line}\n" for line in DIFF.splitlines())
    text = mail(f"A wrote:\n{quoted}\nSmaller:\n\n{HARMLESS}\nBye\n", "Re: [PATCH] lake", "m5")
    assert shell.run("reply", text) == 1
    assert "> > +\tspin_lock(&lake->lock);" in shell.out
    assert "nothing to say about Re: [PATCH] lake (its own diff)" in shell.err


TALK = "berth_moor() may sleep, so no lock can be held there.\n"


def test_talk_beside_a_cover_letter_is_judged(shell: Shell) -> None:
    thread = box(
        mail("Three.\n", "[PATCH 0/3] berths", "c"), mail(TALK, "Re: [PATCH 0/3] berths", "t")
    )
    assert shell.check(thread) == 0
    assert "no patch in this mail: it speaks of berth_moor()" in shell.out


def test_talk_of_a_function_is_not_of_its_whole_file_and_told_once(shell: Shell) -> None:
    head = "/* Here: berth_was_once() and what followed. */\n"
    false = "/* Calls berth_lock_gone() when the lock of b_sema is held. */\n"
    code = (shell.tree / "fs/berth/moor.c").read_text()
    (shell.tree / "fs/berth/moor.c").write_text(head + code.replace("void", f"{false}void"))
    again = mail(TALK + "Really.\n", "Re: Re: berths", "t2")
    assert shell.check(mail(TALK, "Re: berths", "t"), again, options=(*QUIET, "--hints")) == 1
    assert shell.out.count("berth_lock_gone") == 1
    assert "berth_was_once" not in shell.out


def test_talk_beside_a_patch_is_counted(shell: Shell) -> None:
    thread = box(mail(DIFF), mail(TALK, "Re: [PATCH] mm/lake: lock inside", "t"))
    assert shell.check(thread) == 1
    assert "note: 1 of 2 mails have no patch" in shell.out
    assert shell.found()
    assert shell.check(mail("Three.\n", "[PATCH 0/3] berths", "c")) == 0
    assert "a cover letter without its patches" in shell.out
