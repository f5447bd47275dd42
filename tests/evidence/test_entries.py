"""Functions that work on page tables, modelled beside adversaries; each operation counts."""

from __future__ import annotations

import inspect

import pytest

from reviewer.evidence.models.entries.adversaries import adversaries
from reviewer.mmu.api import parse_litmus, simulate
from reviewer.mmu.machine import machine
from tests.evidence.otter import CLEAR, MOVE, PATH, PIN, PROTECT, READ, asked, model


@pytest.mark.parametrize(
    ("code", "adversary", "on"),
    [
        (PROTECT, "gup-fast-write", ("x86-64-native", "arm64")),
        (PROTECT, "user-write", ("x86-64-kvm", "arm64")),
        (PIN, "write-protect", ("x86-64-native", "arm64")),
        (PIN, "collapse", ("x86-64-kvm", "arm64")),
        (READ, "entry-replaced", ("mips32",)),
        (MOVE, "zap-moved", ("x86-64-native", "arm64")),
    ],
)
def test_excluded(code: str, adversary: str, on: tuple[str, ...]) -> None:
    found = asked(code, adversary, on)

    assert set(found.machines.holds) == set(on)
    assert found.witness is None


@pytest.mark.parametrize(
    ("code", "old", "new", "adversary", "on"),
    [
        (PROTECT, "ptep_clear_flush(vma", CLEAR, "user-write", "arm64"),
        (PROTECT, "ptep_clear_flush(vma", CLEAR, "gup-fast-write", "arm64"),
        (PIN, "unlikely(pte_val(pte) != pte_val(ptep_get(ptep)))", "0", "write-protect", "arm64"),
        (PIN, "unlikely(pmd_val(pmd) != pmd_val(*pmdp))", "0", "collapse", "arm64"),
        (READ, "                    smp_rmb();\n", "", "entry-replaced", "mips32"),
        (MOVE, "            if (flush)\n", "            if (0)\n", "zap-moved", "x86-64-native"),
    ],
)  # fmt: skip
def test_each_operation_counts(code: str, old: str, new: str, adversary: str, on: str) -> None:
    assert old in code
    found = asked(code.replace(old, new), adversary, (on,))

    assert found.machines.broken == (on,)
    assert found.witness is not None


def test_steps_swapped() -> None:
    flushed = "            if (flush)\n                    flush_tlb_range(vma, addr, end);\n"
    unlocked = "            spin_unlock(ptl);\n"

    found = asked(MOVE.replace(flushed + unlocked, unlocked + flushed), "zap-moved")

    assert set(found.machines.broken) == {"x86-64-native", "arm64"}
    assert found.witness is not None


LOOK = """
    static int otter_look(pte_t *p, unsigned long addr)
    {
            pte_t *other = p + 1;

            return other != NULL && addr;
    }
"""


@pytest.mark.parametrize(
    "helper",
    [
        "",
        "static void otter_look(pte_t *p, unsigned long addr) { p->bits |= 1; }",
        "static void otter_look(pte_t *p, unsigned long addr) { pte_t *q = p; *(q + 1) = x; }",
        "static void otter_look(pte_t *p, unsigned long addr) { otter_far(p); }",
        "static void otter_look(pte_t *p, unsigned long addr) { otter.kept = p; }",
        "static pte_t *otter_look(pte_t *p, unsigned long addr) { return p; }",
        "static pte_t *kept;\nstatic void otter_look(pte_t *p, unsigned long addr) { kept = p; }",
        "static void otter_look(pte_t *p, unsigned long a) { otter_far((unsigned long)p | 1); }",
        'static void otter_look(pte_t *p, unsigned long a) { asm volatile("st %0" :: "r"(p)); }',
        "#define otter_look(p, addr) otter_ops->look(p, addr)",
        "#define otter_look(p, addr) ((p)->bits = 0)",
        "#define otter_look otter_far",
    ],
)
def test_who_may_change_the_entry_leaves_the_answer_open(helper: str) -> None:
    """Also where the function cannot be seen at all."""
    code = PROTECT.replace("            err = 0;", "            otter_look(ptep, addr);")

    found = asked(inspect.cleandoc(helper) + "\n" + inspect.cleandoc(code), "user-write")

    assert set(found.machines.unknown) == {"x86-64-native", "arm64"}
    told = model(inspect.cleandoc(helper) + "\n" + inspect.cleandoc(code), "user-write").left_out
    assert any("otter_look() may change the entry" in one for one in told)


