"""``kstale machines``: what each machine guarantees."""

from __future__ import annotations

import argparse
import json

from reviewer.cli.options import Subparsers, add_format


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "machines",
        help="list the machines that the simulator knows",
        description="Print the table of machines: memory order, kind of remote TLB flush, how page "
        "tables are freed, and so on. --evidence adds the kernel source line of each fact.",
    )
    parser.add_argument("--evidence", action="store_true", help="print the source of each fact")
    add_format(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    from reviewer.mmu.machine import machines, table

    found = machines()
    if arguments.format == "json":
        rows = [
            {
                "machine": one.name,
                "title": one.title,
                "arch": one.arch,
                "model": one.model,
                "flush": one.flush,
                "tables": one.tables,
                "variants": sorted(one.variants),
                "facts": {fact.name: [str(line) for line in fact.evidence] for fact in one.facts},
            }
            for one in found
        ]
        print(json.dumps(rows, indent=2))
        return 0
    lines = table(found)
    widths = [max(len(row[column]) for row in lines) for column in range(len(lines[0]))]
    for row in lines:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    if arguments.evidence:
        for one in found:
            print(f"\n{one.name}: {one.title}")
            for fact in one.facts:
                for line in fact.evidence:
                    print(f"  {fact.name:18} {line}")
    return 0
