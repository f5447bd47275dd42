"""Measures the simulator: verdicts and times on the kernel's tests, a collection, and rings.

``python benchmarks/simulator.py [--kernel TREE] [--collection DIR] [--model NAME]``. A collection
is a directory with a ``verdicts.json`` of rows (suite, path, verdict, flags). Rings are generated.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from reviewer.errors import KstaleError
from reviewer.mmu.api import Budget, Model, load_model, parse_litmus, read_litmus, simulate

KERNEL_SUITE = "kernel-6.12"


def ring(readers: int, grace_periods: int) -> str:
    """A cycle of that many RCU readers and grace periods, each reading from the one before.

    Forbidden if and only if there are at least as many grace periods as readers.
    """
    size = readers + grace_periods
    threads = []
    for index in range(size):
        to = (index + 1) % size
        names = f"int *x{index}, int *x{to}"
        body = f"\tint r1;\n\tr1 = READ_ONCE(*x{index});\n"
        if index < readers:
            body = f"\tint r1;\n\trcu_read_lock();\n\tr1 = READ_ONCE(*x{index});\n"
            body += f"\tWRITE_ONCE(*x{to}, 1);\n\trcu_read_unlock();\n"
        else:
            body += f"\tsynchronize_rcu();\n\tWRITE_ONCE(*x{to}, 1);\n"
        threads.append(f"P{index}({names})\n{{\n{body}}}\n")
    condition = " /\\ ".join(f"{index}:r1=1" for index in range(size))
    return f"C ring-{readers}r{grace_periods}g\n{{}}\n" + "".join(threads) + f"exists ({condition})"


def long_program(threads: int, accesses: int) -> str:
    """Threads that each pass through ``accesses`` writes, fences and reads of shared variables."""
    out = []
    names = ", ".join(f"int *x{index}" for index in range(threads))
    for thread in range(threads):
        body = ""
        for step in range(accesses // 2):
            own, other = thread, (thread + 1 + step) % threads
            body += f"\tWRITE_ONCE(*x{own}, {step + 1});\n"
            body += "\tsmp_mb();\n" if step % 2 else "\tsmp_wmb();\n"
            body += f"\tint r{step} = READ_ONCE(*x{other});\n"
        out.append(f"P{thread}({names})\n{{\n{body}}}\n")
    last = accesses // 2 - 1
    condition = " /\\ ".join(f"{thread}:r{last}=0" for thread in range(threads))
    return f"C long-{threads}x{accesses}\n{{}}\n" + "".join(out) + f"exists ({condition})"


def rings(model: Model, sizes: Iterable[int]) -> bool:
    """Times growing rings with enough and with one too few grace periods."""
    good = True
    for size in sizes:
        for readers in (size // 2, size // 2 + 1):
            test = parse_litmus(ring(readers, size - readers))
            start = time.perf_counter()
            found = simulate(test, model)
            wanted = "Never" if size - readers >= readers else "Sometimes"
            good &= found.verdict == wanted
            print(
                f"  ring of {size}, {readers} readers: {found.verdict} (wanted {wanted})"
                f" {time.perf_counter() - start:.3f} s, {found.rounds} rounds"
            )
    return good


def programs(model: Model) -> None:
    """Times programs of 40 to 60 events on 3 and 4 threads."""
    for threads, accesses in ((3, 10), (3, 14), (4, 10), (4, 14)):
        found = simulate(parse_litmus(long_program(threads, accesses)), model, Budget(states=16))
        events = len(found.counterexample.events) if found.counterexample else 0
        print(
            f"  {threads} threads, {events} events: {found.verdict} {found.seconds:.3f} s,"
            f" {found.rounds} rounds"
        )


def suite(name: str, rows: list[dict[str, object]], root: Path, model: Model) -> bool:
    """Runs rows of a collection; true if no verdict is wrong."""
    wrong = unsupported = flags_wrong = 0
    total = worst = 0.0
    slowest = ""
    for row in rows:
        path = root / str(row["path"])
        start = time.perf_counter()
        try:
            found = simulate(read_litmus(path), model, Budget(seconds=30))
        except KstaleError as error:
            unsupported += 1
            print(f"  unsupported: {error}")
            continue
        seconds = time.perf_counter() - start
        total += seconds
        if seconds > worst:
            worst, slowest = seconds, str(row["path"])
        if found.verdict != row["verdict"]:
            wrong += 1
            print(f"  wrong: {row['path']}: {found.verdict}, should be {row['verdict']}")
        if set(found.flags) != set(_names(row.get("flags"))):
            flags_wrong += 1
            print(f"  flags: {row['path']}: {list(found.flags)}, should be {row.get('flags')}")
    print(
        f"  {name}: {len(rows) - wrong - unsupported}/{len(rows)} right, {unsupported} unsupported,"
        f" {flags_wrong} with other flags; {total:.2f} s, slowest {worst:.2f} s ({slowest})"
    )
    return not wrong


def _names(flags: object) -> list[str]:
    return [str(flag) for flag in flags] if isinstance(flags, list) else []


def main(argv: list[str]) -> int:
    """Prints all figures; 1 if a verdict is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", type=Path, help="a kernel tree, for its own model and tests")
    parser.add_argument("--collection", type=Path, help="directory with verdicts.json")
    parser.add_argument("--model", default="lkmm", help="our model to compare (default lkmm)")
    args = parser.parse_args(argv)
    models = {args.model: load_model(args.model)}
    memory_model = args.kernel / "tools/memory-model" if args.kernel else None
    if memory_model is not None:
        models["the tree's own"] = load_model(memory_model / "linux-kernel.cat")
    rows = []
    if args.collection:
        rows = json.loads((args.collection / "verdicts.json").read_text(encoding="utf-8"))
    good = True
    for name, model in models.items():
        print(f"model {name}:")
        own = [row for row in rows if row["suite"] == KERNEL_SUITE]
        if memory_model is not None and own:
            good &= suite("kernel tests", own, memory_model / "litmus-tests", model)
        others = [row for row in rows if row["suite"] != KERNEL_SUITE]
        if others:
            good &= suite("collection", others, args.collection, model)
        good &= rings(model, (2, 4, 6, 8, 10, 19))
        programs(model)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
