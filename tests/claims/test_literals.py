"""A filter word occurs in every match of its expression."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.claims.guarded import Guarded
from reviewer.claims.literals import required_words


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (r"pairs? with", {"pair", " with"}),
        (r"(?:protects|guards) x", {"protects", "guards"}),
        (r"(?:foo)?barn+", {"bar"}),
        (r"(?:foo|b)", set()),
        (r"[a-z]+", set()),
    ],
)
def test_required_words(expression: str, words: set[str]) -> None:
    found = required_words(expression)
    assert found <= words
    assert bool(found) == bool(words)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (r"must (?:not |never )?sleep", "it must never sleep"),
        (r"(?:held|taken|locked) by (?:the )?caller", "taken by caller"),
    ],
)
def test_a_match_holds_a_required_word(expression: str, text: str) -> None:
    assert re.search(expression, text)
    assert any(word in text for word in required_words(expression))


_RARE = r"\bused to (?:be|have)\b|\bin the past\b"


@given(st.lists(st.sampled_from(["used to be", "in the past", "usedtohave", "it"]), max_size=4))
def test_a_guarded_expression_finds_what_it_would_unguarded(words: list[str]) -> None:
    text = " ".join(words)
    plain, found = re.search(_RARE, text), Guarded(_RARE).search(text)
    assert (found and found.span()) == (plain and plain.span())


def test_an_expression_without_a_sure_word_cannot_be_guarded() -> None:
    with pytest.raises(ValueError, match="no word"):
        Guarded(r"[a-z]+")
