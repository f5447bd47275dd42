"""Which entry is meant: pointers that move, walks, huge pages, entries that are put back."""

from __future__ import annotations

import pytest

from reviewer.evidence.models.entries.model import answer
from reviewer.mmu.machine import machine
from tests.evidence.otter import MOVE, PROTECT, asked, model


@pytest.mark.parametrize("moved", ["ptep++;", "ptep += 1;", "ptep = ptep + 1;"])
def test_a_pointer_that_was_moved_leads_to_another_entry(moved: str) -> None:
    """The flush of the next entry leaves translations of the one that was changed."""
    clear = "entry = ptep_clear_flush(vma"
    code = PROTECT.replace(
        clear,
        f"ptep_set_wrprotect(vma->vm_mm, addr, ptep);\n            {moved}\n            {clear}",
    )

    unmoved = asked(code.replace(moved, ""), "user-write")
    assert unmoved.machines.holds == ("x86-64-native", "arm64")
    assert asked(code, "user-write").machines.holds == ()


@pytest.mark.parametrize(
    ("second", "known"),
    [
        ("pte_offset_map_nolock(vma->vm_mm, &copy, addr, &ptl)", True),
        ("pte_offset_map_nolock(vma->vm_mm, pmd, addr + 4096, &ptl)", False),
        ("pte_offset_map_nolock(vma->vm_mm, pmd, end, &ptl)", False),
    ],
)
def test_walks_to_one_address_lead_to_one_entry(second: str, known: bool) -> None:
    """Also by a copy of the entry above; what other walks lead to is not known."""
    code = PROTECT.replace("pte_t *ptep,", "unsigned long end,")
    code = code.replace(
        "int err = -EFAULT;",
        "int err = -EFAULT;\n            pmd_t *pmd = vma->vm_private_data;\n"
        "            pmd_t copy = *pmd;\n"
        "            pte_t *ptep = pte_offset_map(pmd, addr);\n            pte_t *other = NULL;\n\n"
        f"            if (!other++)\n                    other = {second};",
    )
    code = code.replace("entry = ptep_clear_flush(vma, addr, ptep)",
        "ptep_set_wrprotect(vma->vm_mm, addr, ptep);\n"
        "            entry = ptep_clear_flush(vma, addr, other)")  # fmt: skip

    held = asked(code, "user-write").machines.holds
    assert held == (("x86-64-native", "arm64") if known else ())


def test_walks_from_two_parameters_lead_to_two_entries() -> None:
    code = MOVE.replace("pte_t *old_pte, pte_t *new_pte,", "pmd_t *old_pmd, pmd_t *new_pmd,")
    code = code.replace(
        "pte_t pte;",
        "pte_t pte;\n            pte_t *old_pte = pte_offset_map(old_pmd, addr);\n"
        "            pte_t *new_pte = pte_offset_map(new_pmd, addr);",
    )

    assert asked(code, "zap-moved").machines.holds == ("x86-64-native", "arm64")


def test_a_jump_back_is_a_loop_of_which_one_turn_is_followed() -> None:
    code = PROTECT.replace("            spin_lock(ptl);", "    again:\n            spin_lock(ptl);")
    code = code.replace(
        "if (!pte_present(entry))\n                    goto out;",
        "if (!pte_present(entry)) {\n                    spin_unlock(ptl);\n"
        "                    goto again;\n            }",
    )
    assert "goto again" in code

    found = model(code, "user-write")
    assert {test.litmus.text.count("ptep_get(") for test in found.tests} == {1}


def test_a_value_that_is_given_back_is_no_entry() -> None:
    code = PROTECT.replace("*ptl, struct folio *folio)", "*ptl, struct folio *folio, pte_t *old)")
    code = code.replace("            err = 0;", "            *old = entry;\n            err = 0;")
    assert "pte_t *old" in code

    assert set(asked(code, "user-write").machines.holds) == {"x86-64-native", "arm64"}


SHARE = """
    static inline void otter_clear(struct page *exclusive)
    {
            ClearPageAnonExclusive(exclusive);
    }

    static int otter_share(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                           struct folio *folio, int device)
    {
            struct page *page;
            pte_t entry;

            if (device)
                    page = &folio->page;
            else
                    page = folio_page(folio, addr);
            if (!PageAnonExclusive(page))
                    return 0;
            entry = ptep_get_and_clear(vma->vm_mm, addr, ptep);
            smp_mb();
            if (folio_maybe_dma_pinned(folio)) {
                    set_pte_at(vma->vm_mm, addr, ptep, entry);
                    return -EBUSY;
            }
            otter_clear(page);
            smp_mb__after_atomic();
            set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(entry));
            return 0;
    }
"""


