"""Where patches and the tree of ``check``, ``reply`` and the hook come from."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewer.mail.model import Series
    from reviewer.tree.model import Listed

STDIN = "-"
_STDIN_AT_MOST = 64 << 20


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Mails and ``--tree``, ``--git``."""
    parser.add_argument(
        "mail",
        nargs="*",
        metavar="MAIL",
        help="patch, .eml, mbox or a reply that quotes a patch; - is standard input",
    )
    parser.add_argument(
        "--git", metavar="RANGE", help="review the commits of RANGE in the repository --tree names"
    )
    parser.add_argument(
        "--tree",
        default=".",
        metavar="DIR",
        help="the kernel tree that the patch applies to: folder, or REPO@REVISION (default: .)",
    )


def read(arguments: argparse.Namespace) -> tuple[tuple[Series, ...], Listed]:
    """The series asked for and the tree they apply to.

    Raises KstaleError (bad input, no input, unknown revision) with one line that says which.
    """
    from reviewer.errors import KstaleError
    from reviewer.mail.read import read_path, read_series
    from reviewer.tree.opening import open_tree

    if bool(arguments.git) == bool(arguments.mail):
        raise KstaleError("give either MAIL files or --git RANGE")
    if arguments.git:
        from reviewer.mail.git import base_of, from_git

        repo = Path(arguments.tree)
        series = from_git(repo, arguments.git)
        return (series,), open_tree(f"{repo}@{base_of(repo, arguments.git)}")
    found: list[Series] = []
    for name in arguments.mail:
        if name == STDIN:
            found.extend(read_series("<stdin>", sys.stdin.buffer.read(_STDIN_AT_MOST)))
        else:
            found.extend(read_path(name))
    return tuple(found), open_tree(arguments.tree)
