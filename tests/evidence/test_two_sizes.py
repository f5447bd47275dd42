"""The split of a huge page: no CPU may have a translation of either size at once."""

from __future__ import annotations

from tests.evidence.otter import asked

FLUSHED = "pmdp_invalidate(vma, addr, pmdp);"
SPLIT = """
    static void otter_split(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmdp,
                            pgtable_t table)
    {
            pmd_t was, mine;

            if (is_pmd_migration_entry(*pmdp))
                    was = *pmdp;
            else
                    was = pmdp_invalidate(vma, addr, pmdp);
            pmd_populate(vma->vm_mm, &mine, table);
            pmd_populate(vma->vm_mm, pmdp, table);
    }
"""


def verdict(code: str, machine: str) -> str:
    return asked(code, "two-sizes", (machine,)).on(machine)


def test_the_old_translation_is_flushed_before_the_table_is_there() -> None:
    unflushed = SPLIT.replace(FLUSHED, "*pmdp;")
    assert unflushed != SPLIT
    for machine in ("arm64", "x86-64-kvm"):
        assert verdict(SPLIT, machine) == "Never"
        assert verdict(unflushed, machine) == "Sometimes"


def test_an_entry_of_the_functions_own_is_in_no_table() -> None:
    """What is set in it first is not what the hardware walks."""
    own = SPLIT.replace("vma->vm_mm, pmdp, table", "vma->vm_mm, &mine, table")
    assert verdict(own, "arm64") != "Sometimes", "nothing but its own is changed, and invalidated"
