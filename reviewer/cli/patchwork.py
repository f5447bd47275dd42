"""``kstale patchwork``: judge a series that a Patchwork server has, and leave checks there."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from reviewer.cli.options import Subparsers, add_selection, selection
from reviewer.cli.output import add_policy, policy_of
from reviewer.escape import escape

if TYPE_CHECKING:
    from reviewer.finding import Finding
    from reviewer.hooks.patchwork import Check, Listed
    from reviewer.review.series import PatchReport
    from reviewer.settings.policy import Policy


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "patchwork",
        help="judge a series of a Patchwork server and leave a check on each patch",
        description="Fetch a series from a Patchwork server, judge its patches one on top of the "
        "other, and print the check that each would get. With --post they are sent: POST "
        "/api/patches/ID/checks/, with the token in PATCHWORK_TOKEN of the environment. Exit "
        "status 1 means that a patch makes a claim false.",
    )
    parser.add_argument("server", metavar="URL", help="https://patchwork.kernel.org and the like")
    parser.add_argument("--series", type=int, action="append", default=[], metavar="ID",
                        help="a series by its number; may be repeated")  # fmt: skip
    parser.add_argument("--patch", type=int, action="append", default=[], metavar="ID",
                        help="the series that this patch is in")  # fmt: skip
    parser.add_argument("--post", action="store_true", help="send the checks")
    parser.add_argument("--context", default="kstale", metavar="NAME", help="default: kstale")
    parser.add_argument("--target-url", default="", metavar="URL", help="where the log is kept")
    parser.add_argument("--tree", default=".", metavar="DIR",
                        help="the kernel tree that the series applies to (default: .)")  # fmt: skip
    add_policy(parser)
    add_selection(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Judge and tell; 2 if something was left out or could not be sent."""
    from reviewer.cli.failure import complain
    from reviewer.cli.progress import progress
    from reviewer.cli.sources import left_out, open_
    from reviewer.errors import KstaleError
    from reviewer.hooks.patchwork import TOKEN, Check, Server
    from reviewer.mail.read import read_series
    from reviewer.program.older import older_trees
    from reviewer.review.bench import prepare
    from reviewer.review.series import check_series

    if not arguments.series and not arguments.patch:
        raise KstaleError("give --series ID or --patch ID")
    server = Server(arguments.server, os.environ.get(TOKEN, ""))
    tree = open_(arguments.tree)
    policy = policy_of(arguments, tree)
    chosen = policy.config.over(selection(arguments))
    bench = prepare(replace(chosen, was=older_trees(tree, chosen.was)))
    numbers = dict.fromkeys([*arguments.series, *map(server.series_of, arguments.patch)])
    found, omitted = False, list[str]()
    for number in numbers:
        listed, box = server.series(number)
        done = [
            one
            for series in read_series(f"series {number}", box)
            for one in check_series(bench, tree, series, progress())
        ]
        for patch in listed:
            mine = [one for one in done if one.patch.message.message_id == patch.message_id]
            false = _made_false(mine, policy)
            left = [cause for one in mine for cause in one.report.missing]
            if not mine:
                left.append(f"patch {patch.id} ({patch.name}): not in the series' mbox")
            state, words = _state(false, left)
            check = Check(state, escape(words), arguments.context, arguments.target_url)
            found |= bool(false)
            omitted += left
            print(_told(patch, check))
            if arguments.post:
                try:
                    server.add(patch.id, check)
                except KstaleError as error:
                    omitted.append(str(error))
    if not arguments.post:
        complain("nothing was sent (--post sends)")
    return 2 if left_out(omitted) else int(found)


def _made_false(reports: list[PatchReport], policy: Policy) -> list[Finding]:
    """What the patch makes false and nobody waived."""
    from reviewer.report.stream import PatchName, items_of

    return [
        item.finding
        for one in reports
        for item in items_of(one.report, policy, PatchName.of(one.patch))
        if item.counts
    ]


def _state(false: list[Finding], left: list[str]) -> tuple[str, str]:
    """State and description of a check; what could not be judged is a warning."""
    from reviewer.report.words import is_error, message, place, plural

    if false:
        first = max(false, key=is_error)
        more = f" (and {len(false) - 1} more)" if len(false) > 1 else ""
        state = "fail" if any(map(is_error, false)) else "warning"
        return state, f"{place(first)}: {message(first)}{more}"
    if left:
        return "warning", f"not judged whole, {plural(len(left), 'cause')}: {left[0]}"
    return "success", "no comment made false"


def _told(patch: Listed, check: Check) -> str:
    return escape(f"{patch.id} {check.state}: {check.description} ({patch.name})")
