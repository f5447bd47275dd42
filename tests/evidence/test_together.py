"""Paths that are asked about by one test: no more and no fewer are possible than one by one."""

from __future__ import annotations

import pytest

from reviewer.errors import LitmusError
from reviewer.evidence.models.entries.lean import lean
from reviewer.evidence.models.entries.merging import merged
from reviewer.evidence.models.entries.possible import shown
from reviewer.evidence.models.entries.together import tree
from reviewer.judging.scenario import Scenario, endings, judge
from reviewer.mmu.machine import machine
from tests.evidence.otter import PIN, PROTECT, model

UNFLUSHED = PROTECT.replace("ptep_clear_flush(vma, addr", "ptep_get_and_clear(vma->vm_mm, addr")
MACHINES = ("arm64", "x86-64-kvm", "x86-64-native")
HEAD = "C one\n{ x=0; y=0; }\nP0(int *x, int *y)\n{\n"
REST = "}\nP1(int *x, int *y)\n{\n\tint r1;\n\tr1 = READ_ONCE(*y);\n}\nexists (1:r1=1)\n"


def _test(*lines: str) -> str:
    return HEAD + "".join(f"\t{one}\n" for one in lines) + REST


@pytest.mark.parametrize("code", [PROTECT, UNFLUSHED], ids=["flushed", "unflushed"])
@pytest.mark.parametrize("adversary", ["gup-fast-write", "user-write", "process-reads", "collapse"])
@pytest.mark.parametrize("on", MACHINES)
def test_the_tree_tells_of_each_path_what_it_tells_alone(
    code: str, adversary: str, on: str
) -> None:
    texts = [one.bare for one in model(code, adversary).tests]
    whole = tree(texts)
    assert whole is not None

    ends = endings(whole.asked_by_way, machine(on))
    alone = [one for one in texts if judge(Scenario("", one), [machine(on)]).machines.broken]

    assert ends is not None
    assert list(whole.ending(texts, ends)) == alone


def test_a_path_that_ends_where_another_goes_on_and_one_that_is_there_twice() -> None:
    short, long = _test("WRITE_ONCE(*x, 1);"), _test("WRITE_ONCE(*x, 1);", "WRITE_ONCE(*y, 1);")
    texts = [short, long, short]
    whole = tree(texts)
    assert whole is not None

    ends = endings(whole.asked_by_way, machine("arm64"))

    assert ends is not None
    assert whole.ending(texts, ends) == (long,)


def test_what_is_possible_before_a_condition_is_not_met_counts_for_all_paths_with_it() -> None:
    lines = ("WRITE_ONCE(*y, 1);", "int r0;", "r0 = READ_ONCE(*x);", "if (r0) {")
    texts = [_test(*lines, "WRITE_ONCE(*x, 2);", "}"), _test(*lines, "WRITE_ONCE(*x, 3);", "}")]
    whole = tree(texts)
    assert whole is not None

    ends = endings(whole.asked_by_way, machine("arm64"))

    assert ends is not None
    assert whole.ending(texts, ends) == tuple(texts)


def test_tests_of_another_shape_are_not_put_together() -> None:
    other = _test("if (1) {", "WRITE_ONCE(*x, 1);", "} else {", "WRITE_ONCE(*y, 1);", "}")

    assert tree([_test("WRITE_ONCE(*x, 1);"), other]) is None
    assert tree([_test("WRITE_ONCE(*x, 1);"), _test("smp_mb();").replace("x=0", "x=1")]) is None
    assert tree([_test("int way;", "WRITE_ONCE(*x, 1);")]) is None


def test_what_cannot_be_run_leaves_the_others_as_they_are() -> None:
    good, bad = _test("WRITE_ONCE(*y, 1);"), _test("otter_unheard_of(y);")
    with pytest.raises(LitmusError):
        judge(Scenario("", bad), [machine("arm64")])

    found = dict(shown("", [_test("smp_mb();"), good, bad], {}, machine("arm64")))

    assert found == {good: False, bad: True}


def test_what_a_test_with_more_outcomes_excludes_is_not_asked() -> None:
    found = model(PROTECT, "gup-fast-write")
    texts = [one.bare for one in found.tests]
    shorter = {one.bare: lean(one, found.adversary) for one in found.tests}
    together = merged(shorter.values())
    looser = {text: together.get(short, short) for text, short in shorter.items()}

    for on in map(machine, MACHINES):
        assert dict(shown("", texts, looser, on)) == dict(shown("", texts, {}, on))


def test_a_walker_s_own_conditions_make_no_difference() -> None:
    texts = [one.bare for one in model(PIN, "write-protect").tests]

    found = dict(shown("", texts, {}, machine("arm64")))

    alone = {one for one in texts if judge(Scenario("", one), [machine("arm64")]).machines.broken}
    assert set(found) == alone
