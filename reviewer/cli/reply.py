"""``kstale reply``: draft a reply to a patch on the list."""

from __future__ import annotations

import argparse
import re
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.cli.options import Subparsers, add_index, add_selection, selection
from reviewer.cli.sources import add_sources

if TYPE_CHECKING:
    from reviewer.review.premises import Told


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "reply",
        help="draft a reply to a patch, inline at the comments it speaks of",
        description="Check a patch and write a reply to its message: quoted, trimmed, inline, with "
        "the race drawn in CPU columns. The draft is printed or saved, never sent; several drafts "
        "make an mbox. Exit status 1 means that the patch makes a claim false.",
    )
    add_sources(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="write the draft to FILE")
    parser.add_argument(
        "--from", dest="sender", metavar="WHO", help="the From header (default: git's user)"
    )
    parser.add_argument(
        "--existing", action="store_true", help="also remark on what was stale before the patch"
    )
    parser.add_argument(
        "--corrected", action="store_true", help="also remark on what the patch puts right"
    )
    add_index(parser)
    add_selection(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draft; a patch with nothing to say about gets no draft and a line on stderr."""
    from reviewer.cli.failure import complain
    from reviewer.cli.progress import progress
    from reviewer.cli.sources import besides, left_out, read, talks_of
    from reviewer.finding import Origin
    from reviewer.report.answer import draft_answer
    from reviewer.report.headers import missing_headers
    from reviewer.report.remarks import reply_finding
    from reviewer.report.reply import draft_reply, git_identity
    from reviewer.review.judge import prepare
    from reviewer.review.series import blames, check_series

    bench = prepare(selection(arguments))
    sources = read(arguments)
    identity = arguments.sender or git_identity(Path.cwd())
    drafts: list[str] = []
    omitted = list(sources.omitted)
    status = False
    premises: dict[str, tuple[Told, ...]] = {}
    for talk in besides(sources, bench, progress()):
        omitted.extend(talk.missing)
        premises[talk.message.source] = talk.premises
    for series in sources.series:
        for checked in check_series(bench, sources.tree, series, progress()):
            omitted.extend(checked.report.missing)
            findings = [
                one
                for one in (*checked.report.findings, *checked.report.corrected)
                if (arguments.existing or one.origin is not Origin.EXISTING)
                or (arguments.corrected and one in checked.report.corrected)
            ]
            # once, with the first patch of the mail
            said = premises.pop(checked.patch.message.source, ())
            if not (findings or said):
                complain(f"nothing to say about {checked.patch.title}")
                continue
            status |= blames(checked.report) or bool(said)
            if lacking := missing_headers(checked.patch.message):
                complain(f"the message does not show, fill in: {', '.join(lacking)}")
            corrected = checked.report.corrected
            remarks = [reply_finding(one, corrected=one in corrected) for one in findings]
            drafts.append(
                draft_reply(
                    checked.patch.message,
                    checked.patch,
                    remarks,
                    identity=identity,
                    changes=checked.changes,
                    premises=said,
                )
            )
    for talk in talks_of(sources, bench, progress()):
        omitted.extend(talk.missing)
        if not (talk.comments or talk.premises or talk.orderings):
            complain(f"nothing to say about {talk.message.subject or talk.message.source}")
            continue
        status |= bool(talk.comments or talk.premises)
        if lacking := missing_headers(talk.message):
            complain(f"the message does not show, fill in: {', '.join(lacking)}")
        drafts.append(draft_answer(talk, identity=identity))
    text = drafts[0] if len(drafts) == 1 else "".join(_in_mbox(draft) for draft in drafts)
    text = text.rstrip("\n") + "\n" if text else ""
    if arguments.output and text:
        Path(arguments.output).write_text(text, encoding="utf-8")
    else:
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # as the draft's headers say
        sys.stdout.write(text)
    return 2 if left_out(omitted) else int(status)


def _in_mbox(draft: str) -> str:
    """One message of an mbox: several drafts are printed as mutt and b4 read them."""
    quoted = re.sub(r"^(>*From )", r">\1", draft, flags=re.M)
    return f"From kstale@localhost Thu Jan  1 00:00:00 1970\n{quoted.rstrip()}\n\n"
