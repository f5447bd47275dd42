"""Pages whose content is given up where nobody else has a reference, beside GUP-fast."""

from __future__ import annotations

import pytest

from tests.evidence.otter import asked

DISCARD = """
    static bool otter_drop(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                           struct folio *folio)
    {
            pte_t pte = ptep_get_and_clear(vma->vm_mm, addr, ptep);

            smp_mb();
            if (folio_ref_count(folio) == 1 + folio_mapcount(folio) &&
                (!folio_test_dirty(folio) || (vma->vm_flags & VM_DROPPABLE))) {
                    folio_remove_rmap_pte(folio, &folio->page, vma);
                    return true;
            }
            set_pte_at(vma->vm_mm, addr, ptep, pte);
            return false;
    }
"""


def test_a_count_beside_a_condition_that_is_not_known_is_known_where_it_was_passed() -> None:
    found = asked(DISCARD, "gup-fast-discard")

    assert found.machines.holds == ("x86-64-native", "arm64")


@pytest.mark.parametrize(
    ("old", "new", "broken"),
    [
        ("            smp_mb();\n", "", ("arm64",)),
        ("            smp_mb();\n", "            smp_rmb();\n", ("arm64",)),
        ("1 + folio_mapcount(folio) &&", "1 + folio_mapcount(folio) ||",
         ("x86-64-native", "arm64")),
    ],
)  # fmt: skip
def test_what_lets_a_walker_keep_what_is_given_up(
    old: str, new: str, broken: tuple[str, ...]
) -> None:
    assert asked(DISCARD.replace(old, new), "gup-fast-discard").machines.broken == broken
