"""Waiting loops: one successful turn gives what any number of turns gives."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reviewer.mmu.api import Budget, Outcome, load_model, parse_litmus, simulate
from reviewer.mmu.events import control
from tests.mmu.expectations import scenario_files

MODELS = ("sc", "tso", "armv8", "riscv", "power", "lkmm")
ALL = Budget(states=2_000, state_rounds=100_000)


def _run(text: str, model: str, budget: Budget = ALL, variants: tuple[str, ...] = ()) -> Outcome:
    return simulate(parse_litmus(text), load_model(model, variants), budget)


def _unrolled(
    text: str,
    model: str,
    turns: int,
    patch: pytest.MonkeyPatch,
    variants: tuple[str, ...] = (),
) -> Outcome:
    """The outcome with every turn of every loop played, up to a bound."""
    with patch.context() as inner:
        inner.setattr(control, "leaves_no_trace", lambda *_, **__: False)
        inner.setattr("reviewer.mmu.api._enough", lambda *_: None)
        budget = Budget(unroll=turns, states=2_000, state_rounds=100_000)
        return _run(text, model, budget, variants)


def _test(waiter: str, writer: str = "WRITE_ONCE(*x, 1); smp_store_release(y, 1);") -> str:
    return (
        "C waits\n{}\n"
        f"P0(int *x, int *y, int *z) {{ int r0; {writer} }}\n"
        f"P1(int *x, int *y, int *z) {{ int r0; int r1; int r2; {waiter} }}\n"
        "locations [x; y; z; 0:r0; 1:r0; 1:r1; 1:r2]\n"
        "exists (1:r0=1 /\\ 1:r1=0)\n"
    )


WAITS = {
    "spin": "while (READ_ONCE(*y) == 0) barrier(); r1 = READ_ONCE(*x); r0 = 1;",
    "acquire": "do { r0 = smp_load_acquire(y); } while (r0 == 0); r1 = READ_ONCE(*x);",
    "retry": "do { r0 = READ_ONCE(*x); smp_rmb(); r1 = READ_ONCE(*y); smp_rmb(); }"
    " while (r0 != READ_ONCE(*x));",
    "cmpxchg": "do { r0 = cmpxchg(y, 1, 2); } while (r0 != 1); r1 = READ_ONCE(*x);",
    "leaves in the middle": "while (1) { r0 = READ_ONCE(*y); if (r0 == 1) break; smp_mb(); }"
    " r1 = READ_ONCE(*x);",
    "trylock": "r0 = 1; while (!spin_trylock(z)) barrier(); r1 = READ_ONCE(*x); spin_unlock(z);",
    "two loops": "do { r0 = READ_ONCE(*y); } while (r0 == 0);"
    " do { r1 = READ_ONCE(*x); } while (r1 == 0);",
    "nested": "do { do { r0 = READ_ONCE(*y); } while (r0 == 0); smp_rmb(); r1 = READ_ONCE(*x); }"
    " while (r1 == 0);",
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", WAITS)
def test_all_outcomes_and_no_bound(name: str, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = _test(WAITS[name])
    found = _run(text, model)
    assert not found.bounded
    assert found.states_complete
    for turns in (1, 3):
        played = _unrolled(text, model, turns, monkeypatch)
        assert set(played.states) == set(found.states)
        assert played.flags == found.flags


def test_playing_the_turns_depends_on_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    text = _test(WAITS["acquire"])
    assert _unrolled(text, "lkmm", 3, monkeypatch).bounded
    assert _run(text, "lkmm").verdict == "Never"


COUNTS = {
    "a counter in use": "r1 = 0; do { r0 = READ_ONCE(*y); r1 = r1 + 1; } while (r0 == 0);",
    "the value before": "r1 = 5; while (r1 != 1) { r0 = r1; r1 = READ_ONCE(*y); }",
    "set in one turn only": "do { r0 = READ_ONCE(*y); if (r0 == 0) r1 = 7; } while (r0 == 0);",
    "a store": "do { WRITE_ONCE(*z, 1); r0 = READ_ONCE(*y); } while (r0 == 0);",
    "an exchange": "do { r0 = xchg(y, 2); } while (r0 != 1);",
    "a section": "do { rcu_read_lock(); r0 = READ_ONCE(*y); rcu_read_unlock(); } while (r0 == 0);",
    "a plain read": "do { r0 = *y; } while (r0 == 0);",
}


@pytest.mark.parametrize("name", COUNTS)
def test_turns_that_count_are_played(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = _test(COUNTS[name])
    found = _run(text, "lkmm", Budget(unroll=3, unroll_most=3))
    assert found.bounded or found.verdict == "Sometimes"
    assert found.states == _unrolled(text, "lkmm", 3, monkeypatch).states


def test_a_turn_that_races_is_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The race is in a turn that fails: the read of a plain store before the flag is seen."""
    text = _test(
        "do { r0 = smp_load_acquire(y); if (r0 == 0) r1 = READ_ONCE(*x); } while (r0 == 0);"
        " r1 = 2;",
        writer="*x = 1; smp_store_release(y, 1);",
    )
    assert "data-race" in _run(text, "lkmm").flags
    assert "data-race" in _unrolled(text, "lkmm", 3, monkeypatch).flags


