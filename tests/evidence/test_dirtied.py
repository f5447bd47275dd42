"""A clean page that is given up: the count is read before the flag that tells that it is clean."""

from __future__ import annotations

import pytest

from tests.evidence.otter import asked

DISCARD = """
static bool otter_discard(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                          struct folio *folio)
{
        pte_t entry = ptep_get_and_clear(vma->vm_mm, addr, ptep);

        smp_mb();
        if (folio_ref_count(folio) != 1 + folio_mapcount(folio)) {
                set_pte_at(vma->vm_mm, addr, ptep, entry);
                return false;
        }
        smp_rmb();
        if (folio_test_dirty(folio)) {
                set_pte_at(vma->vm_mm, addr, ptep, entry);
                return false;
        }
        folio_remove_rmap_pte(folio, &folio->page, vma);
        return true;
}
"""


def test_count_before_flag() -> None:
    assert asked(DISCARD, "gup-fast-dirties").machines.holds == ("x86-64-native", "arm64")


@pytest.mark.parametrize(
    ("old", "new", "on"),
    [
        ("smp_rmb();", ";", ("arm64",)),
        (
            "if (folio_test_dirty(folio))",
            "if (folio_test_dirty(folio) && 0)",
            ("x86-64-native", "arm64"),
        ),
        ("smp_mb();", ";", ("arm64",)),
    ],
)
def test_each_step_counts(old: str, new: str, on: tuple[str, ...]) -> None:
    assert old in DISCARD

    assert asked(DISCARD.replace(old, new, 1), "gup-fast-dirties").machines.broken == on
