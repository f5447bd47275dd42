"""Moments: "when calling this function" is the call itself, of which a duty speaks anyway."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.claims.grammar.words import Token, word_set

_WHEN = word_set("when while before upon on if")
_CALLING = word_set("calling entering invoking")
_CALLED = word_set("called entered invoked")
_THIS = word_set("this the it we us")
_FUNCTION = word_set("function routine helper macro method callback")
_BE = word_set("is are gets get")


def at_call(tokens: Sequence[Token], at: int) -> bool:
    """True for "when calling this function" and "before this is called"."""
    words = [token.text for token in tokens[at : at + 5]] + [""] * 5
    if words[0] not in _WHEN:
        return False
    if words[1] in _CALLING:
        return words[2] in _THIS and words[3] in _FUNCTION | {"", ".", ","}
    if words[1] in _CALLED:
        return words[2] in {"", ".", ","}
    if words[1] not in _THIS:
        return False
    behind = 3 if words[2] in _FUNCTION else 2
    return words[behind] in _BE and words[behind + 1] in _CALLED
