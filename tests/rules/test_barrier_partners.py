"""Reading a pairing apart: what it pairs with, and where that is said to stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.judging.pairing import located, partners


@pytest.mark.parametrize(
    ("words", "primitives", "places"),
    [
        ("Pairs with smp_wmb() in owl_hoot().", ["smp_wmb"], ["owl_hoot"]),
        ("paired with the smp_store_release() from owl_set", ["smp_store_release"], ["owl_set"]),
        ("Pairs with READ_ONCE() in a_b(), c_d() and e_f().", ["READ_ONCE"], ["a_b", "c_d", "e_f"]),
        ("Paired with READ_ONCE() in owl_(get|set)_x()", ["READ_ONCE"], ["owl_get_x", "owl_set_x"]),
        ("pairs with WRITE_ONCE() in owl_{a,b}()", ["WRITE_ONCE"], ["owl_a", "owl_b"]),
        ("Pairs with WRITE_ONCE() in owl_a()/owl_b()", ["WRITE_ONCE"], ["owl_a", "owl_b"]),
        ("pairs with the barrier in owl_wait()", ["barrier"], ["owl_wait"]),
        (
            "paired with the implied barrier of atomic_dec_return() in owl_put() to be sure",
            ["atomic_dec_return"],
            ["owl_put"],
        ),
        ("pairs with smp_wmb() below", ["smp_wmb"], [""]),
        ("Pairs with owl_put()", [], ["owl_put"]),
        ("paired with a barrier in owl_try_*()", ["barrier"], []),
        ("pairs with the smp_mb_*() after setting it", [], []),
        ("pairs with owl_ops::read", [], []),
        ("pairs with the one in owl_a()", ["barrier"], ["owl_a"]),
        ("matches the ones in owl_a() and owl_b()", ["barrier"], ["owl_a", "owl_b"]),
        ("Match the barrier from owl_set_full", ["barrier"], ["owl_set_full"]),
        ("pairs with the smp mb in owl_a()", ["smp mb"], ["owl_a"]),
        ("pairs with wmb in owl_a", ["wmb"], ["owl_a"]),
    ],
)
def test_partners(words: str, primitives: list[str], places: list[str]) -> None:
    found = partners(words)
    assert [one for partner in found for one in partner.primitives] == primitives
    assert [place.name for partner in found for place in partner.places] == places


def test_two_partners() -> None:
    found = partners("pairs with smp_wmb() in owl_a() and with xchg() in owl_b()")
    assert [(p.primitives, p.places[0].name) for p in found] == [
        (("smp_wmb",), "owl_a"),
        (("xchg",), "owl_b"),
    ]


def test_located() -> None:
    (partner,) = located("smp_mb() in owl_wait() sees it")
    assert partner.primitives == ("smp_mb",)
    assert partner.places[0].name == "owl_wait"


@pytest.mark.parametrize(
    ("words", "primitive", "place"),
    [
        ("corresponding write barrier is in owl_set()", "write barrier", "owl_set"),
        ("read barriers are in owl_look()", "read barriers", "owl_look"),
        ("See the comment on smp_mb() in owl_wait()", "smp_mb", "owl_wait"),
        ("goes with smp_mb() in owl_wait", "smp_mb", "owl_wait"),
    ],
)
def test_located_in_other_words(words: str, primitive: str, place: str) -> None:
    (partner,) = located(words)
    assert (partner.primitives, partner.places[0].name) == ((primitive,), place)


@given(st.text(max_size=300))
def test_any_text_can_be_taken_apart(text: str) -> None:
    partners(text)
    located("pairs with " + text)
