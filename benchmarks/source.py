"""Measure reviewer.source on kernel trees: what parses, what is found, how fast.

Usage: python -m benchmarks.source [--tree DIR]... [--sample SHARE] [--ctags]

Prints, per group of folders, functions found, functions whose tree has ERROR or MISSING nodes,
and those read with one preprocessor branch only; then comment and parse speed in megabytes a
second of processor time, one process. ``--ctags`` compares the functions found with those of
universal-ctags.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from reviewer.source.comments import tokens
from reviewer.source.file import SourceFile
from reviewer.source.stats import SourceStats, stats_of
from tests.real.trees import folder

GROUPS = (
    "mm/**/*.c",
    "kernel/**/*.c",
    "arch/x86/mm/**/*.c",
    "arch/arm64/mm/**/*.c",
    "fs/*.c",
    "net/core/**/*.c",
    "block/**/*.c",
)
OTHERS = (("include/linux/**/*.h", 1.0), ("fs/**/*.c", 0.2), ("drivers/**/*.c", 0.03))


def chosen(tree: Path, pattern: str, share: float) -> Iterator[Path]:
    """The files of a group, or a share of them by a fixed seed."""
    pick = random.Random(pattern)
    for path in sorted(tree.glob(pattern)):
        if path.is_file() and (share >= 1 or pick.random() < share):
            yield path


def measure(tree: Path, pattern: str, share: float) -> SourceStats:
    """Read and parse all functions of a group."""
    total = SourceStats()
    for path in chosen(tree, pattern, share):
        total += stats_of(SourceFile.parse(str(path), path.read_bytes()))
    return total


def row(name: str, stats: SourceStats, seconds: float) -> str:
    """One line of the table."""
    return (
        f"{name:24} {stats.functions:7} functions {stats.with_error:5} with errors "
        f"{100 * stats.clean:7.3f} % clean  both {stats.both_branches:5} one {stats.one_branch:3} "
        f"header {stats.plain_header:4}  {stats.bytes / 1e6 / seconds:5.2f} MB/s"
    )


def against_ctags(tree: Path, pattern: str, share: float) -> tuple[int, int, list[str]]:
    """Functions of ctags, those that we do not have, and where they are."""
    known = 0
    missed: list[str] = []
    for path in chosen(tree, pattern, share):
        file = SourceFile.parse(str(path), path.read_bytes())
        names = {outline.name for outline in file.top_level.functions}
        command = ["ctags", "--kinds-c=f", "--language-force=C", "--fields=+n", "-f", "-"]
        listing = subprocess.run([*command, str(path)], capture_output=True, check=True).stdout
        for line in listing.decode("utf-8", "replace").splitlines():
            name = line.split("\t")[0]
            number = next((int(p[5:]) for p in line.split("\t") if p.startswith("line:")), 1)
            at = file.layout.lines[min(number, len(file.layout.lines)) - 1]
            known += 1
            if name not in names and not any(
                one.start_byte - 300 <= at <= one.body_start for one in file.top_level.functions
            ):
                missed.append(f"{path.relative_to(tree)}:{number} {name}")
    return known, len(missed), missed


def comment_speed(tree: Path) -> float:
    """Megabytes of mm/ and kernel/ a second through the comment expression."""
    blobs = [path.read_bytes() for pattern in GROUPS[:2] for path in tree.glob(pattern)]
    started = time.process_time()
    for blob in blobs:
        tokens(blob)
    return sum(map(len, blobs)) / 1e6 / (time.process_time() - started)


def main(argv: list[str] | None = None) -> int:
    """Print the figures of each tree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, action="append")
    parser.add_argument("--sample", type=float, default=1.0)
    parser.add_argument("--ctags", action="store_true")
    options = parser.parse_args(argv)
    for tree in options.tree or [folder("6.12"), folder("6.1")]:
        print(f"{tree.name}: comments {comment_speed(tree):.0f} MB/s")
        whole = SourceStats()
        begun = time.process_time()
        for pattern in GROUPS:
            started = time.process_time()
            stats = measure(tree, pattern, options.sample)
            whole += stats
            print(row(pattern, stats, time.process_time() - started), flush=True)
        print(row("all of these", whole, time.process_time() - begun))
        for pattern, share in OTHERS:
            started = time.process_time()
            stats = measure(tree, pattern, share * options.sample)
            print(row(f"{pattern} ({share:.0%})", stats, time.process_time() - started), flush=True)
        if options.ctags and shutil.which("ctags"):
            for pattern in GROUPS:
                known, lost, where = against_ctags(tree, pattern, options.sample)
                print(f"ctags {pattern:20} {known} functions, {lost} not found: {where[:10]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
