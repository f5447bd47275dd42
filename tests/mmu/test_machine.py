"""The machine table: loading, its errors, and the kernel lines it rests on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reviewer.errors import MachineError
from reviewer.mmu.api import load_model
from reviewer.mmu.machine import Machine, machine, machines, table

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
        return native.in_tree(lambda arch, symbol: True, lambda path: kconfig)

    old = tree("\tselect MMU_GATHER_RCU_TABLE_FREE\tif PARAVIRT\n")
    assert old == native
    new = tree("\tselect MMU_GATHER_RCU_TABLE_FREE\n")
    assert new is not None
    assert new.tables == "rcu"
    assert "table-rcu" in new.variants


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
                lines = (linux_6_12 / shown.path).read_text(encoding="utf-8").split("\n")
                assert shown.text in lines[shown.line - 1], (one.name, str(shown))


@pytest.mark.real
def test_facts_follow_the_tree(linux_6_1: Path, linux_6_12: Path) -> None:
    now = {one.name: _in_tree(one, linux_6_12) for one in machines()}
    assert [name for name, one in now.items() if one is None] == ["x86-64-invlpgb"]
    assert all(one == machine(name) for name, one in now.items() if one is not None)
    old = {one.name: _in_tree(one, linux_6_1) for one in machines()}
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
