"""Functions that work on page tables, modelled beside adversaries; each operation counts."""

from __future__ import annotations

import inspect

import pytest

from reviewer.evidence.models.entries.adversaries import adversaries
from reviewer.evidence.models.entries.model import Answer, EntryModel, answer, entry_model
from reviewer.mmu.api import parse_litmus, simulate
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


@pytest.mark.parametrize(
    ("body", "call", "known"),
    [
        ("vma->vm_flags = addr;", "otter_reset(vma, addr);", True),
        ("if (vma->vm_mm->nr > addr) otter_note(addr);", "otter_reset(vma, addr);", False),
        ("set_pte_at(vma->vm_mm, addr, pte_offset_map(vma->vm_mm->pgd, addr), fresh);",
         "otter_reset(vma, addr);", False),
        ("flush_tlb_range(vma, addr, addr + 1);", "otter_reset(vma, addr);", False),
        ("vma->vm_ops->otter(vma);", "otter_reset(vma, addr);", False),
        ("otter.vma = vma;", "otter_reset(vma, addr);", False),
        ("otter_unmap(vma->vm_file);", "otter_reset(vma, addr);", False),
        ("otter_count += addr;", "otter_reset(NULL, addr);", True),
        ("struct mm_struct *mm = current->mm; ptep_clear(mm, addr, otter_at(mm, addr));",
         "otter_reset(NULL, addr);", False),
    ],
)  # fmt: skip
def test_who_gets_the_address_space_or_an_address(body: str, call: str, known: bool) -> None:
    """It may reach the entry by them: never taken to leave it alone unless that is seen."""
    helper = f"void otter_reset(struct vm_area_struct *vma, unsigned long addr)\n{{\n\t{body}\n}}\n"
    code = PROTECT.replace("            err = 0;", f"            {call}")

    found = asked(code, "user-write", beside=helper)

    assert bool(found.machines.holds) is known
    assert bool(found.machines.unknown) is not known


def test_a_path_through_a_call_that_may_flush_shows_nothing() -> None:
    """Without the flush in sight the outcome is possible, but who knows what the call does."""
    helper = "void otter_reset(struct vm_area_struct *vma)\n{\n\tflush_tlb_mm(vma->vm_mm);\n}\n"
    code = PROTECT.replace("ptep_clear_flush(vma", CLEAR).replace(
        "            if (otter_shared",
        "            otter_reset(vma);\n            if (otter_shared",
    )

    found = asked(code, "user-write", beside=helper)

    assert found.machines.broken == ()
    assert set(found.machines.unknown) == {"x86-64-native", "arm64"}


def test_a_value_that_is_not_known_shows_nothing() -> None:
    """Who knows whether a walker may write through it: neither Never nor Sometimes."""
    code = PROTECT.replace("entry = pte_wrprotect(entry)", "entry = vma->vm_mask & entry")

    found = asked(code, "user-write")

    assert found.machines.broken == ()
    assert set(found.machines.unknown) == {"x86-64-native", "arm64"}


@pytest.mark.parametrize(
    ("body", "call", "known"),
    [
        ("", "otter_nowhere(1);", False),
        ("", "otter_ops->reset(1);", False),
        ("otter_count += how;", "otter_reset(1);", True),
        ("spin_lock(&otters);\n\totter_count++;\n\tspin_unlock(&otters);", "otter_reset(1);", True),
        ("flush_tlb_all();", "otter_reset(1);", False),
        ("local_irq_enable();", "otter_reset(1);", False),
        ("unsigned long flags;\n\tlocal_irq_save(flags);\n\totter_count++;\n"
         "\tlocal_irq_restore(flags);", "otter_reset(1);", True),
        ("otter_hook(how);", "otter_reset(1);", False),
        ('asm volatile("wipe" ::: "memory");', "otter_reset(1);", False),
    ],
)  # fmt: skip
def test_who_is_given_nothing_still_has_globals(body: str, call: str, known: bool) -> None:
    """It may flush, let interrupts in, or do what nobody sees."""
    helper = f"void otter_reset(int how)\n{{\n\t{body}\n}}\n"
    code = PROTECT.replace("            err = 0;", f"            {call}")

    found = asked(code, "user-write", beside=helper)

    assert bool(found.machines.holds) is known
    assert bool(found.machines.unknown) is not known


