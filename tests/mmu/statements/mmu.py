# ruff: noqa: E501 -- a statement stands on one line, as a table has it
"""Entries, flushes, gathers, notifiers."""

from __future__ import annotations

from tests.mmu.statements.case import one, race

MMU = [
    one(
        "set_ptes",
        "pte_t t[3]={0,0,0};",
        "set_ptes(mm, addr, t, 3, 3);",
        "t[0]=3 /\\ t[1]=4 /\\ t[2]=5",
    ),
    one(
        "wrprotect_ptes",
        "pte_t t[2]={1,2};",
        "wrprotect_ptes(mm, addr, t, 2);",
        "t[0]=17 /\\ t[1]=18",
    ),
    one(
        "get_and_clear_full_ptes",
        "pte_t t[2]={1,2};",
        "int r = get_and_clear_full_ptes(mm, addr, t, 2, 0);",
        "t[0]=0 /\\ t[1]=0 /\\ 0:r=1",
    ),
    race(
        "flush_tlb_mm_range",
        "pte_t pte=1; int page=0;",
        "ptep_get_and_clear(mm, addr, pte); flush_tlb_mm_range(mm, start, end, PAGE_SHIFT, false); WRITE_ONCE(*page, 5);",
        "int r = user_read(pte, page);",
        "1:r=5",
        "Never",
    ),
    race(
        "no flush",
        "pte_t pte=1; int page=0;",
        "ptep_get_and_clear(mm, addr, pte); WRITE_ONCE(*page, 5);",
        "int r = user_read(pte, page);",
        "1:r=5",
        "Sometimes",
    ),
    race(
        "mmu_gather",
        "pte_t pte=1; int page=0; struct mmu_gather tlb;",
        "tlb_gather_mmu(tlb, mm); ptep_get_and_clear_full(mm, addr, pte, tlb->fullmm); tlb_remove_tlb_entry(tlb, pte, addr); tlb_finish_mmu(tlb); WRITE_ONCE(*page, 5);",
        "int r = user_read(pte, page);",
        "1:r=5",
        "Never",
    ),
    race(
        "delayed rmap",
        "pte_t pte=1; int page=0; atomic_t mapcount=0; struct mmu_gather tlb;",
        "ptep_get_and_clear(mm, addr, pte); tlb_flush_mmu_tlbonly(tlb); tlb_flush_rmaps(tlb, mapcount);",
        "int r1; int r2; r1 = folio_mapcount(mapcount); smp_rmb(); r2 = user_write(pte, page, 1);",
        "1:r1=0 /\\ 1:r2=1",
        "Sometimes",
    ),
    race(
        "mmu notifier range",
        "pte_t pte=1; pte_t spte=1; int page=0; struct mmu_notifier n;",
        "mmu_notifier_invalidate_range_start(n); ptep_clear_flush(vma, addr, pte); secondary_unmap(spte); mmu_notifier_invalidate_range_end(n); WRITE_ONCE(*page, 5);",
        "int r = secondary_read(spte, page);",
        "1:r=5",
        "Never",
    ),
    race(
        "mmu notifier sequence",
        "pte_t pte=1; int page=0; pte_t spte=0; struct mmu_interval_notifier n={.invalidate_seq=2, .seen=1}; struct mutex m=0; spinlock_t ptl=0;",
        "mmu_notifier_invalidate_range_start(n); mutex_lock(m); mmu_interval_set_seq(n, READ_ONCE(n->invalidate_seq)); secondary_unmap(spte); mutex_unlock(m); spin_lock(ptl); ptep_clear_flush(vma, addr, pte); spin_unlock(ptl); mmu_notifier_invalidate_range_end(n);",
        "unsigned long q; int v; int r = 0; q = mmu_interval_read_begin(n); spin_lock(ptl); v = ptep_get(pte); spin_unlock(ptl); mutex_lock(m); if (!mmu_interval_read_retry(n, q)) { WRITE_ONCE(*spte, v); r = 1; } mutex_unlock(m);",
        "spte=1 /\\ pte=0",
        "Never",
    ),
    race(
        "lazy TLB",
        "pte_t pte=1; int page=0;",
        "ptep_clear_flush(vma, addr, pte); WRITE_ONCE(*page, 5);",
        "int r; enter_lazy_tlb(mm, tsk); r = user_read(pte, page);",
        "1:r=5",
        "Never",
    ),
    one(
        "pte flags",
        "pte_t pte=0;",
        "pte_t v = pte_mkdirty(pte_mkwrite(pte_wrprotect(pte_mkold(3)))); int r = pte_write(v) && !pte_young(v) && pte_dirty(v);",
        "0:r=1",
    ),
    one(
        "mk_pte and pfn_pte",
        "pte_t pte=0;",
        "set_pte_at(mm, addr, pte, pfn_pte(3, prot)); int r = pte_pfn(ptep_get(pte));",
        "0:r=3",
    ),
    one(
        "pmd_trans_huge",
        "pmd_t pmd=1;",
        "int r = pmd_none(pmdp_get(pmd)) || pmd_trans_huge(pmdp_get(pmd));",
        "0:r=0",
    ),
    one(
        "ptep_set_access_flags",
        "pte_t pte=65;",
        "int r = ptep_set_access_flags(vma, addr, pte, 1, 0);",
        "0:r=1 /\\ pte=1",
    ),
    one(
        "folio references",
        "struct folio f; f.ref=1;",
        "int r = folio_try_get(&f->ref); folio_put(&f->ref);",
        "0:r=1 /\\ f.ref=1",
    ),
]
