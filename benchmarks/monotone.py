"""Check that stronger models allow no more: sc ⊆ tso ⊆ lkmm, sc ⊆ armv8, power, riscv ⊆ lkmm.

``python -m benchmarks.monotone DIR…``: every ``*.litmus`` file below the folders is run under each
model, and the sets of final states are compared. A pair whose state lists are not complete is
skipped and counted.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from reviewer.errors import KstaleError
from reviewer.mmu.api import Budget, Outcome, load_model, read_litmus, simulate

CHAINS = (
    ("sc", "tso"), ("tso", "lkmm"), ("sc", "armv8"), ("armv8", "lkmm"),
    ("sc", "power"), ("power", "lkmm"), ("sc", "riscv"), ("riscv", "lkmm"),
)  # fmt: skip
MODELS = tuple(dict.fromkeys(name for pair in CHAINS for name in pair))


def outcomes(path: Path, budget: Budget) -> dict[str, Outcome]:
    """The outcome of a test under each model. Raises KstaleError if it cannot be run."""
    test = read_litmus(path)
    return {name: simulate(test, load_model(name), budget) for name in MODELS}


def main(argv: list[str]) -> int:
    """Print counts and violations; 1 if there is a violation."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--states", type=int, default=256)
    arguments = parser.parse_args(argv)
    budget = Budget(seconds=20.0, states=arguments.states, flag_rounds=0)
    counts: Counter[str] = Counter()
    start = time.monotonic()
    for path in sorted(file for one in arguments.folders for file in one.rglob("*.litmus")):
        try:
            found = outcomes(path, budget)
        except KstaleError as error:
            counts["unsupported"] += 1
            print(f"unsupported: {error}")
            continue
        counts["tests"] += 1
        for strong, weak in CHAINS:
            if not (found[strong].states_complete and found[weak].states_complete):
                counts["pairs skipped"] += 1
                continue
            counts["pairs compared"] += 1
            if extra := set(found[strong].states) - set(found[weak].states):
                counts["violations"] += 1
                print(f"violation: {path}: {strong} allows {sorted(extra)[0]}, {weak} does not")
    summary = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
    print(f"{summary}; {counts['violations']} violations, {time.monotonic() - start:.1f} s")
    return 1 if counts["violations"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
