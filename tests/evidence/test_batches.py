"""Flushes that are noted in a batch, and done when it ends; tables that processes share."""

from __future__ import annotations

import inspect

import pytest

from reviewer.evidence.models.entries.compare import opened
from reviewer.mmu.machine import machine
from reviewer.source.file import SourceFile
from reviewer.world import Library, World
from tests.evidence.otter import PATH, asked
from tests.support import MemoryTree, memory_index

PROTECT = """
    static void otter_protect(struct mmu_gather *tlb, struct vm_area_struct *vma, pmd_t *pmd,
                              unsigned long addr, bool dirty)
    {
            pte_t *pte, old, new;
            spinlock_t *ptl;

            pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
            old = ptep_get(pte);
            if (pte_present(old)) {
                    old = ptep_modify_prot_start(vma, addr, pte);
                    new = pte_wrprotect(old);
                    if (dirty)
                            new = pte_mkdirty(new);
                    ptep_modify_prot_commit(vma, addr, pte, old, new);
                    if (pte_needs_flush(old, new))
                            tlb_flush_pte_range(tlb, addr, PAGE_SIZE);
            }
            pte_unmap_unlock(pte, ptl);
    }
"""
NOTE = "tlb_flush_pte_range(tlb, addr, PAGE_SIZE);"
UNLOCK = "pte_unmap_unlock(pte, ptl);"
OWN = (
    PROTECT.replace("struct mmu_gather *tlb, ", "")
    .replace("spinlock_t *ptl;\n", "spinlock_t *ptl;\n            struct mmu_gather tlb;\n")
    .replace("(tlb, ", "(&tlb, ")
    .replace(
        "            pte = pte_off",
        "            tlb_gather_mmu(&tlb, vma->vm_mm);\n            pte = pte_off",
    )
    .replace(UNLOCK, f"{UNLOCK}\n            tlb_finish_mmu(&tlb);")
)
FINISH = "            tlb_finish_mmu(&tlb);\n"

UNSHARE = """
    static inline void otter_unshares(struct mmu_gather *tlb, struct ptdesc *pt,
                                      unsigned long addr)
    {
            ptdesc_pmd_pts_dec(pt);
            tlb_flush_pmd_range(tlb, addr & PUD_MASK, PUD_SIZE);
            if (!ptdesc_pmd_is_shared(pt))
                    tlb->whole = true;
            tlb->some = true;
    }

    static inline void otter_flush(struct mmu_gather *tlb)
    {
            if (tlb->some)
                    tlb_flush_mmu_tlbonly(tlb);
            if (tlb->whole) {
                    tlb_remove_table_sync_one();
                    tlb->whole = false;
            }
    }

    static void otter_unshare(struct mm_struct *mm, struct ptdesc *pt, unsigned long addr)
    {
            p4d_t *p4d = p4d_offset(pgd_offset(mm, addr), addr);
            struct mmu_gather tlb;

            tlb_gather_mmu(&tlb, mm);
            if (ptdesc_pmd_is_shared(pt)) {
                    pud_clear(pud_offset(p4d, addr));
                    otter_unshares(&tlb, pt, addr);
            }
            otter_flush(&tlb);
            tlb_finish_mmu(&tlb);
    }
"""


@pytest.mark.parametrize("code", [PROTECT, OWN])
def test_what_is_noted_is_flushed_when_the_batch_ends(code: str) -> None:
    """By the callers, of a batch that they gave; where an entry was set in two ways, by both."""
    found = asked(code, "user-write")

    assert set(found.machines.holds) == {"x86-64-native", "arm64"}
    assert "tlb_flush_mmu_tlbonly();" in found.shown.litmus.text


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        (PROTECT, NOTE, ";"),
        (OWN, NOTE.replace("tlb,", "&tlb,"), ";"),
        (OWN, FINISH, ""),
        (OWN, FINISH, "            tlb_gather_mmu(&tlb, vma->vm_mm);\n" + FINISH),
        (OWN, FINISH, "            tlb_finish_mmu(&other);\n"),
        (OWN, "(&tlb, addr", "(&other, addr"),
    ],
)
def test_what_is_not_noted_or_in_another_batch_is_not_flushed(
    code: str, old: str, new: str
) -> None:
    assert old in code
    code = code.replace(old, new).replace(
        "gather tlb;", "gather tlb;\n            struct mmu_gather other;"
    )

    assert "arm64" in asked(code, "user-write").machines.broken


def test_a_range_is_flushed_once() -> None:
    """A flush before the change does nothing for it, and the batch is empty then."""
    present = "            if (pte_present(old)) {"
    note = NOTE.replace("tlb,", "&tlb,")
    early = OWN.replace(FINISH, "").replace(note, "barrier();")
    early = early.replace(present, f"            {note}\n{FINISH}{present}")

    assert "arm64" in asked(early, "user-write").machines.broken


def test_a_table_that_was_shared_is_nobodys_after_the_wait() -> None:
    found = asked(UNSHARE, "gup-fast-unshared", ("x86-64-native", "arm64", "x86-64-kvm"))

    assert set(found.machines.holds) == {"x86-64-native", "arm64", "x86-64-kvm"}


