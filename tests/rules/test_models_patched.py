"""What a patch does to claims that models decide: what went may be elsewhere, or done otherwise."""

from __future__ import annotations

import pytest

from reviewer.evidence.removals import removed
from reviewer.review.bench import prepare
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.verdict import Decision
from reviewer.world import Library
from tests.rules import test_counted as counted
from tests.rules import test_inside as inside
from tests.rules import test_unchanged as unchanged
from tests.support import MemoryTree, memory_index

COUNTED = ("count-sees-every-reference", counted.CODE)
INSIDE = ("wait-excludes-walker", inside.CODE)
UNCHANGED = ("entry-unchanged-since-look", unchanged.CODE)
GUP = {COUNTED[0]: counted.WALKER, INSIDE[0]: inside.GUP, UNCHANGED[0]: ""}


def _patched(rule: str, before: str, after: str, gup: str | None = None) -> Decision:
    """What a rule says of the one claim of a file that a patch changes, or changes mm/gup.c."""
    path, libraries = "mm/example.c", []
    for code, walker in ((before, GUP[rule]), (after, gup if gup is not None else GUP[rule])):
        tree = MemoryTree({path: code.encode(), "mm/gup.c": walker.encode()})
        libraries.append((tree, memory_index(tree)))
    old = Library(*libraries[0])
    source = Library(*libraries[1]).source(path)
    was = old.source(path)
    assert source is not None
    assert was is not None
    now = Library(*libraries[1], removals=removed(was, source), before=old)
    review = judge_file(Judgement(prepare(Selection(only=(rule,))), now), source)
    (decision,) = {one.verdict.decision for one in review.entries if one.rule}
    return decision


BARRIER, COUNT, CALL = "smp_mb();", counted.COUNT, inside.CALL


@pytest.mark.parametrize(
    ("case", "old", "new"),
    [
        (COUNTED, BARRIER, ";"),
        (COUNTED, counted.CLEAR, "entry = ptep_get(ptep);"),
        (COUNTED, COUNT, "vma->vm_start == addr"),
        (INSIDE, CALL, ""),
        (INSIDE, CALL, CALL.replace("1)", "0)")),
        (UNCHANGED, unchanged.SAME, "addr"),
        (UNCHANGED, unchanged.LOCK, "vmf->pte = pte_offset_map(vmf->pmd, addr);"),
    ],
)
def test_what_goes_is_told(case: tuple[str, str], old: str, new: str) -> None:
    rule, code = case
    assert old in code

    assert _patched(rule, code, code.replace(old, new, 1)) is Decision.BROKEN


@pytest.mark.parametrize(
    ("case", "old", "new"),
    [
        # something else may order, or wait
        (COUNTED, BARRIER, "mb();"),
        (COUNTED, BARRIER, "smp_mb__after_atomic();"),
        (COUNTED, BARRIER, "spin_unlock(&vma->a);\n        spin_lock(&vma->a);"),
        (COUNTED, BARRIER, "atomic_inc_return(&vma->a);"),
        (INSIDE, CALL, "rcu_barrier();"),
        (INSIDE, CALL, CALL.replace("1)", "!0)")),
        (INSIDE, CALL, CALL.replace("1)", "wait)")),
        # the same is asked otherwise
        (COUNTED, COUNT, "folio_maybe_dma_pinned(folio)"),
        (COUNTED, COUNT, COUNT.replace("!=", "<")),
        (COUNTED, COUNT, "tern_busy(folio)"),
        (UNCHANGED, unchanged.SAME, "!vmf_pte_changed(vmf)"),
        (UNCHANGED, unchanged.LOCK, "guard(spinlock)(vmf->ptl);"),
        # a new way, on which there may be nobody to fear
        (COUNTED, BARRIER, "if (addr)\n                smp_mb();"),
        (INSIDE, CALL, f"if (!mm)\n                return;\n        {CALL}"),
        (UNCHANGED, unchanged.SAME, f"addr || {unchanged.SAME}"),
        # it only loses rights first
        (COUNTED, counted.CLEAR,
         "ptep_set_wrprotect(vma->vm_mm, addr, ptep);\n        entry = ptep_get(ptep);"),
    ],
)  # fmt: skip
def test_what_may_be_done_otherwise_is_unknown(case: tuple[str, str], old: str, new: str) -> None:
    rule, code = case
    assert old in code

    assert _patched(rule, code, code.replace(old, new, 1)) is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("case", "step"),
    [(COUNTED, BARRIER), (INSIDE, CALL), (COUNTED, counted.CLEAR)],
)
def test_what_callers_do_now_is_unknown(case: tuple[str, str], step: str) -> None:
    rule, code = case
    name = "tern_settle" if case is INSIDE else "tern_protect"
    caller = "\nint tern_all(struct vm_area_struct *vma, unsigned long addr)\n{{\n        {}\n"
    caller += f"        return {name}(vma, addr);\n}}}}\n"

    before = code + caller.format("")
    after = code.replace(step, ";", 1) + caller.format(step)

    assert _patched(rule, before, after) is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("old", "new", "decision"),
    [
        ("pte_val(pte) != pte_val(ptep_get(ptep))", "!pages", Decision.BROKEN),
        ("pte_val(pte) != pte_val(ptep_get(ptep))", "!pte_same(pte, ptep_get(ptep))",
         Decision.HOLDS),
        ("pte_val(ptep_get(ptep))", "pte_val(READ_ONCE(*ptep))", Decision.HOLDS),
        ("if (!folio_try_get(folio))", "spin_lock(&gup_lock);\n        if (!folio_try_get(folio))",
         Decision.UNKNOWN),
    ],
)  # fmt: skip
def test_the_walker_of_the_tree(old: str, new: str, decision: Decision) -> None:
    assert old in counted.WALKER
    walker = counted.WALKER.replace(old, new, 1)

    assert _patched(COUNTED[0], COUNTED[1], COUNTED[1], walker) is decision


def test_a_barrier_that_was_beside_no_atomic_operation() -> None:
    rule, code = COUNTED
    now = code.replace(BARRIER, "smp_mb__after_atomic();")
    flush = now.replace(counted.CLEAR, "entry = ptep_clear_flush(vma, addr, ptep);")
    bare = now.replace("smp_mb__after_atomic();", "smp_wmb();")

    assert _patched(rule, flush, now) is Decision.UNKNOWN
    assert _patched(rule, flush.replace("smp_mb__after_atomic();", "smp_wmb();"), bare) is (
        Decision.BROKEN
    )
