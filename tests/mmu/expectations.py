"""What a scenario file says of itself: ``Result: *=Sometimes flush-ipi=Never`` in its comment.

A selector is ``*``, the name of a machine, of its model, or one of its variant flags; the last
that fits a machine gives its verdict.
"""

from __future__ import annotations

import re
from pathlib import Path

from reviewer.mmu.machine import Machine

ROOT = Path(__file__).resolve().parents[2]
# absent: the machine lacks a primitive that the scenario uses
VERDICTS = ("Always", "Sometimes", "Never", "absent")


def scenario_files() -> list[Path]:
    """Every scenario of the rules and of the tests."""
    return sorted(
        [*ROOT.glob("rules/*/scenarios/*.litmus"), *ROOT.glob("tests/mmu/scenarios/*.litmus")]
    )


def expectations(text: str) -> list[tuple[str, str]]:
    """The selectors and verdicts of the ``Result:`` line, in order."""
    match = re.search(r"^\s*\*?\s*Result:((?:\s+[^\s=]+=\w+)+)", text, re.MULTILINE)
    assert match is not None, "a scenario has a Result: line"
    pairs = [word.split("=") for word in match.group(1).split()]
    assert all(verdict in VERDICTS for _, verdict in pairs)
    return [(selector, verdict) for selector, verdict in pairs]


def unroll(text: str) -> int:
    """The loop bound of the ``Unroll:`` line, 3 without one."""
    match = re.search(r"^\s*\*?\s*Unroll:\s+(\d+)", text, re.MULTILINE)
    return int(match.group(1)) if match else 3


def expected_states(text: str, machine: Machine) -> set[int] | None:
    """The results of the ``States:`` line for ``machine``; None without such a line."""
    match = re.search(r"^\s*\*?\s*States:((?:\s+[^\s=]+=[\d,]+)+)", text, re.MULTILINE)
    if match is None:
        return None
    names = {"*", machine.name, machine.model, *machine.variants}
    lists = [word.split("=") for word in match.group(1).split()]
    return [{int(one) for one in found.split(",")} for who, found in lists if who in names][-1]


def expected(text: str, machine: Machine) -> str:
    """The verdict the scenario states for ``machine``."""
    names = {"*", machine.name, machine.model, *machine.variants}
    found = [verdict for selector, verdict in expectations(text) if selector in names]
    assert found, f"no Result: for {machine.name}"
    return found[-1]
