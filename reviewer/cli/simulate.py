"""``kstale simulate``: ask the simulator alone."""

from __future__ import annotations

import argparse
import json
import sys

from reviewer.cli.options import Subparsers, add_format


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "simulate",
        help="run litmus tests in the MMU simulator",
        description="Decide whether the outcome a litmus test asks about is possible.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--machine", metavar="NAME", help="kstale machines lists them")
    where.add_argument("--model", metavar="NAME", help="a memory model: lkmm, sc, tso, armv8, …")
    where.add_argument("--cat", metavar="FILE", help="a cat file, such as a tree's own")
    add_format(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run each file; 2 at the end if one could not be run."""
    from reviewer.errors import KstaleError
    from reviewer.mmu.api import Budget, load_model, read_litmus, simulate
    from reviewer.mmu.machine import machine
    from reviewer.mmu.witness import draw, execution_json

    if arguments.machine:
        on = machine(arguments.machine)
        model, key, name = load_model(on.model, on.variants), "machine", on.name
    else:
        model = load_model(arguments.cat or arguments.model or "lkmm")
        key, name = "model", arguments.cat or model.name
    status = 0
    for file in arguments.files:
        try:
            found = simulate(read_litmus(file), model, Budget())
        except (KstaleError, OSError) as error:
            status = 2
            if arguments.format == "json":
                print(json.dumps({"file": file, key: name, "error": str(error)}))
            else:
                print(f"kstale: {error}", file=sys.stderr)
            continue
        if arguments.format == "json":
            row = {
                "file": file,
                "test": found.test,
                key: name,
                "verdict": found.verdict,
                "states": [dict(state) for state in found.states],
                "bounded": found.bounded,
                "seconds": round(found.seconds, 4),
                "flags": list(found.flags),
                "witness": execution_json(found.witness) if found.witness else None,
            }
            print(json.dumps(row))
            continue
        print(f"{found.test} on {name}: {found.verdict}")
        if found.witness:
            print(draw(found.witness))
    return status
