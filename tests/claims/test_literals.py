"""A filter word occurs in every match of its expression."""

from __future__ import annotations

import re

import pytest

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
