"""Each flag of a machine has a scenario whose verdict rests on it and that tells what shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reviewer.errors import KstaleError
from reviewer.mmu.api import load_model, read_litmus, simulate
from reviewer.mmu.machine import Machine, machine, machines
from tests.mmu.expectations import expected, scenario_files

# Flag, a machine that has it, and the scenario.
FACTS = [
    ("cache-nonpresent", "riscv-ipi", "fact-riscv-absent-entry-cached"),
    ("change-flush", "sparc64", "fact-change-flushes"),
    ("clear-high-first", "mips32", "split-clear-by-machine"),
    ("cmpxchg-double", "x86-pae-native", "fact-double-is-atomic"),
    ("collapse-ipi", "powerpc64-hash", "collapse-no-recheck"),
    ("ets2", "arm64", "fact-fault-is-fresh"),
    ("failed-full", "x86-64-native", "fact-failed-cmpxchg"),
    ("flush-ipi", "loongarch", "flush-excludes-walker"),
    ("hashed", "powerpc64-hash", "ksm-recheck"),
    ("hw-ad", "arm64", "dirty-bit-nonatomic-clear"),
    ("lock-rcu", "s390", "fact-spinlock-is-rcu-reader"),
    ("mm-leaves", "powerpc64-radix", "fact-mm-flush-and-walk-cache"),
    ("page-drops-walks", "x86-64-native", "fact-page-flush-and-walk-cache"),
    ("pte-flush", "s390", "fact-lazy-mmu-mode-defers"),
    ("pte-xchg-full", "x86-64-native", "anon-exclusive-no-barrier"),
    ("pte-xchg-relaxed", "arm64", "dirty-bit-clear-by-machine"),
    ("range-leaves", "riscv-ipi", "walk-cache-range-flush"),
    ("set-flush", "sparc64", "ksm-recheck-relaxed-reference"),
    ("shared-flush", "arm64", "fact-device-shares-entries"),
    ("table-rcu", "s390", "table-freed-by-machine"),
    ("table-sync", "arm64", "sync-one-excludes-walker"),
    ("tlbi-batch", "arm64", "fact-batch-issues-at-once"),
]
# gup-fast says which walkers a machine has (for rules), split which programs fit it, and
# no-cmpxchg64 how the want of cmpxchg-double is told.
WITHOUT_SCENARIO = {"gup-fast", "split", "no-cmpxchg64"}

SCENARIOS = {path.stem: path for path in scenario_files()}
SHOWN = re.compile(r"\b(?:arch|mm|include|kernel)/[\w./-]+\.[hcS]\b|\b(?:arch/\w+/)?Kconfig:\d+")


def _verdict(scenario: str, of: Machine, flags: frozenset[str]) -> str:
    try:
        return simulate(read_litmus(SCENARIOS[scenario]), load_model(of.model, flags)).verdict
    except KstaleError:
        return "absent"


@pytest.mark.parametrize(("flag", "name", "scenario"), FACTS, ids=[fact[0] for fact in FACTS])
def test_a_verdict_rests_on_the_flag(flag: str, name: str, scenario: str) -> None:
    text = SCENARIOS[scenario].read_text(encoding="utf-8")
    assert SHOWN.search(text), "the scenario names no line of the kernel"
    one = machine(name)
    assert flag in one.variants
    assert _verdict(scenario, one, one.variants) == expected(text, one)
    assert _verdict(scenario, one, one.variants - {flag}) != expected(text, one)


def test_no_flag_is_without_a_scenario() -> None:
    flags = {flag for one in machines() for flag in one.variants}
    assert flags - {flag for flag, _, _ in FACTS} == WITHOUT_SCENARIO


@pytest.mark.parametrize("name", ["sparc64", "powerpc64-hash"])
def test_lazy_mmu_mode_that_nothing_leaves_flushes_nothing(tmp_path: Path, name: str) -> None:
    text = SCENARIOS["fact-lazy-mmu-mode-defers"].read_text(encoding="utf-8")
    left = tmp_path / "left-open.litmus"
    left.write_text(text.replace("\tarch_leave_lazy_mmu_mode();\n", ""), encoding="utf-8")
    one = machine(name)
    outcome = simulate(read_litmus(left), load_model(one.model, one.variants))
    assert outcome.verdict == "Sometimes"
    assert "unmatched-lazy-mmu-on" in outcome.flags
