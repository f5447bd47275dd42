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
        description="Print the table of machines: memory model, kind of TLB flush, how page "
        "tables are freed, with the kernel source line that proves each fact (--evidence).",
    )
    parser.add_argument("--evidence", action="store_true", help="print the source of each fact")
    add_format(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    from reviewer.mmu.machine import as_dict, load_machines, table

    machines = load_machines()
    if arguments.format == "json":
        print(json.dumps([as_dict(one) for one in machines], indent=2))
        return 0
    print("\n".join(table(machines, evidence=arguments.evidence)))
    return 0
