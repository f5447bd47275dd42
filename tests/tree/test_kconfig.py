"""Kconfig definitions and selects."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.tree.folder import FolderTree
from reviewer.tree.kconfig import configs, parse, selected, selects
from tests.support import MemoryTree

TOP = b"""
source "arch/$(SRCARCH)/Kconfig"
source "mm/Kconfig"
"""
ARCH = b"""
config POND
\tdef_bool y
\tselect HAVE_DUCKS
\tselect SPLIT_PTE if POND_PAE && \\
\t\t!SWANS
\tselect FREE_TABLES\tif PARAVIRT # select NOT_ME
\thelp
\t  config NOT_A_SYMBOL
\t  select NOT_SELECTED

\t  select NEITHER_THIS

if WATER
menu "Birds"
\tdepends on SUMMER
config DUCK
\tbool "a duck"
\tdepends on BREAD
\tselect QUACK
endmenu
endif

config ALWAYS_WET
\tdef_bool y
\tdepends on WATER
"""


def _tree() -> MemoryTree:
    return MemoryTree(
        {
            "Kconfig": TOP,
            "arch/pond/Kconfig": ARCH,
            "arch/other/Kconfig": b"config OTHER\n\tbool\n",
            "mm/Kconfig": b"config HAVE_DUCKS\n\tbool\nconfig X\n\tselect NOT_OF_THE_ARCH\n",
        }
    )


def test_selects_of_an_arch_with_conditions_and_places() -> None:
    found = {one.symbol: one for one in selects(_tree(), "pond")}
    assert sorted(found) == [
        "ALWAYS_WET", "FREE_TABLES", "HAVE_DUCKS", "POND", "QUACK", "SPLIT_PTE",
    ]  # fmt: skip
    assert found["HAVE_DUCKS"].conditions == ()
    assert (found["HAVE_DUCKS"].path, found["HAVE_DUCKS"].line) == ("arch/pond/Kconfig", 4)
    assert [" ".join(c.split()) for c in found["SPLIT_PTE"].conditions] == ["POND_PAE && !SWANS"]
    assert found["FREE_TABLES"].conditions == ("PARAVIRT",)
    assert found["QUACK"].conditions == ("BREAD", "SUMMER", "WATER")
    assert not found["ALWAYS_WET"].forced
    assert found["ALWAYS_WET"].conditions == ("WATER",)


def test_selected_takes_the_spellings_of_an_option() -> None:
    tree = _tree()
    assert [one.symbol for one in selected(tree, "pond", "HAVE_GEESE", "HAVE_DUCKS")] == [
        "HAVE_DUCKS"
    ]
    assert selected(tree, "moon", "HAVE_DUCKS") == ()


def test_configs_follow_sources_and_not_other_archs() -> None:
    symbols = [one.symbol for one in configs(_tree(), "pond")]
    assert symbols == ["POND", "DUCK", "ALWAYS_WET", "HAVE_DUCKS", "X"]


@pytest.mark.parametrize("data", [b"", b"config", b"endif\nendmenu\n", b"help\n  x\n", b"\xff\\"])
def test_odd_files_are_read_without_failing(data: bytes) -> None:
    assert len(parse("Kconfig", data)) <= 1


@pytest.mark.real
def test_gup_fast_and_split_entries_of_real_archs(linux: Path) -> None:
    tree = FolderTree(linux)

    def has(arch: str, *symbols: str) -> bool:
        return bool(selected(tree, arch, *symbols))

    fast = ("HAVE_GUP_FAST", "HAVE_FAST_GUP")
    split = ("GUP_GET_PXX_LOW_HIGH", "GUP_GET_PTE_LOW_HIGH")
    assert all(has(arch, *fast) for arch in ("x86", "arm", "arm64", "s390", "mips", "sh"))
    assert not any(has(arch, *fast) for arch in ("sparc", "parisc", "alpha"))
    assert {arch for arch in ("x86", "mips", "sh", "arm", "riscv") if has(arch, *split)} == {
        "x86", "mips", "sh",
    }  # fmt: skip
    (pae,) = selected(tree, "x86_64", *split)
    assert pae.conditions == ("X86_PAE",)
    (tables,) = selected(tree, "x86", "MMU_GATHER_RCU_TABLE_FREE")
    assert tables.conditions == ("PARAVIRT",)
