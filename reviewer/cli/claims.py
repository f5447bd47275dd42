"""``kstale claims``: how the comments of a file are read."""

from __future__ import annotations

import argparse
from pathlib import Path

from reviewer.cli.options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "claims",
        help="show how the comments of a file are read",
        description="Print every claim that kstale reads out of the comments of C files, with the "
        "exact words, so that a person can see what was understood and correct the lexicon.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument(
        "--references", action="store_true", help="also list plain mentions of names"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the claims of each file."""
    from reviewer.claims.show import claim_lines
    from reviewer.review.judge import prepare
    from reviewer.review.model import Selection
    from reviewer.source.file import SourceFile

    reader = prepare(Selection()).reader
    for name in arguments.files:
        source = SourceFile.parse(name, Path(name).read_bytes())
        for line in claim_lines(source, reader, references=arguments.references):
            print(line)
    return 0
