"""``kstale compare``: what became stale rests on what the older tree shows of the same words."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reviewer.cli.main import CLEAN, FAILED, FINDINGS, main
from reviewer.review import worker

Capture = pytest.CaptureFixture[str]
OLD = """\
static DEFINE_MUTEX(pond_lock);
static void pond_drain_all(void)
{
}

/* Called with pond_lock held. */
static void fill(void)
{
}

/* Runs before pond_drain_all() does. */
static void feed(void)
{
}

/* See pond_never_was_there(). */
static int count(void)
{
	return 0;
}

void pond_go(void)
{
	mutex_lock(&pond_lock);
	fill();
	mutex_unlock(&pond_lock);
}
"""


def plant(folder: Path, files: dict[str, str]) -> str:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return str(folder)


def compared(tmp_path: Path, old: str, new: str, capsys: Capture) -> tuple[int, dict[str, Any]]:
    trees = [
        plant(tmp_path / "old", {"mm/pond.c": old}),
        plant(tmp_path / "new", {"mm/pond.c": new}),
    ]
    status = main(["compare", *trees, "--format", "json"])
    return status, json.loads(capsys.readouterr().out)


def test_equal_trees_have_nothing_new(tmp_path: Path, capsys: Capture) -> None:
    status, report = compared(tmp_path, OLD, OLD, capsys)
    assert (status, report["findings"]) == (CLEAN, [])
    assert report["compared"]["same"] == report["compared"]["files"] == 1
    assert report["compared"]["before"]["stale"] == 1, "the file that is the same counts too"


def test_a_name_that_went_became_stale_through_renames_and_moves(
    tmp_path: Path, capsys: Capture
) -> None:
    new = "int other;\n\n" + OLD.replace("void pond_drain_all", "void pond_empty")
    new = new.replace("void feed(", "void feed_fish(")
    status, report = compared(tmp_path, OLD, new, capsys)
    assert status == FINDINGS
    [finding] = report["findings"]
    assert (finding["rule"], finding["line"]) == ("gone-since-release", 13)
    assert finding["evidence"]["locations"][-1]["line"] == 2
    assert report["compared"]["before"]["stale"] == 1


def test_a_lock_that_callers_no_longer_hold_became_stale(tmp_path: Path, capsys: Capture) -> None:
    call = "\tmutex_lock(&pond_lock);\n\tfill();\n"
    new = OLD.replace(call, "\tfill();\n\tmutex_lock(&pond_lock);\n")
    status, report = compared(tmp_path, OLD, new, capsys)
    assert status == FINDINGS
    [finding] = report["findings"]
    assert finding["rule"] == "caller-holds-lock"
    last = finding["evidence"]["locations"][-1]
    assert last["path"] == "mm/pond.c"
    assert last["line"] == 6
    assert str(tmp_path / "old") in last["note"]
    assert main(["compare", str(tmp_path / "new"), str(tmp_path / "old")]) == CLEAN
    assert "1 mended" in capsys.readouterr().out


def test_words_that_are_new_are_no_change_for_the_worse(tmp_path: Path, capsys: Capture) -> None:
    new = OLD.replace("/* Runs before", "/* Runs well before").replace(
        "pond_drain_all(void)", "x(void)"
    )
    status, report = compared(tmp_path, OLD, new, capsys)
    assert (status, report["findings"]) == (CLEAN, [])
    assert report["compared"]["before"]["unwritten"] == 1


def test_a_comment_is_found_again_in_another_file(tmp_path: Path, capsys: Capture) -> None:
    old = plant(tmp_path / "old", {"mm/pond.c": OLD, "mm/lake.c": "int lake;\n"})
    moved = OLD.replace("void pond_drain_all", "void pond_empty")
    new = plant(tmp_path / "new", {"mm/lake.c": "int lake;\n" + moved})
    assert main(["compare", old, new, "--format", "json"]) == FINDINGS
    [finding] = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["path"], finding["line"]) == ("mm/lake.c", 12)


def test_a_proof_that_fell_is_told_of(tmp_path: Path, capsys: Capture) -> None:
    new = OLD.replace("\tfill();\n", "\tcall(fill);\n")
    old_tree, new_tree = (
        plant(tmp_path / n, {"mm/pond.c": t}) for n, t in (("a", OLD), ("b", new))
    )
    assert main(["compare", "-v", old_tree, new_tree]) == CLEAN
    out = capsys.readouterr().out
    assert "0 findings became stale" in out
    assert "1 claim held and can no longer be decided" in out
    assert "mm/pond.c:6: caller-holds-lock" in out


@pytest.mark.parametrize("format_", ["text", "terse", "sarif", "html", "github", "checkpatch"])
def test_every_format_shows_it(format_: str, tmp_path: Path, capsys: Capture) -> None:
    trees = [
        plant(tmp_path / "a", {"mm/pond.c": OLD}),
        plant(tmp_path / "b", {"mm/pond.c": OLD.replace("void pond_drain_all", "void empty")}),
    ]
    assert main(["compare", *trees, "--format", format_]) == FINDINGS
    assert "pond_drain_all" in capsys.readouterr().out


def test_tags_of_a_repository(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.invalid", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    for tag, text in (("v1", OLD), ("v2", OLD.replace("void pond_drain_all", "void empty"))):
        plant(tmp_path, {"mm/pond.c": text})
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-qm", tag], check=True)
        subprocess.run([*git, "tag", tag], check=True)
    monkeypatch.chdir(tmp_path)
    assert main(["compare", "v1", "v2", "mm"]) == FINDINGS
    assert "1 finding became stale since v1" in capsys.readouterr().out
    assert main(["compare", "v1", "v2", "net"]) == FAILED
    error = capsys.readouterr().err
    assert "net: neither in" in error
    assert error.count("\n") == 1


def test_another_thing_of_that_name_is_no_evidence(tmp_path: Path, capsys: Capture) -> None:
    header = {"mm/pond.h": "/* Settings as in struct lake_depth_data. */\nextern int pond_depth;\n"}
    driver = {"drivers/lake.c": "struct lake_depth_data { int deep; };\n"}
    trees = [plant(tmp_path / "a", header | driver), plant(tmp_path / "b", header)]
    assert main(["compare", *trees, "--format", "json"]) == CLEAN
    assert json.loads(capsys.readouterr().out)["compared"]["before"]["undecided"] == 1


def test_what_scans_have_judged_is_not_judged_again(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KSTALE_CACHE", str(tmp_path / "cache"))
    makefile = "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 2\n"
    gone = OLD.replace("pond_drain_all(void)", "drain(void)")
    old = plant(tmp_path / "old", {"mm/pond.c": OLD, "Makefile": makefile})
    new = plant(tmp_path / "new", {"mm/pond.c": gone})
    assert main(["index", old, new]) == CLEAN
    monkeypatch.chdir(tmp_path)
    main(["scan", "old", "--no-config", "--jobs", "1"])
    main(["scan", "new", "--was", "old", "--no-config", "--jobs", "1"])
    capsys.readouterr()
    monkeypatch.setattr(worker, "judge_file", None)
    assert main(["compare", old, new, "--no-config", "--jobs", "1"]) == FINDINGS
    assert "pond_drain_all" in capsys.readouterr().out
