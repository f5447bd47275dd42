"""``kstale rules``: the rules there are."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from reviewer.cli.options import Subparsers, add_format


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "rules", help="list the rules", description="List the rules, one a line."
    )
    parser.add_argument(
        "--rules", action="append", default=[], metavar="DIR", help="also rules of DIR"
    )
    add_format(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print each rule's name, family, default and first line of its docstring."""
    from reviewer.rule import builtin_rules, load_rules

    rules = load_rules(builtin_rules(), *(Path(folder) for folder in arguments.rules))
    if arguments.format == "json":
        rows = [
            {
                "rule": rule.name,
                "family": rule.family,
                "since": rule.since,
                "severity": rule.severity.value,
                "default": rule.default,
                "summary": _summary(rule.__doc__ or ""),
            }
            for rule in rules
        ]
        print(json.dumps(rows, indent=2))
        return 0
    width = max((len(rule.name) for rule in rules), default=0)
    for rule in rules:
        state = "" if rule.default else " (off by default)"
        print(f"{rule.family:11} {rule.name:{width}}  {_summary(rule.__doc__ or '')}{state}")
    return 0


def _summary(docstring: str) -> str:
    return docstring.strip().splitlines()[0]
