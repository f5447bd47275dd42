"""``kstale trend``: stale comments by section over releases, born and mended."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from reviewer.cli.options import Subparsers, add_selection, selection
from reviewer.cli.output import add_policy, policy_of, save
from reviewer.cli.progress import judging, progress

if TYPE_CHECKING:
    from reviewer.review.trend import Trend

if TYPE_CHECKING:
    pass


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "trend",
        help="stale comments by section over releases, born and mended",
        description="Count the stale comments of each section of MAINTAINERS in several trees of "
        "one kernel, and from each tree to the next those that were born and those that were "
        "mended. Sections are those of the last tree. What `kstale scan --ledger` kept of a tree "
        "is not judged again.",
    )
    parser.add_argument(
        "trees",
        nargs="+",
        metavar="TREE",
        help="folder, REPO@REVISION, or a revision of the repository here, the oldest first; A..B "
        "stands for the release tags on the way from A to B, B among them",
    )
    parser.add_argument(
        "--path",
        action="append",
        default=[],
        metavar="PATH",
        help="only this file or folder of the trees; may be repeated",
    )
    parser.add_argument(
        "--format", choices=("text", "json", "svg"), default="text", help="default: text"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE")
    parser.add_argument(
        "--hints", action="store_true", help="count findings of the weakest kind of evidence too"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="worker processes"
    )
    add_policy(parser)
    add_selection(parser, was=False)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Judge, count and print; 2 if something was not looked at."""
    from pathlib import Path

    from reviewer.cli.failure import complain
    from reviewer.cli.sources import open_
    from reviewer.finding import Finding
    from reviewer.report.trend import as_json, svg, text
    from reviewer.review.missing import by_cause
    from reviewer.review.trend import trend
    from reviewer.tree.tags import expanded
    from reviewer.verdict import Tier

    specs = tuple(expanded(arguments.trees))
    policy = policy_of(arguments, open_(specs[-1]))

    def counts(one: Finding) -> bool:
        wanted = arguments.hints or one.tier is not Tier.HINT
        return wanted and policy.wants(one) and policy.waiver(one) is None

    found = trend(
        specs,
        [path.strip("/") for path in arguments.path or policy.config.paths],
        policy.config.over(selection(arguments)),
        policy.section,
        counts,
        jobs=max(1, arguments.jobs),
        progress=judging(),
        compiling=progress(),
    )
    formats: dict[str, Callable[[Trend], Iterator[str]]]
    formats = {"text": text, "svg": svg, "json": as_json}
    pieces = formats[arguments.format](found)
    if arguments.output:
        save(Path(arguments.output), pieces)
    else:
        sys.stdout.writelines(pieces)
    for line in by_cause(found.missing):
        complain(f"not looked at: {line}")
    return 2 if found.missing else 0
