"""What is left of an entry when the code is through: an entry too many, or one too few."""

from __future__ import annotations

import pytest

from tests.evidence.otter import asked, model

UNMAP = """
    static void otter_unmap(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                            spinlock_t *ptl, struct folio *folio, struct page *page)
    {
            spin_lock(ptl);
            if (!pte_present(ptep_get(ptep)))
                    goto out;
            pte_clear(vma->vm_mm, addr, ptep);
            folio_remove_rmap_pte(folio, page, vma);
    out:
            spin_unlock(ptl);
    }
"""
UNMAP_HUGE = """
    static void otter_unmap(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmdp,
                            spinlock_t *pml, struct folio *folio, struct page *page)
    {
            spin_lock(pml);
            pmdp_huge_get_and_clear(vma->vm_mm, addr, pmdp);
            folio_remove_rmap_pmd(folio, page, vma);
            spin_unlock(pml);
    }
"""
COLLECT = """
    static int otter_collect(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmdp,
                             spinlock_t *pml, int wanted)
    {
            pmd_t was;

            was = pmdp_collapse_flush(vma, addr, pmdp);
            if (!wanted) {
                    spin_lock(pml);
                    set_pmd_at(vma->vm_mm, addr, pmdp, was);
                    spin_unlock(pml);
            }
            return wanted;
    }
"""


def verdict(code: str, adversary: str) -> str:
    return asked(code, adversary, ("arm64",)).on("arm64")


@pytest.mark.parametrize(
    ("code", "adversary", "step"),
    [
        (UNMAP, "entry-left", "            pte_clear(vma->vm_mm, addr, ptep);\n"),
        (
            UNMAP_HUGE,
            "entry-left-pmd",
            "            pmdp_huge_get_and_clear(vma->vm_mm, addr, pmdp);\n",
        ),
    ],
)
def test_an_entry_is_gone_before_its_page_is_not_counted_any_more(
    code: str, adversary: str, step: str
) -> None:
    look = step.replace("pmdp_huge_get_and_clear(vma->vm_mm, addr, pmdp)", "(void)pmdp_get(pmdp)")
    assert step in code

    assert verdict(code, adversary) == "Never"
    assert verdict(code.replace(step, "" if "pte" in step else look), adversary) == "Sometimes"


def test_an_entry_that_is_taken_out_is_put_back_or_replaced() -> None:
    put_back = COLLECT.replace("if (!wanted)", "")
    lost = "                    set_pmd_at(vma->vm_mm, addr, pmdp, was);\n"

    assert verdict(put_back, "process-reads-pmd") == "Never"
    assert verdict(put_back.replace(lost, ""), "process-reads-pmd") == "Sometimes"
    assert verdict(COLLECT, "process-reads-pmd") == "Sometimes"  # callers may set another


def test_code_that_leaves_the_counts_alone_is_none_that_unmaps() -> None:
    assert not model(COLLECT, "entry-left-pmd").applies
