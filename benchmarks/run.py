"""``make bench``: the times of docs/benchmarks.md that need no more than the trees, by section.

``python -m benchmarks.run [SECTION…]``; sections: check, hook, simulator, monotone,
source, claims, index. Other figures have their command beside them.
Each section prints the commands it runs, so that any of them can be run alone.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.real.trees import folder

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
SHARED = ROOT.parent / "shared"
MESSAGE = "fixtures/patches/ksm-write-protect-page.reply.txt"


def sections() -> dict[str, list[list[str]]]:
    """Commands by section."""
    new, old = str(folder("6.12")), str(folder("6.1"))
    simulator = [PYTHON, "-m", "benchmarks.simulator", "--kernel", new]
    if (SHARED / "litmus").is_dir():
        simulator += ["--collection", str(SHARED / "litmus")]
    return {
        "check": [
            [PYTHON, "-m", "reviewer", "check", MESSAGE, "--tree", tree] for tree in (old, new)
        ],
        "hook": [[PYTHON, "-m", "benchmarks.hook", new]],
        "simulator": [simulator],
        "monotone": [
            [PYTHON, "-m", "benchmarks.monotone", str(SHARED / "litmus")],
        ]
        if (SHARED / "litmus").is_dir()
        else [],
        "source": [[PYTHON, "-m", "benchmarks.source", "--tree", new]],
        "claims": [[PYTHON, "-m", "benchmarks.claims", "speed", new]],
        "index": [[PYTHON, "-m", "benchmarks.index", new]],
    }


def timed(command: Sequence[str], runs: int) -> list[float]:
    """Wall seconds of each run; the command's output goes nowhere, a failure stops the bench."""
    found = []
    for _ in range(runs):
        start = time.monotonic()
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        found.append(time.monotonic() - start)
    return sorted(found)


def main(argv: Sequence[str]) -> int:
    """Run the sections named, or all."""
    known = sections()
    unknown = set(argv) - set(known)
    if unknown:
        print(f"no section {min(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    for name in argv or known:
        print(f"== {name}", flush=True)
        for command in known[name]:
            shown = " ".join(["python", *command[1:]])
            print(f"$ {shown}", flush=True)
            if name == "check":
                seconds = timed(command, 7)
                print(
                    f"wall seconds of 7 cold processes: min {seconds[0]:.2f}, "
                    f"median {seconds[3]:.2f}, max {seconds[-1]:.2f}",
                    flush=True,
                )
            else:
                subprocess.run(command, cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
