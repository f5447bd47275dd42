"""Paths that need not be asked about beside an adversary."""

from __future__ import annotations

import pytest

from reviewer.evidence.models.entries.adversaries import Adversary, adversaries
from reviewer.evidence.models.entries.lean import changes_nothing, lean
from reviewer.evidence.models.entries.model import answer
from reviewer.judging.scenario import Scenario, judge
from reviewer.mmu.machine import machine
from tests.evidence.otter import PROTECT, model

MACHINES = ("arm64", "x86-64-kvm", "mips32", "sparc64", "powerpc64-hash")
CHANGING = [one for one in adversaries().values() if any(n.endswith("!") for n in one.needs)]


@pytest.mark.parametrize("adversary", CHANGING, ids=lambda one: one.name)
def test_no_adversary_reaches_its_outcome_beside_code_that_changes_nothing(
    adversary: Adversary,
) -> None:
    idle = Scenario(adversary.name, adversary.with_code([*adversary.then], ""))
    on = [one for name in MACHINES if adversary.runs_on(one := machine(name))]

    assert set(judge(idle, on).machines.holds) == {one.name for one in on}


def test_paths_that_change_no_entry_are_passed_by() -> None:
    found = model(PROTECT, "user-write")
    idle = [one for one in found.tests if changes_nothing(one, found.adversary)]

    assert len(idle) == 1
    assert "set_pte_at" not in idle[0].bare


PUTS = PROTECT.replace(
    "            err = 0;",
    "            folio_put(folio);\n            folio_get(folio);\n            err = 0;",
)


def test_what_only_the_code_touches_is_left_out_unless_it_reads_it() -> None:
    found = model(PUTS.replace("otter_shared(folio)", "busy"), "user-write")
    whole = [one.bare for one in found.tests if "folio_put(ref)" in one.bare]

    assert whole
    assert not any("(ref)" in lean(one, found.adversary) for one in found.tests)
    read = model(PUTS, "user-write")
    kept = [lean(one, read.adversary) for one in read.tests if "folio_put(ref)" in one.bare]
    assert kept
    assert all("folio_put(ref)" in one for one in kept)


def test_what_another_thread_touches_stays() -> None:
    found = model(PUTS, "gup-fast-write")

    assert all(lean(one, found.adversary) == one.bare for one in found.tests)


@pytest.mark.parametrize("clear", ["ptep_clear_flush(vma", "ptep_get_and_clear(vma->vm_mm"])
def test_the_answer_is_that_of_every_path_asked_as_it_stands(clear: str) -> None:
    found = model(PUTS.replace("ptep_clear_flush(vma", clear), "user-write")
    on = [machine(name) for name in ("arm64", "x86-64-kvm")]
    whole = [judge(Scenario("whole", one.bare), on).machines for one in found.tests]

    broken = {name for one in whole for name in one.broken}
    assert set(answer(found, on).machines.broken) == broken
    assert bool(broken) == ("flush" not in clear)