def test_a_loop_that_never_ends_has_no_outcome() -> None:
    found = _run(_test("do { r0 = READ_ONCE(*z); } while (r0 == 0);"), "lkmm")
    assert (found.verdict, found.states, found.bounded) == ("Never", (), False)


@pytest.mark.parametrize("variants", [(), ("flush-ipi",)], ids=["broadcast", "ipi"])
@pytest.mark.parametrize("model", ["tso", "lkmm"])
@pytest.mark.parametrize("name", ["split-flush-each", "halves-one-replacement"])
def test_retries_of_a_split_read(
    name: str, model: str, variants: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = next(path for path in scenario_files() if path.stem == name)
    text = path.read_text(encoding="utf-8")
    found = _run(text, model, Budget(unroll=1), variants)
    assert not found.bounded
    played = _unrolled(text, model, 5, monkeypatch, variants)
    assert set(found.states) == set(played.states)


_place = st.sampled_from("xyz")
_mid = st.sampled_from(("", "smp_rmb();", "smp_mb();", "smp_wmb();"))
_read = st.sampled_from(("READ_ONCE(*{})", "smp_load_acquire({})", "cmpxchg_relaxed({}, 1, 2)"))
_until = st.sampled_from(("r0 == 0", "r0 != r1", "r1 != 1", "r0 + r1 < 2"))


@st.composite
def _waiting(draw: st.DrawFn) -> str:
    turn = "".join(
        f"{reg} = {draw(_read).format(draw(_place))}; {draw(_mid)} " for reg in ("r0", "r1")
    )
    before = draw(st.sampled_from(("", f"WRITE_ONCE(*{draw(_place)}, 1);")))
    after = draw(
        st.sampled_from((f"WRITE_ONCE(*{draw(_place)}, 2);", f"r2 = READ_ONCE(*{draw(_place)});"))
    )
    return f"{before} do {{ {turn} }} while ({draw(_until)}); {after}"


@st.composite
def _writing(draw: st.DrawFn) -> str:
    step = st.builds(
        str.format,
        st.sampled_from(
            ("WRITE_ONCE(*{}, 1);", "smp_store_release({}, 1);", "r0 = READ_ONCE(*{});")
        ),
        _place,
    )
    return f" {draw(_mid)} ".join(draw(st.lists(step, min_size=2, max_size=3)))


@pytest.mark.parametrize("model", MODELS)
def test_random_waits(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    @settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
        phases=(Phase.generate,),
    )
    @given(_waiting(), _writing())
    def check(waiter: str, writer: str) -> None:
        text = _test(waiter, writer)
        found = _run(text, model)
        played = _unrolled(text, model, 2, monkeypatch)
        assert set(played.states) <= set(found.states), text
        if not found.bounded:
            assert set(played.states) == set(found.states), text

    check()
