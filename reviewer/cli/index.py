"""``kstale index``: compile trees now, so that later commands find them in the store."""

from __future__ import annotations

import argparse
import os
import time

from reviewer.cli.options import Subparsers
from reviewer.escape import escape


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "index",
        help="compile whole trees now instead of at their first use",
        description="Compile the files of one or several trees into the store. Every other "
        "command does so by itself for the tree it is about; contents that the store has are "
        "never compiled again, whatever tree or commit they stand in.",
    )
    parser.add_argument(
        "trees",
        nargs="+",
        metavar="TREE",
        help="folder, REPO@REVISION, or a revision of the repository here; A..B stands for the "
        "tags on the way from A to B, B among them",
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="worker processes"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compile, and say for each tree what was read."""
    from reviewer.cli.progress import progress
    from reviewer.program.opening import open_program
    from reviewer.tree.opening import open_tree
    from reviewer.tree.tags import expanded
    from reviewer.unit.store import Store

    store = Store()
    for spec in expanded(arguments.trees):
        start = time.monotonic()
        tree, jobs = open_tree(spec), max(1, arguments.jobs)
        built = open_program(tree, store=store, jobs=jobs, report=progress())
        print(escape(f"{built} in {time.monotonic() - start:.1f} s"))
        for cause in built.unread:
            print(escape(f"  not read: {cause}"))
    return 0
