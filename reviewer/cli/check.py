"""``kstale check``: review patches before they are sent or applied."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from reviewer.cli.options import Subparsers, add_index, add_selection, selection
from reviewer.cli.output import add_output, add_policy, policy_of, write, write_ledger
from reviewer.cli.progress import progress
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
    add_output(parser)
    add_policy(parser)
    add_index(parser)
    add_selection(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check and print; 1 if a patch makes some claim false, 2 if something was left out."""
    from reviewer.cli.sources import left_out, read
    from reviewer.report.stream import Item, PatchName, Summary, items_of
    from reviewer.review.judge import prepare
    from reviewer.review.series import PatchReport, check_series, merge
    from reviewer.tree.opening import notes

    sources = read(arguments)
    tree = sources.tree
    policy = policy_of(arguments, tree)
    bench = prepare(policy.config.over(selection(arguments)))
    reports: list[PatchReport] = []
    bare = [one for one in sources.series if not one.patches]
    omitted = [*sources.omitted, *(cause for one in bare for cause in one.omitted)]

    def stream() -> Iterator[Item | Summary]:
        for one in sources.series:
            for checked in check_series(bench, tree, one, progress()):
                reports.append(checked)
                yield from items_of(checked.report, policy, PatchName.of(checked.patch))
        whole = merge(tree.name, reports)
        omitted.extend(whole.missing)
        more = [note for one in bare for note in one.notes]
        yield Summary(
            tree.name,
            whole.stats,
            (*notes(tree), *more, *whole.notes, *policy.notes()),
            whole.seconds,
            tuple(omitted),
        )

    found = write(stream(), arguments, patch=True)
    write_ledger(arguments.ledger, (one for each in reports for one in each.report.ledger))
    if left_out(omitted):
        return 2
    return 1 if found else 0
