"""Where patches and the tree of ``check``, ``reply`` and the hook come from."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewer.mail.model import Message, Patch, Series
    from reviewer.program.program import Program
    from reviewer.review.bench import Bench
    from reviewer.review.talk import Talk
    from reviewer.tree.model import Listed
    from reviewer.unit.build import Report as Compiling

STDIN = "-"


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
        "--staged",
        action="store_true",
        help="review what is staged for the next commit (git diff --cached)",
    )
    parser.add_argument(
        "--base",
        metavar="REVISION",
        help="the commit that the mails apply to (default: found by base-commit: or blob ids "
        "where they do not apply to the tree as it is)",
    )
    parser.add_argument(
        "--tree",
        default=".",
        metavar="DIR",
        help="the kernel tree that the patch applies to: folder, or REPO@REVISION (default: .)",
    )


@dataclass(frozen=True, slots=True)
class Sources:
    """The series asked for, the tree they apply to, and what could not be read (a line each).

    Where no mail has a patch, ``talks`` are the mails.
    """

    series: tuple[Series, ...]
    tree: Listed
    omitted: tuple[str, ...] = ()
    talks: tuple[Message, ...] = ()
    mailed: bool = False
    """The series came as mails, not as commits."""


def read(arguments: argparse.Namespace) -> Sources:
    """What the command line names. Patches of one series may come in files of their own.

    Raises KstaleError (bad input, no input, unknown revision) with one line that says which.
    """
    from reviewer.errors import KstaleError
    from reviewer.hooks.b4 import tracked_range
    from reviewer.mail.overlooked import overlooked
    from reviewer.mail.series import NoPatchError, group_messages

    if sum(map(bool, (arguments.git, arguments.mail, arguments.staged))) != 1:
        raise KstaleError("give either MAIL files, --git RANGE or --staged")
    if arguments.git or arguments.staged:
        return _from_git(arguments)
    messages: list[Message] = []
    failed: list[KstaleError] = []
    for name in arguments.mail:
        try:
            messages.extend(_messages(name))
        except KstaleError as error:
            failed.append(error)
    if failed and not messages:
        raise failed[0]
    names = arguments.mail[0] if len(arguments.mail) == 1 else f"{len(arguments.mail)} files"
    base = f"{arguments.tree}@{arguments.base}" if arguments.base else arguments.tree
    omitted = tuple(str(error) for error in failed)
    try:
        series = group_messages(names, messages)
    except NoPatchError as error:
        lost = (cause for one in error.messages for cause in overlooked(one))
        return Sources((), open_(base), (*omitted, *lost), error.messages)
    reviewed = tracked_range(os.environ)
    if reviewed and not any(one.patches for one in series):
        return _of_range(Path(arguments.tree), reviewed)
    return Sources(series, open_(base), omitted, mailed=True)


def talks_of(sources: Sources, bench: Bench, compiling: Compiling | None) -> Iterator[Talk]:
    """What is found out about mails without a patch, one after another.

    Raises InputError if none of them names a function of the tree.
    """
    from reviewer.errors import InputError
    from reviewer.mail.series import why_none
    from reviewer.mail.talk import is_source
    from reviewer.program.opening import open_program

    if not sources.talks:
        return
    if all(map(is_source, sources.talks)):
        what = "C source, no mail and no patch: kstale scan TREE FILE judges a file of a tree"
        raise InputError(sources.talks[0].source, 0, what)
    from reviewer.review.talk import discuss

    program = open_program(sources.tree, jobs=os.cpu_count() or 1, report=compiling)
    nothing = True
    for message in sources.talks:
        talk = discuss(bench, sources.tree, program, message)
        if talk is not None:
            nothing = False
            yield talk
    if nothing:
        also = ", and it names no function of the tree"
        raise InputError(sources.talks[0].source, 0, why_none(sources.talks, also))


def besides(sources: Sources, bench: Bench, compiling: Compiling | None) -> Iterator[Talk]:
    """What mails say beside their patches, as far as some machine shows it false or true."""
    from reviewer.program.opening import open_program
    from reviewer.review.beside import beside

    by_mail: dict[str, list[Patch]] = {}
    for series in sources.series if sources.mailed else ():
        for patch in series.patches:
            by_mail.setdefault(patch.message.source, []).append(patch)

    @cache
    def program() -> Program:
        return open_program(sources.tree, jobs=os.cpu_count() or 1, report=compiling)

    for patches in by_mail.values():
        talk = beside(bench, sources.tree, program, patches)
        if talk is not None:
            yield talk


def _from_git(arguments: argparse.Namespace) -> Sources:
    from reviewer.errors import KstaleError
    from reviewer.mail.git import from_index

    if arguments.base:
        raise KstaleError("--base is for mails: --git and --staged know what they are based on")
    repo = Path(arguments.tree)
    if arguments.staged:
        return Sources((from_index(repo),), open_(f"{repo}@HEAD"))
    return _of_range(repo, arguments.git)


def _of_range(repo: Path, commits: str) -> Sources:
    from reviewer.mail.git import base_of, from_git

    return Sources((from_git(repo, commits),), open_(f"{repo}@{base_of(repo, commits)}"))


def _messages(name: str) -> tuple[Message, ...]:
    from reviewer.errors import InputError
    from reviewer.mail.limits import MAX_BYTES
    from reviewer.mail.read import read_file, read_messages

    if name != STDIN:
        return read_file(name)
    if sys.stdin is None:
        raise InputError("<stdin>", 0, "standard input is closed")
    # one byte more than is taken, so that a longer one is refused and not cut off
    return read_messages("<stdin>", sys.stdin.buffer.read(MAX_BYTES + 1))


def open_(spec: str) -> Listed:
    """The tree; a folder below a kernel tree's root is told of, since paths will not fit."""
    from reviewer.cli.failure import complain
    from reviewer.tree.opening import misplaced, open_tree

    tree = open_tree(spec)
    if hint := misplaced(tree):
        complain(hint)
    return tree


def left_out(omitted: Sequence[str]) -> bool:
    """Say on stderr that something was left out, if so: the exit status is then 2."""
    from reviewer.cli.failure import complain

    if omitted:
        more = f"; and {len(omitted) - 1} more, see the notes" if len(omitted) > 1 else ""
        complain(f"left out: {omitted[0]}{more}")
    return bool(omitted)
