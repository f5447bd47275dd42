"""Moments: "when calling this function" is the call itself, of which a duty speaks anyway."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.claims.grammar.words import Token, word_set

_WHEN = word_set("when while before upon on")
_CALLING = word_set("calling entering invoking")
_CALLED = word_set("called entered invoked")
_THIS = word_set("this the it we us")
_FUNCTION = word_set("function routine helper macro method callback")
_BE = word_set("is are gets get")
_END = frozenset({"", ".", ",", ";", ")"})
"""What may follow: "when this is called from a timer" and "a second time" are other moments."""


def at_call(tokens: Sequence[Token], at: int) -> bool:
    """True for "when calling this function" and "before this is called"."""
    words = [token.text for token in tokens[at : at + 6]] + [""] * 6
    if words[0] not in _WHEN:
        return False
    if words[1] in _CALLING:
        behind = 4 if words[3] in _FUNCTION else 3
        return words[2] in _THIS and words[behind] in _END
    if words[1] in _CALLED:
        return words[2] in _END
    if words[1] not in _THIS:
        return False
    behind = 3 if words[2] in _FUNCTION else 2
    return words[behind] in _BE and words[behind + 1] in _CALLED and words[behind + 2] in _END
