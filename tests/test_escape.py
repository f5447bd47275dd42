"""Nothing raw reaches a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.escape import escape, escape_text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("mm/ksm.c", "mm/ksm.c"),
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x9b2J", r"\x9b2J"),
        ("\u202etxt\u2066", r"\u202etxt\u2066"),
        ("caf\u00e9 \u2014 \u6f22", "caf\u00e9 \u2014 \u6f22"),
        ("no\u00a0break", "no\u00a0break"),
        ("\udcff", r"\xff"),
        ("\ud800", r"\ud800"),
        ("\u2028\U000e0001", r"\u2028\U000e0001"),
        ("z\u200bw", r"z\u200bw"),
    ],
)
def test_what_cannot_be_seen_is_written_out(raw: str, shown: str) -> None:
    assert escape(raw) == shown


@given(st.text(st.characters(codec=None)))
def test_any_text_becomes_printable_and_encodable(raw: str) -> None:
    shown = escape(raw)
    assert all(one.isprintable() or unicodedata.category(one) == "Zs" for one in shown)
    shown.encode("utf-8")
    assert escape(shown) == shown


def test_several_lines_keep_their_lines() -> None:
    assert escape_text("a\r\n\tb\x07\n") == "a\n\tb\\x07\n"
