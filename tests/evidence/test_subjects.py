"""Which functions a patch of a helper is asked about: those whose model has the helper's body."""

from __future__ import annotations

import inspect

import pytest

from reviewer.evidence.models.entries import compare
from reviewer.evidence.models.entries.adversaries import Adversary
from reviewer.evidence.models.entries.compare import subjects
from reviewer.evidence.models.entries.model import EntryModel, entry_model
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

HELPER = """
{static}void heron_note(struct heron *h)
{{
        h->seen = 1;
}}
"""
CALLER = """
void heron_{name}(struct heron *h, struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{{
        pte_t entry;

        heron_note(h);
        entry = ptep_get_and_clear(vma->vm_mm, addr, ptep);
        set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(entry));
}}
"""


@pytest.mark.parametrize(
    ("helper", "far"),
    [("mm/heron.c", []), ("include/linux/heron.h", [("mm/egret.c", "heron_far")])],
)
def test_a_caller_that_sees_the_body(helper: str, far: list[tuple[str, str]]) -> None:
    static = "static inline " if helper.endswith(".h") else ""
    files = {
        helper: HELPER.format(static=static),
        "mm/egret.c": CALLER.format(name="far"),
    }
    near = CALLER.format(name="near")
    files["mm/heron.c"] = files.get("mm/heron.c", "") + near
    tree = MemoryTree({path: inspect.cleandoc(code).encode() for path, code in files.items()})
    library = Library(tree, memory_index(tree))
    source = library.source(helper)
    assert source is not None
    (function,) = source.functions_named("heron_note")
    found = [(at.path, one.name) for at, one in subjects(World(source, library), function)]
    assert sorted(found) == sorted([("mm/heron.c", "heron_near"), *far])


IDLE = """
void heron_idle(struct heron *h, struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
        h->seen = 1;
        if (0)
                set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(ptep_get(ptep)));
}
"""


def test_what_no_path_touches_is_sought_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside one adversary of such entries, not beside each of them."""
    made: list[str] = []

    def counted(
        world: World, source: SourceFile, function: Function, adversary: Adversary
    ) -> EntryModel:
        made.append(adversary.name)
        return entry_model(world, source, function, adversary)

    monkeypatch.setattr(compare, "entry_model", counted)
    tree = MemoryTree({"mm/heron.c": inspect.cleandoc(IDLE).encode()})
    library = Library(tree, memory_index(tree))
    source = library.source("mm/heron.c")
    assert source is not None
    (function,) = source.functions_named("heron_idle")

    assert list(subjects(World(source, library), function)) == []
    assert len(made) == 1
