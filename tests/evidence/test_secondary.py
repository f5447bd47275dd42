"""A secondary MMU beside a function: what keeps it out, and what is not known without it."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

from reviewer.evidence.models.entries.secondary import Secondary, absent, secondary
from reviewer.mmu.machine import machine
from reviewer.source.file import SourceFile
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

PATH = "mm/otter.c"

NOTIFY = """
    static void otter_calm(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                           pte_t *other)
    {
            struct mmu_notifier_range range;
            pte_t entry;

            mmu_notifier_range_init(&range, 0, 0, vma->vm_mm, addr & PAGE_MASK,
                                    (addr & PAGE_MASK) + PAGE_SIZE);
            mmu_notifier_invalidate_range_start(&range);
            entry = ptep_clear_flush(vma, addr, ptep);
            set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(entry));
            mmu_notifier_invalidate_range_end(&range);
    }
"""


FILL = """
    static int otter_fill(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, pgprot_t p)
    {
            if (!pte_none(ptep_get(ptep)))
                    return -EEXIST;
            set_pte_at(vma->vm_mm, addr, ptep, pfn_pte(addr, p));
            return 0;
    }
"""


def _beside_a_secondary_mmu(code: str, asks: Callable[..., Secondary] = secondary) -> Secondary:
    source = SourceFile.parse(PATH, inspect.cleandoc(code).encode() + b"\n")
    tree = MemoryTree({PATH: source.data})
    library = Library(tree, memory_index(tree))
    library.put(source)
    on = (machine("arm64"), machine("x86-64-kvm"))
    return asks(World(source, library), source, source.functions[-1], on)


def test_what_keeps_a_secondary_mmu_out() -> None:
    found = _beside_a_secondary_mmu(NOTIFY)

    assert found.machines.holds == ("arm64", "x86-64-kvm")
    assert found.keeps_out == ((PATH, 9),)
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
        (
            "_end(&range);",
            "_end(&range);\n            set_pte_at(vma->vm_mm, addr, vma->far, 0);",
            "which entry ptep_clear_flush() changes is not known",
        ),
        ("addr & PAGE_MASK,", "other & PAGE_MASK,", "covers addr is not known"),
        ("(addr & PAGE_MASK) + PAGE_SIZE", "addr & PAGE_MASK", "covers addr is not known"),
        ("0, 0, vma->vm_mm, ", "0, ", "does not say which range"),
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

    assert found.anew == (PATH, 11)


def test_an_entry_that_was_seen_to_be_absent() -> None:
    found = _beside_a_secondary_mmu(FILL, absent)

    assert found.why == ""
    assert found.keeps_out == ((PATH, 3),)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (FILL.replace("!pte_none(ptep_get(ptep))", "!addr"), "not seen to look at it first"),
        (FILL.replace("!pte_none(", "pte_none("), "not seen to look at it first"),
        (FILL.replace("            set_pte_at", "            otter_far(vma, ptep);\n set_pte_at")
         .replace("!pte_none(ptep_get(ptep))", "!addr"), "may change"),
    ],
)  # fmt: skip
def test_an_entry_that_may_have_been_present(code: str, why: str) -> None:
    found = _beside_a_secondary_mmu(code, absent)

    assert why in found.why
    assert found.keeps_out == ()
