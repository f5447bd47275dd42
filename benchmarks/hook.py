"""What the send-email hook and ``check`` cost for a series of one-line patches, five if none named.

Usage: ``python -m benchmarks.hook TREE [PATH…]``.
A ``return 0;`` of each path becomes ``return 0 + 0;``, a patch each. The hook is called as git
calls it: once a mail without counters (git before 2.41), and with GIT_SENDEMAIL_FILE_COUNTER and
_TOTAL, which judges the series with its last mail; ``kstale check`` gets its first mail, and all
of it as an mbox; then the same with a daemon. The tree is a folder with a git directory of its
own elsewhere; its contents should be in the store (``kstale index TREE``), and one call comes
before the measured ones. Processor seconds are user and system of all calls together.
"""

from __future__ import annotations

import argparse
import difflib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.tree import Cost, cost

PATHS = ("mm/ksm.c", "mm/vmscan.c", "kernel/sched/core.c", "mm/memory.c", "fs/buffer.c")
_WAITED_FOR = 0.3
"""Seconds in which a daemon has seen that a copy has ended."""
_FROM = "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
_MAIL = """From: A <a@example.org>
Date: Tue, 3 Feb 2026 10:00:00 +0000
Subject: [PATCH {number}/{total}] {path}: a change

Why.

Signed-off-by: A <a@example.org>
---
diff --git a/{path} b/{path}
{diff}--{blank}
2.39
"""


def mail(tree: Path, path: str, number: int, total: int) -> str:
    """A patch of one line of that file. Raises SystemExit if the file has no ``return 0;``."""
    old = (tree / path).read_text(encoding="utf-8").splitlines(keepends=True)
    at = next((n for n, line in enumerate(old) if line.strip() == "return 0;"), -1)
    if at < 0:
        raise SystemExit(f"{path} has no line `return 0;`")
    new = [*old[:at], old[at].replace("return 0;", "return 0 + 0;"), *old[at + 1 :]]
    diff = "".join(difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"))
    return _MAIL.format(number=number, total=total, path=path, diff=diff, blank=" ")


def series(mails: Sequence[Path], environment: Mapping[str, str], *, counted: bool) -> Cost:
    """What the hook's calls for a series cost together; ``counted`` as by git since 2.41."""
    spent = []
    for number, one in enumerate(mails, 1):
        more = {
            "GIT_SENDEMAIL_FILE_COUNTER": str(number),
            "GIT_SENDEMAIL_FILE_TOTAL": str(len(mails)),
        }
        command = (sys.executable, "-m", "reviewer", "hook", "run", "sendemail-validate", str(one))
        spent.append(cost(command, {**environment, **(more if counted else {})}))
    return Cost(
        sum(one.processor for one in spent),
        sum(one.wall for one in spent),
        max(one.memory for one in spent),
    )


def _say(how: str, spent: Cost, more: float) -> None:
    seconds = spent.processor + more
    print(f"| {how} | {seconds:.1f} | {spent.wall:.1f} | {spent.memory} |", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a row for each way of calling."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("tree", type=Path)
    parser.add_argument("paths", nargs="*", default=PATHS)
    given = parser.parse_args(arguments)
    tree = given.tree.expanduser().resolve()
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_of(tree, Path(folder))
        mails = []
        for number, path in enumerate(given.paths, 1):
            mails.append(Path(folder) / f"{number:04}.patch")
            mails[-1].write_text(mail(tree, path, number, len(given.paths)), encoding="utf-8")
        os.chdir(tree)
        series(mails[:1], environment, counted=False)
        print("| how | CPU s | wall s | MiB |\n| --- | --- | --- | --- |")
        mbox = Path(folder) / "series.mbox"
        mbox.write_text("".join(_FROM + one.read_text() + "\n" for one in mails))
        _each_way(tree, mails, mbox, {**environment, "KSTALE_DAEMON": "0"}, None)
        served = {**environment, "XDG_RUNTIME_DIR": folder}
        started = kstale("daemon", "start", environment=served)
        try:
            _each_way(tree, mails, mbox, served, int(started.split()[2].rstrip(",")))
        finally:
            kstale("daemon", "stop", environment=served)
    return 0


def environment_of(tree: Path, folder: Path) -> dict[str, str]:
    """What git sets for a hook in ``tree``, with a git directory made in ``folder``."""
    git = folder / "git"
    subprocess.run(("git", "init", "--quiet", "--bare", str(git)), check=True)
    subprocess.run(("git", "-C", str(git), "config", "core.bare", "false"), check=True)
    return {
        **os.environ,
        "GIT_DIR": str(git),
        "GIT_WORK_TREE": str(tree),
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
    }


def kstale(*arguments: str, environment: Mapping[str, str]) -> str:
    """What a command prints. Raises CalledProcessError if it fails."""
    command = (sys.executable, "-m", "reviewer", *arguments)
    return subprocess.run(
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def _each_way(
    tree: Path,
    mails: Sequence[Path],
    mbox: Path,
    environment: Mapping[str, str],
    daemon: int | None,
) -> None:
    """The rows; ``daemon`` is the process of the one that is asked, whose seconds count too."""
    by = ", with a daemon" if daemon else ""
    for how, counted in (("each mail by itself", False), ("with git's counters", True)):
        before = _seconds(daemon)
        spent = series(mails, environment, counted=counted)
        _say(f"{how}{by}", spent, _seconds(daemon) - before)
    for how, file in (("check of one", mails[0]), (f"check of {len(mails)}", mbox)):
        command = (sys.executable, "-m", "reviewer", "check", str(file), "--tree", str(tree))
        before = _seconds(daemon)
        spent = cost(command, environment)
        _say(f"{how}{by}", spent, _seconds(daemon) - before)


def _seconds(daemon: int | None) -> float:
    """What the daemon and the copies of it that it has waited for took of the processors."""
    if daemon is None:
        return 0.0
    time.sleep(_WAITED_FOR)
    fields = Path(f"/proc/{daemon}/stat").read_text().rpartition(")")[2].split()
    return sum(int(one) for one in fields[11:15]) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
