"""What runs when git send-email asks whether a mail may go out (sendemail-validate, githooks(5)).

The hook gets the mail's file, since git 2.41 also a file with the headers it will be sent with and
GIT_SENDEMAIL_FILE_COUNTER and GIT_SENDEMAIL_FILE_TOTAL in the environment. Its working directory
is the work tree and GIT_DIR is set. A status other than zero stops the whole run.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from reviewer.errors import InputError, KstaleError
from reviewer.escape import escape
from reviewer.hooks.install import HOOK, STOP, work_tree
from reviewer.hooks.options import HookOptions
from reviewer.hooks.state import SeriesState
from reviewer.mail.limits import MAX_BYTES
from reviewer.mail.model import Message, Patch, Series
from reviewer.mail.read import read_messages
from reviewer.mail.series import to_patches
from reviewer.mail.subject import parse_subject

PASS = 0
_DEFAULT = HookOptions()

_FORMAT_PATCH = re.compile(rb"From ([0-9a-f]{40,64}) Mon Sep 17 00:00:00 2001\r?\n")

_GO_ON = """\
To go on, either
  - mend the comment or the code and make the patch again,
  - read why the rule says so (kstale explain RULE), and tell us if it is wrong, or
  - send as it is:  KSTALE_SKIP=1 git send-email ...   (or git send-email --no-validate ...)
"""


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


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """What the check says; ``text`` is shown when the mail is stopped."""

    stop: bool
    text: str
    unjudged: tuple[str, ...] = ()
    """What could not be looked at: place and cause, a line each."""


Check = Callable[[HookRequest], HookAnswer]


def run_hook(
    mail: Path,
    header: Path | None,
    environ: Mapping[str, str],
    check: Check,
    out: TextIO,
    *,
    folder: Path | None = None,
    state: Path | None = None,
    options: HookOptions = _DEFAULT,
) -> int:
    """Judge what git send-email is about to send: 0 lets it go, STOP stops the run.

    git asks about all mails before it sends any. If it counts them (since git 2.41), they are
    judged together with the last; else each on top of those before it. Cover letters and mails
    without a patch pass. A patch kstale cannot check (it does not parse or does not apply) passes
    with a warning on ``out``. ``folder`` is the work tree (default: the working directory),
    ``state`` where earlier patches are kept (default: a private folder).
    """
    if environ.get("KSTALE_SKIP", "") not in ("", "0"):
        print("kstale: skipped (KSTALE_SKIP is set)", file=out)
        return PASS
    for note in options.notes:
        print(f"kstale: {escape(note)}", file=out)
    if options.skip:
        print("kstale: skipped (git config kstale.skip is set)", file=out)
        return PASS
    try:
        request = _request(mail, header, environ, folder or Path.cwd(), state)
        answer = check(request) if request is not None else HookAnswer(False, "")
    except KstaleError as error:
        print(f"kstale: {_named(mail, environ)} not checked: {escape(str(error))}", file=out)
        return PASS
    unread = request.unread if request is not None else ()
    for cause in (*unread, *answer.unjudged):
        print(f"kstale: {escape(mail.name)}: not looked at: {escape(cause)}", file=out)
    if not answer.stop:
        return PASS
    if options.warn:
        print("kstale: sent all the same (git config kstale.warn is set):\n", file=out)
        print(answer.text.rstrip("\n"), file=out)
        return PASS
    what = "the series" if request is not None and request.whole else escape(mail.name)
    print(f"kstale: {what} is stopped by the {HOOK} hook\n", file=out)
    print(answer.text.rstrip("\n"), file=out)
    print(f"\n{_GO_ON}", end="", file=out)
    return STOP


def _request(
    mail: Path, header: Path | None, environ: Mapping[str, str], folder: Path, state: Path | None
) -> HookRequest | None:
    """None for a mail that carries no patch of its own, or is judged with a later one."""
    data = _bytes(mail)
    if (counted := _counted(environ)) is not None and counted[1] > 1:
        return _of_run(mail, data, header, counted, folder, state)
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


def _named(mail: Path, environ: Mapping[str, str]) -> str:
    counted = _counted(environ)
    whole = counted is not None and counted[1] > 1 and counted[0] == counted[1]
    return "the series was" if whole else f"{escape(mail.name)} was"


def _counted(environ: Mapping[str, str]) -> tuple[int, int] | None:
    """Which file of its run git says that this is, and of how many; None if it does not."""
    try:
        counter = int(environ["GIT_SENDEMAIL_FILE_COUNTER"])
        total = int(environ["GIT_SENDEMAIL_FILE_TOTAL"])
    except (KeyError, ValueError):
        return None
    return (counter, total) if 1 <= counter <= total <= 9999 else None


def _of_run(
    mail: Path,
    data: bytes,
    header: Path | None,
    counted: tuple[int, int],
    folder: Path,
    state: Path | None,
) -> HookRequest | None:
    """All patches of a run with its last mail, None before that."""
    index, total = counted
    top = work_tree(folder)
    run = SeriesState(top, 0, total, state)
    if index < total:
        run.keep(index, data)
        return None
    before = run.earlier(index)
    run.forget()
    unread = [] if before else [f"the {total - 1} mails before: they are not at hand any more"]
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
    head = read_messages(str(header), _bytes(header).rstrip(b"\r\n") + b"\n\n")[0]
    return replace(
        message,
        sender=head.sender or message.sender,
        message_id=head.message_id or message.message_id,
        in_reply_to=head.in_reply_to or message.in_reply_to,
        references=head.references or message.references,
        to=head.to or message.to,
        cc=head.cc or message.cc,
    )


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(str(file), 0, f"cannot be read: {error.strerror}") from error


def _parent_of_formatted(data: bytes, top: Path) -> str:
    """The commit below the one that format-patch wrote into the mail, '' if it is not here.

    The work tree usually holds the very commits that are sent; their parent is what the patch
    applies to, and holds the patches before it in the series.
    """
    match = _FORMAT_PATCH.match(data)
    if match is None:
        return ""
    name = match.group(1).decode()
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^1^{{commit}}"],
            cwd=top,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
