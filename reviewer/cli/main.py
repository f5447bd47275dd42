"""``kstale``: parse the command line, run one command, turn expected errors into exit 2."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from reviewer import __version__
from reviewer.cli.daemon import ask
from reviewer.cli.failure import CLEAN, FAILED, FINDINGS, complain, failed, make_writable
from reviewer.cli.parsing import CommandParser, Parser
from reviewer.errors import KstaleError

COMMANDS = (
    "check",
    "scan",
    "compare",
    "trend",
    "fix",
    "annotate",
    "reply",
    "hook",
    "patchwork",
    "suppress",
    "claims",
    "index",
    "model",
    "history",
    "simulate",
    "machines",
    "rules",
    "explain",
    "completion",
    "daemon",
    "mcp",
    "lsp",
)
__all__ = ["CLEAN", "COMMANDS", "FAILED", "FINDINGS", "build_parser", "entry", "main"]

_DESCRIPTION = """\
Find kernel comments whose claims about synchronization the code no longer
guarantees, and show why: a fact in the source, or an interleaving that the
bundled MMU simulator found."""

_DEBUG = "on a failure, print where in kstale it happened"

_EPILOG = """\
examples:
  kstale check 0001-mm-fix.patch --tree ~/linux     review a patch before sending it
  kstale check --git HEAD~3.. --tree ~/linux        review the last three commits
  kstale reply message.eml --tree ~/linux           draft a reply to a patch on the list
  kstale scan ~/linux mm kernel/rcu                 judge all comments of two folders
  kstale compare v6.1 v6.12 mm                      what became stale between two releases
  kstale simulate test.litmus --machine arm64       ask the simulator alone
  kstale hook install                               check whatever git send-email sends

exit status: 0 clean, 1 findings, 2 anything else: kstale could not run, or
something was left out (stderr says what; --debug says where)"""


def build_parser(commands: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """The parser with these commands; commands import their work only when they run."""
    parser = Parser(
        prog="kstale",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"kstale {__version__}")
    parser.add_argument("--debug", action="store_true", help=_DEBUG)
    subparsers = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=CommandParser
    )
    for name in commands:
        import_module(f"reviewer.cli.{name}").add_parser(subparsers)
    for command in subparsers.choices.values():
        command.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=_DEBUG)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (0 clean, 1 findings, 2 anything else)."""
    make_writable()
    if sys.stdout is None:
        complain("standard output is closed")
        return FAILED
    given = sys.argv[1:] if argv is None else argv
    # a hook runs for every mail, and 21 commands' options cost it a third of its time
    named = tuple(name for name in COMMANDS if name in given[:1])
    try:
        arguments = build_parser(named or COMMANDS).parse_args(argv)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else FAILED
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - status 1 would say that there are findings
        return failed(error, debug=arguments.debug)
    return status


def entry() -> None:
    """Console-script entry point: a daemon is asked if one runs, else the command runs here."""
    try:
        status = ask(sys.argv[1:])
    except KstaleError as error:
        status = failed(error, debug=False)
    raise SystemExit(main() if status is None else status)


if __name__ == "__main__":
    entry()
