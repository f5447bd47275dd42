"""A secondary MMU beside a function: what keeps it out, and what is not known without it."""

from __future__ import annotations

import inspect

import pytest

from reviewer.evidence.models.entries.secondary import Secondary, secondary
from reviewer.mmu.machine import machine
from reviewer.source.file import SourceFile
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

PATH = "mm/otter.c"

NOTIFY = """
    static void otter_calm(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
    {
            struct mmu_notifier_range range;
            pte_t entry;

            mmu_notifier_invalidate_range_start(&range);
            entry = ptep_clear_flush(vma, addr, ptep);
            set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(entry));
            mmu_notifier_invalidate_range_end(&range);
    }
"""


def _beside_a_secondary_mmu(code: str) -> Secondary:
    source = SourceFile.parse(PATH, inspect.cleandoc(code).encode() + b"\n")
    tree = MemoryTree({PATH: source.data})
    library = Library(tree, memory_index(tree))
    library.put(source)
    on = (machine("arm64"), machine("x86-64-kvm"))
    return secondary(World(source, library), source, source.functions[-1], on)


def test_what_keeps_a_secondary_mmu_out() -> None:
    found = _beside_a_secondary_mmu(NOTIFY)

    assert found.machines.holds == ("arm64", "x86-64-kvm")
    assert found.keeps_out == ((PATH, 6),)
    assert (found.anew, found.why) == (None, "")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("mmu_notifier_invalidate_range_start(&range);\n", "", "invalidates no range around it"),
        (
            "(&range);\n            entry",
            "(&range);\n            mmu_notifier_invalidate_range_end(&range);\n            entry",
            "invalidates no range around it",
        ),
        (
            "_end(&range);",
            "_end(&range);\n            set_pte_at(vma->vm_mm, addr, other, pte_wrprotect(entry));",
            "changes another pte",
        ),
        ("entry = ptep_clear_flush", "OTTER_WAKE; entry = ptep_clear_flush", "was not seen"),
        (
            "entry = ptep_clear_flush",
            "otter_far(vma, ptep); entry = ptep_clear_flush",
            "may change",
        ),
    ],
)
def test_what_a_secondary_mmu_makes_unknown(old: str, new: str, why: str) -> None:
    """Without the invalidation, or with a change behind its end, the claim rests on nothing."""
    assert old in NOTIFY
    found = _beside_a_secondary_mmu(NOTIFY.replace(old, new))

    assert found.keeps_out == ()
    assert why in found.why


def test_an_entry_that_is_made_anew() -> None:
    found = _beside_a_secondary_mmu(NOTIFY.replace("pte_wrprotect(entry)", "pfn_pte(addr, prot)"))

    assert found.anew == (PATH, 8)
