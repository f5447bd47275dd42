"""``kstale daemon``: a process that has everything loaded, for short commands that come often."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from reviewer.cli.failure import complain
from reviewer.cli.options import Subparsers
from reviewer.errors import KstaleError

if TYPE_CHECKING:
    from collections.abc import Sequence

ASKED = ("check", "reply", "hook", "claims", "model")
"""Commands that ask the daemon: short, and begun often. A scan shares what it has loaded anyway."""
ALONE = "KSTALE_DAEMON"
"""This variable of the environment, set to 0, has every command run by itself."""
IDLE = 30.0
"""Minutes; longer than between two looks at a series, and it is gone the next morning."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "daemon",
        help="keep everything loaded, so that a check takes half the time",
        description="A process in the background that has the rules loaded. "
        f"{', '.join(ASKED)} then run in copies of it, with the same answers; without one they "
        "run by themselves. It serves only you and this installation of kstale, and ends by "
        "itself.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for action, words in (
        ("start", "start it in the background, if none runs"),
        ("run", "be the daemon, in the foreground"),
        ("stop", "end it; commands that run go on"),
        ("status", "say whether one runs"),
    ):
        one = actions.add_parser(action, help=words, description=words.capitalize() + ".")
        if action in ("start", "run"):
            one.add_argument(
                "--idle",
                type=float,
                default=IDLE,
                metavar="MINUTES",
                help=f"end after so long without a command (default: {IDLE:g})",
            )
        one.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run one action; ``status`` is 1 if none runs."""
    action: str = arguments.action
    if action == "run":
        return _serve(arguments.idle)
    from reviewer.daemon.starting import running, start, stop

    if action == "start":
        if running() is None:
            start(_command(arguments.idle), wait=True)
    elif action == "stop":
        if not stop():
            complain("no daemon runs")
        return 0
    found = running()
    if found is None:
        print("not running")
        return 1
    print(f"running: process {found.process}, {found.memory} MiB")
    return 0


def have_daemon(idle: float) -> None:
    """Start one for the commands after this, unless one runs or cannot be had."""
    from reviewer.daemon.starting import running, start

    if os.environ.get(ALONE) != "0":
        with suppress(KstaleError):
            if running() is None:
                start(_command(idle), wait=False)


def _command(idle: float) -> tuple[str, ...]:
    from reviewer.hooks.install import same_command

    return (*same_command(), "daemon", "run", "--idle", f"{idle:g}")


def ask(given: Sequence[str]) -> int | None:
    """The status of a command that a daemon has run; None if it is to be run here.

    Raises KstaleError if the daemon went away before the command was done.
    """
    if not given[:1] or given[0] not in ASKED or os.environ.get(ALONE) == "0":
        return None
    if "-" in given and sys.stdin is not None and sys.stdin.isatty():
        return None  # a copy of the daemon cannot read from our terminal
    from reviewer.daemon.asking import ask as ask_daemon

    return ask_daemon(given)


def _serve(idle: float) -> int:
    from reviewer.cli.main import main
    from reviewer.daemon.address import address
    from reviewer.daemon.loading import load
    from reviewer.daemon.serving import listen, serve

    place = address()  # of the files as they are now, which are read next
    load()
    with listen(place) as listening:
        serve(listening, place, main, idle * 60)
    return 0
