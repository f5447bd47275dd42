"""The search against plain enumeration: learning must not lose or invent an outcome."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reviewer.mmu.api import Budget, Outcome, State, load_model, parse_litmus, simulate
from reviewer.mmu.cat.compile import CatModel
from reviewer.mmu.decide import Run
from reviewer.mmu.encode import Encoding
from reviewer.mmu.explore import Found, Limits, Search, _fails, _Truth
from reviewer.mmu.model import Model
from reviewer.mmu.unfold import unfold

_LOCS = ("x", "y")


class _Enumeration(Search):
    """Refutes one candidate at a time, with nothing encoded beforehand and nothing explained."""

    def _encoding(self) -> Encoding:
        return Encoding(self.tree, {})

    def _refute(self, found: Found) -> bool:
        if not any(_fails(check, found.execution) for check in self.checks):
            return False
        truth = _Truth(self, found.execution.structure, found.leaves)
        self.solver.add_clause([-literal for literal in self._everything(found, truth)])
        return True


def _enumerate(text: str, model: Model) -> tuple[set[State], set[str]]:
    """All states and flags by visiting every candidate execution."""
    program = parse_litmus(text).program(model.definitions)
    search = _Enumeration(unfold(program), model.cat, Limits(time.monotonic() + 60, 100_000))
    run = Run(search, program, model, Budget(), 0.0)
    for condition in (program.condition, *([program.filter] if program.filter else [])):
        search.encoding.condition(condition)
    for atom in run.atoms:
        for value in search.encoding.atom_values(atom):
            search.encoding.atom_is(atom, value)
    while True:
        found = search.find([search.cut_lit])
        if found is None:
            break
        run.note(found)
        truth = _Truth(search, found.execution.structure, found.leaves)
        reason = search._everything(found, truth)
        search.solver.add_clause([-literal for literal in reason])
        if not reason:
            break
    search.close()
    return set(run.states), set(run.flags)


_value = st.sampled_from(("1", "2", "r0", "r1"))
_reg = st.sampled_from(("r0", "r1"))
_loc = st.sampled_from(_LOCS)


@st.composite
def _simple(draw: st.DrawFn) -> str:
    kind = draw(st.integers(0, 13))
    loc, reg, value = draw(_loc), draw(_reg), draw(_value)
    return (
        f"WRITE_ONCE(*{loc}, {value});",
        f"{reg} = READ_ONCE(*{loc});",
        f"*{loc} = {value};",
        f"{reg} = *{loc};",
        f"smp_store_release({loc}, {value});",
        f"{reg} = smp_load_acquire({loc});",
        "smp_mb();",
        "smp_wmb();",
        "smp_rmb();",
        f"{reg} = xchg_relaxed({loc}, {value});",
        f"{reg} = cmpxchg({loc}, 1, 2);",
        f"atomic_add(1, {loc});",
        "synchronize_rcu();",
        f"{reg} = READ_ONCE(*{loc}) + {value};",
    )[kind]


@st.composite
def _statement(draw: st.DrawFn) -> str:
    kind = draw(st.integers(0, 7))
    inner = draw(_simple())
    if kind == 0:
        return f"if ({draw(_reg)} == {draw(st.sampled_from(('0', '1')))}) {{ {inner} }}"
    if kind == 1:
        return f"spin_lock(s); {inner} spin_unlock(s);"
    if kind == 2:
        return f"rcu_read_lock(); {inner} rcu_read_unlock();"
    return inner


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Litmus texts of two or three short threads over two variables and a lock."""
    bodies = draw(
        st.lists(st.lists(_statement(), min_size=1, max_size=3), min_size=2, max_size=3).filter(
            lambda found: sum(len(body) for body in found) <= 4
        )
    )
    threads = "".join(
        f"P{index}(int *x, int *y, spinlock_t *s)\n{{\n int r0 = 0; int r1 = 0;\n "
        + "\n ".join(body)
        + "\n}\n"
        for index, body in enumerate(bodies)
    )
    seen = "; ".join(f"{index}:{reg}" for index in range(len(bodies)) for reg in ("r0", "r1"))
    return f"C random\n{{}}\n{threads}locations [x; y; {seen}]\nexists (x=1 /\\ 0:r0=1)\n"


def _run(text: str, model: Model) -> Outcome:
    return simulate(parse_litmus(text), model, Budget(states=5_000, state_rounds=100_000))


@pytest.mark.parametrize("name", ["sc", "tso", "lkmm", "power"])
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    # Shrinking runs the slow side again and again; the programs are small as they come.
    phases=(Phase.generate,),
)
@given(text=programs())
def test_learning_agrees_with_enumeration(name: str, text: str) -> None:
    model = load_model(name)
    found = _run(text, model)
    states, flags = _enumerate(text, model)
    assert set(found.states) == states
    assert set(found.flags) == flags
    assert found.states_complete
    assert found.flags_complete
    asked = [dict(state) for state in states]
    holds = [state["x"] == 1 and state["0:r0"] == 1 for state in asked]
    verdict = "Never" if not any(holds) else "Always" if all(holds) else "Sometimes"
    assert found.verdict == verdict


def test_models_are_compiled_once() -> None:
    assert load_model("lkmm") is load_model("lkmm")
    assert isinstance(load_model("lkmm").cat, CatModel)
