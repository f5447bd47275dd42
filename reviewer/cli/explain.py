"""``kstale explain RULE``: what a rule looks for, with its examples."""

from __future__ import annotations

import argparse
import inspect
from pathlib import Path

from reviewer.cli.options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "explain",
        help="say what a rule looks for and why",
        description="Print a rule's rationale, limits and examples.",
    )
    parser.add_argument("rule", metavar="RULE", help="its name")
    parser.add_argument(
        "--rules", action="append", default=[], metavar="DIR", help="also rules of DIR"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the rule's documentation; a near miss in the name is answered with suggestions."""
    import difflib

    from reviewer.errors import KstaleError
    from reviewer.rule import builtin_rules, load_rules

    rules = load_rules(builtin_rules(), *(Path(folder) for folder in arguments.rules))
    by_name = {rule.name: rule for rule in rules}
    rule = by_name.get(arguments.rule)
    if rule is None:
        near = difflib.get_close_matches(arguments.rule, by_name, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else " (kstale rules lists them)"
        raise KstaleError(f"no rule named {arguments.rule}{hint}")
    state = "on" if rule.default else "off"
    print(f"{rule.name} ({rule.family}, since {rule.since}, {rule.severity.value}, {state})\n")
    print(inspect.cleandoc(rule.__doc__ or ""))
    for title, examples in (("Flagged", rule.stale), ("Not flagged", rule.sound)):
        for example in examples:
            print(f"\n{title} ({example.path}):\n")
            for line in inspect.cleandoc(example.code).splitlines():
                print(f"    {line}".rstrip())
            if example.words:
                print(f'\n  because of "{example.words}"')
    return 0