def test_a_folio_and_its_first_page_are_one_on_whichever_path() -> None:
    assert asked(SHARE, "gup-fast-pin", ("arm64",)).machines.holds == ("arm64",)
    found = asked(SHARE.replace("            smp_mb();\n", ""), "gup-fast-pin", ("arm64",))
    assert found.machines.broken == ("arm64",)


MOVE_HUGE = """
    static pmd_t otter_plain(pmd_t pmd)
    {
            if (pmd_none(pmd))
                    return pmd;
            return pmd_clear_uffd_wp(pmd);
    }

    static bool otter_move_huge(struct vm_area_struct *vma, unsigned long addr,
                                pmd_t *old_pmd, pmd_t *new_pmd)
    {
            spinlock_t *ptl;
            pmd_t pmd;

            if (!pmd_none(*new_pmd))
                    return false;
            ptl = pmd_lock(vma->vm_mm, old_pmd);
            pmd = pmdp_huge_get_and_clear(vma->vm_mm, addr, old_pmd);
            pmd = otter_plain(pmd);
            set_pmd_at(vma->vm_mm, addr, new_pmd, pmd);
            flush_pmd_tlb_range(vma, addr, addr + HPAGE_PMD_SIZE);
            spin_unlock(ptl);
            return true;
    }
"""


def test_a_huge_entry_is_moved() -> None:
    """The first entry that is changed is the adversary's, though the other is read before it."""
    flush = "            flush_pmd_tlb_range(vma, addr, addr + HPAGE_PMD_SIZE);\n"
    unlock = "            spin_unlock(ptl);\n"

    found = [
        asked(MOVE_HUGE.replace(flush + unlock, steps), "zap-moved-pmd").machines
        for steps in (flush + unlock, unlock + flush, unlock)
    ]

    assert set(found[0].holds) == {"x86-64-native", "arm64"}
    assert set(found[1].broken) == {"x86-64-native", "arm64"}
    assert set(found[2].broken) == {"x86-64-native", "arm64"}


def test_paths_that_cannot_be_taken_exclude_nothing() -> None:
    code = """
        static int otter_fill(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                              pte_t fresh)
        {
                if (!pte_none(ptep_get(ptep)))
                        return -EEXIST;
                set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(fresh));
                return 0;
        }
    """

    found = asked(code, "user-write")

    assert found.machines.unknown == ("x86-64-native", "arm64")


def test_an_exclusive_page_is_shared() -> None:
    """Who pins it as an exclusive one finds the flag cleared, or its entry left as it was."""
    code = """
        static int otter_share(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                               struct folio *folio)
        {
                pte_t entry = ptep_clear_flush(vma, addr, ptep);

                smp_mb();
                if (folio_maybe_dma_pinned(folio)) {
                        set_pte_at(vma->vm_mm, addr, ptep, entry);
                        return -EBUSY;
                }
                ClearPageAnonExclusive(&folio->page);
                smp_mb__after_atomic();
                set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(entry));
                return 0;
        }
    """
    on = [machine("x86-64-native"), machine("arm64")]
    cleared = "                ClearPageAnonExclusive(&folio->page);\n"
    looked = "if (folio_maybe_dma_pinned(folio))"

    right, uncleared, unlooked = (
        answer(model(code.replace(old, new), "gup-fast-pin-changed"), on).machines
        for old, new in ((cleared, cleared), (cleared, ""), (looked, "if (0)"))
    )

    assert set(right.holds) == {"x86-64-native", "arm64"}
    assert set(uncleared.broken) == {"x86-64-native", "arm64"}
    assert set(unlooked.broken) == {"x86-64-native", "arm64"}


@pytest.mark.parametrize(
    "put",
    [
        "                    set_pte_at(vma->vm_mm, addr, ptep, entry);\n",
        "                    entry = pte_wrprotect(entry);\n"
        "            set_pte_at(vma->vm_mm, addr, ptep, entry);\n",
    ],
)
def test_an_entry_that_is_put_back(put: str) -> None:
    """The process finds its memory, though a walker had a pin for a moment."""
    assert put in PROTECT

    right = asked(PROTECT, "process-reads")
    lost = asked(PROTECT.replace(put, "                    ;\n", 1), "process-reads")

    assert set(right.machines.holds) == {"x86-64-native", "arm64"}
    assert set(lost.machines.broken) == {"x86-64-native", "arm64"}


def test_a_batch_of_flushes_that_is_not_ended() -> None:
    """On sparc64 an entry's change is flushed when lazy MMU mode is left (arch/sparc/mm/tlb.c)."""
    leave = "            arch_leave_lazy_mmu_mode();\n"
    code = MOVE.replace(
        "            for (", "            arch_enter_lazy_mmu_mode();\n            for ("
    )
    code = code.replace("            if (flush)\n", f"{leave}            if (flush)\n")

    assert asked(code, "user-write", ("sparc64",)).machines.holds
    assert asked(code.replace(leave, ""), "user-write", ("sparc64",)).machines.broken
