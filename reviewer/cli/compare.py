"""``kstale compare``: what became stale between two trees, and what was mended."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from reviewer.cli.options import Subparsers, add_selection, selection
from reviewer.cli.output import add_grouping, add_output, add_policy, policy_of, write
from reviewer.cli.progress import judging, progress
from reviewer.escape import escape

if TYPE_CHECKING:
    from reviewer.report.stream import Item, Summary


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "compare",
        help="what became stale between two trees, and what was mended",
        description="Judge the comments of two trees of one kernel and tell what became stale: "
        "what is false in NEW, though OLD had the same words and they were true there. Comments "
        "are matched by their words and their place, through moved lines and renamed functions.",
    )
    parser.add_argument("old", metavar="OLD", help="the older tree: folder, REPO@REVISION, or TAG")
    parser.add_argument("new", metavar="NEW", help="the newer tree")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files or folders of either tree")
    add_output(parser, ledger=False)
    add_policy(parser)
    add_grouping(parser)
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="worker processes"
    )
    add_selection(parser, was=False)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compare and print; 1 if something became stale."""
    from reviewer.cli.sources import open_
    from reviewer.report.stream import compared_items, compared_summary
    from reviewer.review.compare import Trees, compare_trees
    from reviewer.review.missing import by_cause

    tree = open_(arguments.new)
    policy = policy_of(arguments, tree)
    paths = tuple(path.strip("/") for path in arguments.paths or policy.config.paths)
    trees = Trees(
        arguments.old,
        arguments.new,
        tuple(policy.narrowed(paths)),
        policy.config.over(selection(arguments)),
    )
    found = compare_trees(
        trees, jobs=max(1, arguments.jobs), progress=judging(), compiling=progress()
    )
    stream: list[Item | Summary] = [
        *compared_items(found, policy),
        compared_summary(found, tree.name, policy),
    ]
    counts = write(stream, arguments, patch=False, tree=tree, since=found.label)
    for line in by_cause(found.missing) if arguments.format != "text" else ():
        print(f"kstale: not looked at: {escape(line)}", file=sys.stderr)
    if found.missing:
        return 2
    return 1 if counts else 0
