"""The machine table: loading, its errors, and the kernel lines it rests on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reviewer.errors import MachineError
from reviewer.mmu.api import load_model, parse_litmus, simulate
from reviewer.mmu.machine import Machine, machine, machines, table
from reviewer.mmu.shown import shows

ENTRY = """
[[machine]]
name = "one"
title = "One"
arch = "x86"
model = "sc"
flush = "ipi"
tables = "page"
variants = ["flush-ipi"]
"""


def test_every_machine_has_a_model() -> None:
    for one in machines():
        load_model(one.model, one.variants)


def test_every_flag_has_evidence_or_a_reason() -> None:
    for one in machines():
        facts = {fact.name for fact in one.facts}
        for flag in one.variants - {"flush-ipi"}:
            assert flag in facts, (one.name, flag)
        assert "order" in facts, one.name


def test_the_table_has_a_row_a_machine() -> None:
    rows = table(machines())
    assert len(rows) == len(machines()) + 1
    assert len({len(row) for row in rows}) == 1


def test_one_entry_adds_a_machine(tmp_path: Path) -> None:
    path = tmp_path / "machines.toml"
    path.write_text(ENTRY)
    assert [one.name for one in machines(path)] == ["one"]


def test_unknown_machine() -> None:
    with pytest.raises(MachineError, match="no machine 'vax'"):
        machine("vax")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('flush = "ipi"', 'flush = "smoke"', "flush is one of"),
        ('flush = "ipi"', 'flush = "broadcast"', "go together"),
        ('model = "sc"', "model = 3", "expected a string for 'model'"),
        ('title = "One"', 'colour = "red"', "unknown key 'colour'"),
        ('["flush-ipi"]', '"flush-ipi"', "list of strings"),
        ("[[machine]]", "[[engine]]", r"expected \[\[machine\]\]"),
        ('name = "one"', "name = ", "Invalid value"),
    ],
)
def test_malformed_files(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "machines.toml"
    path.write_text(ENTRY.replace(old, new))
    with pytest.raises(MachineError, match=told):
        machines(path)


def test_configured() -> None:
    arm = machine("arm64")
    assert arm.configured("CONFIG_ARM64") is True
    assert arm.configured("HAVE_GUP_FAST") is True
    assert arm.configured("NUMA") is None
    assert machine("x86-64-native").configured("X86_PAE") is False


def _in_tree(one: Machine, tree: Path) -> Machine | None:
    def selects(arch: str, symbol: str) -> bool:
        text = (tree / "arch" / arch / "Kconfig").read_text(encoding="utf-8")
        return re.search(rf"^\s*(?:select|config)\s+{symbol}\b", text, re.MULTILINE) is not None

    def read(path: str) -> str | None:
        file = tree / path
        return file.read_text(encoding="utf-8") if file.is_file() else None

    return one.in_tree(selects, read)


def test_a_newer_tree_adds_a_variant() -> None:
    native = machine("x86-64-native")

    def tree(kconfig: str) -> Machine | None:
        text = "config X86\n\tselect ARCH_HAS_HW_PTE_YOUNG\n" + kconfig
        return native.in_tree(
            lambda arch, symbol: True, lambda path: text if path == "arch/x86/Kconfig" else None
        )

    old = tree("\tselect MMU_GATHER_RCU_TABLE_FREE\tif PARAVIRT\n")
    assert old == native
    new = tree("\tselect MMU_GATHER_RCU_TABLE_FREE\n")
    assert new is not None
    assert new.tables == "rcu"
    assert "table-rcu" in new.variants


SYNC = "static inline void __tlbi_sync_s1ish(void)\n{\n\tdsb(ish);\n}\n"
NOSYNC = "static inline void __flush_tlb_page_nosync(int a)\n{\n\t__tlbi(vale1is, a);\n}\n"


@pytest.mark.parametrize(
    ("text", "unshown"),
    [
        (SYNC + NOSYNC, ()),
        # The words stand in the file, but not where the flush is.
        (SYNC.replace("__tlbi_sync_s1ish", "other") + NOSYNC, ("flush",)),
        (SYNC + "/* vale1is was here */\n" + NOSYNC.replace("vale1is", "vae1"), ("flush",)),
        # As 6.1 had it.
        (SYNC + NOSYNC.replace("__flush", "flush"), ()),
        # A part of a tree says nothing.
        (None, ()),
    ],
)
def test_a_fact_that_the_tree_does_not_show(text: str | None, unshown: tuple[str, ...]) -> None:
    path = "arch/arm64/include/asm/tlbflush.h"
    found = machine("arm64").in_tree(
        lambda arch, symbol: True, lambda file: text if file == path else None
    )
    assert found is not None
    assert found.unshown == unshown


def test_a_fact_that_only_some_trees_have() -> None:
    path = "arch/x86/mm/tlb.c"
    native = machine("x86-64-native")

    def tree(flush: str) -> Machine | None:
        text = "void native_flush_tlb_multi(int a)\n{\n\ton_each_cpu_mask(a);\n"
        text += "\ton_each_cpu_cond_mask(a);\n}\n\n"
        text += "void native_flush_tlb_one_user(int a)\n{\n\tinvlpg(addr);\n}\n\n"
        text += f"void flush_tlb_mm_range(int mm)\n{{\n\t{flush}(mm);\n}}\n"
        return native.in_tree(lambda _, __: True, lambda file: text if file == path else None)

    assert tree("mmu_notifier_arch_invalidate_secondary_tlbs") == native
    old = tree("put_flush_tlb_info")
    assert old is not None
    assert native.variants - old.variants == {"shared-flush"}
    assert old.unshown == ()


@pytest.mark.parametrize(
    ("text", "name", "words", "found"),
    [
        ("#define f(a) \\\n\tg(a)\n#define h(a) k\n", "f", "g(a)", True),
        ("#define f(a) \\\n\tg(a)\n#define h(a) k\n", "f", "k", False),
        ("int f(void)\n{\n\tg();\n}\n\nint h(void)\n{\n\tk();\n}\n", "f", "k()", False),
        ("struct ops t = {\n\t.f = g,\n\n\t.h = k,\n};\n", "t", "k", True),
        ("enter:\n\tmov a, b\n\tret\n\nother:\n\tret k\n", "enter", "ret", True),
        ("enter:\n\tmov a, b\n\tret\n\nother:\n\tret k\n", "enter", "k", False),
        ("int ff(void)\n{\n\tg();\n}\n", "f", "g", False),
        (" * f() calls g()\n", "f", "g", False),
    ],
)
def test_where_a_definition_is(text: str, name: str, words: str, found: bool) -> None:
    assert shows(text, name, words) is found


def test_where_a_symbol_is() -> None:
    text = "config A\n\tselect X\n\nconfig B\n\tselect Y\n\n\thelp\n\t  As config A.\n"
    assert shows(text, "A", "X", kconfig=True)
    assert not shows(text, "A", "Y", kconfig=True)
    assert shows(text, "B", "Y", kconfig=True)


@pytest.mark.parametrize(
    ("name", "between", "verdict"),
    [
        ("arm64", "", "Never"),
        ("arm64-no-ets2", "", "Sometimes"),
        ("arm64-no-ets2", "isb();", "Never"),
    ],
)
def test_a_translation_may_be_early_without_ets2(name: str, between: str, verdict: str) -> None:
    text = "C t\n{ pte=1; page=0; }\nP0(pte_t *pte, int *page)\n{\n\tint r1;\n"
    text += f"\tWRITE_ONCE(*pte, 0); flush_tlb_page(pte); {between} r1 = user_read(pte, page);\n"
    text += "}\nexists (0:r1=0)\n"
    assert simulate(parse_litmus(text), machine(name)).verdict == verdict


def test_an_optional_feature_can_be_left_out() -> None:
    weak = machine("arm64-no-ets2")
    assert "ets2" not in weak.variants
    assert weak.variants < machine("arm64").variants
    with pytest.raises(MachineError, match="no machine"):
        machine("arm64-no-gup-fast")


@pytest.mark.real
def test_evidence_stands_in_the_tree(linux_6_12: Path) -> None:
    for one in machines():
        for fact in one.facts:
            for shown in fact.evidence:
                text = (linux_6_12 / shown.path).read_text(encoding="utf-8")
                assert shown.text in text.split("\n")[shown.line - 1], (one.name, str(shown))
                kconfig = "Kconfig" in shown.path
                assert shows(text, shown.name, shown.text, kconfig=kconfig), (one.name, str(shown))


@pytest.mark.real
def test_facts_follow_the_tree(linux_6_1: Path, linux_6_12: Path) -> None:
    now = {one.name: _in_tree(one, linux_6_12) for one in machines()}
    assert [name for name, one in now.items() if one is None] == ["x86-64-invlpgb"]
    assert all(one == machine(name) for name, one in now.items() if one is not None)
    assert all(one is None or not one.unshown for one in now.values())
    old = {one.name: _in_tree(one, linux_6_1) for one in machines()}
    assert all(one is None or not one.unshown for one in old.values())
    assert old["riscv-ipi"] is None
    sbi = old["riscv-sbi"]
    assert sbi is not None
    assert not sbi.gup_fast
    assert sbi.tables == "page"
    arm = old["arm64"]
    assert arm is not None
    assert arm.gup_fast
    assert "tlbi-batch" not in arm.variants
    pae = old["x86-pae-native"]
    assert pae is not None
    assert pae.split
