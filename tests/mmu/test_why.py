"""What forbids an outcome, or would: each answer is checked by running the program again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reviewer.cli.main import main
from reviewer.mmu.api import load_model, machine_model, parse_litmus
from reviewer.mmu.machine import machine
from reviewer.mmu.why import why

MP = """C mp
{ x=0; y=0; }
P0(int *x, int *y)
{
	WRITE_ONCE(*x, 1);
	%s
	WRITE_ONCE(*y, 1);
}
P1(int *x, int *y)
{
	int r1; int r2;
	r1 = READ_ONCE(*y);
	%s
	r2 = READ_ONCE(*x);
}
exists (1:r1=1 /\\ 1:r2=0)
"""

WALKER = """C walker
{ pte=1; page=0; }
P0(pte_t *pte, int *page)
{
	ptep_clear_flush(pte);
	WRITE_ONCE(*page, 1);
}
P1(pte_t *pte, int *page)
{
	int r1; int r2;
	local_irq_disable();
	r1 = ptep_get_lockless(pte);
	if (pte_present(r1))
		r2 = READ_ONCE(*page);
	local_irq_enable();
}
exists (1:r1=1 /\\ 1:r2=1)
"""


def test_the_missing_read_barrier() -> None:
    found = why(parse_litmus(MP % ("smp_wmb();", "")), load_model("lkmm"), "Sometimes")
    assert {(one.thread, one.what, one.source.line) for one in found.remedies} == {
        (0, "smp_call_function() before", 6),
        (0, "smp_call_function() before", 7),
        (1, "an acquire instead of", 12),
        (1, "smp_rmb() before", 14),
    }
    assert found.complete


def test_of_two_missing_barriers_only_an_interrupt_makes_up() -> None:
    """An interrupt that every CPU takes is a barrier on all of them."""
    found = why(parse_litmus(MP % ("", "")), load_model("lkmm"), "Sometimes")
    assert {(one.thread, one.what, one.source.line) for one in found.remedies} == {
        (0, "smp_call_function() before", 7),
        (1, "smp_call_function() before", 14),
    }
    assert found.complete


def test_both_barriers_are_needed() -> None:
    found = why(parse_litmus(MP % ("smp_wmb();", "smp_rmb();")), load_model("lkmm"), "Never")
    assert [(one.thread, one.source.line) for one in found.needed] == [(0, 6), (1, 13)]


def test_what_the_machine_orders_anyhow_is_not_needed() -> None:
    found = why(parse_litmus(MP % ("smp_wmb();", "smp_rmb();")), load_model("tso"), "Never")
    assert found.needed == ()


def test_the_wait_that_a_broadcast_flush_is_not() -> None:
    found = why(parse_litmus(WALKER), machine_model(machine("arm64")), "Sometimes")
    assert [(one.thread, one.what) for one in found.remedies] == [
        (0, "smp_call_function() before"),
        (0, "synchronize_rcu() before"),
    ]


SRCU = """C srcu
{ p=1; }
P0(int *p, int *o, struct srcu_struct *s)
{
	WRITE_ONCE(*p, 0);
	WRITE_ONCE(*o, 99);
}
P1(int *p, int *o, struct srcu_struct *s)
{
	int i = srcu_read_lock(s);
	int r1 = READ_ONCE(*p);
	int r2 = 0;
	if (r1)
		r2 = READ_ONCE(*o);
	srcu_read_unlock(s, i);
}
exists (1:r1=1 /\\ 1:r2=99)
"""

REUSE = """C reuse
{ pte=1; page=0; }
P0(pte_t *pte, int *page, int *lock)
{
	spin_lock(lock);
	ptep_get_and_clear(pte);
	WRITE_ONCE(*page, 1);
	spin_unlock(lock);
}
P1(pte_t *pte, int *page)
{
	int r1 = user_read(pte, page);
}
exists (1:r1=1)
"""


@pytest.mark.parametrize(
    ("text", "name", "remedies"),
    [
        (SRCU, "arm64", ["synchronize_srcu(s) before WRITE_ONCE(*o, 99);"]),
        (REUSE, "arm64", ["flush_tlb_page(pte) before WRITE_ONCE(*page, 1);"]),
        (REUSE, "powerpc64-radix", ["flush_tlb_page(pte) before WRITE_ONCE(*page, 1);"]),
    ],
)
def test_the_least_wait_is_told(text: str, name: str, remedies: list[str]) -> None:
    found = why(parse_litmus(text), machine_model(machine(name)), "Sometimes")
    assert [f"{one.what} {one.source.text}" for one in found.remedies] == remedies


def test_no_flush_is_offered_where_it_is_none() -> None:
    late = REUSE.replace("ptep_get_and_clear(pte);", "WRITE_ONCE(*pte, 0);")
    found = why(parse_litmus(late), machine_model(machine("s390")), "Sometimes")
    assert (found.remedies, found.complete) == ((), True)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "walker.litmus"
    path.write_text(WALKER, encoding="utf-8")
    arguments = ["simulate", "--why", "--machine", "arm64", str(path)]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "any one of these makes it Never:" in told
    assert "  CPU 0, line 6: smp_call_function() before WRITE_ONCE(*page, 1);" in told
    assert main([*arguments, "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)["why"]
    assert data["complete"] is True
    assert data["needed"] == []
    assert {one["line"] for one in data["remedies"]} == {6}
