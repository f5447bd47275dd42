"""Whether a run that was killed at any moment leaves something behind: none may.

Usage: ``python -m benchmarks.kills TREE PATH… [--kills 20] [--seed N] [--jobs 2]``.
The paths of the tree are copied into a folder of their own and scanned once in peace, for the
bytes that any later run must give. Then, with an empty store, the same scan is started again and
again and killed (SIGKILL) at random moments, in turn the command itself and one of its workers; at
last it runs to its end. As every run goes on where the one before it was stopped, the store is
emptied after every third. Told are the kills, the processes that outlived one by more than ten
seconds, and whether findings and ledger are the same bytes.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.seeds import seed

_OUTLIVES = 10.0
"""Seconds after which a worker without its parent is one that stays behind."""

_FRESH = 3
"""Kills between two empty stores."""
_TRIES = 4
"""Tries for each kill: some come when the run has ended."""


class Run:
    """The scan of one folder with a store of its own."""

    def __init__(self, folder: Path, tree: Path, jobs: int) -> None:
        self._folder = folder
        self._tree = tree
        self._jobs = jobs
        folder.mkdir()

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the scan in a process group of its own."""
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "reviewer", "scan", str(self._tree)),
                *("--format", "json", "-o", str(self._folder / "findings.json")),
                *("--ledger", str(self._folder / "ledger"), "--jobs", str(self._jobs)),
            ],
            env={**os.environ, "KSTALE_CACHE": str(self._folder / "cache")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def forget(self) -> None:
        """Empties the store."""
        shutil.rmtree(self._folder / "cache", ignore_errors=True)

    def finish(self) -> tuple[float, list[bytes]]:
        """Runs to the end: seconds of the clock, and the bytes of findings and ledger."""
        start = time.monotonic()
        process = self.start()
        _, errors = process.communicate()
        if process.returncode not in (0, 1):
            raise SystemExit(f"exit status {process.returncode}: {errors.decode()[-300:]}")
        names = ("findings.json", "ledger")
        return time.monotonic() - start, [(self._folder / one).read_bytes() for one in names]


def members(group: int) -> list[int]:
    """The living processes of a process group, its first one left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != group:
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def _kill(run: Run, moment: float, *, worker: bool) -> tuple[bool, bool]:
    """Kills a run or a worker of it: whether it was still running, and whether some stayed."""
    process = run.start()
    time.sleep(moment)
    workers = members(process.pid)
    running = process.poll() is None
    if running:
        os.kill(random.choice(workers) if worker and workers else process.pid, signal.SIGKILL)
    if worker and workers:
        process.communicate()  # it goes on without that worker, and ends
    until = time.monotonic() + _OUTLIVES
    while members(process.pid) and time.monotonic() < until:
        time.sleep(0.1)
    left = bool(members(process.pid))
    process.kill()
    process.wait()
    return running, left


def main(arguments: Sequence[str] | None = None) -> int:
    """Status 1 if a process stayed behind or the bytes differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tree", type=Path)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=seed, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args(arguments)
    random.seed(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        for path in given.paths:
            source = given.tree.expanduser() / path
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, tree / path)
        took, wanted = Run(Path(folder) / "peace", tree, given.jobs).finish()
        run = Run(Path(folder) / "killed", tree, given.jobs)
        killed = stayed = tries = 0
        while killed < given.kills and tries < _TRIES * given.kills:
            if tries % _FRESH == 0:
                run.forget()
            moment = random.uniform(0.1, took)
            running, left = _kill(run, moment, worker=bool(tries % 2))
            if not running:
                took = max(1.0, moment)  # it went on where the last one was stopped
            tries += 1
            killed += running
            stayed += left
            print(f"try {tries} after {moment:.1f} s: running {running}, left {left}", flush=True)
        _, found = run.finish()
    same = found == wanted
    print(
        f"killed {killed} times while it ran, of {tries} tries: "
        f"{stayed} left processes behind; findings and ledger {'equal' if same else 'DIFFER'}"
    )
    return int(bool(stayed) or not same)


if __name__ == "__main__":
    sys.exit(main())
