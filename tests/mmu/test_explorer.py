"""The simulator and the operational explorer find the same final states."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reviewer.mmu.api import Budget, load_model, parse_litmus, simulate
from reviewer.mmu.values import UnsupportedError
from tests.mmu.explorer.language import (
    CLEAN,
    ENTRIES,
    VARIABLES,
    Exchange,
    Flush,
    Read,
    Simple,
    Small,
    Step,
    UserRead,
    UserWrite,
    Write,
    litmus,
)
from tests.mmu.explorer.run import Final, TooLargeError, final_states

MACHINES = [(tso, ipi) for tso in (False, True) for ipi in (False, True)]
NAMES = [f"{'tso' if tso else 'sc'}-{'ipi' if ipi else 'broadcast'}" for tso, ipi in MACHINES]


def simulated(program: Small, *, tso: bool, flush_interrupts: bool) -> set[Final]:
    """The final states that the simulator finds."""
    variants = ("hw-ad", "flush-ipi") if flush_interrupts else ("hw-ad",)
    model = load_model("tso" if tso else "sc", variants)
    text = litmus(program)
    outcome = simulate(
        parse_litmus(text, "small.litmus"), model, Budget(states=4096, state_rounds=100_000)
    )
    assert outcome.states_complete, text
    return {
        frozenset((str(name), value) for name, value in state if isinstance(value, int))
        for state in outcome.states
    }


def agree(program: Small, *, tso: bool, flush_interrupts: bool) -> None:
    try:
        operational = final_states(program, tso=tso, flush_interrupts=flush_interrupts)
    except TooLargeError:
        assume(False)
        return
    try:
        axiomatic = simulated(program, tso=tso, flush_interrupts=flush_interrupts)
    except UnsupportedError:
        assume(False)
        return
    missing = [sorted(state) for state in operational - axiomatic][:3]
    extra = [sorted(state) for state in axiomatic - operational][:3]
    assert not missing, f"the simulator forbids {missing}\n{litmus(program)}"
    assert not extra, f"the simulator allows {extra}\n{litmus(program)}"


@st.composite
def programs(draw: st.DrawFn, *, waits: bool) -> Small:
    """Two or three threads of a few steps; ``waits`` adds sections, grace periods, flushes."""
    count = draw(st.integers(2, 3))
    threads = tuple(draw(_threads(waits=waits, most=4 if count == 2 else 3)) for _ in range(count))
    named = tuple(
        tuple(_named(step, f"r{index}") for index, step in enumerate(steps)) for steps in threads
    )
    return Small(named, (draw(st.sampled_from((1, 0, 2, CLEAN + 1))), 1))


def _named(step: Step, reg: str) -> Step:
    match step:
        case Read(place, _):
            return Read(place, reg)
        case Exchange(place, value, _):
            return Exchange(place, value, reg)
        case UserRead(entry, _):
            return UserRead(entry, reg)
        case UserWrite(entry, value, _):
            return UserWrite(entry, value, reg)
    return step


@st.composite
def _threads(draw: st.DrawFn, *, waits: bool, most: int) -> tuple[Step, ...]:
    places = st.sampled_from((*VARIABLES, *ENTRIES))
    variable = st.sampled_from(VARIABLES)
    entry = st.sampled_from(ENTRIES)
    access: st.SearchStrategy[Step] = st.one_of(
        st.builds(Read, places, st.just("")),
        st.builds(Write, variable, st.integers(1, 2)),
        st.builds(Write, entry, st.sampled_from((0, 1, 2, CLEAN + 1))),
        st.builds(UserRead, entry, st.just("")),
        st.builds(UserWrite, entry, st.integers(1, 2), st.just("")),
        st.builds(Exchange, variable, st.integers(1, 2), st.just("")),
    )
    if not waits:
        others: st.SearchStrategy[Step] = st.just(Simple("mb"))
        return tuple(draw(st.lists(st.one_of(access, access, others), min_size=1, max_size=most)))
    kind = draw(st.sampled_from(("wait", "irq", "rcu", "lock", "plain")))
    if kind == "wait":
        step = st.one_of(
            st.builds(Flush, st.one_of(st.none(), entry)),
            st.just(Simple("ipi")),
            st.just(Simple("sync")),
        )
        before = draw(st.lists(access, min_size=1, max_size=2))
        after = draw(st.lists(access, min_size=1, max_size=2))
        return (*before, draw(step), *after)
    if kind == "plain":
        return tuple(draw(st.lists(access, min_size=1, max_size=most)))
    opened, closed = {
        "irq": ("irq-off", "irq-on"),
        "rcu": ("rcu-lock", "rcu-unlock"),
        "lock": ("lock", "unlock"),
    }[kind]
    inside = draw(st.lists(access, min_size=1, max_size=3))
    after = draw(st.lists(access, max_size=1))
    return (Simple(opened), *inside, Simple(closed), *after)


QUICK = settings(
    max_examples=int(os.environ.get("KSTALE_EXAMPLES", "10")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.mark.parametrize(("tso", "ipi"), MACHINES, ids=NAMES)
def test_same_states_with_translations(tso: bool, ipi: bool) -> None:
    @QUICK
    @given(programs(waits=False))
    def check(program: Small) -> None:
        agree(program, tso=tso, flush_interrupts=ipi)

    check()


@pytest.mark.parametrize(("tso", "ipi"), MACHINES, ids=NAMES)
def test_same_states_with_waits(tso: bool, ipi: bool) -> None:
    @QUICK
    @given(programs(waits=True))
    def check(program: Small) -> None:
        agree(program, tso=tso, flush_interrupts=ipi)

    check()


BUFFERED = Small(
    (
        (Write("x", 1), Read("y", "r1")),
        (Write("y", 1), Read("x", "r1")),
    )
)
STALE_WRITE = Small(
    (
        (Write("p", 0), Flush("p"), Read("x", "r1")),
        (UserWrite("p", 1, "r2"), Read("p", "r3"), Write("x", 1)),
    )
)
MEMBARRIER = Small(
    (
        (Write("x", 1), Simple("ipi"), Read("y", "r1")),
        (Write("y", 1), Read("x", "r2")),
    )
)


@pytest.mark.parametrize("program", [BUFFERED, STALE_WRITE, MEMBARRIER])
@pytest.mark.parametrize(("tso", "ipi"), MACHINES, ids=NAMES)
def test_same_states_of_known_shapes(program: Small, tso: bool, ipi: bool) -> None:
    agree(program, tso=tso, flush_interrupts=ipi)


def test_the_explorer_buffers_stores() -> None:
    both_old = {("0:r1", 0), ("1:r1", 0)}
    weak = final_states(BUFFERED, tso=True, flush_interrupts=False)
    strong = final_states(BUFFERED, tso=False, flush_interrupts=False)
    assert any(both_old <= state for state in weak)
    assert not any(both_old <= state for state in strong)


def test_the_explorer_delivers_interrupts_between_steps() -> None:
    both_old = {("0:r1", 0), ("1:r2", 0)}
    states = final_states(MEMBARRIER, tso=True, flush_interrupts=False)
    assert not any(both_old <= state for state in states)
