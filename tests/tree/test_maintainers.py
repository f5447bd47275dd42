"""Sections of MAINTAINERS are found by folder; asking each pattern in turn must say the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.tree import bounded
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


ENDLESS = [
    r"(aa|a|a|b\\)+$",
    r"(a|aa) +$",
    r"(a|aa)(?#often)+$",
    r"(?x)(a|aa) +$",
    "a?" * 40 + "a" * 40,
    "(aa|a|a)" * 40 + "b",
    r"(a{64}){64}{64}",
    r"[^x]*[^x]*[^x]*[^x]*y",
    "a{0,}" * 5 + "b",
    "a*?" * 4 + "b",
]


@pytest.mark.parametrize("expression", ENDLESS)
@pytest.mark.parametrize("field", ["K", "N"])
def test_no_expression_of_a_strange_tree_takes_for_ever(field: str, expression: str) -> None:
    section = Section("S", ((field, expression),))
    assert not section.speaks_of("a" * 3000 + "c")
    assert not section.has("a" * 3000 + "c")


def test_no_pattern_of_a_strange_tree_takes_for_ever_or_fails() -> None:
    section = Section("S", (("F", "a" + "*a" * 30 + "b"), ("F", "mm/[b-"), ("X", "mm/[b-")))
    assert not section.has("a" * 200)
    assert not section.has("mm/b.c")


@pytest.mark.parametrize(
    ("expression", "said", "unsaid"),
    [
        (r"(devm_)?hwmon_device_(un)?register(|_with_info)", "hwmon_device_unregister", "hwmon"),
        (
            r"\b(?:of_)?reset_control(?:ler_[a-z]+|_[a-z_]+)?\b",
            "reset_controller_x",
            "reset_contro",
        ),
        (r"struct\s+pond | \(a,\ b\)", "struct  pond", "struct_pond"),
        (r"struct\s+pond | \(a,\ b\)", "f(a, b)", "f(a,b)"),
        (r"fu[57]40 # two of them", "fu740", "fu640"),
    ],
)
def test_words_of_a_section(expression: str, said: str, unsaid: str) -> None:
    section = Section("S", (("K", expression),))
    assert section.speaks_of(f"the {said} here")
    assert not section.speaks_of(f"the {unsaid} here")


def test_an_expression_on_paths_may_begin_anywhere() -> None:
    section = Section("S", (("N", r"^.*/vdso/[^/]*getrandom[^/]+$"),))
    assert section.has("arch/x86/" + "deep/" * 40 + "vdso/vgetrandom-chacha.S")
    assert not section.has("arch/x86/vdso/getrandom/x.c")


@given(st.text("ab(|)*+?{2,} #[]\\", max_size=12), st.text("ab ", max_size=12))
def test_a_bounded_expression_says_what_it_said(expression: str, text: str) -> None:
    compiled = bounded.compiled(expression, verbose=True)
    if compiled is not None:
        assert bool(compiled.search(text)) == bool(re.search(expression, text, re.VERBOSE))
