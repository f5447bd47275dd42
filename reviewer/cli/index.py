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
        "release tags on the way from A to B, B among them, of which only what they define is "
        "compiled, as older trees (--was) are asked for",
    )
    parser.add_argument(
        "--whole", action="store_true", help="compile the tags of A..B whole, as compare needs them"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="worker processes"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compile, and say for each tree what was read."""
    from reviewer.cli.progress import progress
    from reviewer.program.opening import open_names, open_program
    from reviewer.tree.opening import open_tree
    from reviewer.tree.tags import expanded
    from reviewer.unit.store import Store

    store, jobs = Store(), max(1, arguments.jobs)
    for given in arguments.trees:
        for spec in expanded([given]):
            start = time.monotonic()
            tree = open_tree(spec)
            if spec == given or arguments.whole:
                built, whole = open_program(tree, store=store, jobs=jobs, report=progress()), True
            else:
                built, whole = open_names(tree, store=store, jobs=jobs, report=progress())
            names = "" if whole else ", names only"
            print(escape(f"{built}{names} in {time.monotonic() - start:.1f} s"))
            for cause in built.unread:
                print(escape(f"  not read: {cause}"))
    return 0
