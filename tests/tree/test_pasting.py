"""Which questions a shape of token pasting may answer, so that kept verdicts fall when it goes."""

from hypothesis import given
from hypothesis import strategies as st

from reviewer.tree.pasting import Shape, Shapes, asked_from, asked_of, known_by

PIECES = st.lists(st.text("ab_", max_size=7), min_size=1, max_size=3)
FILLED = st.text("ab_", min_size=1, max_size=4)


@given(PIECES, FILLED)
def test_whatever_a_shape_forms_asks_for_it(pieces: list[str], filled: str) -> None:
    """Else a kept verdict would stand though the macro that made its name has gone."""
    name = filled.join(pieces)
    shapes = Shapes([Shape("*".join(pieces), ("MAKE",))])
    code = f"MAKE({filled})".encode()
    formed = shapes.formed(name, lambda _: frozenset({0}), lambda _: "a.c", lambda _: code)
    if formed:
        assert {*asked_of(name)} & {*known_by(formed)}


@given(PIECES, st.text("ab_", max_size=9))
def test_whatever_begins_so_asks_for_it(pieces: list[str], prefix: str) -> None:
    shape = "*".join(pieces)
    if [*Shapes([Shape(shape, ())]).beginning(prefix)]:
        assert {*asked_from(prefix)} & {*known_by(shape)}


def test_a_shape_touches_few_names() -> None:
    assert not {*asked_of("pond_level")} & {*known_by("heron_*")}
    assert not {*asked_of("pond_level")} & {*known_by("*_heron")}
    assert not {*asked_from("pond_")} & {*known_by("heron_*")}
