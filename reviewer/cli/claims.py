"""``kstale claims``: how the comments of a file are read."""

from __future__ import annotations

import argparse
from pathlib import Path

from reviewer.cli.options import Subparsers
from reviewer.escape import escape


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "claims",
        help="show how the comments of a file are read",
        description="Print every claim that kstale reads out of the comments of C files, with the "
        "exact words, so that a person can see what was understood and correct the lexicon.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a C file")
    parser.add_argument(
        "--references", action="store_true", help="also list plain mentions of names"
    )
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="json: one object a line (docs/json.md)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the claims of each file."""
    from reviewer.claims.show import claim_lines
    from reviewer.report.formats.json import claim_objects
    from reviewer.review.bench import prepare
    from reviewer.review.model import Selection
    from reviewer.source.file import SourceFile

    reader = prepare(Selection()).reader
    for name in arguments.files:
        source = SourceFile.parse(name, Path(name).read_bytes())
        shown = claim_objects if arguments.format == "json" else claim_lines
        for line in shown(source, reader, references=arguments.references):
            print(escape(line))
    return 0
