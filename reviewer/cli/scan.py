"""``kstale scan``: judge the comments of a kernel tree."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from reviewer.cli.options import Subparsers, add_index, add_selection, selection
from reviewer.cli.output import add_grouping, add_output, add_policy, open_ledger, policy_of, write
from reviewer.cli.progress import judging, progress
from reviewer.escape import escape

STORE = ""
"""``--ledger`` without a file."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "scan",
        help="judge all comments of a tree or some of its paths",
        description="Judge the claims of all comments below the given paths of a kernel tree.",
    )
    parser.add_argument("tree", metavar="DIR", help="a kernel tree: folder, or REPO@REVISION")
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files or folders of the tree; of a folder its .c, .h and .S files",
    )
    add_output(parser, ledger=False)
    parser.add_argument(
        "--ledger",
        nargs="?",
        const=STORE,
        metavar="FILE",
        help="write every claim and its verdict to FILE as JSON lines; without FILE, keep in the "
        "store what each came to, for `kstale trend` and `kstale compare`",
    )
    add_policy(parser)
    add_grouping(parser)
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="worker processes"
    )
    parser.add_argument(
        "--since", default="", metavar="REV", help="only files that differ from this revision"
    )
    parser.add_argument(
        "--cluster",
        default="",
        metavar="ADDRESS",
        help="judge on the workers of a Dask scheduler (pip install 'kstale[cluster]'); they need "
        "the tree and the store under the same paths",
    )
    add_index(parser)
    add_selection(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Scan and print; 1 if there are findings."""
    from reviewer.cli.cluster import cluster
    from reviewer.cli.sources import open_
    from reviewer.program.older import older_trees
    from reviewer.report.formats.json import ledger_line
    from reviewer.report.stream import items_of, summary_of
    from reviewer.review.missing import by_cause
    from reviewer.review.request import Request
    from reviewer.review.scan import scan

    tree = open_(arguments.tree)
    policy = policy_of(arguments, tree)
    paths = [_inside(arguments.tree, path) for path in arguments.paths] or [*policy.config.paths]
    policy.scanned = tuple(path.strip("/") for path in paths) or ("",)

    chosen = policy.config.over(selection(arguments))
    into_store = arguments.ledger == STORE
    if chosen.was or not into_store:
        chosen = replace(chosen, was=older_trees(tree, chosen.was))
    request = Request(
        arguments.tree,
        tuple(policy.narrowed(paths)),
        chosen,
        parse_all=arguments.stats,
        ledger=ledger_line if arguments.ledger else None,
        since=arguments.since,
    )
    with ExitStack() as open_files:
        lines = None
        if arguments.ledger:
            ledger = open_files.enter_context(open_ledger(arguments.ledger))
            lines = partial(print, file=ledger)
        executor = open_files.enter_context(cluster(arguments.cluster))
        report = scan(
            request,
            jobs=max(1, arguments.jobs),
            executor=executor,
            progress=judging(),
            compiling=progress(),
            lines=lines,
        )
    found = write(
        [*items_of(report, policy), summary_of(report, policy)], arguments, patch=False, tree=tree
    )
    for line in by_cause(report.missing) if arguments.format != "text" else ():
        print(f"kstale: not looked at: {escape(line)}", file=sys.stderr)
    if report.missing:
        return 2
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
