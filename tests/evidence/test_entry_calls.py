"""Calls that are not followed: who may change an entry, and who certainly does not."""

from __future__ import annotations

import inspect

import pytest

from tests.evidence.otter import CLEAR, PROTECT, asked


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