@pytest.mark.parametrize("given", ["int *p", "struct folio *p", "pte_t *p", "struct mm_struct *p"])
@pytest.mark.parametrize(
    ("body", "known"),
    [
        ("if (p) otter_count++;", True),
        ("local_irq_enable();", False),
        ("set_pte_at(&otter_mm, 1, otter_pte, fresh);", False),
        ("otter_ops->reset(1);", False),
        ("otter_nowhere(1);", False),
    ],
)
def test_who_is_given_something_has_globals_too(given: str, body: str, known: bool) -> None:
    """What comes of the pointer is one question; what is done beside it another."""
    helper = f"void otter_reset({given})\n{{\n\t{body}\n}}\n"
    argument = {"int": "&err", "pte_t": "ptep", "struct folio": "folio"}.get(
        given.partition(" *")[0], "vma->vm_mm"
    )
    code = PROTECT.replace("            err = 0;", f"            otter_reset({argument});")

    found = asked(code, "user-write", beside=helper)

    assert bool(found.machines.holds) is known
    assert bool(found.machines.unknown) is not known


def test_a_path_that_only_leaves_it_to_another_counts() -> None:
    """No operation is seen on it, but all may be in the call."""
    code = PROTECT.replace(
        "            spin_lock(ptl);",
        "            if (addr & 1)\n                    return otter_far(vma, addr, ptep);\n"
        "            spin_lock(ptl);",
    )

    found = asked(code, "user-write")

    assert set(found.machines.unknown) == {"x86-64-native", "arm64"}


@pytest.mark.parametrize("name", ["assert_otter", "lockdep_otter", "trace_otter", "count_vm_otter"])
def test_a_check_by_its_name_alone_is_read(name: str) -> None:
    helper = f"static void {name}(pte_t *p) {{ p->bits |= 1; }}\n"
    code = PROTECT.replace("            err = 0;", f"            {name}(ptep);")

    found = asked(helper + inspect.cleandoc(code), "user-write")

    assert set(found.machines.unknown) == {"x86-64-native", "arm64"}


@pytest.mark.parametrize(
    ("call", "beside"),
    [
        ("is_otter(1);", "void is_otter(int how)\n{\n\tflush_tlb_all();\n}\n"),
        ("is_otter(ptep);", "void is_otter(pte_t *p)\n{\n\tp->bits |= 1;\n}\n"),
        ("memcpy(ptep, &entry, sizeof(entry));", ""),
    ],
)
def test_what_the_table_calls_pure_is_not_taken_to_change_nothing(call: str, beside: str) -> None:
    """It has no effect on order by that word; and ``is_*`` there are the kernel's own."""
    code = PROTECT.replace("            err = 0;", f"            {call}")

    found = asked(code, "user-write", beside=beside)

    assert set(found.machines.unknown) == {"x86-64-native", "arm64"}


@pytest.mark.parametrize(
    "write",
    [
        "*ptep = entry;",
        "ptep[0] = entry;",
        "ptep->pte |= 1;",
        "*(unsigned long *)ptep = pte_val(entry);",
        "set_bit(1, (unsigned long *)ptep);",
        'asm volatile("st %0" :: "r"(ptep));',
    ],
)
def test_an_entry_that_is_written_in_place(write: str) -> None:
    """Between two flushes a walker may take up the old entry again."""
    cleared = f"{write}\n            entry = {CLEAR}, addr, ptep);"
    code = PROTECT.replace(
        "            if (otter_shared", f"            {cleared}\n            if (otter_shared"
    )
    assert asked(code.replace(write, ";"), "user-write").machines.holds

    assert set(asked(code, "user-write").machines.unknown) == {"x86-64-native", "arm64"}


@pytest.mark.parametrize(
    "pointer",
    [
        "pte_t *other = vma->vm_private_data;",
        "pte_t *other = ptep + otter_far;",
        "pte_t *other = vma->vm_private_data;\n            if (addr)\n other = ptep;",
    ],
)
def test_an_entry_by_another_pointer_may_be_the_same(pointer: str) -> None:
    """What is set by a pointer that may lead to the entry may be a translation of the old page."""
    code = PROTECT.replace("int err = -EFAULT;", f"int err = -EFAULT;\n            {pointer}")
    written = f"set_pte_at(vma->vm_mm, addr, other, entry);\n            {CLEAR}, addr, other);"
    again = code.replace(
        "            if (otter_shared", f"            {written}\n            if (otter_shared"
    )

    assert asked(code, "user-write").machines.holds == ("x86-64-native", "arm64")
    assert asked(again, "user-write").machines.holds == ()
    apart = again.replace("pte_t *ptep,", "pte_t *ptep, pte_t *next,").replace(", other", ", next")
    assert asked(apart, "user-write").machines.holds == ("x86-64-native", "arm64")


