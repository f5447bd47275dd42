"""``kstale completion SHELL``: a completion script, made from the parser."""

from __future__ import annotations

import argparse
import sys

from reviewer.cli.options import Subparsers

_SHELLS = ("bash", "zsh", "tcsh")
_EPILOG = """\
examples:
  kstale completion bash > ~/.local/share/bash-completion/completions/kstale
  kstale completion zsh > ~/.zfunc/_kstale      with fpath+=~/.zfunc before compinit
  kstale completion tcsh >> ~/.cshrc"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "completion",
        help="print a completion script for a shell",
        description="Print a script that lets a shell complete commands, options and file names.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=_SHELLS, help="the shell")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    import shtab

    from reviewer.cli.main import build_parser

    parser = build_parser()
    _complete_files(parser)
    sys.stdout.write(shtab.complete(parser, arguments.shell).rstrip("\n") + "\n")
    return 0


_FILES = ("MAIL", "FILE", "OUT", "PATH")
_FOLDERS = ("DIR", "TREE")


def _complete_files(parser: argparse.ArgumentParser) -> None:
    """What names a file or a folder is completed as one."""
    import shtab

    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                _complete_files(inner)
        elif action.metavar in _FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif action.metavar in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
