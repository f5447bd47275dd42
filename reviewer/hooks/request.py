"""What a mail that git send-email asks about wants checked: its patch, or the whole run's."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from reviewer.errors import KstaleError
from reviewer.hooks.install import work_tree
from reviewer.hooks.state import SeriesState, contents
from reviewer.mail.model import Message, Patch, Series
from reviewer.mail.read import read_messages
from reviewer.mail.series import to_patches
from reviewer.mail.subject import parse_subject
from reviewer.repository import GitError, ask_text

_SECONDS = 30.0
"""What git may take to look up one commit."""
_FORMAT_PATCH = re.compile(rb"From ([0-9a-f]{40,64}) Mon Sep 17 00:00:00 2001\r?\n")


@dataclass(frozen=True, slots=True)
class HookRequest:
    """What is to be checked: the patches of ``series``, each on top of those before it.

    Unless ``whole``, only the last one is to be told of: the others were, mail by mail.
    """

    work_tree: Path
    revision: str
    """Commit the series starts from, '' for the files of the work tree."""
    series: Series
    mail: Path
    whole: bool = False
    unread: tuple[str, ...] = ()
    """Mails of the run that could not be read: name and cause."""


def request_of(
    mail: Path, header: Path | None, folder: Path, state: Path | None
) -> HookRequest | None:
    """The patch of one mail on those before it; None if the mail carries none of its own.

    Raises InputError if it cannot be read.
    """
    data = contents(mail)
    message = _message(mail, data, header)
    tag = parse_subject(message.subject)
    if tag.total > 1 and tag.index == 0:
        return None
    patch = next((one for one in to_patches(message, tag) if not one.quoted), None)
    if patch is None:
        return None
    top = work_tree(folder)
    base = _parent_of_formatted(data, top)
    patches: tuple[Patch, ...] = (replace(patch, index=1, total=1),)
    index, total = tag.index, tag.total
    if total > 1:
        remembered = SeriesState(top, tag.version, total, state)
        before = [] if base else remembered.earlier(index)
        if index < total:
            remembered.keep(index, data)
        else:
            remembered.forget()
        patches = _renumbered([*_patches(mail, before), patch])
    series = Series(tag.title, tag.version, None, patches)
    return HookRequest(top, base, series, mail)


def request_of_run(
    mail: Path, header: Path | None, total: int, folder: Path, state: Path | None
) -> HookRequest | None:
    """All patches of a run, of which this is the last mail; None if there are none.

    Raises KstaleError if no mail can be read.
    """
    data = contents(mail)
    top = work_tree(folder)
    run = SeriesState(top, 0, total, state)
    before = run.earlier(total)
    run.forget()
    these = "the mail before it" if total == 2 else f"the {total - 1} mails before it"
    unread = [] if before else [f"{these}: not at hand any more"]
    patches: list[Patch] = []
    base = ""
    for number, one in enumerate((*before, data), 1):
        try:
            message = (
                _message(mail, one, header)
                if one is data
                else read_messages(f"mail {number} of {total}", one)[0]
            )
            found = [patch for patch in to_patches(message) if not patch.quoted]
        except KstaleError as error:
            unread.append(str(error))
            continue
        if found and not patches:
            base = _parent_of_formatted(one, top)
        patches.extend(found[:1])
    if not patches:
        if unread:
            raise KstaleError("; ".join(unread))
        return None
    series = Series(parse_subject(patches[0].message.subject).title, 1, None, _renumbered(patches))
    return HookRequest(top, base, series, mail, True, tuple(unread))


def _patches(mail: Path, before: list[bytes]) -> list[Patch]:
    return [
        patch
        for number, data in enumerate(before, 1)
        for patch in to_patches(read_messages(f"{mail.name} (earlier patch {number})", data)[0])
    ]


def _renumbered(patches: list[Patch]) -> tuple[Patch, ...]:
    return tuple(replace(p, index=n, total=len(patches)) for n, p in enumerate(patches, 1))


def _message(mail: Path, data: bytes, header: Path | None) -> Message:
    """The mail with the headers it will be sent with, where git gives them."""
    message = read_messages(str(mail), data)[0]
    if header is None:
        return message
    head = read_messages(str(header), contents(header).rstrip(b"\r\n") + b"\n\n")[0]
    return replace(
        message,
        sender=head.sender or message.sender,
        message_id=head.message_id or message.message_id,
        in_reply_to=head.in_reply_to or message.in_reply_to,
        references=head.references or message.references,
        to=head.to or message.to,
        cc=head.cc or message.cc,
    )


def _parent_of_formatted(data: bytes, top: Path) -> str:
    """The commit below the one that format-patch wrote into the mail, '' if it is not here.

    The work tree usually holds the very commits that are sent; their parent is what the patch
    applies to, and holds the patches before it in the series.
    """
    match = _FORMAT_PATCH.match(data)
    if match is None:
        return ""
    commit = f"{match.group(1).decode()}^1^{{commit}}"
    try:
        return ask_text(
            top, "rev-parse", "--verify", "--quiet", "--end-of-options", commit, seconds=_SECONDS
        ).strip()
    except GitError:
        return ""
