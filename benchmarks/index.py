"""How long a kernel tree takes to compile, what it costs on disk, and how fast it answers.

Usage: ``python -m benchmarks.index TREE [--jobs N]``; compiles into a temporary store, opens it
again, prints processor seconds with those of the workers, bytes, and the time of single questions.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from reviewer.program.opening import open_program
from reviewer.tree.opening import open_tree
from reviewer.unit.store import Store

NAMES = ("write_protect_page", "mmap_sem", "vmtruncate", "tlb_remove_table_sync_one", "ttwu_queue")


def processor() -> float:
    """Seconds of processor time so far, user and system, children that ended included."""
    rows = (resource.getrusage(one) for one in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(row.ru_utime + row.ru_stime for row in rows)


def main(argv: list[str] | None = None) -> int:
    """Compile, open again, ask, print; 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args(argv)
    tree = open_tree(arguments.tree)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        for run in ("first", "second"):
            start, used = time.perf_counter(), processor()
            program = open_program(tree, store=store, jobs=arguments.jobs)
            print(
                f"{run} opening: {time.perf_counter() - start:.1f} s, "
                f"{processor() - used:.1f} s of processor time"
            )
        for who, which in (
            ("largest worker", resource.RUSAGE_CHILDREN),
            ("this process", resource.RUSAGE_SELF),
        ):
            print(f"{who}: {resource.getrusage(which).ru_maxrss >> 10} MiB")
        for suffix in ("units", "tree"):
            size = sum(path.stat().st_size for path in store.folder.glob(f"*.{suffix}"))
            print(f"{suffix}: {size / 1e6:.0f} MB")
        for name in NAMES:
            start = time.perf_counter()
            there = program.used_in_kernel(name)
            looked = time.perf_counter()
            found, used_at = len(program.definitions(name)), len(program.callers(name))
            read = time.perf_counter()
            alike = program.similar(name)
            print(
                f"{name}: {'in' if there else 'not in'} code {(looked - start) * 1e3:.2f} ms, "
                f"{found} definitions and {used_at} uses {(read - looked) * 1e3:.1f} ms, "
                f"{len(alike)} names alike {(time.perf_counter() - read) * 1e3:.1f} ms"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
