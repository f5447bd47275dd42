"""Calls that change entries of one level of the page tables, asked about another one."""

from __future__ import annotations

from tests.evidence.otter import PROTECT, asked

HUGE = """
    static void otter_huge(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmdp)
    {
            pmd_t entry;

            entry = pmdp_invalidate(vma, addr, pmdp);
            set_pmd_at(vma->vm_mm, addr, pmdp, pmd_wrprotect(entry));
    }
"""
SPLIT = "            split_huge_pmd(vma, pmdp, addr);\n"
BEYOND = "            split_more(vma, pmdp, addr);\n"


def test_a_split_above_leaves_the_entries_of_the_last_level() -> None:
    begin = "            spin_lock(ptl);\n"
    found = asked(PROTECT.replace(begin, SPLIT + begin), "gup-fast-write")
    other = asked(PROTECT.replace(begin, BEYOND + begin), "gup-fast-write")

    assert set(found.machines.holds) == {"x86-64-native", "arm64"}
    assert set(other.machines.unknown) == {"x86-64-native", "arm64"}


def test_a_split_may_do_anything_to_the_huge_entry() -> None:
    begin = "            entry = pmdp_invalidate"
    assert set(asked(HUGE, "user-write-pmd").machines.holds) == {"x86-64-native", "arm64"}
    found = asked(HUGE.replace(begin, SPLIT + begin), "user-write-pmd")

    assert set(found.machines.unknown) == {"x86-64-native", "arm64"}
