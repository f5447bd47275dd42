"""``kstale reply``: draft a reply to a patch on the list."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.cli.options import Subparsers, add_index, add_selection, selection
from reviewer.cli.output import add_policy, policy_of
from reviewer.cli.sources import add_sources

if TYPE_CHECKING:
    from reviewer.report.stream import Item
    from reviewer.review.premises import Told
    from reviewer.review.talk import Talk


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
    add_policy(parser)
    add_index(parser)
    add_selection(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draft; a patch with nothing to say about gets no draft and a line on stderr."""
    from reviewer.cli.failure import complain
    from reviewer.cli.progress import progress
    from reviewer.cli.sources import besides, left_out, read, talks_of
    from reviewer.finding import Origin
    from reviewer.program.older import older_trees
    from reviewer.report.answer import draft_answer
    from reviewer.report.headers import missing_headers
    from reviewer.report.remarks import reply_finding
    from reviewer.report.reply import draft_reply, git_identity
    from reviewer.report.stream import items_of, items_of_talk
    from reviewer.review.bench import prepare
    from reviewer.review.series import check_series

    sources = read(arguments)
    policy = policy_of(arguments, sources.tree)
    chosen = policy.config.over(selection(arguments))
    bench = prepare(replace(chosen, was=older_trees(sources.tree, chosen.was)))
    identity = arguments.sender or git_identity(Path.cwd())
    drafts: list[str] = []
    omitted = list(sources.omitted)
    status = False
    premises: dict[str, tuple[Told, ...]] = {}
    for talk in besides(sources, bench, progress()):
        omitted.extend(talk.missing)
        premises[talk.message.source] = _only(talk, _told(items_of_talk(talk, policy))).premises
    for series in sources.series:
        for checked in check_series(bench, sources.tree, series, progress()):
            omitted.extend(checked.report.missing)
            told = [*_told(items_of(checked.report, policy))]
            new = [x for x in told if not x.corrected and x.finding.origin is not Origin.EXISTING]
            found = [
                one
                for one in told
                if (arguments.corrected if one.corrected else arguments.existing or one in new)
            ]
            # once, with the first patch of the mail
            said = premises.pop(checked.patch.message.source, ())
            if not (found or said):
                complain(f"nothing to say about {checked.patch.title}")
                continue
            status |= bool(new or said)
            if lacking := missing_headers(checked.patch.message):
                complain(f"the message does not show, fill in: {', '.join(lacking)}")
            drafts.append(
                draft_reply(
                    checked.patch.message,
                    checked.patch,
                    [reply_finding(one.finding, corrected=one.corrected) for one in found],
                    identity=identity,
                    changes=checked.changes,
                    premises=said,
                )
            )
    for read_ in talks_of(sources, bench, progress()):
        omitted.extend(read_.missing)
        talk = _only(read_, _told(items_of_talk(read_, policy)))
        if not (talk.comments or talk.premises or talk.orderings):
            complain(f"nothing to say about {_read_of(talk)}")
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


def _told(items: Iterable[Item]) -> Iterator[Item]:
    """What is said in the user's name: no hints, and nothing that the user lets stand."""
    from reviewer.verdict import Tier

    for one in items:
        if one.waiver is None and one.finding.tier is not Tier.HINT:
            yield one


def _only(talk: Talk, items: Iterable[Item]) -> Talk:
    """The talk with these of its findings."""
    wanted = {(one.finding.path, one.finding.line, one.finding.fingerprint) for one in items}

    def kept(every: tuple[Told, ...]) -> tuple[Told, ...]:
        places = ((x.finding.path, x.finding.line, x.finding.fingerprint) for x in every)
        return tuple(x for x, at in zip(every, places, strict=True) if at in wanted)

    return replace(talk, comments=kept(talk.comments), premises=kept(talk.premises))


def _read_of(talk: Talk) -> str:
    """The mail, and how much of what it says was read: silence is no consent."""
    from reviewer.report.words import plural

    lines = [(entry.path, id(entry.claim)) for entry in talk.ledger]
    said = len({claim for path, claim in lines if path == talk.message.source})
    names = ", ".join(f"{one.name}()" for one in talk.topics)
    return (
        f"{talk.message.subject or talk.message.source}: of {plural(said, 'statement')} that "
        f"{'was' if said == 1 else 'were'} read in it and {len(set(lines)) - said} in comments "
        f"of {names} nothing is shown to be false (kstale check --ledger FILE lists them)"
    )


def _in_mbox(draft: str) -> str:
    """One message of an mbox: several drafts are printed as mutt and b4 read them."""
    quoted = re.sub(r"^(>*From )", r">\1", draft, flags=re.M)
    return f"From kstale@localhost Thu Jan  1 00:00:00 1970\n{quoted.rstrip()}\n\n"
