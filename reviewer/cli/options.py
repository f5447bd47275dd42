"""Options that several commands share, and what they turn into."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reviewer.review.model import Selection

Subparsers = Any
"""argparse does not name the type of what ``add_subparsers`` returns."""


def add_selection(parser: argparse.ArgumentParser, *, was: bool = True) -> None:
    """Options that choose rules and machines; ``was`` offers ``--was`` too."""
    group = parser.add_argument_group("rules and machines")
    group.add_argument(
        "--rules", action="append", default=[], metavar="DIR", help="also load rules from DIR"
    )
    group.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="run this rule or family alone"
    )
    group.add_argument(
        "--enable", action="append", default=[], metavar="NAME", help="run a rule off by default"
    )
    group.add_argument(
        "--disable", action="append", default=[], metavar="NAME", help="do not run a rule or family"
    )
    parser.set_defaults(was=[])
    if was:
        group.add_argument(
            "--was",
            action="append",
            metavar="TREE",
            help="an older tree of this kernel (folder, REPO@TAG, or TAG of the tree's "
            "repository): a name that it defined and this one does not is gone, whatever the "
            "words; may be repeated",
        )
    group.add_argument(
        "--machine",
        action="append",
        default=[],
        metavar="NAME",
        help="judge on this machine only (kstale machines lists them); may be repeated",
    )


def selection(arguments: argparse.Namespace) -> Selection:
    """The Selection that the options ask for."""
    from reviewer.review.model import Selection

    return Selection(
        folders=tuple(Path(folder) for folder in arguments.rules),
        only=tuple(arguments.only),
        enabled=tuple(arguments.enable),
        disabled=tuple(arguments.disable),
        machines=tuple(arguments.machine),
        was=tuple(arguments.was),
    )


def add_index(parser: argparse.ArgumentParser) -> None:
    """``--index`` of version 0.1: taken, so that its scripts run, and without effect."""
    parser.add_argument(
        "--index", choices=("auto", "build", "search", "never"), help=argparse.SUPPRESS
    )


def add_format(parser: argparse.ArgumentParser, *more: str) -> None:
    """``--format``, text unless said otherwise."""
    parser.add_argument(
        "--format", choices=("text", "json", *more), default="text", help="default: text"
    )
