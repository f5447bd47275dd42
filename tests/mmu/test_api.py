"""Programs built in Python, budgets, and outcomes as JSON."""

from __future__ import annotations

import json

from reviewer.mmu.api import Budget, load_model, parse_litmus, simulate
from reviewer.mmu.machine import machine
from reviewer.mmu.program import (
    Addr,
    Bool,
    Compare,
    Const,
    Fence,
    Load,
    LocAtom,
    Program,
    Reg,
    RegAtom,
    Source,
    Statement,
    Store,
    Thread,
)
from reviewer.mmu.witness.outcome import outcome_json


def _at(line: int, text: str) -> Source:
    return Source("mm/own.c", line, text)


def _side(own: str, other: str, line: int, *, fence: bool) -> Thread:
    body: list[Statement] = [
        Store(Const(Addr(own)), Const(1), ("once",), _at(line, f"WRITE_ONCE({own}, 1);"))
    ]
    if fence:
        body.append(Fence(("mb",), None, _at(line + 1, "smp_mb();")))
    body.append(Load("r", Const(Addr(other)), ("once",), _at(line + 2, f"r = {other};")))
    body.append(Store(Const(Addr("seen")), Reg("r"), (), _at(line + 3, "seen = r;")))
    return Thread(own, tuple(body))


def _program(*, fence: bool) -> Program:
    condition = Bool("and", (Compare(RegAtom(0, "r"), 0), Compare(RegAtom(1, "r"), 0)))
    threads = (_side("x", "y", 10, fence=fence), _side("y", "x", 20, fence=fence))
    return Program("sb", threads, {}, condition, observed=(LocAtom(Addr("seen")),))


def test_a_program_built_by_hand_keeps_its_lines() -> None:
    found = simulate(_program(fence=False), load_model("lkmm"))
    assert found.verdict == "Sometimes"
    assert found.flags == ("data-race",)
    assert found.witness is not None
    places = [(e.source.path, e.source.line) for e in found.witness.events if e.thread == 0]
    assert places == [("mm/own.c", 10), ("mm/own.c", 12), ("mm/own.c", 13)]
    assert simulate(_program(fence=True), load_model("lkmm")).verdict == "Never"


def test_machines_are_models() -> None:
    found = simulate(_program(fence=False), machine("x86-64-native"))
    assert (found.model, found.machine, found.verdict) == ("tso", "x86-64-native", "Sometimes")


def test_json() -> None:
    found = simulate(_program(fence=False), load_model("lkmm"))
    data = json.loads(json.dumps(outcome_json(found)))
    assert data["verdict"] == "Sometimes"
    assert {"0:r": 0, "1:r": 0, "seen": 0} in data["states"]
    assert data["witness"]["state"] == {"0:r": 0, "1:r": 0, "seen": 0}
    assert all(len(pair) == 2 for pair in data["witness"]["relations"]["rf"])


def test_same_input_same_output() -> None:
    def once() -> dict[str, object]:
        data = outcome_json(simulate(_program(fence=False), load_model("lkmm")))
        return {key: value for key, value in data.items() if key != "seconds"}

    assert json.dumps(once()) == json.dumps(once())


def test_a_spent_budget_is_no_verdict() -> None:
    threads = "".join(
        f"P{index}(atomic_t *x)\n{{\n\tint r0;\n" + "\tr0 = atomic_inc_return(x);\n" * 5 + "}\n"
        for index in range(5)
    )
    test = parse_litmus(f"C many\n{{}}\n{threads}exists (x=24)\n")
    found = simulate(test, load_model("lkmm"), Budget(seconds=1.0))
    assert found.verdict == "Unknown"
    assert not found.states_complete
    assert found.seconds < 30
