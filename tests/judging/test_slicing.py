"""Slices: from kernel code to the statements of a scenario."""

from __future__ import annotations

from reviewer.judging.machines import machines_of
from reviewer.judging.scenario import Scenario, judge
from reviewer.judging.slicing import Slice, slice_of
from reviewer.source.file import SourceFile
from tests.support import MemoryTree

HEAD = "static int f(struct vm_area_struct *vma, struct page *page, pte_t *ptep)\n{\n"


def sliced(body: str, until: str = "") -> Slice:
    source = SourceFile.parse("mm/a.c", (HEAD + body + "}\n").encode())
    function = source.functions[0]
    return slice_of(source.facts(function), function.body_start, until=until)


def test_operations_become_statements_in_order() -> None:
    part = sliced(
        "\tset_page_dirty(page);\n"
        "\tptep_clear_flush(vma, 0, ptep);\n"
        "\tsmp_mb();\n"
        "\treturn page_count(page);\n"
    )
    assert part.statements == (
        "r9 = ptep_clear_flush(pte);",
        "smp_mb();",
        "r0 = folio_ref_count(ref);",
    )


def test_what_only_a_branch_does_is_left_out() -> None:
    part = sliced(
        "\tptep_get_and_clear(vma->vm_mm, 0, ptep);\n"
        "\tif (page)\n\t\tflush_tlb_page(vma, 0);\n"
        "\treturn page_count(page);\n"
    )
    assert part.statements == ("r9 = ptep_get_and_clear(pte);", "r0 = folio_ref_count(ref);")
    assert not part.has("tlb.flush")


def test_the_slice_ends_at_the_operation_asked_for() -> None:
    part = sliced(
        "\tptep_clear_flush(vma, 0, ptep);\n"
        "\tif (page_count(page) != 1)\n\t\treturn 1;\n"
        "\tsmp_mb();\n\treturn 0;\n",
        until="ref",
    )
    assert part.statements[-1] == "r0 = folio_ref_count(ref);"
    assert len(part.statements) == 2


def test_upper_entries_use_the_collapse_flush() -> None:
    part = sliced("\tpmdp_collapse_flush(vma, 0, (pmd_t *)ptep);\n\treturn 0;\n")
    assert part.upper
    assert part.statements == ("r9 = pmdp_collapse_flush(pte);",)


def test_a_scenario_is_judged_on_each_machine() -> None:
    scenario = Scenario(
        "walker",
        "C walker\n{ pte=1; page=0; }\n"
        "P0(pte_t *pte, int *page)\n{\n\tint r9;\n\t// code\n\tsmp_mb();\n\t// then\n"
        "\tWRITE_ONCE(*page, 1);\n}\n"
        "P1(pte_t *pte, int *page)\n{\n\tint r1; int r2;\n\tlocal_irq_disable();\n"
        "\tr1 = ptep_get_lockless(pte);\n\tr2 = READ_ONCE(*page);\n\tlocal_irq_enable();\n}\n"
        "exists (1:r1=1 /\\ 1:r2=1)\n",
    ).with_code(("r9 = ptep_clear_flush(pte);",))
    machines = machines_of(MemoryTree({}))
    found = judge(scenario, machines)
    assert {"arm64", "x86-64-kvm"} <= set(found.machines.broken)
    assert {"x86-64-native", "loongarch"} <= set(found.machines.holds)
    assert found.machines.unknown == ()
    assert found.witness is not None
    assert "ptep_clear_flush" in found.witness.drawing
