"""Paths that take the same steps under other conditions, and the one test for them all."""

from __future__ import annotations

import pytest

from reviewer.evidence.models.entries import model as entries
from reviewer.evidence.models.entries.merging import merged
from reviewer.judging.scenario import Judged, Scenario, judge
from reviewer.mmu.machine import Machine, machine
from tests.evidence.otter import PROTECT, model

DIRTY = PROTECT.replace(
    "            if (pte_write(entry))\n                    entry = pte_wrprotect(entry);\n",
    "            if (pte_dirty(entry) && folio_test_dirty(folio))\n"
    "                    folio_get(folio);\n"
    "            entry = pte_wrprotect(entry);\n",
)
AGAIN = """
    static void otter_again(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
    {
            pte_t entry = ptep_get_and_clear(vma->vm_mm, addr, ptep);

            if (pte_write(entry))
                    flush_tlb_page(vma, addr);
            else
                    flush_tlb_page(vma, addr);
            set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(entry));
    }
"""


def _path(*lines: str) -> str:
    head = "C otter\n{ x=0; }\nP0(int *x)\n{"
    return "\n".join((head, *lines, "}", "P1(int *x)", "{", "}", "exists (0:r0=1)", ""))


def _through(first: str, second: str) -> str:
    return _path(
        "\tr0 = READ_ONCE(*x);",
        f"\tif ({first}r0) {{",
        "\t\tr1 = READ_ONCE(*x);",
        f"\t\tif ({second}r1) {{",
        "\t\t\tWRITE_ONCE(*x, 2);",
        "\t\t}",
        "\t}",
    )


def test_conditions_that_not_all_have_are_left_out() -> None:
    one, other = _through("", ""), _through("", "!")
    both = _path(
        "\tr0 = READ_ONCE(*x);",
        "\tif (r0) {",
        "\tr1 = READ_ONCE(*x);",
        "\tWRITE_ONCE(*x, 2);",
        "\t}",
    )
    assert merged([one, other, one]) == {one: both, other: both}
    assert merged([one, one.replace("(r1)", "(r0)")]) == {
        one: both, one.replace("(r1)", "(r0)"): both
    }  # fmt: skip
    assert "if (" not in merged([one, other, _through("!", "")])[one]


def test_a_condition_elsewhere_on_the_path_is_another_one() -> None:
    """Both have it, but one before a step that the other takes first."""
    late = _path(
        "\tr0 = READ_ONCE(*x);",
        "\tr1 = READ_ONCE(*x);",
        "\tif (r0) {",
        "\t\tif (r1) {",
        "\t\t\tWRITE_ONCE(*x, 2);",
        "\t\t}",
        "\t}",
    )
    whole = merged([_through("", ""), late])[late]
    assert "if (r0)" not in whole
    assert "if (r1)" in whole


@pytest.mark.parametrize(
    "other",
    [
        _through("", "").replace("*x, 2", "*x, 3"),
        _through("", "!").replace("x=0", "x=1"),
        _through("", "!").replace("0:r0=1", "0:r0=0"),
        _through("", "!").replace("{\n\t\t\tWRITE", "{\n\t\t\t{ }\n\t\t\tWRITE"),
        _through("", "").replace("(r1)", "(atomic_dec_and_test(x))"),
    ],
    ids=[
        "another step",
        "another beginning",
        "another question",
        "no row of steps",
        "a condition that reads",
    ],
)
def test_what_differs_otherwise_is_apart(other: str) -> None:
    assert merged([_through("", ""), other]) == {}


@pytest.mark.parametrize("code", [PROTECT, DIRTY])
def test_what_is_excluded_together_is_excluded_on_each_path(code: str) -> None:
    found = model(code, "user-write")
    on = [machine(name) for name in ("arm64", "x86-64-kvm")]
    for text, whole in merged(one.bare for one in found.tests).items():
        out = set(judge(Scenario("together", whole), on).machines.holds)
        assert out <= set(judge(Scenario("alone", text), on).machines.holds)


def test_two_ways_with_the_same_steps_are_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(scenario: Scenario, machines: list[Machine]) -> Judged:
        asked.append(scenario.text)
        return judge(scenario, machines)

    monkeypatch.setattr(entries, "judge", counted)
    found = model(AGAIN, "user-write")
    answer = entries.answer(found, [machine("arm64")])

    assert answer.machines.holds == ("arm64",)
    assert len(found.tests) == 2
    whole = {one.bare for one in found.tests}
    assert not whole & set(asked)
