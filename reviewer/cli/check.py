"""``kstale check``: review patches before they are sent or applied."""

from __future__ import annotations

import argparse
import sys

from reviewer.cli.options import Subparsers, add_format, add_index, add_selection, selection
from reviewer.cli.sources import add_sources


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "check",
        help="review patches: what they introduce, expose or leave behind",
        description="Judge the comments that a patch writes, and those its code changes concern, "
        "before and after it. Exit status 1 means that the patch makes a claim false; findings "
        "that existed before are shown and do not count.",
    )
    add_sources(parser)
    add_format(parser)
    parser.add_argument("--stats", action="store_true", help="print counts")
    parser.add_argument(
        "--ledger", metavar="FILE", help="write every claim and its verdict as JSON lines"
    )
    add_index(parser)
    add_selection(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check and print; 1 if a patch makes some claim false."""
    from reviewer.cli.progress import progress
    from reviewer.cli.sources import read
    from reviewer.report import json as json_report
    from reviewer.report import text
    from reviewer.review.judge import prepare
    from reviewer.review.series import blames, check_patches, merge

    series, tree = read(arguments)
    bench = prepare(selection(arguments))
    reports = []
    for one in series:
        for checked in check_patches(bench, tree, one.patches, progress()):
            reports.append(checked)
            if arguments.format == "text":
                if sum(len(each.patches) for each in series) > 1:
                    print(f"== {checked.patch.message.subject}\n")
                report = merge(tree.name, [checked])
                sys.stdout.write(text.render(report, patch=True, stats=arguments.stats))
    whole = merge(tree.name, reports)
    if arguments.format == "json":
        sys.stdout.write(json_report.render(whole))
    if arguments.ledger:
        with open(arguments.ledger, "w", encoding="utf-8") as ledger:
            ledger.writelines(json_report.ledger_line(entry) + "\n" for entry in whole.ledger)
    return 1 if blames(whole) else 0
