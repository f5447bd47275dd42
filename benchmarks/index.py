"""How long the index of a kernel tree takes, and how fast it answers.

Usage: ``python -m benchmarks.index TREE [--jobs N]``; builds in a temporary cache, twice, prints
seconds, bytes and the time of single questions, and the same questions by search.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from reviewer.tree.index import build, stored
from reviewer.tree.index.search import TargetedSearch
from reviewer.tree.index.store import Store
from reviewer.tree.opening import open_tree

NAMES = ("write_protect_page", "mmap_sem", "vmtruncate", "tlb_remove_table_sync_one", "ttwu_queue")


def main(argv: list[str] | None = None) -> int:
    """Build, ask, print; 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--search", action="store_true", help="time the search without an index")
    arguments = parser.parse_args(argv)
    tree = open_tree(arguments.tree)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "index.sqlite")
        for run in ("first", "second"):
            start = time.perf_counter()
            build(tree, store=store, jobs=arguments.jobs)
            print(f"{run} build: {time.perf_counter() - start:.1f} s")
        used = resource.getrusage
        print(f"processor time of workers: {used(resource.RUSAGE_CHILDREN).ru_utime:.1f} s")
        print(f"largest worker: {used(resource.RUSAGE_CHILDREN).ru_maxrss >> 10} MiB")
        print(f"this process: {used(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")
        print(f"size: {store.path.stat().st_size / 1e6:.0f} MB")
        start = time.perf_counter()
        index = stored(tree, store=store)
        print(f"opening, with a look at every file's date: {time.perf_counter() - start:.2f} s")
        if index is None:
            return 1
        for name in NAMES:
            start = time.perf_counter()
            there = index.used_in_kernel(name)
            looked = time.perf_counter()
            found, used_at = len(index.definitions(name)), len(index.callers(name))
            read = time.perf_counter()
            print(
                f"{name}: {'in' if there else 'not in'} code {(looked - start) * 1e3:.2f} ms, "
                f"{found} definitions and {used_at} uses {(read - looked) * 1e3:.1f} ms"
            )
    if arguments.search:
        search = TargetedSearch(tree)
        start = time.perf_counter()
        search.prepare(NAMES)
        print(f"search for {len(NAMES)} names: {time.perf_counter() - start:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
