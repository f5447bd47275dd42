"""What a scan costs after real patches came in, as a pull or the next stable tag brings them.

    python -m benchmarks.pull TREE PATCHES [--patches N] [--jobs N] [--was TREE]

TREE is a folder; it is copied, by links where it can be. The copy is scanned, the first N patches
of the folder PATCHES are applied in the order of their names (those that ``git apply`` takes), it
is scanned again, and once more with nothing kept. Prints what was applied and what each scan cost;
the last two must say the same, else the status is 1. The store is a folder of its own, unless
KSTALE_CACHE is set; the last scan's is always one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.tree import cost


def applied(tree: Path, patches: Sequence[Path], number: int) -> tuple[int, set[str]]:
    """How many patches were applied to a tree, and the files that they change."""
    count, files = 0, set[str]()
    for patch in patches:
        if count == number:
            break
        command = ["git", "apply", "--numstat", "--apply", str(patch.resolve())]
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            count += 1
            files.update(line.rpartition("\t")[2] for line in done.stdout.splitlines())
    return count, files


def _scan(tree: Path, cache: str, jobs: int, was: Sequence[str], report: Path) -> str:
    """Scans a tree into a report; what it cost."""
    command = [sys.executable, "-m", "reviewer", "scan", str(tree), "--hints", "--format", "json"]
    older = [part for one in was for part in ("--was", one)]
    more = ["--jobs", str(jobs), *older, "-o", str(report)]
    spent = cost([*command, *more], {**os.environ, "KSTALE_CACHE": cache, "KSTALE_DAEMON": "0"})
    return f"{spent.processor:.1f} CPU s, {spent.wall:.1f} s"


def main() -> int:
    """Apply the patches of the arguments between two scans."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tree", type=Path)
    parser.add_argument("patches", type=Path)
    parser.add_argument("--patches", type=int, default=300, dest="number")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--was", action="append", default=[])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.tree.resolve().parent) as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(options.tree, tree, symlinks=True, copy_function=_linked)
        fresh = str(Path(folder) / "fresh")
        cache = os.environ.get("KSTALE_CACHE") or str(Path(folder) / "kept")
        reports = [Path(folder) / f"{name}.json" for name in ("first", "again", "fresh")]
        work = (tree, cache, options.jobs, options.was)
        print(f"before: {_scan(*work, reports[0])}")
        count, files = applied(tree, sorted(options.patches.glob("*.patch")), options.number)
        print(f"{count} patches, {len(files)} files")
        print(f"after: {_scan(*work, reports[1])}")
        print(f"with nothing kept: {_scan(tree, fresh, *work[2:], reports[2])}")
        same = reports[1].read_bytes() == reports[2].read_bytes()
        print("the same" if same else "not the same")
        return 0 if same else 1


def _linked(source: str, target: str) -> None:
    """A hard link: ``git apply`` writes a new file in the place of one that it changes."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


if __name__ == "__main__":
    sys.exit(main())
