"""Models against known verdicts and against each other."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from reviewer.mmu.api import Budget, Outcome, load_model, read_litmus, simulate
from tests.mmu.expectations import expectations, scenario_files

# The first allows no more than the second.
STRONGER = (
    ("sc", "tso"),
    ("tso", "lkmm"),
    ("sc", "armv8"),
    ("armv8", "lkmm"),
    ("sc", "riscv"),
    ("riscv", "lkmm"),
    ("sc", "power"),
    ("power", "lkmm"),
)
MODELS = ("sc", "tso", "armv8", "riscv", "power", "lkmm")
SAMPLE = 60


def _run(path: Path, name: str, variants: tuple[str, ...] = ()) -> Outcome:
    budget = Budget(seconds=20)
    return simulate(read_litmus(str(path)), load_model(name, variants), budget)


def _breaches(path: Path, variants: tuple[str, ...] = ()) -> list[str]:
    found = {name: _run(path, name, variants) for name in MODELS}
    return [
        f"{path.name}: {strong} allows what {weak} forbids"
        for strong, weak in STRONGER
        if found[strong].states_complete
        and found[weak].states_complete
        and not set(found[strong].states) <= set(found[weak].states)
    ]


@pytest.mark.real
def test_kernel_litmus_tests_are_monotone(linux_6_12: Path) -> None:
    tests = sorted((linux_6_12 / "tools/memory-model/litmus-tests").glob("*.litmus"))
    assert len(tests) == 35
    assert [line for path in tests for line in _breaches(path)] == []


@pytest.mark.real
def test_public_litmus_tests_are_monotone(shared: Path) -> None:
    tests = sorted((shared / "litmus").glob("*/*.litmus"))
    tests = random.Random(0).sample(tests, min(SAMPLE, len(tests)))
    assert [line for path in tests for line in _breaches(path)] == []


@pytest.mark.real
def test_lkmm_gives_the_known_verdicts(shared: Path) -> None:
    rows = json.loads((shared / "litmus/verdicts.json").read_text(encoding="utf-8"))
    rows = [row for row in rows if (shared / "litmus" / row["path"]).is_file()]
    for row in random.Random(1).sample(rows, min(SAMPLE, len(rows))):
        outcome = _run(shared / "litmus" / row["path"], "lkmm")
        assert outcome.verdict == row["verdict"], row["path"]


def _comparable() -> list[Path]:
    """Scenarios but those of dependencies that only LKMM takes as written, and of primitives that
    not every machine has."""
    found = []
    for path in scenario_files():
        stated = dict(expectations(path.read_text(encoding="utf-8")))
        written = stated.get("lkmm") == "Never" and "Sometimes" in stated.values()
        if not written and "absent" not in stated.values():
            found.append(path)
    return found


@pytest.mark.parametrize("flush", [(), ("flush-ipi",)], ids=["broadcast", "ipi"])
def test_scenarios_are_monotone(flush: tuple[str, ...]) -> None:
    # With an IPI-free flush the same primitives must also allow at least as much.
    tests = [path for path in _comparable() if not path.stem.startswith(("halves", "split"))]
    # LKMM says nothing of faults: the processors compared are those that order them.
    flags = (*flush, "table-sync", "ets2")
    assert [line for path in tests for line in _breaches(path, flags)] == []


def test_an_interrupting_flush_only_forbids() -> None:
    for path in _comparable():
        if path.stem.startswith("halves"):
            continue
        with_ipi = _run(path, "lkmm", ("flush-ipi", "table-sync"))
        without = _run(path, "lkmm", ("table-sync",))
        if with_ipi.states_complete and without.states_complete:
            assert set(with_ipi.states) <= set(without.states), path.name
