"""Mutants of page-table functions: does the model of the code notice each operation that goes?

    python -m benchmarks.mutants TREE [--only NAME] [--machine NAME …]

Of each function every barrier, flush, lock, wait, interrupt-off and second look is taken out or
weakened, one at a time, also in the helpers that it is followed into, and neighbouring operations
are swapped. A mutant is *caught* if an outcome that an adversary cannot reach in the code as it is
can be reached in the mutant, on the same machine. What survives is listed; docs/models.md says why.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reviewer.evidence.models.entries.meeting import Meeting
from reviewer.evidence.models.entries.model import (
    EntryModel,
    answer,
    entry_model,
    models,
)
from reviewer.evidence.models.entries.operations import operations
from reviewer.mmu.machine import Machine, machine
from reviewer.program.opening import open_program
from reviewer.source.file import SourceFile
from reviewer.tree.opening import open_tree
from reviewer.tree.overlay import Overlay
from reviewer.world import Library, World

FUNCTIONS = (
    ("mm/ksm.c", "write_protect_page"),
    ("mm/ksm.c", "replace_page"),
    ("mm/gup.c", "gup_fast_pte_range"),
    ("mm/gup.c", "gup_pte_range"),
    ("mm/gup.c", "gup_fast_pmd_leaf"),
    ("mm/gup.c", "gup_huge_pmd"),
    ("mm/khugepaged.c", "collapse_huge_page"),
    ("include/linux/pgtable.h", "ptep_get_lockless"),
    ("include/linux/pgtable.h", "pmdp_get_lockless"),
    ("mm/mremap.c", "move_ptes"),
    ("mm/mremap.c", "move_normal_pmd"),
    ("mm/memory.c", "wp_page_copy"),
    ("mm/memory.c", "zap_pte_range"),
    ("mm/rmap.c", "try_to_unmap_one"),
    ("mm/rmap.c", "try_to_migrate_one"),
    ("mm/rmap.c", "page_vma_mkclean_one"),
    ("mm/mprotect.c", "change_pte_range"),
    ("mm/huge_memory.c", "__split_huge_pmd_locked"),
    ("mm/huge_memory.c", "change_huge_pmd"),
    ("mm/huge_memory.c", "zap_huge_pmd"),
    ("mm/huge_memory.c", "move_huge_pmd"),
    ("mm/huge_memory.c", "copy_huge_pmd"),
    ("mm/huge_memory.c", "set_huge_zero_folio"),
    ("mm/huge_memory.c", "__split_huge_zero_page_pmd"),
    ("mm/huge_memory.c", "unmap_huge_pmd_locked"),
    ("mm/huge_memory.c", "do_huge_pmd_wp_page"),
    ("mm/huge_memory.c", "set_pmd_migration_entry"),
    ("mm/huge_memory.c", "remove_migration_pmd"),
    ("mm/hugetlb.c", "hugetlb_change_protection"),
    ("mm/hugetlb.c", "hugetlb_unshare_pmds"),
    ("mm/hugetlb.c", "huge_pmd_unshare"),
    ("mm/hugetlb.c", "__unmap_hugepage_range"),
    ("mm/mmu_gather.c", "tlb_remove_table"),
    ("mm/mmu_gather.c", "tlb_remove_table_sync_one"),
    ("mm/mmu_gather.c", "tlb_finish_mmu"),
    ("mm/migrate_device.c", "migrate_vma_collect_pmd"),
)
MACHINES = (
    "arm64", "x86-64-native", "x86-64-kvm", "loongarch", "mips32", "sparc64", "powerpc64-hash",
)  # fmt: skip
"""Weak order, flushes with and without an interrupt, entries of two words, lazy MMU mode."""
_WEAKER = (
    (re.compile(r"ptep_clear_flush(?:_notify)?\(vma, "), "ptep_get_and_clear(mm, "),
    (re.compile(r"pmdp_collapse_flush\(vma, "), "pmdp_huge_get_and_clear(mm, "),
    (re.compile(r"pmdp_huge_clear_flush\(vma, "), "pmdp_huge_get_and_clear(vma->vm_mm, "),
    (re.compile(r"pmdp_invalidate(?:_ad)?\(vma, "), "pmdp_huge_get_and_clear(vma->vm_mm, "),
)
_LOOK = re.compile(r"unlikely\((?:pte|pmd)_val\(\w+\) != (?:pte|pmd)_val\((?:\*\w+|\w+\(\w+\))\)\)")
_STATEMENT = re.compile(r"[ \t]+(?:\w+ = )?(\w+)\([^;{}]*\);")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one operation changed."""

    path: str
    line: int
    what: str
    data: bytes


