"""docs/primitives.md is what the definitions say."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.mmu.litmus.page import page
from reviewer.mmu.litmus.signatures import all_forms
from reviewer.mmu.machine import Machine, machines
from reviewer.mmu.model import load_model

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "primitives.md"


def test_the_page_is_current() -> None:
    if os.environ.get("KSTALE_PROMOTE"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "make docs"


def test_every_primitive_is_on_the_page() -> None:
    text = page()
    for name in load_model("lkmm").definitions:
        if "/" in name or name.startswith(("unguard_", "__hw")):
            continue
        shown = f"guard({name[6:]})" if name.startswith("guard_") else name
        assert f"`{shown}" in text, name


def test_every_kernel_form_is_of_a_primitive() -> None:
    definitions = load_model("lkmm").definitions
    for name, forms in all_forms().items():
        assert name in definitions, name
        for form in forms:
            count = sum(word.isupper() for word in form)
            assert f"{name}/{count}" in definitions, name
            assert f"{name}/{len(form)}" not in definitions or len(form) != count, name


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        ("a flush interrupts", lambda m: "flush-ipi" in m.variants),
        ("the change of a present", lambda m: {"pte-flush", "change-flush"} & set(m.variants)),
        ("tables are freed at once", lambda m: "table-rcu" not in m.variants),
        ("`tlb_remove_table_sync_one", lambda m: "table-sync" not in m.variants),
        ("entries of two words", lambda m: "split" in m.variants),
    ],
)
def test_the_guide_names_the_machines(row: str, fits: Callable[[Machine], object]) -> None:
    guide = (DOCS / "simulator.md").read_text(encoding="utf-8")
    line = next(line for line in guide.splitlines() if line.startswith(f"| {row}"))
    named = re.findall(r"[\w-]+", line.split("|")[2])
    assert sorted(named) == sorted(one.name for one in machines() if fits(one))
