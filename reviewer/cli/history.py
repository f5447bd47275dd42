"""``kstale history``: which commit took a name away."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from reviewer.cli.options import Subparsers, add_selection, selection

if TYPE_CHECKING:
    from reviewer.tree.first_parent import Commit

_PLACE = re.compile(r"(.+):(\d+)")


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "history",
        help="name the commit that took a name away, or that made a comment false",
        description="Search the history of a git repository for the newest commit that removed "
        "uses of a name from code, and say what its diff writes in the name's place; or, for the "
        "place of a comment, for the commit since which it is false, and who changed the comment "
        "since then.",
    )
    parser.add_argument(
        "name",
        metavar="NAME|PATH:LINE",
        help="a function, macro, struct, member, lock, CONFIG symbol, or the path of a file; or "
        "the place of a comment that is false",
    )
    parser.add_argument("--tree", default=".", metavar="REPO", help="the repository (default: .)")
    parser.add_argument("--at", default="HEAD", metavar="REV", help="search below this revision")
    parser.add_argument("--path", default="", metavar="PATH", help="in this file or folder only")
    add_selection(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the commit; 1 if none takes the name away."""
    from reviewer.escape import escape

    if place := _PLACE.fullmatch(arguments.name):
        return _comment(arguments, place[1], int(place[2]))
    from reviewer.tree.history import removal, stands_in

    found = removal(arguments.tree, arguments.name, arguments.at, arguments.path)
    if found is None:
        cut = _cut(arguments.tree)
        print(f"{escape(arguments.name)}: no commit below {arguments.at} takes it away{cut}")
        return 1
    is_name = "/" not in arguments.name
    left = is_name and stands_in(arguments.tree, arguments.name, arguments.at, arguments.path)
    still = f"still in {escape(left)}, uses of it were last " if left else ""
    print(f"{escape(arguments.name)}: {still}taken away on {found.date} by")
    print(f"  {found.commit} {escape(found.subject)}")
    if found.renamed and is_name:
        print(f"  its diff writes {found.renamed} in its place")
    elif found.renamed:
        print(f"  its diff moves it to {escape(found.renamed)}")
    if not left:
        print(escape(found.fixes))
    return 0


def _comment(arguments: argparse.Namespace, path: str, line: int) -> int:
    """Print since when a comment is false; 1 if the history does not say for all it claims."""
    from reviewer.program.older import older_trees
    from reviewer.report.words import message, place
    from reviewer.review.ageing import age
    from reviewer.tree.revision import RevisionTree

    tree = RevisionTree(arguments.tree, arguments.at)
    told = True
    chosen = selection(arguments)
    chosen = replace(chosen, was=older_trees(tree, chosen.was))
    for one in age(tree, path, line, chosen):
        print(f"{place(one.finding)}: {message(one.finding)} [{one.finding.rule}]")
        if one.commit is None:
            told = False
            cut = _cut(arguments.tree)
            print(f"  false in all {one.commits} commits to the files concerned{cut}")
        else:
            print(f"  false since {'it was written, by' if one.written else 'this commit:'}")
            print(f"  {_shown(one.commit)}")
        for commit in one.touched:
            print(f"  the comment was changed since by {_shown(commit)}")
        print(f"  {one.judged} of {one.commits} commits to the files concerned were judged")
        if one.commit is not None:
            print(_escaped(one.commit.fixes))
    return 0 if told else 1


def _cut(repository: str) -> str:
    """What to say of a history that does not go back to its beginning, '' of any other."""
    from reviewer.repository import is_shallow

    return "; the clone is shallow, what was before is not here" if is_shallow(repository) else ""


def _shown(commit: Commit) -> str:
    return _escaped(f"{commit.id[:12]} {commit.date} {commit.author}: {commit.subject}")


def _escaped(text: str) -> str:
    from reviewer.escape import escape

    return escape(text)
