"""``kstale annotate``: what every caller honours is put into code, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from reviewer.cli.main import CLEAN, FAILED, FINDINGS, main

Capture = pytest.CaptureFixture[str]
HEADER = """\
struct fish;
struct pond {
	int fish;
	struct mutex lock;
	struct { struct mutex inner_lock; } deep;
	struct mutex *far_lock;
};
"""
POND = """\
#include "pond.h"
static DEFINE_SPINLOCK(pond_lock);

/* Called with pond_lock held. */
static int stock(int many)
{
	int done = many;	/* how many */

	return done;
}

/* The caller must hold p->lock. */
static void feed(struct pond *p)
{
	p->fish++;
}

/* Called with p->inner_lock held. */
static void inner(struct pond *p)
{
	p->fish--;
}

/* Called with p->lock held, some day. */
static void loose(struct pond *p)
{
	p->fish--;
}

void pond_go(struct pond *pond)
{
	spin_lock(&pond_lock);
	stock(3);
	spin_unlock(&pond_lock);
	mutex_lock(&pond->lock);
	feed(pond);
	mutex_unlock(&pond->lock);
	mutex_lock(&pond->deep.inner_lock);
	inner(pond);
	mutex_unlock(&pond->deep.inner_lock);
	loose(pond);
}

void pond_again(struct pond *other)
{
	mutex_lock(&other->lock);
	feed(other);
	mutex_unlock(&other->lock);
}
"""


def plant(root: Path) -> Path:
    (root / "mm").mkdir(parents=True)
    (root / "mm" / "pond.c").write_text(POND, encoding="utf-8")
    (root / "mm" / "pond.h").write_text(HEADER, encoding="utf-8")
    return root


def applied(tree: Path, folder: Path) -> str:
    for patch in sorted(folder.iterdir()):
        subprocess.run(["git", "apply", "--whitespace=error-all", str(patch)], cwd=tree, check=True)
    return (tree / "mm" / "pond.c").read_text(encoding="utf-8")


def test_assertions_of_proved_locks_apply_and_are_then_checked(
    tmp_path: Path, capsys: Capture
) -> None:
    tree, out = plant(tmp_path / "linux"), tmp_path / "out"
    assert main(["annotate", str(tree), "-o", str(out), "--jobs", "1"]) == FINDINGS
    said = capsys.readouterr().out
    assert "2 of 2 proved claims" in said
    assert "not compiled, 1:" in said
    patch = next(out.iterdir()).read_text()
    text = " ".join(patch.split())
    assert "feed() in mm/pond.c: the comment asks its callers for p->lock" in text
    assert "all 2 calls are made with it held: pond_go() at mm/pond.c:" in text
    assert "; pond_again() at mm/pond.c:" in text
    code = applied(tree, out)
    assert "many;\t/* how many */\n\n\tlockdep_assert_held(&pond_lock);\n\n\treturn" in code
    assert "{\n\tlockdep_assert_held(&p->lock);\n\n\tp->fish++;" in code
    assert code.count("lockdep_assert_held") == 2
    assert main(["annotate", str(tree), "--jobs", "1"]) == CLEAN
    assert main(["scan", str(tree), "--only", "caller-holds-lock", "--jobs", "1"]) == FINDINGS
    said = capsys.readouterr().out
    assert "1 finding\n" in said
    assert "pond_go() calls loose()" in said


def test_a_static_lock_of_another_file_has_no_name_here(tmp_path: Path, capsys: Capture) -> None:
    tree = plant(tmp_path / "linux")
    (tree / "mm" / "lake.c").write_text(
        "static DEFINE_MUTEX(lake_mutex);\nvoid lake_fill(void);\nvoid lake_go(void)\n{\n"
        "\tmutex_lock(&lake_mutex);\n\tlake_fill();\n\tmutex_unlock(&lake_mutex);\n}\n"
    )
    (tree / "mm" / "fill.c").write_text(
        "/* Called with lake_mutex held. */\nvoid lake_fill(void)\n{\n\tcount();\n}\n"
    )
    assert main(["annotate", str(tree), "mm/fill.c", "--jobs", "1"]) == CLEAN
    assert "0 of 1 proved" in capsys.readouterr().err


def test_must_hold_goes_behind_the_parameters(tmp_path: Path, capsys: Capture) -> None:
    tree, out = plant(tmp_path / "linux"), tmp_path / "out"
    argv = ["annotate", str(tree), "--with", "must-hold", "-o", str(out), "--jobs", "1"]
    assert main(argv) == FINDINGS
    assert "static int stock(int many)\n\t__must_hold(&pond_lock)\n{" in applied(tree, out)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
def test_a_prepared_tree_is_compiled(tmp_path: Path, capsys: Capture) -> None:
    tree, out = plant(tmp_path / "linux"), tmp_path / "out"
    generated = tree / "include" / "generated"
    generated.mkdir(parents=True)
    (generated / "autoconf.h").touch()
    header = tree / "include" / "linux" / "compiler_types.h"
    header.parent.mkdir()
    header.write_text(
        "struct mutex { int x; };\n#define DEFINE_SPINLOCK(x) int x\n"
        "void spin_lock(int *);\nvoid spin_unlock(int *);\n"
        "void mutex_lock(struct mutex *);\nvoid mutex_unlock(struct mutex *);\n"
        "#define lockdep_assert_held(l) do { (void)sizeof(l); } while (0)\n"
    )
    assert main(["annotate", str(tree), "-o", str(out), "--jobs", "1"]) == FINDINGS
    assert "2 of 2 proved claims can be put into code; compiled, 1; subjects" in (
        capsys.readouterr().out
    )
    header.write_text(header.read_text().replace("(void)sizeof(l)", "there_is_no_such_thing"))
    assert main(["annotate", str(tree), "--jobs", "1"]) == CLEAN
    assert "mm/pond.c: left out, it would not compile" in capsys.readouterr().err


LAKE = """\
#define __guarded_by(...)
struct lake {
	spinlock_t lock;
	int fish; /* protected by lock */
	int frogs;	/* protected by lock */
	int newts;	/* protected by lock */
	int eels[4];	/* protected by lock */
	int toads;	/* protected by lock */
};

