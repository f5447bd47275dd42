"""Sections of MAINTAINERS are found by folder; asking each pattern in turn must say the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviewer.tree.maintainers import Maintainers, Section

PARTS = st.sampled_from(["a", "b", "ab", "*", "a*", "*b", "?", "[ab]", "a?.c"])
PATTERNS = st.builds(
    lambda parts, slash: "/".join(parts) + slash,
    st.lists(PARTS, min_size=1, max_size=4),
    st.sampled_from(["", "/"]),
)
SECTIONS = st.lists(st.tuples(st.sampled_from("FX"), PATTERNS), min_size=1, max_size=4)
PATHS = st.builds(
    lambda folders, name: "/".join([*folders, name]),
    st.lists(st.sampled_from(["a", "b", "ab"]), max_size=3),
    st.sampled_from(["ab.c", "a.c", "c.h"]),
)


@given(st.lists(SECTIONS, min_size=1, max_size=4), PATHS)
def test_every_pattern_that_matches_is_found(
    fields: list[list[tuple[str, str]]], path: str
) -> None:
    sections = tuple(Section(f"S{at}", tuple(some)) for at, some in enumerate(fields))
    found = {one.title for one in Maintainers(sections).all_of(path)}
    assert found == {one.title for one in sections if one.has(path)}
