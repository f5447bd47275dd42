"""What models of page-table functions cost: processor time a function, adversary and machine.

    python -m benchmarks.costs TREE [--machine NAME …] [--only NAME]

No answer of the simulator is kept from before. The paths of a function are followed once for all
adversaries that look for the same, whatever the machines; that time is the first one's, and shared
out among the machines. The aim is at most 2 s for a
function on a machine, all its adversaries together, and a median below 0.3 for one question.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from benchmarks.mutants import FUNCTIONS
from reviewer.evidence.models.entries.meeting import Meeting
from reviewer.evidence.models.entries.model import answer, models
from reviewer.mmu.machine import machine
from reviewer.program.opening import open_program
from reviewer.tree.opening import open_tree
from reviewer.world import Library, World


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tree")
    parser.add_argument("--machine", action="append")
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    on = [machine(name) for name in arguments.machine or ("arm64", "x86-64-kvm")]
    tree = open_tree(str(Path(arguments.tree).expanduser()))
    library = Library(tree, open_program(tree))
    every: list[float] = []
    print("| function | adversaries | " + " | ".join(one.name for one in on) + " | dearest |")
    print("| --- | --- |" + " --- |" * len(on) + " --- |")
    with tempfile.TemporaryDirectory() as empty:
        os.environ["KSTALE_CACHE"] = empty
        for path, name in FUNCTIONS:
            source = library.source(path)
            functions = source.functions_named(name)[:1] if source is not None else ()
            if source is None or not functions or arguments.only not in ("", name):
                continue
            world = World(source, library)
            whole = dict.fromkeys([one.name for one in on], 0.0)
            questions: list[tuple[float, str]] = []
            start = time.process_time()
            for model in models(
                world, source, functions[0], Meeting(world).adversaries(source, functions[0])
            ):
                followed = (time.process_time() - start) / len(on)
                for one in on:
                    start = time.process_time()
                    if model.applies:
                        answer(model, [one])
                        spent = time.process_time() - start + followed
                        questions.append((spent, f"{model.adversary.name} on {one.name}"))
                        every.append(spent)
                    whole[one.name] += time.process_time() - start + followed
                start = time.process_time()
            spent, which = max(questions, default=(0.0, "none fits"))
            told = " | ".join(f"{whole[one.name]:.2f}" for one in on)
            count = len(questions) // len(on)
            print(f"| `{name}()` | {count} | {told} | {spent:.2f}, {which} |", flush=True)
    every.sort()
    if every:
        nine = every[len(every) * 9 // 10]
        print(
            f"{len(every)} questions: median {every[len(every) // 2]:.2f} s, nine in ten under "
            f"{nine:.2f}, most {every[-1]:.2f}"
        )


if __name__ == "__main__":
    main()
