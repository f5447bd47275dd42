"""``kstale``: parse the command line, run one command, turn expected errors into exit 2."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from reviewer import __version__
from reviewer.errors import KstaleError

COMMANDS = (
    "check",
    "scan",
    "reply",
    "hook",
    "claims",
    "index",
    "simulate",
    "machines",
    "rules",
    "explain",
)
CLEAN, FINDINGS, FAILED = 0, 1, 2

_DESCRIPTION = """\
Find kernel comments whose claims about synchronization the code no longer
guarantees, and show why: a fact in the source, or an interleaving that the
bundled MMU simulator found."""

_EPILOG = """\
examples:
  kstale check 0001-mm-fix.patch --tree ~/linux     review a patch before sending it
  kstale check --git HEAD~3.. --tree ~/linux        review the last three commits
  kstale reply message.eml --tree ~/linux           draft a reply to a patch on the list
  kstale scan ~/linux mm kernel/rcu                 judge all comments of two folders
  kstale simulate test.litmus --machine arm64       ask the simulator alone
  kstale hook install                               check whatever git send-email sends

exit status: 0 clean, 1 findings, 2 could not run (one line on stderr says why)"""


def build_parser() -> argparse.ArgumentParser:
    """The parser with every command; commands import their work only when they run."""
    parser = argparse.ArgumentParser(
        prog="kstale",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"kstale {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f"reviewer.cli.{name}").add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (0 clean, 1 findings, 2 could not run)."""
    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else FAILED
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except KstaleError as error:
        print(f"kstale: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # The reader went away (kstale scan | head): not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLEAN
    except KeyboardInterrupt:
        print("kstale: interrupted", file=sys.stderr)
        return FAILED
    except OSError as error:
        print(f"kstale: {error}", file=sys.stderr)
        return FAILED
    return status


def entry() -> None:
    """Console-script entry point."""
    raise SystemExit(main())


if __name__ == "__main__":
    entry()