def test_a_count_of_sharers_that_is_spelled_as_a_member() -> None:
    """As 6.1 has it; without its fall nobody knows that the table is nobody's."""
    spelled = (
        UNSHARE.replace("ptdesc_pmd_pts_dec(pt)", "atomic_dec(&pt->pt_share_count)")
        .replace("ptdesc_pmd_is_shared(pt)", "atomic_read(&pt->pt_share_count)")
        .replace("struct ptdesc", "struct page")
    )
    found = asked(spelled, "gup-fast-unshared")

    assert set(found.machines.holds) == {"x86-64-native", "arm64"}
    assert "atomic_dec(share);" in found.shown.litmus.text


@pytest.mark.parametrize(
    ("old", "new", "broken"),
    [
        ("                    tlb_remove_table_sync_one();\n", "", {"arm64", "x86-64-kvm"}),
        ("pud_clear(pud_offset(p4d, addr));", ";", {"x86-64-native", "arm64", "x86-64-kvm"}),
        ("tlb->whole = true;", "tlb->whole = false;", {"arm64", "x86-64-kvm"}),
        ("            if (tlb->whole) {", "            if (0) {", {"arm64", "x86-64-kvm"}),
    ],
)
def test_each_step_of_an_unshare_counts(old: str, new: str, broken: set[str]) -> None:
    assert old in UNSHARE
    found = asked(
        UNSHARE.replace(old, new), "gup-fast-unshared", ("x86-64-native", "arm64", "x86-64-kvm")
    )

    assert set(found.machines.broken) == broken


@pytest.mark.parametrize("given", ["mm, addr, pte", "pte"])
def test_a_function_that_kernels_have_with_other_arguments(given: str) -> None:
    code = """
    static void otter_clear(struct vm_area_struct *vma, unsigned long addr, pte_t *pte)
    {
            pte_t old = huge_ptep_get(GIVEN);

            if (huge_pte_none(old))
                    return;
            huge_ptep_clear_flush(vma, addr, pte);
    }
    """
    found = asked(code.replace("GIVEN", given), "user-write")

    assert set(found.machines.holds) == {"x86-64-native", "arm64"}


TLB = """
    struct mmu_gather { unsigned long start; int cleared_ptes; };

    static inline void tlb_flush_mmu_tlbonly(struct mmu_gather *tlb)
    {
            if (!tlb->cleared_ptes)
                    return;
            tlb_flush(tlb);
    }

    static void otter_marks(unsigned long addr, struct mmu_gather *t)
    {
            t->start = addr;
            t->cleared_ptes = 1;
    }
"""
CALLER = """
    void otter_all(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
    {
            struct mmu_gather tlb;

            tlb_gather_mmu(&tlb, vma->vm_mm);
            otter_protect(&tlb, vma, pmd, addr, false);
            tlb_finish_mmu(&tlb);
    }
"""


def _opened(before: str, after: str) -> list[str]:
    """Adversaries that a patch lets in."""
    library: Library | None = None
    for code in (before, after):
        source = SourceFile.parse(PATH, inspect.cleandoc("\n" + code).encode() + b"\n")
        tree = MemoryTree({PATH: source.data})
        library = Library(tree, memory_index(tree), before=library)
        library.put(source)
    assert library is not None
    (function,) = source.functions_named("otter_protect")
    found = opened(World(source, library), function, [machine("arm64")])
    return [one.adversary.name for one in found]


def test_a_range_that_a_patch_does_not_note_any_more() -> None:
    whole = PROTECT + CALLER
    call = "            otter_protect(&tlb, vma, pmd, addr, false);\n"
    there = f"{call}            {NOTE.replace('tlb,', '&tlb,')}\n"

    assert "user-write" in _opened(whole, whole.replace(NOTE, ";"))
    assert _opened(whole, whole.replace(NOTE, ";").replace(call, there)) == []


@pytest.mark.parametrize("code", [PROTECT, OWN])
def test_who_is_given_the_batch_may_note_a_range(code: str) -> None:
    """Whoever is not followed may do what makes the end of the batch flush."""
    found = asked(code.replace("tlb_flush_pte_range(", "otter_note_range("), "user-write")

    assert not found.machines.broken
    assert not found.machines.holds


@pytest.mark.parametrize(("body", "broken"), [("tlb_note(tlb, x)", False), ("trace(x)", True)])
def test_a_macro_of_the_file_that_uses_the_batch_of_its_caller(body: str, broken: bool) -> None:
    """Its body tells: one that does not spell the batch does nothing for it."""
    beside = "static inline void trace(unsigned long x)\n{\n}\n"
    code = f"#define otter_mark(x) {body}\n" + inspect.cleandoc("\n" + PROTECT)
    found = asked(code.replace(NOTE, "otter_mark(addr);"), "user-write", beside=beside)

    assert bool(found.machines.broken) is broken


@pytest.mark.parametrize(
    "note",
    [
        "tlb->cleared_ptes = 1;",
        "tlb->start = min(tlb->start, addr);\n            tlb->cleared_ptes = true;",
        "otter_marks(addr, tlb);",
        "OTTER_MARKS;",
        "OTTER_MARK(addr);",
        "marks:\n            OTTER_MARKS;",
        "(*marks)(tlb);",
    ],
)
def test_a_range_that_is_noted_by_hand(note: str) -> None:
    """The end of the batch looks at a member that is set: it may flush, and nothing is said.

    A macro that no file at hand defines may do it as well, and so may a function by its pointer.
    """
    whole = TLB + PROTECT + CALLER

    assert "user-write" in _opened(whole, whole.replace(NOTE, "tlb->start = addr;"))
    assert _opened(whole, whole.replace(NOTE, note)) == []
