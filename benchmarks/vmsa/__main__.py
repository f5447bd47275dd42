"""``python -m benchmarks.vmsa FOLDER KINDS [--ets2] [--show]``: how many tests are judged equal."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

from benchmarks import vmsa
from benchmarks.vmsa.language import NotTakenError, read
from reviewer.errors import KstaleError
from reviewer.mmu.api import Budget, Model, load_model, simulate
from reviewer.mmu.program import Program

BUDGET = Budget(seconds=20, states=0, flag_rounds=0, witness_rounds=0)


def kinds(path: Path) -> dict[str, bool]:
    """Whether each test's outcome can happen."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        match = re.match(r"(\S+)\s+(Allow|Forbid|Require)", line)
        if match is not None:
            found[match[1]] = match[2] != "Forbid"
    return found


def judged(program: Program, model: Model) -> bool | None:
    """Whether what is asked about can happen, or always does; None if the search gave up."""
    found = simulate(program, model, BUDGET)
    if found.verdict == "Unknown":
        return None
    if found.quantifier == "forall":
        return found.verdict == "Always"
    return found.verdict != "Never"


def main(argv: list[str]) -> int:
    """Prints the figures; 1 if a test that can happen is called Never."""
    parser = argparse.ArgumentParser(description=vmsa.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("kinds", type=Path)
    parser.add_argument("--ets2", action="store_true", help="processors with FEAT_ETS2")
    parser.add_argument("--show", action="store_true", help="name what was not equal or not taken")
    args = parser.parse_args(argv)
    model = load_model("armv8", frozenset(["ets2"] if args.ets2 else []))
    counts: Counter[str] = Counter()
    causes: Counter[str] = Counter()
    files = {file.stem: file for file in sorted(args.folder.rglob("*.litmus"))}
    for name, can in kinds(args.kinds).items():
        if name not in files:
            counts["no such file"] += 1
            continue
        counts["tests"] += 1
        try:
            found = judged(read(files[name]), model)
        except (NotTakenError, KstaleError) as error:
            counts["not taken"] += 1
            causes[re.sub(r"^\S+?:(\d+: )?", "", str(error))[:60]] += 1
            continue
        if found is None:
            counts["unknown"] += 1
        elif found == can:
            counts["equal"] += 1
        else:
            wrong = "wrong Sometimes" if found else "wrong Never"
            counts[wrong] += 1
            if args.show:
                print(f"  {wrong}: {files[name]}")
    print(", ".join(f"{number} {what}" for what, number in sorted(counts.items())))
    for cause, number in causes.most_common(30 if args.show else 8):
        print(f"  not taken, {number}: {cause}")
    return int(counts["wrong Never"] > 0)


sys.exit(main(sys.argv[1:]))
