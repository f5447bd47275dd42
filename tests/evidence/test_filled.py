"""Pages that are filled before they are mapped, as whoever reads through the entry sees them."""

from __future__ import annotations

import inspect

import pytest

from reviewer.evidence.models.entries.filled import Filled, filled
from reviewer.mmu.machine import machine
from reviewer.source.file import SourceFile
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

PATH = "mm/auk.c"
CODE = """
    static inline void auk_mark(struct folio *folio)
    {
            smp_wmb();
            folio->flags |= 8;
    }

    static void auk_map(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmd,
                        struct folio *folio, bool zero)
    {
            spinlock_t *ptl;
            pte_t *pte;

            if (zero)
                    goto set;
            /* Marked, so that it is seen filled before the entry is. */
            auk_mark(folio);
            auk_count(folio, 1);
    set:
            pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
            set_pte_at(vma->vm_mm, addr, pte, mk_pte(&folio->page, vma->vm_page_prot));
            pte_unmap_unlock(pte, ptl);
    }
"""
MARK = "            auk_mark(folio);\n"


def _asked(code: str) -> Filled:
    source = SourceFile.parse(PATH, inspect.cleandoc("\n" + code).encode() + b"\n")
    tree = MemoryTree({PATH: source.data})
    library = Library(tree, memory_index(tree))
    library.put(source)
    (function,) = source.functions_named("auk_map")
    comment = next(one for one in source.comments if "Marked" in one.text)
    at = comment.anchor.start_byte
    on = [machine("arm64"), machine("x86-64-native")]
    return filled(World(source, library), source, function, at, on)


def test_a_path_past_the_comment_is_not_asked_about() -> None:
    """Nor is a call in the way of what the barrier excludes: it can only order more."""
    found = _asked(CODE)

    assert found.machines.holds == ("arm64", "x86-64-native")
    assert found.rests_on[0] == (PATH, 3)


def test_without_the_barrier_a_weak_machine_shows_the_empty_page() -> None:
    found = _asked(CODE.replace(MARK, "").replace("            auk_count(folio, 1);\n", ""))

    assert found.machines.broken == ("arm64",)
    assert not found.rests_on
    assert found.witness is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (MARK, ""),  # a call that nobody has seen may order
        ("smp_wmb();", "smp_rmb();"),
        ("auk_mark(folio);", "if (addr)\n                    auk_mark(folio);"),
    ],
)
def test_what_may_not_order(old: str, new: str) -> None:
    found = _asked(CODE.replace(old, new))

    assert not found.rests_on
    assert "arm64" not in found.machines.holds


TWICE = """
    #ifdef CONFIG_AUK
    static inline void auk_mark(struct folio *folio)
    {
            smp_wmb();
            folio->flags |= 8;
    }
    #else
    static inline void auk_mark(struct folio *folio)
    {
            folio->flags |= 8;
    }
    #endif
"""
ONCE = CODE[: CODE.index("    static void auk_map")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("            smp_wmb();", "    #ifdef CONFIG_AUK\n            smp_wmb();\n    #endif"),
        (ONCE, TWICE + "\n"),
        ("auk_mark(folio);", "for (; addr; addr--)\n                    auk_mark(folio);"),
    ],
)
def test_a_barrier_that_may_not_be_there(old: str, new: str) -> None:
    """In a configuration, or where a loop makes no turn."""
    assert old in CODE

    assert not _asked(CODE.replace(old, new)).rests_on


def test_two_barriers_of_which_either_does() -> None:
    """The verdict would not fall with one of them: it rests on neither."""
    found = _asked(CODE.replace(MARK, MARK + "            smp_mb();\n"))

    assert not found.rests_on
    assert found.why


COUNT = "            auk_count(folio, 1);\n"


@pytest.mark.parametrize(
    "instead",
    [
        "wmb();",
        "xchg(&folio->lock, 1);",
        "smp_store_release(&folio->ready, 1);",
        "smp_mb__before_atomic();\n            atomic_inc(&folio->ready);",
        "synchronize_rcu();",
        "spin_lock(&folio->lock);\n            spin_unlock(&folio->lock);",
        "folio_unlock(folio);\n            folio_lock(folio);",
    ],
)
def test_what_orders_and_is_not_modelled(instead: str) -> None:
    """Nothing is shown where it stands in place of the barrier, and beside it none is needed."""
    alone = _asked(CODE.replace(COUNT, "").replace("auk_mark(folio);", instead))
    beside = _asked(CODE.replace(COUNT, f"            {instead}\n"))

    assert not alone.machines.broken
    assert not alone.rests_on
    assert not beside.rests_on


def test_a_call_in_front_of_the_barrier_may_set_the_entry() -> None:
    found = _asked(CODE.replace(MARK, "            auk_install(vma, addr, pmd);\n" + MARK))

    assert not found.machines.holds
    assert not found.rests_on


def test_what_orders_in_front_of_the_comment_is_told() -> None:
    there = "            /* Marked"
    moved = CODE.replace(MARK, "").replace(there, f"{MARK}{there}")

    assert not _asked(CODE).ahead
    assert _asked(moved).ahead == {("smp_wmb", 1)}
