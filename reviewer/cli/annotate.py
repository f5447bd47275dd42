"""``kstale annotate``: patches that let lockdep or sparse check what comments say of locks."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.cli.options import Subparsers
from reviewer.cli.output import add_policy, policy_of
from reviewer.cli.progress import judging, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewer.report.patches import Change
    from reviewer.review.fix.annotate import AnnotatedFile, Annotation

_CLOSING = "Say it in code, so that it is checked from now on."
_HOW = {
    "assert": "assert locks that callers are told to hold",
    "must-hold": "annotate locks that callers are told to hold",
    "guarded-by": "annotate members that a lock protects",
}


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "annotate",
        help="make patches that assert the locks which comments ask callers to hold",
        description="Where a comment asks the caller to hold a lock, and every call in the tree is "
        "made with it held, make a patch that says so in code: lockdep_assert_held(), or "
        "__must_hold(); where a comment says that a lock protects a member, and every access in "
        "the tree is made with it held, __guarded_by(). One patch for each section of "
        "MAINTAINERS, with all callers listed. "
        "Nothing is written to the tree, and nothing is sent.",
    )
    parser.add_argument("tree", metavar="DIR", help="a kernel tree: folder, or REPO@REVISION")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files or folders of the tree")
    parser.add_argument(
        "-o", "--output", metavar="DIR", help="write the patches to DIR (default: print them)"
    )
    parser.add_argument(
        "--with",
        dest="how",
        choices=tuple(_HOW),
        default="assert",
        help="assert: lockdep_assert_held() in the body (default); must-hold: __must_hold() behind "
        "the parameters; guarded-by: __guarded_by() behind members, in trees that have clang's "
        "context analysis",
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="worker processes"
    )
    add_policy(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the patches; 1 if there are any, 0 if nothing is proved that code does not say."""
    from reviewer.cli.patches import NO_HISTORY, compilable, emit
    from reviewer.cli.sources import open_
    from reviewer.report.patches import patches
    from reviewer.review.fix.annotate import How, annotate
    from reviewer.tree.commits import commits_of

    tree = open_(arguments.tree)
    policy = policy_of(arguments, tree)
    paths = policy.narrowed(arguments.paths or [*policy.config.paths], own=True)
    found = annotate(
        arguments.tree,
        paths,
        How(arguments.how),
        jobs=max(1, arguments.jobs),
        progress=judging(),
        compiling=progress(),
    )
    commits = commits_of(tree)
    kept, compiled = compilable(tree, found.files)
    made = list(
        patches(
            [_change(one) for one in kept],
            policy.section_of,
            lambda changes: _HOW[arguments.how],
            _CLOSING,
            author=commits.author if commits else "",
            prefix=commits.prefix if commits else lambda paths: "",
        )
    )
    count = sum(len(one.annotations) for one in kept)
    summary = f"{count} of {found.proved} proved claims can be put into code{compiled}"
    if count < found.proved:
        summary += "; the rest says it in code already, or has no certain name for the lock there"
    if made and commits is None:
        summary += f"; {NO_HISTORY}"
    emit(made, Path(arguments.output) if arguments.output else None, summary)
    if found.missing:
        return 2
    return 1 if made else 0


def _change(file: AnnotatedFile) -> Change:
    from reviewer.report.patches import Change

    told: Sequence[str] = [
        f"{_said(one, file.path)} made with it held: "
        + "; ".join(f"{at.note} at {at.path}:{at.line}" for at in one.calls)
        + ". It is taken by "
        + "; ".join(f"{at.note} at {at.path}:{at.line}" for at in one.rests_on)
        + "."
        for one in file.annotations
    ]
    return Change(file.path, file.before, file.after, tuple(told))


def _said(one: Annotation, path: str) -> str:
    if "::" in one.subject:
        many = len(one.calls)
        number = "its only access is" if many == 1 else f"all {many} accesses are"
        return (
            f"{one.subject} in {path}: the comment says that {one.lock} protects it, and {number}"
        )
    return (
        f"{one.subject}() in {path}: the comment asks its callers for {one.lock}, and "
        f"{_calls(len(one.calls))}"
    )


def _calls(count: int) -> str:
    return "its only call is" if count == 1 else f"all {count} calls are"
