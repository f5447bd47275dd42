"""Statements that kernel people write are accepted, and mean what they mean."""

from __future__ import annotations

import pytest

from reviewer.mmu.api import Budget, load_model, parse_litmus, simulate
from tests.mmu.statements import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_statement(case: Case) -> None:
    found = simulate(
        parse_litmus(case.litmus(), case.name),
        load_model("lkmm", case.variants),
        Budget(seconds=60, states=1, state_rounds=0),
    )
    assert found.verdict == case.verdict
    assert not found.bounded
