"""``kstale check``: review patches before they are sent or applied."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from reviewer.cli.options import Subparsers, add_index, add_selection, selection
from reviewer.cli.output import add_output, add_policy, policy_of, write, write_ledger
from reviewer.cli.progress import progress
from reviewer.cli.sources import add_sources, besides, talks_of
from reviewer.unit.collecting import seldom_collected

if TYPE_CHECKING:
    from reviewer.review.talk import Talk


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
    with seldom_collected():
        return _run(arguments)


def _run(arguments: argparse.Namespace) -> int:
    from reviewer.cli.sources import left_out, read
    from reviewer.unit.taking import compare_ahead

    sources = read(arguments)
    tree = sources.tree
    compare_ahead(tree)
    # what is loaded from here on, is loaded meanwhile
    from reviewer.program.older import compared, older_trees
    from reviewer.program.opening import opened_once
    from reviewer.report.stream import Item, PatchName, Summary, items_of, items_of_talk
    from reviewer.review.bench import prepare
    from reviewer.review.series import PatchReport, check_series, merge
    from reviewer.tree.opening import notes

    # b4 takes each line of stderr as a failure
    compiling = None if arguments.format == "b4" else progress()
    policy = policy_of(arguments, tree)
    chosen = policy.config.over(selection(arguments))
    bench = prepare(replace(chosen, was=older_trees(tree, chosen.was)))
    reports: list[PatchReport] = []
    talks: list[Talk] = []
    told: set[tuple[str, int, str]] = set()
    bare = [one for one in sources.series if not one.patches]
    omitted = [*sources.omitted, *(cause for one in bare for cause in one.omitted)]

    def stream() -> Iterator[Item | Summary]:
        for one in sources.series:
            for checked in check_series(bench, tree, one, compiling):
                reports.append(checked)
                yield from items_of(checked.report, policy, PatchName.of(checked.patch))
        for talk in chain(besides(sources, bench, compiling), talks_of(sources, bench, compiling)):
            talks.append(talk)
            for item in items_of_talk(talk, policy):
                # several mails of a thread speak of one function, and of its one comment
                place = (item.finding.path, item.finding.claim.line, item.finding.fingerprint)
                if place not in told:
                    told.add(place)
                    yield item
        whole = merge(tree.name, reports)
        omitted.extend((*whole.missing, *(cause for one in talks for cause in one.missing)))
        more = [*(n for one in bare for n in one.notes), *(n for one in talks for n in one.notes)]
        yield Summary(
            tree.name,
            sum((one.stats for one in talks), whole.stats),
            (*notes(tree), *compared(bench.older), *more, *whole.notes, *policy.notes()),
            whole.seconds,
            tuple(omitted),
            orderings=tuple(one for talk in talks for one in talk.orderings),
        )

    with opened_once():
        found = write(stream(), arguments, patch=not sources.talks)
    ledgers = [*(one.report.ledger for one in reports), *(one.ledger for one in talks)]
    write_ledger(arguments.ledger, chain.from_iterable(ledgers))
    if left_out(omitted):
        return 2
    return 1 if found else 0
