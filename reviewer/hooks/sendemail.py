"""What runs when git send-email asks whether a mail may go out (sendemail-validate, githooks(5)).

The hook gets the mail's file, since git 2.41 also a file with the headers it will be sent with and
GIT_SENDEMAIL_FILE_COUNTER and GIT_SENDEMAIL_FILE_TOTAL in the environment. Its working directory
is the work tree and GIT_DIR is set. A status other than zero stops the whole run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from reviewer.errors import KstaleError
from reviewer.escape import escape
from reviewer.hooks.install import HOOK, STOP, work_tree
from reviewer.hooks.options import HookOptions
from reviewer.hooks.state import SeriesState, contents

if TYPE_CHECKING:
    from reviewer.hooks.request import HookRequest

PASS = 0
_DEFAULT = HookOptions()

_GO_ON = """\
To go on, either
  - mend the comment or the code and make the patch again,
  - read why the rule says so (kstale explain RULE), and tell us if it is wrong, or
  - send as it is:  KSTALE_SKIP=1 git send-email ...   (or git send-email --no-validate ...)
"""


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """What the check says; ``text`` is shown when the mail is stopped."""

    stop: bool
    text: str
    unjudged: tuple[str, ...] = ()
    """What could not be looked at: place and cause, a line each."""


Check = Callable[["HookRequest"], HookAnswer]


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
    counted = _counted(environ)
    if counted is not None and counted[0] < counted[1]:
        index, total = counted
        data = contents(mail)
        SeriesState(work_tree(folder), 0, total, state).keep(index, data)
        return None
    # reading mails costs as much as all else of a call that only keeps one
    from reviewer.hooks.request import request_of, request_of_run

    if counted is not None and counted[1] > 1:
        return request_of_run(mail, header, counted[1], folder, state)
    return request_of(mail, header, folder, state)


def is_judged_alone(environ: Mapping[str, str]) -> bool:
    """True unless git counts the mails of its run: each is judged then, and more may come."""
    return _counted(environ) is None


def ends_a_run(environ: Mapping[str, str]) -> bool:
    """True if git says that this mail is the last of several, with which all are judged."""
    counted = _counted(environ)
    return counted is not None and counted[0] == counted[1] > 1


def _named(mail: Path, environ: Mapping[str, str]) -> str:
    return "the series was" if ends_a_run(environ) else f"{escape(mail.name)} was"


def _counted(environ: Mapping[str, str]) -> tuple[int, int] | None:
    """Which file of its run git says that this is, and of how many; None if it does not."""
    try:
        counter = int(environ["GIT_SENDEMAIL_FILE_COUNTER"])
        total = int(environ["GIT_SENDEMAIL_FILE_TOTAL"])
    except (KeyError, ValueError):
        return None
    return (counter, total) if 1 <= counter <= total <= 9999 else None
