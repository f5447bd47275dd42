"""``kstale history``: which commit took a name away."""

from __future__ import annotations

import argparse

from reviewer.cli.options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "history",
        help="name the commit that took a name away, and what took its place",
        description="Search the history of a git repository for the newest commit that removed "
        "uses of a name from code, and say what its diff writes in the name's place.",
    )
    parser.add_argument("name", metavar="NAME", help="a function, macro, struct, member, lock")
    parser.add_argument("--tree", default=".", metavar="REPO", help="the repository (default: .)")
    parser.add_argument("--at", default="HEAD", metavar="REV", help="search below this revision")
    parser.add_argument("--path", default="", metavar="PATH", help="in this file or folder only")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the commit; 1 if the history never had the name."""
    from reviewer.escape import escape
    from reviewer.tree.history import removal

    found = removal(arguments.tree, arguments.name, arguments.at, arguments.path)
    if found is None:
        print(f"{arguments.name}: no commit below {arguments.at} adds or removes it")
        return 1
    print(f"{arguments.name}: last changed on {found.date} by")
    print(f"  {found.commit} {escape(found.subject)}")
    if found.renamed:
        print(f"  its diff writes {found.renamed} in its place")
    print(escape(found.fixes))
    return 0
