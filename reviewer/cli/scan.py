"""``kstale scan``: judge the comments of a kernel tree."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from reviewer.cli.options import Subparsers, add_format, add_index, add_selection, selection


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "scan",
        help="judge all comments of a tree or some of its paths",
        description="Judge the claims of all comments below the given paths of a kernel tree.",
    )
    parser.add_argument("tree", metavar="DIR", help="a kernel tree: folder, or REPO@REVISION")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files or folders of the tree")
    add_format(parser)
    parser.add_argument(
        "--ledger", metavar="FILE", help="write every claim and its verdict as JSON lines"
    )
    parser.add_argument("--stats", action="store_true", help="print counts and time per rule")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="worker processes"
    )
    add_index(parser)
    add_selection(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Scan and print; 1 if there are findings."""
    from reviewer.cli.progress import judging, progress
    from reviewer.report import json as json_report
    from reviewer.report import text
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
    if arguments.ledger:
        with open(arguments.ledger, "w", encoding="utf-8") as ledger:
            ledger.writelines(json_report.ledger_line(one) + "\n" for one in report.ledger)
    if arguments.format == "json":
        sys.stdout.write(json_report.render(report))
    else:
        sys.stdout.write(text.render(report, stats=arguments.stats))
    return 1 if report.findings else 0


def _inside(tree: str, path: str) -> str:
    """A path as the tree names it: people also give it from where they stand."""
    absolute = Path(path)
    if absolute.is_absolute() or (not Path(tree, path).exists() and absolute.exists()):
        try:
            return str(absolute.resolve().relative_to(Path(tree).resolve()))
        except ValueError:
            return path
    return path