def mutants(source: SourceFile, lines: frozenset[int]) -> Iterator[Mutant]:
    """Changes of single operations on these lines."""
    text = source.data.decode("latin-1").split("\n")

    def changed(at: int, what: str, *new: str) -> Mutant:
        rest = [*text[:at], *new, *text[at + len(new) :]]
        return Mutant(source.path, at + 1, what, "\n".join(rest).encode("latin-1"))

    for line in sorted(lines):
        at = line - 1
        here = text[at]
        for pattern, lesser in _WEAKER:
            if pattern.search(here):
                yield changed(at, "the flush taken out", pattern.sub(lesser, here))
        if _LOOK.search(here):
            yield changed(at, "second look dropped", _LOOK.sub("0", here, count=1))
        match = _STATEMENT.fullmatch(here)
        if match is None or match[1] not in operations() or operations()[match[1]].pure:
            continue
        if "=" not in here.partition("(")[0]:
            yield changed(at, f"{match[1]}() removed", ";")
        after = _STATEMENT.fullmatch(text[at + 1]) if at + 1 < len(text) else None
        if after is not None and (at + 2) in lines:
            yield changed(at, f"{match[1]}() and {after[1]}() swapped", text[at + 1], here)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tree")
    parser.add_argument("--only", default="")
    parser.add_argument("--machine", action="append")
    arguments = parser.parse_args()
    on = [machine(name) for name in arguments.machine or MACHINES]
    tree = open_tree(str(Path(arguments.tree).expanduser()))
    program = open_program(tree)
    library = Library(tree, program)
    caught = total = 0
    for path, name in FUNCTIONS:
        source = library.source(path)
        if source is None or (arguments.only and arguments.only != name):
            continue
        functions = source.functions_named(name)[:1]
        if not functions:
            continue
        start = time.process_time()
        world = World(source, library)
        beside = Meeting(world).adversaries(source, functions[0])
        base = {
            one.adversary.name: (one, frozenset(answer(one, on).machines.holds))
            for one in models(world, source, functions[0], beside)
            if one.applies
        }
        told = ", ".join(f"{k} ({len(v)})" for k, (_, v) in base.items()) or "none fits"
        print(
            f"{path} {name}(): excluded on {len(on)} machines: {told}; "
            f"{time.process_time() - start:.1f} s"
        )
        touched: dict[str, set[int]] = {}
        for one, _ in base.values():
            for test in one.tests:
                for where, line in re.findall(r"// (\S+):(\d+)$", test.litmus.text, re.M):
                    touched.setdefault(where, set()).add(int(line))
        for where, lines in sorted(touched.items()):
            file = library.source(where)
            if file is None:
                continue
            for mutant in mutants(file, frozenset(lines)):
                total += 1
                overlay = Overlay(tree, {mutant.path: mutant.data})
                other = Library(overlay, program)
                found = _caught(base, other, path, name, on)
                caught += bool(found)
                print(
                    f"  {'caught  ' if found else 'survives'} {mutant.path}:{mutant.line} "
                    f"{mutant.what}{': ' + found if found else ''}",
                    flush=True,
                )
    print(f"{caught} of {total} caught")


def _caught(
    base: dict[str, tuple[EntryModel, frozenset[str]]], library: Library, path: str, name: str,
    on: list[Machine],
) -> str:  # fmt: skip
    source = library.source(path)
    if source is None or not source.functions_named(name):
        return ""
    world = World(source, library)
    for adversary, (model, held) in base.items():
        there = [one for one in on if one.name in held]
        if not there:
            continue
        fresh = entry_model(world, source, source.functions_named(name)[0], model.adversary)
        stood = {test.bare for test in model.tests}
        new = fresh.only(lambda test, stood=stood: test.bare not in stood)  # type: ignore[misc]
        broken = answer(new, there).machines.broken if new.tests else ()
        if broken:
            return f"{adversary} on {', '.join(broken)}"
    return ""


if __name__ == "__main__":
    main()