@pytest.mark.parametrize("moved", ["ptep++;", "ptep += 1;", "ptep = ptep + 1;"])
def test_a_pointer_that_was_moved_leads_to_another_entry(moved: str) -> None:
    """The flush of the next entry leaves translations of the one that was changed."""
    clear = "entry = ptep_clear_flush(vma"
    code = PROTECT.replace(
        clear,
        f"ptep_set_wrprotect(vma->vm_mm, addr, ptep);\n            {moved}\n            {clear}",
    )

    unmoved = asked(code.replace(moved, ""), "user-write")
    assert unmoved.machines.holds == ("x86-64-native", "arm64")
    assert asked(code, "user-write").machines.holds == ()


@pytest.mark.parametrize(
    ("second", "known"),
    [
        ("pte_offset_map_nolock(vma->vm_mm, &copy, addr, &ptl)", True),
        ("pte_offset_map_nolock(vma->vm_mm, pmd, addr + 4096, &ptl)", False),
        ("pte_offset_map_nolock(vma->vm_mm, pmd, end, &ptl)", False),
    ],
)
def test_walks_to_one_address_lead_to_one_entry(second: str, known: bool) -> None:
    """Also by a copy of the entry above; what other walks lead to is not known."""
    code = PROTECT.replace("pte_t *ptep,", "unsigned long end,")
    code = code.replace(
        "int err = -EFAULT;",
        "int err = -EFAULT;\n            pmd_t *pmd = vma->vm_private_data;\n"
        "            pmd_t copy = *pmd;\n"
        "            pte_t *ptep = pte_offset_map(pmd, addr);\n            pte_t *other = NULL;\n\n"
        f"            if (!other++)\n                    other = {second};",
    )
    code = code.replace("entry = ptep_clear_flush(vma, addr, ptep)",
        "ptep_set_wrprotect(vma->vm_mm, addr, ptep);\n"
        "            entry = ptep_clear_flush(vma, addr, other)")  # fmt: skip

    held = asked(code, "user-write").machines.holds
    assert held == (("x86-64-native", "arm64") if known else ())


def test_walks_from_two_parameters_lead_to_two_entries() -> None:
    code = MOVE.replace("pte_t *old_pte, pte_t *new_pte,", "pmd_t *old_pmd, pmd_t *new_pmd,")
    code = code.replace(
        "pte_t pte;",
        "pte_t pte;\n            pte_t *old_pte = pte_offset_map(old_pmd, addr);\n"
        "            pte_t *new_pte = pte_offset_map(new_pmd, addr);",
    )

    assert asked(code, "zap-moved").machines.holds == ("x86-64-native", "arm64")


def test_a_jump_back_is_a_loop_of_which_one_turn_is_followed() -> None:
    code = PROTECT.replace("            spin_lock(ptl);", "    again:\n            spin_lock(ptl);")
    code = code.replace(
        "if (!pte_present(entry))\n                    goto out;",
        "if (!pte_present(entry)) {\n                    spin_unlock(ptl);\n"
        "                    goto again;\n            }",
    )
    assert "goto again" in code

    found = model(code, "user-write")
    assert {test.litmus.text.count("ptep_get(") for test in found.tests} == {1}


def test_a_value_that_is_given_back_is_no_entry() -> None:
    code = PROTECT.replace("*ptl, struct folio *folio)", "*ptl, struct folio *folio, pte_t *old)")
    code = code.replace("            err = 0;", "            *old = entry;\n            err = 0;")
    assert "pte_t *old" in code

    assert set(asked(code, "user-write").machines.holds) == {"x86-64-native", "arm64"}


SHARE = """
    static inline void otter_clear(struct page *exclusive)
    {
            ClearPageAnonExclusive(exclusive);
    }

    static int otter_share(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                           struct folio *folio, int device)
    {
            struct page *page;
            pte_t entry;

            if (device)
                    page = &folio->page;
            else
                    page = folio_page(folio, addr);
            if (!PageAnonExclusive(page))
                    return 0;
            entry = ptep_get_and_clear(vma->vm_mm, addr, ptep);
            smp_mb();
            if (folio_maybe_dma_pinned(folio)) {
                    set_pte_at(vma->vm_mm, addr, ptep, entry);
                    return -EBUSY;
            }
            otter_clear(page);
            smp_mb__after_atomic();
            set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(entry));
            return 0;
    }
"""


def test_a_folio_and_its_first_page_are_one_on_whichever_path() -> None:
    assert asked(SHARE, "gup-fast-pin", ("arm64",)).machines.holds == ("arm64",)
    found = asked(SHARE.replace("            smp_mb();\n", ""), "gup-fast-pin", ("arm64",))
    assert found.machines.broken == ("arm64",)


