"""What a scan of a whole tree costs, by step and by how much of the tree it is given.

Usage: ``python -m benchmarks.tree TREE [--parts 10,30,100] [--seed N] [--jobs N]``.
Each part is a draw of the tree's C files, copied into a folder of its own, with a store of its own:
compiled (``kstale index``), scanned, scanned again, and scanned after 100 files were touched by a
line of comment. Beside it ``ctags -R`` and ``grep -rE`` on the same folder, where they are
installed, and checkpatch on a sample of 20 files. Processor seconds are user and system, children
included; memory is the sum over all processes of their proportional share, looked at four times a
second.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.seeds import seed

SOURCES = (".c", ".h")
TOUCHED = 100
PATTERN = r"(lock|barrier|rcu|tlb|flush|pairs with)"
_EVERY = 0.25


@dataclass(frozen=True, slots=True)
class Cost:
    """One command: seconds of processors, of the clock, and MiB at the worst moment."""

    processor: float
    wall: float
    memory: int


def cost(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Runs a command, output to nowhere, and measures it; status 2 stops the benchmark.

    With bytecode, as an installed kstale has it, whatever the environment says.
    """
    given = dict(os.environ if environment is None else environment)
    given.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=given
    ) as process:
        peak = [0]
        watcher = threading.Thread(target=_watch, args=(process, peak), daemon=True)
        watcher.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - start  # the watcher may sleep a while longer
        process.returncode = os.waitstatus_to_exitcode(status)
        watcher.join()
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: exit status {process.returncode}")
    return Cost(used.ru_utime + used.ru_stime, wall, peak[0] >> 10)


def _watch(process: subprocess.Popen[bytes], peak: list[int]) -> None:
    while process.returncode is None:
        peak[0] = max(peak[0], sum(map(_share, _family(process.pid))))
        time.sleep(_EVERY)


def _family(root: int) -> set[int]:
    """A process and all below it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _share(pid: int) -> int:
    """KiB of memory that are a process's own, and its share of what it has in common."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def draw(tree: Path, percent: int, seed: int, folder: Path) -> int:
    """Copies a part of the tree's C files, and all other code of the same folders; bytes."""
    every = sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    code = [path for path in every if path.suffix in SOURCES]
    chosen = random.Random(seed).sample(code, len(code) * percent // 100)
    others = [path for path in every if path.name.startswith(("Kconfig", "Makefile", "Kbuild"))]
    size = 0
    for path in [*chosen, *others]:
        target = folder / path.relative_to(tree)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
        size += path.stat().st_size
    return size


def touch(folder: Path, seed: int) -> None:
    """Adds a comment at the end of some files."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in SOURCES)
    for path in random.Random(seed).sample(files, min(TOUCHED, len(files))):
        with path.open("a", encoding="utf-8") as file:
            file.write("/* touched */\n")


def say(name: str, found: Cost, megabytes: float) -> None:
    """One line of the table."""
    print(
        f"  {name:24} {found.processor:8.1f} CPU s {found.wall:8.1f} s wall "
        f"{found.processor / megabytes:6.2f} CPU s/MB {found.memory:6} MiB",
        flush=True,
    )


def part(tree: Path, percent: int, seed: int, jobs: int) -> None:
    """Measure one part of the tree."""
    with tempfile.TemporaryDirectory(prefix="kstale-bench-") as scratch:
        folder, cache = Path(scratch, "linux"), Path(scratch, "cache")
        size = draw(tree, percent, seed, folder) / 1e6
        print(f"{percent} % of the files, {size:.0f} MB, seed {seed}, --jobs {jobs}")
        environment = {**os.environ, "KSTALE_CACHE": str(cache)}
        kstale = [sys.executable, "-m", "reviewer"]
        scan = [*kstale, "scan", str(folder), "--format", "json", "--jobs", str(jobs)]
        check = [*kstale, "scan", str(folder), "Makefile", "--jobs", "1"]
        index = [*kstale, "index", str(folder), "--jobs", str(jobs)]
        say("compile", cost(index, environment), size)
        say("link (and no file)", cost(check, environment), size)
        say("link and judge", cost(scan, environment), size)
        say("again", cost(scan, environment), size)
        touch(folder, seed)
        say(f"after {TOUCHED} were touched", cost(scan, environment), size)
        if shutil.which("ctags"):
            say("ctags -R", cost(["ctags", "-R", "-f", os.devnull, str(folder)]), size)
        say("grep -rE", cost(["grep", "-rEc", PATTERN, str(folder)]), size)


def checkpatch(tree: Path, seed: int) -> None:
    """The kernel's own checker on a few files."""
    script = tree / "scripts" / "checkpatch.pl"
    files = sorted(path for path in (tree / "mm").rglob("*.c"))
    sample = random.Random(seed).sample(files, min(20, len(files)))
    size = sum(path.stat().st_size for path in sample) / 1e6
    if shutil.which("perl") and script.is_file():
        command = ["perl", str(script), "--no-tree", "--terse", "-f", *map(str, sample)]
        say(f"checkpatch, {size:.1f} MB", cost(command), size)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure the parts asked for; 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--parts", default="10,30,100")
    parser.add_argument("--seed", type=seed, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args(argv)
    for percent in arguments.parts.split(","):
        part(arguments.tree, int(percent), arguments.seed, arguments.jobs)
    checkpatch(arguments.tree, arguments.seed)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
