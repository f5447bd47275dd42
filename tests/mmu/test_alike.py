"""Machines that a program cannot tell apart are simulated once, and only those."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.errors import DoesNotApplyError
from reviewer.mmu.alike import Alike
from reviewer.mmu.api import Budget, machine_model, parse_litmus, simulate
from reviewer.mmu.machine import machine, machines

SCENARIOS = Path(__file__).with_name("scenarios")
SB = """C sb
{}
P0(int *x, int *y) { WRITE_ONCE(*x, 1); int r = READ_ONCE(*y); }
P1(int *x, int *y) { WRITE_ONCE(*y, 1); int r = READ_ONCE(*x); }
exists (0:r=0 /\\ 1:r=0)
"""


@pytest.mark.parametrize(
    "name",
    [
        "fact-failed-cmpxchg",
        "fact-fault-is-fresh",
        "fact-spinlock-is-rcu-reader",
        "fact-double-is-atomic",
        "reuse-after-flush",
        "fact-device-shares-entries",
        "fact-riscv-amo-is-one-event",
    ],
)
def test_each_machine_is_answered_as_by_itself(name: str) -> None:
    litmus = parse_litmus((SCENARIOS / f"{name}.litmus").read_text(encoding="utf-8"))
    alike = Alike(litmus, Budget())
    for one in machines():
        model = machine_model(one)
        try:
            alone = simulate(litmus, model)
        except DoesNotApplyError:
            with pytest.raises(DoesNotApplyError):
                alike.outcome(model)
            continue
        found = alike.outcome(model)
        assert found.machine == one.name
        assert found.verdict == alone.verdict, one.name
        assert found.flags == alone.flags
        assert set(found.states) == set(alone.states)


def test_what_a_program_does_not_use_makes_no_difference() -> None:
    alike = Alike(parse_litmus(SB), Budget())
    for one in machines():
        alike.outcome(machine_model(one))
    assert len(alike.known) == len({one.model for one in machines()})


def test_what_it_uses_does() -> None:
    text = SB.replace("WRITE_ONCE(*x, 1);", "WRITE_ONCE(*x, 1); cmpxchg(x, 5, 6);")
    alike = Alike(parse_litmus(text), Budget())
    names = ("x86-64-native", "x86-64-kvm", "s390")
    verdicts = [alike.outcome(machine_model(machine(name))).verdict for name in names]
    assert verdicts == ["Sometimes", "Sometimes", "Sometimes"]
    assert len(alike.known) == 2
