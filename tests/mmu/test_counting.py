"""Counters that nobody reads are summed; the sum is what the search finds."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.mmu.api import load_model, parse_litmus, simulate
from reviewer.mmu.counting import counted
from reviewer.mmu.decide import Budget, Run
from reviewer.mmu.explore import Limits, Search
from reviewer.mmu.program import Program
from reviewer.mmu.unfold import unfold


def _test(threads: list[list[str]], asked: str) -> str:
    code = "".join(
        f"P{index}(atomic_t *x, int *y)\n{{\n" + "".join(f"\t{line};\n" for line in body) + "}\n"
        for index, body in enumerate(threads)
    )
    return f"C counting\n{{ x=0; y=0; }}\n{code}exists ({asked})\n"


def _program(text: str) -> Program:
    return parse_litmus(text).program(load_model("lkmm").definitions)


def _searched(program: Program) -> str:
    """The verdict without the argument."""
    model = load_model("lkmm")
    search = Search(unfold(program), model.cat, Limits(time.process_time() + 60, 100_000))
    run = Run(search, program, model, Budget(), time.process_time())
    run.decide()
    search.close()
    return run.verdict


def test_six_threads_that_count() -> None:
    threads = [["atomic_inc(x)", "atomic_inc(x)"]] * 6
    model = load_model("lkmm")
    assert simulate(parse_litmus(_test(threads, "x=11")), model).verdict == "Never"
    found = simulate(parse_litmus(_test(threads, "x=12")), model)
    assert found.verdict == "Always"
    assert found.witness is not None
    assert len([one for one in found.witness.events if one.thread >= 0]) >= 24


def test_what_is_looked_at_is_searched() -> None:
    assert counted(_program(_test([["atomic_inc(x)"], ["int r0 = atomic_read(x)"]], "x=1"))) is None
    assert counted(_program(_test([["int r0 = atomic_inc_return(x)"]], "x=1"))) is None
    assert counted(_program(_test([["atomic_inc(x)"], ["atomic_or(2, x)"]], "x=1"))) is None
    assert counted(_program(_test([["atomic_inc(x)", "WRITE_ONCE(*y, 1)"]], "x=1"))) is None
    assert counted(_program(_test([["atomic_inc(x)"], ["atomic_dec(x)"]], "x=0"))) is not None


_STEP = st.sampled_from(
    ["atomic_inc(x)", "atomic_dec(x)", "atomic_add(3, x)", "atomic_sub(2, x)", "smp_mb()"]
)


@settings(max_examples=25)
@given(
    st.lists(st.lists(_STEP, min_size=1, max_size=2), min_size=1, max_size=3), st.integers(-4, 6)
)
def test_the_sum_is_what_the_search_finds(threads: list[list[str]], asked: int) -> None:
    text = _test(threads, f"x={asked}")
    assert simulate(parse_litmus(text), load_model("lkmm")).verdict == _searched(_program(text))
