"""``python -m reviewer.mmu [--model NAME | --cat FILE] [--variant A,B] FILE...``: verdicts."""

from __future__ import annotations

import argparse
import sys

from reviewer.errors import KstaleError
from reviewer.mmu.api import Budget, load_model, read_litmus, simulate


def main(argv: list[str]) -> int:
    """Prints one line a test; 2 if some test could not be run."""
    parser = argparse.ArgumentParser(prog="python -m reviewer.mmu")
    parser.add_argument("--model", default="lkmm")
    parser.add_argument("--cat")
    parser.add_argument("--variant", default="")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args(argv)
    model = load_model(args.cat or args.model, tuple(filter(None, args.variant.split(","))))
    status = 0
    for path in args.files:
        try:
            found = simulate(read_litmus(path), model, Budget(seconds=args.seconds))
        except KstaleError as error:
            print(f"{path}: error: {error}")
            status = 2
            continue
        flags = f" flags {','.join(found.flags)}" if found.flags else ""
        bound = " (bounded)" if found.bounded else ""
        more = "" if found.states_complete else "+"
        print(
            f"{found.test} {found.verdict}{bound} {len(found.states)}{more} states"
            f" {found.rounds} rounds {found.seconds:.3f}s{flags}"
        )
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
