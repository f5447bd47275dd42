"""Comparisons of a reference count that are said to see whoever takes references without a lock."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from rules.refcount.count_sees_every_reference import CountSeesEveryReference
from tests.support import decided

RULE = "count-sees-every-reference"
_FLUSHES = CountSeesEveryReference.sound[0]
WALKER = _FLUSHES.files["mm/gup.c"]
CLEAR = "entry = ptep_get_and_clear(vma->vm_mm, addr, ptep);"
CODE = _FLUSHES.code.replace(
    "entry = ptep_clear_flush(vma, addr, ptep);", f"{CLEAR}\n        smp_mb();"
)
COUNT = "folio_mapcount(folio) + 1 != folio_ref_count(folio)"
WORDS = "Check that no O_DIRECT or similar I/O is in progress."


def _decided(code: str, walker: str = WALKER) -> list[Decision]:
    return decided(RULE, "mm/tern.c", code, **{"mm/gup.c": walker})


@pytest.mark.parametrize(
    ("old", "new", "decision"),
    [
        ("", "", Decision.HOLDS),
        (CLEAR, "entry = ptep_get(ptep);", Decision.UNKNOWN),
        ("smp_mb();", "", Decision.UNKNOWN),
        ("smp_mb();", "smp_wmb();", Decision.UNKNOWN),
        ("smp_mb();", "barrier();", Decision.UNKNOWN),
        (COUNT, "vma->vm_start == addr", Decision.UNKNOWN),
        (COUNT, "folio_test_ksm(folio)", Decision.UNKNOWN),
        # the count is looked at, and nothing is decided by it
        (f"if ({COUNT})", "addr += folio_ref_count(folio);\n        if (addr)", Decision.UNKNOWN),
        # on one of two ways only
        ("smp_mb();", "if (vma->vm_private_data)\n                smp_mb();", Decision.UNKNOWN),
        (CLEAR, f"entry = ptep_get(ptep);\n        if (addr)\n                {CLEAR}",
         Decision.UNKNOWN),
        # the count is looked at first
        (CLEAR, f"if ({COUNT})\n                return -11;\n        {CLEAR}", Decision.UNKNOWN),
        # what may do anything stands between
        ("smp_mb();", "smp_mb();\n        tern_settle(vma, ptep);", Decision.UNKNOWN),
        # a number that the count of a small folio never ought to be
        (COUNT, "folio_ref_count(folio) != 100", Decision.UNKNOWN),
        (COUNT, "folio_ref_count(folio) != 0", Decision.UNKNOWN),
        (COUNT, "folio_ref_count(folio) != 2", Decision.HOLDS),
        # in some configurations only
        ("        smp_mb();", "#ifdef CONFIG_TERN\n        smp_mb();\n#endif", Decision.UNKNOWN),
        ("smp_mb();", "if (IS_ENABLED(CONFIG_TERN))\n                smp_mb();", Decision.UNKNOWN),
        ("smp_mb();", "if (IS_BUILTIN(CONFIG_TERN))\n                smp_mb();", Decision.UNKNOWN),
        ("smp_mb();", "if (IS_ENABLED(CONFIG_HAVE_GUP_FAST))\n                smp_mb();",
         Decision.HOLDS),
        (f"        if ({COUNT}) {{", f"#ifdef CONFIG_TERN\n        if ({COUNT}) {{\n#else\n"
         "        if (addr) {\n#endif", Decision.UNKNOWN),
        # in a loop that may make no turn
        ("smp_mb();", "for (; addr < 4; addr++)\n                smp_mb();", Decision.UNKNOWN),
        # another folio is counted, as far as can be told
        ("struct folio *folio)", "struct folio *folio, struct folio *more)", Decision.UNKNOWN),
        (COUNT, COUNT.replace("ref_count(folio)", "ref_count(vma->vm_private_data)"),
         Decision.UNKNOWN),
        ("folio_mapcount(folio)", "folio_mapcount(vma->folio)", Decision.UNKNOWN),
        # another entry is cleared than the one that is given back
        (CLEAR, CLEAR.replace("ptep)", "other)"), Decision.UNKNOWN),
    ],
)  # fmt: skip
def test_each_operation_counts(old: str, new: str, decision: Decision) -> None:
    assert old in CODE

    assert _decided(CODE.replace(old, new, 1)) == [decision]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pte_val(pte) != pte_val(ptep_get(ptep))", "!pages"),
        ("pte_val(pte) != pte_val(ptep_get(ptep))", "pte_val(pte) == pte_val(ptep_get(ptep))"),
        ("                folio_put(folio);\n", ""),
        ("folio_try_get(folio)", "tern_try(folio)"),
        ("        if (pte_val", "        for (; *pages; pages++)\n        if (pte_val"),
        (
            "        if (pte_val(pte) != pte_val(ptep_get(ptep))) {",
            "#ifdef X\n        if (pte_val(pte) != pte_val(ptep_get(ptep))) {\n#else\n"
            "        if (!pages) {\n#endif",
        ),
    ],
)
def test_the_walker_of_the_tree_counts(old: str, new: str) -> None:
    assert old in WALKER

    assert _decided(CODE, WALKER.replace(old, new, 1)) == [Decision.UNKNOWN]


TRUSTING = WALKER.replace("gup_fast_one", "gup_fast_two").replace(
    """        if (pte_val(pte) != pte_val(ptep_get(ptep))) {
                folio_put(folio);
                return 0;
        }
