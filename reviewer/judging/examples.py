"""Sample C that examples of several rules share: a small GUP-fast of our own, in two forms."""

from __future__ import annotations

GUP_FAST_RECHECKS = """
static int gup_fast_one(pte_t *ptep, struct page **pages)
{
        pte_t pte = ptep_get_lockless(ptep);
        struct folio *folio = try_grab_folio(pte_page(pte), 1, FOLL_PIN);

        if (!folio)
                return 0;
        if (pte_val(pte) != pte_val(ptep_get(ptep))) {
                gup_put_folio(folio, 1, FOLL_PIN);
                return 0;
        }
        *pages = pte_page(pte);
        return 1;
}
"""
"""It reads the entry again after it took its reference, as the kernel does."""

GUP_FAST_TRUSTS = """
static int gup_fast_one(pte_t *ptep, struct page **pages)
{
        pte_t pte = ptep_get_lockless(ptep);
        struct folio *folio = try_grab_folio(pte_page(pte), 1, FOLL_PIN);

        if (!folio)
                return 0;
        *pages = pte_page(pte);
        return 1;
}
"""
"""It trusts the entry it read before it took its reference."""