@pytest.mark.parametrize("helper", [LOOK, "#define otter_look(p, addr) ((void)(p))"])
def test_who_changes_nothing_leaves_the_answer(helper: str) -> None:
    code = PROTECT.replace("            err = 0;", "            otter_look(ptep, addr);")

    found = asked(inspect.cleandoc(helper) + "\n" + inspect.cleandoc(code), "user-write")

    assert set(found.machines.holds) == {"x86-64-native", "arm64"}


@pytest.mark.parametrize(
    ("helper", "adversary", "holds"),
    [
        ("{ folio->index = 0; }", "gup-fast-write", True),
        ("{ atomic_set(&folio->_refcount, 5); }", "gup-fast-write", False),
        ("{ atomic_set(&folio->_refcount, 5); }", "user-write", True),
        ("{ otter_far(&folio->page); }", "gup-fast-write", False),
        ("{ list_add(&folio->lru, &otters); }", "gup-fast-write", False),
        ("{ otter_unmap(folio->mapping); }", "gup-fast-write", False),
    ],
)
def test_who_may_change_a_count(helper: str, adversary: str, holds: bool) -> None:
    """It matters only where the adversary uses the count too."""
    told = f"static void otter_count(struct folio *folio, int to)\n{helper}\n"
    code = PROTECT.replace("            err = 0;", "            otter_count(folio, 1);")

    found = asked(told + inspect.cleandoc(code), adversary)

    assert bool(found.machines.holds) is holds
    assert bool(found.machines.unknown) is not holds


def test_a_variable_that_a_call_may_set_is_not_known_any_more() -> None:
    """A condition on it is open both ways: the path without the flush counts."""
    code = MOVE.replace(
        "            if (flush)\n", "            otter_far(&flush);\n            if (flush)\n"
    )

    found = asked(
        code, "zap-moved", ("x86-64-native",), beside="void otter_far(bool *is) { *is = 0; }\n"
    )

    assert found.machines.broken == ("x86-64-native",)


FAULT = """
    static int otter_fault(struct vm_fault *vmf, struct vm_area_struct *vma, struct folio *folio)
    {
            struct folio *fresh = otter_alloc_folio(vma);
            pte_t entry = pte_mkyoung(vmf->orig_pte);

            spin_lock(vmf->ptl);
            if (!pte_same(ptep_get(vmf->pte), vmf->orig_pte)) {
                    spin_unlock(vmf->ptl);
                    return 0;
            }
            ptep_clear_flush(vma, vmf->address, vmf->pte);
            folio_get(fresh);
            set_pte_at(vma->vm_mm, vmf->address, vmf->pte, pte_wrprotect(entry));
            spin_unlock(vmf->ptl);
            return 1;
    }
"""


def test_a_fault_knows_the_entry_that_it_was_called_for() -> None:
    found = asked(FAULT, "user-write")

    assert set(found.machines.holds) == {"x86-64-native", "arm64"}
    assert "set_pte_at(pte, pte_wrprotect(pte_mkyoung(r0)));" in found.shown.litmus.text


def test_a_new_folio_is_in_nobodys_reach() -> None:
    found = model(FAULT, "gup-fast-write")

    assert not any("folio_get" in test.litmus.text for test in found.tests)


def test_lines_name_their_source() -> None:
    found = asked(PROTECT, "gup-fast-write")

    text = found.shown.litmus.text
    assert "r1 = ptep_clear_flush(pte);" in text
    assert f"// {PATH}:16" in text
    assert f"// {PATH}:3" in text


def test_code_that_an_adversary_does_not_meet() -> None:
    found = model(PROTECT, "gup-fast-collapse")

    assert not found.applies
    assert "pmd!" in found.missing


def test_every_adversary_says_what_it_needs() -> None:
    for one in adversaries().values():
        assert one.needs
        assert one.harm
        assert {need.rstrip("!") for need in one.needs} <= one.objects | {"half"}


@pytest.mark.parametrize("name", adversaries())
def test_adversaries_run_as_they_stand(name: str) -> None:
    one = adversaries()[name]
    test = parse_litmus(one.text)

    verdict = simulate(test, machine("mips32" if one.split else "arm64")).verdict

    assert verdict == "Never"