MOVE_HUGE = """
    static pmd_t otter_plain(pmd_t pmd)
    {
            if (pmd_none(pmd))
                    return pmd;
            return pmd_clear_uffd_wp(pmd);
    }

    static bool otter_move_huge(struct vm_area_struct *vma, unsigned long addr,
                                pmd_t *old_pmd, pmd_t *new_pmd)
    {
            spinlock_t *ptl;
            pmd_t pmd;

            if (!pmd_none(*new_pmd))
                    return false;
            ptl = pmd_lock(vma->vm_mm, old_pmd);
            pmd = pmdp_huge_get_and_clear(vma->vm_mm, addr, old_pmd);
            pmd = otter_plain(pmd);
            set_pmd_at(vma->vm_mm, addr, new_pmd, pmd);
            flush_pmd_tlb_range(vma, addr, addr + HPAGE_PMD_SIZE);
            spin_unlock(ptl);
            return true;
    }
"""


def test_a_huge_entry_is_moved() -> None:
    """The first entry that is changed is the adversary's, though the other is read before it."""
    flush = "            flush_pmd_tlb_range(vma, addr, addr + HPAGE_PMD_SIZE);\n"
    unlock = "            spin_unlock(ptl);\n"

    found = [
        asked(MOVE_HUGE.replace(flush + unlock, steps), "zap-moved-pmd").machines
        for steps in (flush + unlock, unlock + flush, unlock)
    ]

    assert set(found[0].holds) == {"x86-64-native", "arm64"}
    assert set(found[1].broken) == {"x86-64-native", "arm64"}
    assert set(found[2].broken) == {"x86-64-native", "arm64"}


def test_paths_that_cannot_be_taken_exclude_nothing() -> None:
    code = """
        static int otter_fill(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                              pte_t fresh)
        {
                if (!pte_none(ptep_get(ptep)))
                        return -EEXIST;
                set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(fresh));
                return 0;
        }
    """

    found = asked(code, "user-write")

    assert found.machines.unknown == ("x86-64-native", "arm64")


def test_an_exclusive_page_is_shared() -> None:
    """Who pins it as an exclusive one finds the flag cleared, or its entry left as it was."""
    code = """
        static int otter_share(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                               struct folio *folio)
        {
                pte_t entry = ptep_clear_flush(vma, addr, ptep);

                smp_mb();
                if (folio_maybe_dma_pinned(folio)) {
                        set_pte_at(vma->vm_mm, addr, ptep, entry);
                        return -EBUSY;
                }
                ClearPageAnonExclusive(&folio->page);
                smp_mb__after_atomic();
                set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(entry));
                return 0;
        }
    """
    on = [machine("x86-64-native"), machine("arm64")]
    cleared = "                ClearPageAnonExclusive(&folio->page);\n"
    looked = "if (folio_maybe_dma_pinned(folio))"

    right, uncleared, unlooked = (
        answer(model(code.replace(old, new), "gup-fast-pin-changed"), on).machines
        for old, new in ((cleared, cleared), (cleared, ""), (looked, "if (0)"))
    )

    assert set(right.holds) == {"x86-64-native", "arm64"}
    assert set(uncleared.broken) == {"x86-64-native", "arm64"}
    assert set(unlooked.broken) == {"x86-64-native", "arm64"}


@pytest.mark.parametrize(
    "put",
    [
        "                    set_pte_at(vma->vm_mm, addr, ptep, entry);\n",
        "                    entry = pte_wrprotect(entry);\n"
        "            set_pte_at(vma->vm_mm, addr, ptep, entry);\n",
    ],
)
def test_an_entry_that_is_put_back(put: str) -> None:
    """The process finds its memory, though a walker had a pin for a moment."""
    assert put in PROTECT

    right = asked(PROTECT, "process-reads")
    lost = asked(PROTECT.replace(put, "                    ;\n", 1), "process-reads")

    assert set(right.machines.holds) == {"x86-64-native", "arm64"}
    assert set(lost.machines.broken) == {"x86-64-native", "arm64"}


def test_a_batch_of_flushes_that_is_not_ended() -> None:
    """On sparc64 an entry's change is flushed when lazy MMU mode is left (arch/sparc/mm/tlb.c)."""
    leave = "            arch_leave_lazy_mmu_mode();\n"
    code = MOVE.replace(
        "            for (", "            arch_enter_lazy_mmu_mode();\n            for ("
    )
    code = code.replace("            if (flush)\n", f"{leave}            if (flush)\n")

    assert asked(code, "user-write", ("sparc64",)).machines.holds
    assert asked(code.replace(leave, ""), "user-write", ("sparc64",)).machines.broken
