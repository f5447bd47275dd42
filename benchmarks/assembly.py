"""Judges the hardware models by public litmus tests in assembly.

``python benchmarks/assembly.py FOLDER EXPECTED [--model NAME] [--each N]``. EXPECTED has a line a
test: ``PATH,1`` where what it asks holds (``exists``: can happen) and ``PATH,0`` where it does not,
paths as in the folder; or ``NAME Allowed``, ``NAME Forbidden``, as lists of kinds have it.
Neither the tests nor the verdicts are part of this project.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from reviewer.errors import KstaleError
from reviewer.mmu.api import Budget, load_model, read_litmus, simulate

_ROW = re.compile(r"(?P<path>\S.*\.litmus),(?P<can>[01])")
_KIND = re.compile(r"(?P<name>\S+)\s+(?P<kind>Allow\w*|Forbid\w*|Require\w*)")

BUDGET = Budget(seconds=30, states=0, flag_rounds=0, witness_rounds=0)


def rows(folder: Path, expected: Path) -> Iterator[tuple[Path, bool]]:
    """Each test with whether its outcome is possible."""
    names: dict[str, list[Path]] = {}
    for line in expected.read_text(encoding="utf-8").splitlines():
        if (match := _ROW.match(line)) is not None:
            yield folder / match["path"], match["can"] == "1"
        elif (match := _KIND.match(line)) is not None:
            if not names:
                for file in sorted(folder.rglob("*.litmus")):
                    names.setdefault(file.stem, []).append(file)
            for file in names.get(match["name"], ()):
                yield file, not match["kind"].startswith("Forbid")


def main(argv: list[str]) -> int:
    """Prints a table by folder; 1 if a test that can happen is called Never."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("expected", type=Path)
    parser.add_argument("--model", help="the model; by default the one of the architecture")
    parser.add_argument("--each", type=int, default=1, metavar="N", help="every Nth test only")
    parser.add_argument("--variants", default="", help="flags of the model, as ets2, by commas")
    parser.add_argument("--show", action="store_true", help="name what was not equal or not taken")
    args = parser.parse_args(argv)
    variants = frozenset(args.variants.split(",")) - {""}
    counts: dict[str, Counter[str]] = {}
    refused: Counter[str] = Counter()
    start = time.process_time()
    for path, can in list(rows(args.folder, args.expected))[:: args.each]:
        here = counts.setdefault(str(path.parent.relative_to(args.folder)), Counter())
        here["tests"] += 1
        try:
            litmus = read_litmus(path)
            model = load_model(args.model or litmus.model or "lkmm", variants)
            found = simulate(litmus, model, BUDGET)
        except KstaleError as error:
            here["refused"] += 1
            refused[re.sub(r"^\S+?:(\d+: )?", "", str(error))[:60]] += 1
            continue
        exists = found.quantifier == "exists"
        holds = found.verdict == {"forall": "Always", "~exists": "Never"}.get(found.quantifier, "")
        holds = found.verdict != "Never" if exists else holds
        if found.verdict == "Unknown":
            here["unknown"] += 1
        elif holds == can:
            here["equal"] += 1
        else:
            here["wrong Sometimes" if holds == exists else "wrong Never"] += 1
            if args.show:
                print(f"  {path}: {found.verdict}, should be {'possible' if can else 'Never'}")
    head = ("tests", "refused", "equal", "wrong Sometimes", "wrong Never", "unknown")
    print("| folder | " + " | ".join(head) + " |")
    total: Counter[str] = Counter()
    for name, here in sorted(counts.items()):
        print(f"| {name} | " + " | ".join(str(here[word]) for word in head) + " |")
        total.update(here)
    print("| all | " + " | ".join(str(total[word]) for word in head) + " |")
    print(f"{time.process_time() - start:.0f} s of processor time")
    if args.show:
        for why, number in refused.most_common(25):
            print(f"  not taken, {number}: {why}")
    return 1 if total["wrong Never"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
