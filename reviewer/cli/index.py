"""``kstale index``: build or refresh the index of a tree's names."""

from __future__ import annotations

import argparse
import os
import sys
import time

from reviewer.cli.options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "index",
        help="index the names of a whole tree",
        description="Read the whole tree once, so that rules can ask what exists, who calls whom "
        "and which locks there are. A second run reads only what changed.",
    )
    parser.add_argument("tree", metavar="DIR", help="a kernel tree: folder, or REPO@REVISION")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="worker processes"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Build, with progress on a terminal, and print what was read."""
    from reviewer.tree.index import build
    from reviewer.tree.opening import open_tree

    start = time.monotonic()
    built = build(
        open_tree(arguments.tree),
        jobs=max(1, arguments.jobs),
        progress=_progress if sys.stderr.isatty() else None,
    )
    print(f"{built} in {time.monotonic() - start:.1f} s")
    return 0


def _progress(done: int, total: int) -> None:
    end = "\n" if done >= total else ""
    print(f"\r{done >> 20}/{total >> 20} MiB", end=end, file=sys.stderr, flush=True)
