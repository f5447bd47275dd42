"""Registers that only the question looks at: branches that set them are no paths of their own."""

from __future__ import annotations

import pytest

from reviewer.mmu.api import Budget, load_model, parse_litmus, simulate

TURNS = """C turns
{ x=0; y=0; }
P0(int *x, int *y)
{
	for (int i = 0; i < 4; i++) { WRITE_ONCE(*x, i); smp_wmb(); WRITE_ONCE(*y, i); }
}
P1(int *x, int *y)
{
	int bad = 0; int good = 0;
	for (int i = 0; i < 4; i++) {
		int r1 = READ_ONCE(*y);
		%s
		int r2 = READ_ONCE(*x);
		if (r2 < r1)
			bad = 1;
		else
			good++;
	}
}
exists (%s)
"""


@pytest.mark.parametrize(
    ("barrier", "asked", "verdict"),
    [
        ("smp_rmb();", "1:bad=1", "Never"),
        ("smp_rmb();", "1:good=4", "Always"),
        ("", "1:bad=1", "Sometimes"),
        ("", "1:bad=1 /\\ 1:good=3", "Sometimes"),
        ("", "1:bad=0 /\\ 1:good=3", "Never"),
    ],
)
def test_turns_that_count(barrier: str, asked: str, verdict: str) -> None:
    test = parse_litmus(TURNS % (barrier, asked), "t.litmus")
    found = simulate(test, load_model("lkmm"), Budget(states=0, flag_rounds=0, witness_rounds=0))
    assert found.verdict == verdict
    assert not found.bounded


def test_a_branch_that_decides_more_is_a_path() -> None:
    """As herd7 has it: what the arm did not run in depends on nothing."""
    text = """C lb
{ x=0; y=0; }
P0(int *x, int *y) { int r0 = READ_ONCE(*x); smp_store_release(y, 1); }
P1(int *x, int *y)
{
	int r0 = READ_ONCE(*y); int r2 = 2; int seen = 0;
	if (r0) seen = 1;
	if (r0) r2 = 1;
	WRITE_ONCE(*x, r2);
}
exists (0:r0=1 /\\ 1:seen=1)
"""
    assert simulate(parse_litmus(text, "t.litmus"), load_model("lkmm")).verdict == "Sometimes"


def test_a_sum_of_many_reads_is_decided() -> None:
    text = """C sum
{ x=0; }
P0(int *x) { for (int i = 1; i <= 6; i++) WRITE_ONCE(*x, i); }
P1(int *x)
{
	int sum = 0;
	for (int i = 0; i < 4; i++) sum += READ_ONCE(*x);
}
exists (1:sum=24)
"""
    found = simulate(parse_litmus(text, "t.litmus"), load_model("sc"), Budget(states=0))
    assert found.verdict == "Sometimes"
    assert found.witness is not None
