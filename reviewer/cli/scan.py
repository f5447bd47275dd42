"""``kstale scan``: judge the comments of a kernel tree."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from reviewer.cli.options import Subparsers, add_index, add_selection, selection
from reviewer.cli.output import add_output, write, write_ledger
from reviewer.cli.progress import judging, progress


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "scan",
        help="judge all comments of a tree or some of its paths",
        description="Judge the claims of all comments below the given paths of a kernel tree.",
    )
    parser.add_argument("tree", metavar="DIR", help="a kernel tree: folder, or REPO@REVISION")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files or folders of the tree")
    add_output(parser)
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="worker processes"
    )
    add_index(parser)
    add_selection(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Scan and print; 1 if there are findings."""
    from reviewer.report.stream import items_of, summary_of
    from reviewer.review.scan import scan

    report = scan(
        arguments.tree,
        [_inside(arguments.tree, path) for path in arguments.paths],
        selection(arguments),
        parse_all=arguments.stats,
        jobs=max(1, arguments.jobs),
        progress=judging(),
        compiling=progress(),
    )
    write_ledger(arguments.ledger, report.ledger)
    found = write([*items_of(report), summary_of(report)], arguments, patch=False)
    return 1 if found else 0


def _inside(tree: str, path: str) -> str:
    """A path as the tree names it: people also give it from where they stand."""
    absolute = Path(path)
    if absolute.is_absolute() or (not Path(tree, path).exists() and absolute.exists()):
        try:
            return str(absolute.resolve().relative_to(Path(tree).resolve()))
        except ValueError:
            return path
    return path
