"""A small file of our own with functions that work on page tables, and how to ask about it."""

from __future__ import annotations

import inspect

from reviewer.evidence.models.entries.adversaries import adversaries
from reviewer.evidence.models.entries.model import Answer, EntryModel, answer, entry_model
from reviewer.mmu.machine import machine
from reviewer.source.file import SourceFile
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

PATH = "mm/otter.c"

PROTECT = """
    static inline int otter_shared(struct folio *folio)
    {
            return folio_mapcount(folio) + 1 != folio_ref_count(folio);
    }

    static int otter_protect(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                             spinlock_t *ptl, struct folio *folio)
    {
            pte_t entry;
            int err = -EFAULT;

            spin_lock(ptl);
            entry = ptep_get(ptep);
            if (!pte_present(entry))
                    goto out;
            entry = ptep_clear_flush(vma, addr, ptep);
            if (otter_shared(folio)) {
                    set_pte_at(vma->vm_mm, addr, ptep, entry);
                    goto out;
            }
            if (pte_write(entry))
                    entry = pte_wrprotect(entry);
            set_pte_at(vma->vm_mm, addr, ptep, entry);
            err = 0;
    out:
            spin_unlock(ptl);
            return err;
    }
"""
PIN = """
    static int otter_pin(pmd_t pmd, pmd_t *pmdp, pte_t *ptep, unsigned int flags)
    {
            pte_t pte = ptep_get_lockless(ptep);
            struct page *page;
            struct folio *folio;

            if (!pte_access_permitted(pte, flags & FOLL_WRITE))
                    return 0;
            page = pte_page(pte);
            folio = try_get_folio(page, 1);
            if (!folio)
                    return 0;
            if (unlikely(pmd_val(pmd) != pmd_val(*pmdp)) ||
                unlikely(pte_val(pte) != pte_val(ptep_get(ptep)))) {
                    folio_put_refs(folio, 1);
                    return 0;
            }
            return 1;
    }
"""
CLEAR = "ptep_get_and_clear(vma->vm_mm"
READ = """
    static inline pte_t otter_read(pte_t *ptep)
    {
            pte_t pte;

            do {
                    pte.pte_low = ptep->pte_low;
                    smp_rmb();
                    pte.pte_high = ptep->pte_high;
                    smp_rmb();
            } while (unlikely(pte.pte_low != ptep->pte_low));

            return pte;
    }
"""
MOVE = """
    static void otter_move(struct vm_area_struct *vma, unsigned long addr, unsigned long end,
                           pte_t *old_pte, pte_t *new_pte, spinlock_t *ptl)
    {
            bool flush = false;
            pte_t pte;

            spin_lock(ptl);
            for (; addr < end; old_pte++, new_pte++, addr += PAGE_SIZE) {
                    if (pte_none(ptep_get(old_pte)))
                            continue;
                    pte = ptep_get_and_clear(vma->vm_mm, addr, old_pte);
                    if (pte_present(pte))
                            flush = true;
                    set_pte_at(vma->vm_mm, addr, new_pte, pte);
            }
            if (flush)
                    flush_tlb_range(vma, addr, end);
            spin_unlock(ptl);
    }
"""


def model(code: str, adversary: str, beside: str = "") -> EntryModel:
    """The model of the last function of a file, in a tree with one other file."""
    source = SourceFile.parse(PATH, inspect.cleandoc("\n" + code).encode() + b"\n")
    tree = MemoryTree({PATH: source.data, "mm/far.c": beside.encode()})
    library = Library(tree, memory_index(tree))
    library.put(source)
    return entry_model(
        World(source, library), source, source.functions[-1], adversaries()[adversary]
    )


def asked(
    code: str, adversary: str, on: tuple[str, ...] = ("x86-64-native", "arm64"), beside: str = ""
) -> Answer:
    found = model(code, adversary, beside)
    assert found.applies, found.missing
    return answer(found, tuple(machine(name) for name in on))