""",
    "",
)


@pytest.mark.parametrize(
    "walker",
    [
        TRUSTING,
        TRUSTING.replace(
            "        struct", "        lockdep_assert_irqs_disabled();\n        struct"
        ),
        TRUSTING.replace("ptep_get_lockless(ptep)", "gup_read(ptep)"),
        # it takes its reference in a helper of the file, or of a header
        TRUSTING.replace("folio_try_get(folio)", "gup_take(folio)").replace(
            "\nstatic", "\nstatic bool gup_take(struct folio *folio)\n{\n"
            "        return folio_try_get(folio);\n}\n\nstatic", 1),
        TRUSTING.replace("folio_try_get(folio)", "tern_take(folio)"),
        # it takes it whatever the count, or by what the model does not know
        TRUSTING.replace("if (!folio_try_get(folio))\n                return 0;",
                         "folio_get(folio);"),
        TRUSTING.replace("folio_try_get(folio)", "page_ref_add_unless(&folio->page, 1, 0)"),
        # it comes by a struct, or by an entry that it finds itself
        TRUSTING.replace("pte_t *ptep", "struct gup *gup").replace("(ptep)", "(gup->ptep)"),
        TRUSTING.replace("pte_t *ptep", "unsigned long addr").replace(
            "pte_t pte = ptep", "pte_t *ptep = gup_offset(addr);\n        pte_t pte = ptep"),
        # of what it is given another entry is seen than the one it goes by
        TRUSTING.replace("pte_t *ptep", "pmd_t *pmdp").replace(
            "pte_t pte = ptep_get_lockless(ptep)",
            "pmd_t pmd = pmdp_get(pmdp);\n        pte_t pte = gup_read(pmd)"),
        # another lock than that of a table
        TRUSTING.replace("        *pages =", "        spin_lock(&gup_stats);\n        *pages =")
        + "int gup_fast(pte_t *ptep, struct page **pages)\n{\n        local_irq_disable();\n"
        "        gup_fast_two(ptep, pages);\n        local_irq_enable();\n        return 0;\n}\n",
    ],
)  # fmt: skip
def test_a_second_walker_that_does_not_look_again(walker: str) -> None:
    assert len(walker) != len(WALKER)

    header = (
        "static inline bool tern_take(struct folio *folio)\n{\n"
        "        return folio_try_get(folio);\n}\n"
    )
    more = {"mm/gup.c": WALKER + walker, "mm/internal.h": header}
    assert decided(RULE, "mm/tern.c", CODE, **more) == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    "more",
    [
        # with the lock of the table, or in no walk with interrupts off
        TRUSTING.replace("        struct",
                         "        spinlock_t *ptl = gup_lock(ptep);\n        struct"),
        TRUSTING.replace("pte_t *ptep", "unsigned long addr").replace(
            "pte_t pte = ptep", "pte_t *ptep = gup_offset(addr);\n        pte_t pte = ptep")
        + "int gup_fast(pte_t *ptep, struct page **pages)\n{\n        local_irq_disable();\n"
        "        gup_fast_one(ptep, pages);\n        local_irq_enable();\n        return 0;\n}\n",
        # a helper with the second look of one that has it is followed from there
        "static int gup_fast_more(pte_t *ptep, struct page **pages)\n{\n"
        "        return gup_fast_one(ptep, pages);\n}\n",
    ],
)  # fmt: skip
def test_what_is_no_second_walker(more: str) -> None:
    assert _decided(CODE, WALKER + more) == [Decision.HOLDS]


@pytest.mark.parametrize(
    "words",
    [
        "We used to check that no O_DIRECT or similar I/O is in progress.",
        "Why do we check that no O_DIRECT or similar I/O is in progress?",
        "Do not check that no O_DIRECT or similar I/O is in progress.",
        "Whether parallel GUP-fast is fine is not known.",
        "Parallel GUP-fast is fine only if the page is pinned.",
        "Parallel GUP-fast is fine unless the entry is cleared.",
        "Parallel GUP-fast is fine since it takes the mmap_lock.",
        "Synchronize with gup_fast_one() by the TLB flush.",
        "Prevent all access with the exception of gup_fast.",
        "Keep slow gup away.",
    ],
)
def test_what_claims_nothing_of_the_count(words: str) -> None:
    assert Decision.HOLDS not in _decided(CODE.replace(WORDS, words))


def test_a_barrier_that_a_flush_makes_needless() -> None:
    code = CODE.replace(CLEAR, "").replace(f"        /* {WORDS} */\n", "").replace(
        "smp_mb();",
        "entry = ptep_clear_flush(vma, addr, ptep);\n"
        "        /* Synchronize with gup_fast_one(): clear, barrier, count. */\n        smp_mb();",
    )  # fmt: skip

    assert Decision.HOLDS not in _decided(code)
