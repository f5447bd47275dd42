"""``kstale fix``: patches for the comments that can be put right for certain."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.cli.options import Subparsers, add_selection, selection
from reviewer.cli.output import add_policy, policy_of
from reviewer.cli.progress import judging, progress

if TYPE_CHECKING:
    from reviewer.report.patches import Change, PatchText
    from reviewer.review.fix.run import FixedFile
    from reviewer.tree.commits import Commits

_CLOSING = "Put the comments right. No functional change."


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "fix",
        help="make patches for the comments that can be put right for certain",
        description="Scan a tree and make one patch for each section of MAINTAINERS with what is "
        "certain: a name that was renamed, as the code of an older tree (--was) proves, a file "
        "that moved, a renamed lock, a wrong comment behind #endif. Each patch changes comments "
        "alone, and the comment is judged again. Nothing is written to the tree, and nothing is "
        "sent.",
    )
    parser.add_argument("tree", metavar="DIR", help="a kernel tree: folder, or REPO@REVISION")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files or folders of the tree")
    parser.add_argument(
        "-o", "--output", metavar="DIR", help="write the patches to DIR (default: print them)"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="worker processes"
    )
    add_policy(parser)
    add_selection(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the patches; 1 if there are any, 0 if nothing is certain."""
    from reviewer.cli.patches import NO_HISTORY, compilable, emit
    from reviewer.cli.sources import open_
    from reviewer.program.older import older_trees
    from reviewer.report.patches import patches
    from reviewer.review.fix.run import fix
    from reviewer.review.request import Request
    from reviewer.review.scan import scan
    from reviewer.tree.commits import commits_of

    tree = open_(arguments.tree)
    policy = policy_of(arguments, tree)
    chosen = policy.config.over(selection(arguments))
    chosen = replace(chosen, was=older_trees(tree, chosen.was))
    paths = tuple(policy.narrowed(arguments.paths or [*policy.config.paths]))
    report = scan(
        Request(arguments.tree, paths, chosen),
        jobs=max(1, arguments.jobs),
        progress=judging(),
        compiling=progress(),
    )
    wanted = [one for one in report.findings if policy.wants(one)]
    commits = commits_of(tree)
    fixes = fix(
        tree,
        [one for one in wanted if policy.waiver(one) is None],
        chosen,
        lambda edit: commits is None or commits.allows(edit.name, edit.path, edit.new),
    )
    kept, compiled = compilable(tree, fixes.files)
    made: list[PatchText] = list(
        patches(
            [_change(one, commits) for one in kept],
            policy.section_of,
            _what,
            _CLOSING,
            author=commits.author if commits else "",
            prefix=commits.prefix if commits else lambda paths: "",
        )
    )
    edits = sum(len(one.edits) for one in kept)
    summary = f"{edits} of {len(wanted)} findings can be put right for certain{compiled}"
    if fixes.refused:
        summary += f"; {fixes.refused} more were not, once looked at again"
    if not chosen.was:
        summary += "; an older tree (--was) proves more"
    if made and commits is None:
        summary += f"; {NO_HISTORY}"
    emit(made, Path(arguments.output) if arguments.output else None, summary)
    if report.missing:
        return 2
    return 1 if made else 0


def _what(changes: Sequence[Change]) -> str:
    """What a patch does, in the words of a subject."""
    told = [line for one in changes for line in one.told]
    if all(": The #endif" in line for line in told):
        return "correct comments behind #endif"
    return "update stale names in comments"


def _change(file: FixedFile, commits: Commits | None) -> Change:
    from reviewer.report.patches import Change

    told = [f"{file.path}:{one.finding.line}: {one.why}" for one in file.edits]
    fixes = [
        line
        for one in file.edits
        if commits is not None and (line := commits.fixes(one.name, one.path))
    ]
    return Change(file.path, file.before, file.after, tuple(told), tuple(dict.fromkeys(fixes)))