void lake_go(struct lake *lake)
{
	spin_lock(&lake->lock);
	lake->fish++;
	lake->frogs++;
	lake->newts++;
	lake->eels[1]++;
	lake->toads++;
	if (lake->toads > 3)
		lake->fish--;
	spin_unlock(&lake->lock);
}

int lake_frogs(struct lake *lake)
{
	return lake->frogs;
}

struct lake *lake_new(void)
{
	struct lake *lake = kzalloc(sizeof(*lake), GFP_KERNEL);

	lake->newts = 7;
	return lake;
}
"""


def test_members_are_guarded_if_every_access_holds_the_lock(
    tmp_path: Path, capsys: Capture
) -> None:
    tree, out = tmp_path / "linux", tmp_path / "out"
    (tree / "mm").mkdir(parents=True)
    (tree / "mm" / "pond.c").write_text(LAKE)
    argv = ["annotate", str(tree), "--with", "guarded-by", "--jobs", "1"]
    assert main([*argv, "-o", str(out)]) == FINDINGS
    text = " ".join(next(out.iterdir()).read_text().split())
    assert "lake::fish in mm/pond.c: the comment says that lock protects it, and all 2" in text
    code = applied(tree, out)
    assert "\tint fish __guarded_by(&lock); /* protected by lock */\n" in code
    assert "\tint toads __guarded_by(&lock);\t/* protected" in code
    # Read without the lock, set up without it, an array: no proposal.
    assert code.count("__guarded_by(") == 3
    assert main(argv) == CLEAN
    capsys.readouterr()
    assert (
        main(["scan", str(tree), "--only", "writes-hold-lock", "--hints", "--jobs", "1"]) == CLEAN
    )
    assert "5 hold" in capsys.readouterr().out


def test_a_tree_without_context_analysis_is_told_of(tmp_path: Path, capsys: Capture) -> None:
    tree = plant(tmp_path / "linux")
    assert main(["annotate", str(tree), "--with", "guarded-by", "--jobs", "1"]) == FAILED
    assert "has no __guarded_by()" in capsys.readouterr().err


def test_why_a_proved_claim_is_left_out_is_said(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "mm" / "pond.c"
    file.parent.mkdir()
    one_line = "struct pond { struct mutex lock; int ducks; };\n"
    go = "void pond_go(struct pond *p)\n{\n\tmutex_lock(&p->lock);\n\tfeed(p);\n"
    feed = (
        "/* Caller must hold p->lock. */\nstatic void feed(struct pond *p)\n{\n\tp->ducks++;\n}\n"
    )
    file.write_text(f"{one_line}\n{feed}\n{go}\tmutex_unlock(&p->lock);\n}}\n", encoding="utf-8")
    assert main(["annotate", str(tmp_path), "--jobs", "1"]) == CLEAN
    said = capsys.readouterr()
    assert "0 of 1 proved claims" in said.out + said.err
    assert "no certain name for the lock" in said.out + said.err
