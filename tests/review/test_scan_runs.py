"""A scan from run to run: what is kept, what is judged again, and what ends it early."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from reviewer.claims.extract import Reader
from reviewer.claims.reading import Reading
from reviewer.review import batches, worker
from reviewer.review import scan as scanning
from reviewer.review.model import Report, Selection
from reviewer.review.request import Request
from reviewer.review.scan import scan
from reviewer.source.model import CommentBlock
from reviewer.unit.pool import pool
from reviewer.world import World

_FILLER = "".join(f"/* {'-' * 70} */\n" for _ in range(80))
_FILES = 240
STALE = range(15, _FILES, 10)


def plant(folder: Path) -> Path:
    """A tree too large to be compiled in memory, with a stale comment in every tenth file."""
    (folder / "mm").mkdir(parents=True)
    (folder / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
    (folder / "Kbuild").write_text("")
    for number in range(_FILES):
        other = (
            f"pond_gone_by_{number}" if number in STALE else f"pond_fill_{(number + 1) % _FILES}"
        )
        (folder / f"mm/f{number}.c").write_text(
            f"{_FILLER}/* Called by {other}(). */\nint pond_fill_{number}(int by)\n"
            "{\n\treturn by;\n}\n"
        )
    return folder


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KSTALE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(worker, "_loaded", {})
    return plant(tmp_path / "linux")


def run(
    tree: Path, jobs: int = 1, rules: Path | None = None, executor: Executor | None = None
) -> Report:
    """A scan; workers of earlier ones are forgotten, as in a process of its own."""
    worker.unload()
    selection = Selection(folders=(rules,)) if rules else Selection()
    return scan(Request(str(tree), (), selection), jobs=jobs, executor=executor)


def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths of the files that are judged from now on."""
    seen: list[str] = []
    plain = worker._judged

    def counted(*given: object) -> object:
        seen.append(str(given[-1]))
        return plain(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(worker, "_judged", counted)
    return seen


def test_a_second_run_judges_nothing_and_says_the_same(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = run(tree, jobs=2)
    assert len(cold.findings) == len(STALE)
    seen = judged(monkeypatch)
    warm = run(tree)
    assert seen == []
    assert (warm.findings, warm.stats, warm.missing) == (cold.findings, cold.stats, ())


def test_workers_that_hold_too_much_are_replaced(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []

    def counted(jobs: int) -> AbstractContextManager[Executor]:
        begun.append(jobs)
        return pool(jobs)

    monkeypatch.setattr(batches, "pool", counted)
    monkeypatch.setattr(batches, "_TOGETHER", -2)  # not even nothing
    monkeypatch.setattr(batches, "_EACH", -1)
    monkeypatch.setattr(scanning, "_BATCH_FILES", 8)
    small = run(tree, jobs=2)
    assert len(begun) > 3, "no worker has room for more than what it was given at first"
    monkeypatch.setenv("KSTALE_CACHE", str(tree.parent / "another"))
    alone = run(tree)
    assert (small.findings, small.stats, small.missing) == (alone.findings, alone.stats, ())


def test_only_files_that_asked_are_judged_again(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tree)
    file = tree / "mm/f42.c"
    file.write_text(file.read_text().replace("int pond_fill_42(", "int pond_renamed("))
    seen = judged(monkeypatch)
    found = {one.path for one in run(tree).findings}
    assert "mm/f41.c" in found, "its comment names what is gone now"
    assert {"mm/f41.c", "mm/f42.c"} <= set(seen)
    assert len(seen) < _FILES / 4
    monkeypatch.setenv("KSTALE_CACHE", str(tree.parent / "another"))
    assert found == {one.path for one in run(tree).findings}


def test_what_few_files_came_to_is_kept_beside_many_others(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "lib").mkdir()
    (tree / "lib/one.c").write_text("/* Called by pond_gone_by_one(). */\nint one(void);\n")
    for path in ("mm", "lib", "lib"):
        seen = judged(monkeypatch)
        scan(Request(str(tree), (path,)))
    assert seen == []


def test_a_kept_verdict_calls_an_older_tree_as_it_is_called_now(tree: Path) -> None:
    older = shutil.copytree(tree, tree.parent / "older")
    (older / "Makefile").unlink()
    file = older / "mm/f3.c"
    file.write_text(f"int pond_gone_by_15(int by)\n{{\n\treturn by;\n}}\n{file.read_text()}")
    (tree.parent / "link").symlink_to(older)
    for name in ("older", "link"):
        was = str(tree.parent / name)
        report = scan(Request(str(tree), (), Selection(was=(was,))))
        (proved,) = (one for one in report.findings if one.rule == "gone-since-release")
        assert f"a function that {was} had in mm/f3.c" in " ".join(proved.verdict.message.split())


_RULE = """
import os
import signal

from reviewer.claims.model import Kind
from reviewer.rule import Example, Reads, Rule


class Fails(Rule):
    \"\"\"Fails on one file.\"\"\"

    name, family, since = "fails", "{family}", "0.2"
    reads = (Reads(Kind.REFERS),)
    stale = sound = (Example("int x;"),)

    def judge(self, claim, world):
        if world.path == "mm/f7.c":
            {what}
        return None
"""


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("raise KeyError('pond')", "rule fails failed: KeyError: 'pond'"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "the worker that judged it died"),
    ],
)
def test_what_goes_wrong_in_one_file_costs_that_file(
    tree: Path, tmp_path: Path, what: str, words: str
) -> None:
    rules = tmp_path / "own" / "broken"
    rules.mkdir(parents=True)
    (rules / "fails.py").write_text(_RULE.format(family="broken", what=what))
    report = run(tree, jobs=2, rules=rules.parent)
    assert len(report.findings) == len(STALE)
    assert len(report.missing) == 1
    assert report.missing[0].startswith("mm/f7.c")
    assert words in report.missing[0]


def test_an_executor_that_breaks_is_left_for_processes_of_our_own(
    tree: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "own" / "broken"
    rules.mkdir(parents=True)
    kill = "os.kill(os.getpid(), signal.SIGKILL)"
    (rules / "fails.py").write_text(_RULE.format(family="broken", what=kill))
    with ProcessPoolExecutor(1) as workers:
        report = run(tree, rules=rules.parent, executor=workers)
    assert len(report.findings) == len(STALE)
    assert report.missing == ("mm/f7.c: the worker that judged it died",)


def test_a_claim_whose_meaning_is_not_found_is_judged_as_it_is_read(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_claim: object, world: World) -> object:
        raise RecursionError(world.path)

    monkeypatch.setattr("reviewer.review.judge.as_meant", fails)
    report = run(tree, jobs=1)
    assert len(report.findings) == len(STALE)
    assert all("what it is about was not told: RecursionError" in one for one in report.missing)
    assert report.missing


def test_a_comment_that_the_reader_fails_on_costs_the_rest_of_its_file(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reader.reading

    def failing(self: Reader, comment: CommentBlock) -> Reading:
        if "pond_fill_8()" in comment.text:
            raise IndexError("pond")
        return reading(self, comment)

    monkeypatch.setattr(Reader, "reading", failing)
    report = run(tree, jobs=1)
    assert len(report.findings) == len(STALE)
    (missing,) = report.missing
    assert missing.startswith("mm/f7.c: comments behind line ")
    assert missing.endswith("were not read: IndexError: pond")


def start(tree: Path, *more: str, command: tuple[str, ...] = ("scan",)) -> subprocess.Popen[str]:
    """A scan, or another command on the tree, in a process of its own."""
    command = (sys.executable, "-m", "reviewer", *command, str(tree), "--format", "json", *more)
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )


def running(tree: Path) -> list[int]:
    """Processes that have the tree on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(tree) in (entry / "cmdline").read_text():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_killed_at_random_moments_the_next_run_says_the_same(tree: Path) -> None:
    moments = random.Random(7)
    for _ in range(4):
        process = start(tree, "--jobs", "2")
        time.sleep(moments.uniform(0.2, 2.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        ends = time.monotonic() + 10
        while running(tree) and time.monotonic() < ends:
            time.sleep(0.05)
        assert running(tree) == [], "no worker outlives its parent"
    out, _ = start(tree, "--jobs", "2").communicate()
    found = {one["path"] for one in json.loads(out)["findings"]}
    assert found == {f"mm/f{number}.c" for number in STALE}


def test_an_interrupt_reports_what_was_judged(tree: Path) -> None:
    process = start(tree, "--jobs", "1")
    ends = time.monotonic() + 60
    while not list((tree.parent / "cache").rglob("*.begun")) and time.monotonic() < ends:
        time.sleep(0.01)
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert process.returncode == 2
    assert any("interrupted" in cause for cause in json.loads(out)["missing"])


@pytest.mark.parametrize("command", ["compare", "trend"])
def test_an_interrupt_ends_a_command_that_needs_several_trees(tree: Path, command: str) -> None:
    other = shutil.copytree(tree, tree.parent / "other")
    process = start(tree, "--jobs", "1", command=(command, str(other)))
    ends = time.monotonic() + 60
    while not list((tree.parent / "cache").rglob("*.begun")) and time.monotonic() < ends:
        time.sleep(0.01)
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.splitlines()[-1] == "kstale: interrupted"
