"""Entries that are said to be looked at again under the lock before they are changed."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.support import decided

RULE = "entry-unchanged-since-look"
WORDS = "Re-check the pte - we dropped the lock"
CODE = """
static void siskin_protect(struct vm_fault *vmf, unsigned long addr, spinlock_t *ptl)
{
        struct vm_area_struct *vma = vmf->vma;

        /* Re-check the pte - we dropped the lock */
        vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, addr, &vmf->ptl);
        if (pte_same(ptep_get(vmf->pte), vmf->orig_pte))
                set_pte_at(vma->vm_mm, addr, vmf->pte, pte_wrprotect(vmf->orig_pte));
        pte_unmap_unlock(vmf->pte, vmf->ptl);
}
"""
LOCK = "vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, addr, &vmf->ptl);"
SAME = "pte_same(ptep_get(vmf->pte), vmf->orig_pte)"
SET = "set_pte_at(vma->vm_mm, addr, vmf->pte, pte_wrprotect(vmf->orig_pte));"
UNLOCK = "        pte_unmap_unlock(vmf->pte, vmf->ptl);\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (LOCK, "vmf->pte = pte_offset_map(vmf->pmd, addr);"),
        # a lock of which it is not known whose it is
        (LOCK, "vmf->pte = pte_offset_map(vmf->pmd, addr);\n        spin_lock(ptl);"),
        (SAME, "addr"),
        (SAME, f"addr || {SAME}"),
        (SAME, f"!{SAME}"),
        (SAME, "pte_same(vmf->orig_pte, vmf->orig_pte)"),
        (SAME, "pte_present(ptep_get(vmf->pte))"),
        (SAME, "siskin_same(vmf)"),
        # dropped, and taken again, between the look and the change
        (SET, "{\n"
         "                pte_unmap_unlock(vmf->pte, vmf->ptl);\n"
         f"                {LOCK}\n                {SET}\n        }}"),
        # looked at before the lock
        (LOCK, f"vmf->pte = pte_offset_map(vmf->pmd, addr);\n        if (!{SAME})\n"
         f"                return;\n        {LOCK}\n        if (1)\n                {SET}"),
        # locked on one of two ways
        (LOCK, f"if (addr)\n                {LOCK}"),
        # the lock of another entry, or in some configurations only
        (LOCK, LOCK.replace("vmf->pte =", "other =")),
        (f"        if ({SAME})", f"#ifdef X\n        if ({SAME})\n#endif"),
        (f"        {LOCK}", f"#ifdef X\n        {LOCK}\n#else\n        vmf->pte = 0;\n#endif"),
        # the lock of another entry, or of the one that was pointed to before
        (LOCK, "vmf->pte = pte_offset_map(vmf->pmd, addr);\n        "
         + LOCK.replace("vmf->pte =", "other.pte =").replace("&vmf->ptl", "&other.ptl")),
        (LOCK, f"{LOCK}\n        vmf->pte = pte_offset_map(vmf->pmd, addr + 8);"),
        (SET, f"{{\n                vmf->pte++;\n                {SET}\n        }}"),
        # another entry is set
        (SET, SET.replace("vmf->pte,", "vmf->pte + 1,")),
        (SET, "siskin_set(vmf);"),
    ],
)  # fmt: skip
def test_each_operation_counts(old: str, new: str) -> None:
    assert old in CODE

    assert decided(RULE, "mm/siskin.c", CODE.replace(old, new, 1)) == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        (SAME, f"addr && {SAME}"),
        (SAME, f"likely({SAME})"),
        (
            f"        if ({SAME})\n",
            f"        if (!{SAME})\n                goto out;\n        if (1)\n",
        ),
        (LOCK, f"smp_mb();\n        {LOCK}"),
    ],
)
def test_the_same_in_other_words(old: str, new: str) -> None:
    code = CODE.replace(old, new, 1)
    if "goto out" in code:
        code = code.replace(UNLOCK, f"out:\n{UNLOCK}")

    assert decided(RULE, "mm/siskin.c", code) == [Decision.HOLDS]


@pytest.mark.parametrize(
    "words",
    [
        "Re-check the pte under the mmap_lock",
        "Re-check the pmd - we dropped the lock",
        "No need to re-check the pte - we hold the lock",
        "We used to re-check the pte here.",
        "Do we have to re-check the pte?",
        "pte_same() compares the two under the lock.",
    ],
)
def test_what_claims_no_second_look(words: str) -> None:
    assert Decision.HOLDS not in decided(RULE, "mm/siskin.c", CODE.replace(WORDS, words))


@pytest.mark.parametrize(
    "own",
    [
        "static int pte_same(pte_t a, pte_t b)\n{\n        return 1;\n}\n",
        "#define pte_same(a, b) 1\n",
        "#define pte_offset_map_lock(m, p, a, l) siskin_walk(a)\n",
    ],
)
def test_a_file_with_such_a_function_of_its_own(own: str) -> None:
    assert decided(RULE, "mm/siskin.c", own + CODE) == [Decision.UNKNOWN]
