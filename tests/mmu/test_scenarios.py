"""Each scenario file gives, on every machine, the verdict it states, and in time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from reviewer.errors import DoesNotApplyError
from reviewer.mmu.api import Budget, Outcome, load_model, read_litmus, simulate
from reviewer.mmu.machine import Machine, machines
from tests.mmu.expectations import expected, expected_states, scenario_files, unroll

SECONDS = 2.0


def _kinds(only_split: bool) -> list[list[Machine]]:
    """Machines that the simulator cannot tell apart, together."""
    found: dict[tuple[str, frozenset[str]], list[Machine]] = {}
    for machine in machines():
        if machine.split or not only_split:
            found.setdefault((machine.model, machine.variants), []).append(machine)
    return list(found.values())


def _run(path: Path, machine: Machine, bound: int) -> Outcome:
    model = load_model(machine.model, machine.variants)
    return simulate(read_litmus(str(path)), model, Budget(seconds=30, unroll=bound))


@pytest.mark.parametrize("path", scenario_files(), ids=lambda path: path.stem)
def test_verdict_on_every_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    halves = "States:" in text
    for alike in _kinds(only_split=halves):
        machine = alike[0]
        start = time.process_time()
        try:
            outcome = _run(path, machine, unroll(text))
        except DoesNotApplyError:
            assert {expected(text, one) for one in alike} == {"absent"}, machine.name
            continue
        assert time.process_time() - start < SECONDS, machine.name
        for one in alike:
            assert outcome.verdict == expected(text, one), one.name
        assert not outcome.flags, machine.name
        if outcome.verdict == "Never":
            assert not outcome.bounded, machine.name
        if halves:
            assert outcome.states_complete
            values = {value for state in outcome.states for _, value in state}
            assert values == expected_states(text, machine), machine.name


@pytest.mark.parametrize("name", ["halves-two-replacements", "split-flush-each"])
def test_a_larger_bound_changes_nothing(name: str) -> None:
    path = next(path for path in scenario_files() if path.stem == name)
    bound = unroll(path.read_text(encoding="utf-8"))
    for alike in _kinds(only_split=True):
        least = _run(path, alike[0], bound)
        more = _run(path, alike[0], bound + 2)
        assert not least.bounded
        assert set(least.states) == set(more.states)
        assert least.verdict == more.verdict


def test_retries_need_no_bound() -> None:
    path = next(path for path in scenario_files() if path.stem == "split-flush-each")
    machine = next(machine for machine in machines() if machine.name == "x86-pae-native")
    assert not _run(path, machine, 1).bounded


def test_scenarios_cover_the_table() -> None:
    texts = [path.read_text(encoding="utf-8") for path in scenario_files()]
    rows = [
        *range(1, 8),
        9,
        10,
        11,
        13,
        14,
        15,
        17,
        18,
        19,
        22,
        23,
        25,
        28,
        29,
        33,
        35,
        36,
        38,
        "J",
    ]
    for row in rows:
        assert any(f"Row {row}" in text or f"Rows {row}" in text for text in texts), row
