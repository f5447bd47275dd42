"""Words of comments, and parts of names that mean the same."""

from __future__ import annotations

import pytest

from reviewer.evidence.alike import alike


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("registers", "register"),
        ("registers", "reg"),
        ("registers", "regs"),
        ("timers", "timer"),
        ("raising", "raise"),
        ("raised", "raises"),
        ("completion", "complete"),
        ("processes", "process"),
        ("caching", "caches"),
        ("rings", "ring"),
        ("matches", "match"),
        ("setting", "set"),
        ("context", "ctx"),
        ("hardware", "hw"),
        ("configuration", "cfg"),
        ("configuration", "conf"),
        ("clocks", "clk"),
        ("command", "cmd"),
        ("device", "dev"),
    ],
)
def test_what_is_alike(word: str, part: str) -> None:
    assert alike(word, part)
    assert alike(part, word)


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("status", "state"),  # other words
        ("lock", "block"),
        ("ring", "string"),
        ("command", "comma"),  # too long to be short
        ("fish", "fi"),  # too short, and with a vowel
        ("fish", "f"),
        ("queue", "q"),
        ("message", "gsm"),  # in another order, and not from its first letter
        ("message", "sg"),
        ("enable", "en"),  # a vowel
        ("bcde", "bcd1"),
        ("table", "tbl"),  # more than half of it
        ("bring", "brs"),
    ],
)
def test_what_is_not(word: str, part: str) -> None:
    assert not alike(word, part)
    assert not alike(part, word)
