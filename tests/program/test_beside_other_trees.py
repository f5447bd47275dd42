"""What a program says is the same whatever other trees lie in its store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from string import ascii_lowercase

import pytest

from reviewer.program.opening import open_program
from reviewer.program.program import Program
from reviewer.tree.overlay import Overlay
from reviewer.unit.store import Store
from tests.support import MemoryTree

_LETTERS = [one + other for one in ascii_lowercase for other in ascii_lowercase]
SHARED = "".join(f"int heron_nest_{one}(int egg);\n" for one in _LETTERS[:40]) + (
    "int heron_feed_young(int egg);\nint wader_feed_chick(int egg);\n"
)
"""A header of every tree here."""
MANY_HERONS = "".join(f"int heron_{one}_{two}(void);\n" for one in _LETTERS for two in "abcdef")
MANY_FEEDS = "".join(f"int feed_{one}_{two}(void);\n" for one in _LETTERS for two in "abcdef")
REGISTERS = "".join(f"#define HERON_REG_{number} {number}\n" for number in range(5000))
PASTED = "int heron_gone_now = 1;\n"


class _Tree(MemoryTree):
    """A tree that the store tells from others by what is in it."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__(files)
        self.identity = repr(sorted(files.items()))


def tree_of(**files: str) -> MemoryTree:
    return _Tree({f"mm/{name}.h": text.encode() for name, text in files.items()})


def answers(program: Program) -> tuple[object, ...]:
    return (
        program.similar("heron_nests", 9),
        program.similar("heron_qua_c", 9),
        program.similar("heron_feed_youngs", 9),
        program.similar("wader_nest_aa", 9),
        program.similar("HERON_REG_17_OLD", 9),
        program.ending("feed_young", "drivers/none"),
        program.beginning("heron_", 3),
        program.beginning("heron_gone", 3),
    )


def opened(folder: Path, trees: Iterable[MemoryTree]) -> Program:
    store = Store(folder)
    return [open_program(tree, store=store) for tree in trees][-1]


HERE = tree_of(shared=SHARED, other="int use(void)\n{\n\treturn heron_gone_now;\n}\n")
CROWDED = tree_of(shared=SHARED, many=MANY_HERONS, regs=REGISTERS)
OTHERS = {
    "herons": [tree_of(shared=SHARED, many=MANY_HERONS)],
    "feeds": [tree_of(shared=SHARED, many=MANY_FEEDS)],
    "both": [tree_of(shared=SHARED, many=MANY_HERONS), tree_of(more=MANY_FEEDS), tree_of(x=PASTED)],
    "few": [tree_of(regs="#define HERON_REG_17_NEW 1\nint heron_nest_zz(void);\n", x=PASTED)],
    "merged": [tree_of(one=f"int heron_fed_{one};\n{SHARED}") for one in _LETTERS[:12]],
}


@pytest.mark.parametrize("others", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("tree", [HERE, CROWDED], ids=["few", "many"])
def test_other_trees_change_no_answer(
    tree: MemoryTree, others: list[MemoryTree], tmp_path: Path
) -> None:
    alone = answers(opened(tmp_path / "alone", [tree]))
    assert bool(alone[0]) == (tree is HERE), "a word of thousands of names leads to none"
    assert alone[2]
    assert answers(opened(tmp_path / "before", [tree, *others, tree])) == alone
    assert answers(opened(tmp_path / "behind", [*others, tree])) == alone


def test_a_word_is_as_common_in_a_copy_as_in_the_file(tmp_path: Path) -> None:
    half = MANY_HERONS[: len(MANY_HERONS) // 2]
    base = {"mm/shared.h": SHARED.encode(), "mm/many.h": half.encode()}
    copied = {"mm/copy.h": half.encode(), "mm/again.h": half.encode()}
    under = open_program(_Tree(base), store=Store(tmp_path / "under"))
    patched = under.over(Overlay(under.tree, dict(copied)))
    whole = open_program(_Tree(base | copied), store=Store(tmp_path / "whole"))
    assert answers(patched) == answers(whole)
    assert answers(whole) != answers(under), "the copies make a word common"
