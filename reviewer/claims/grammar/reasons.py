"""What keeps a thing so, as the clause before "so" says: a count, a lock, a context."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.claims.grammar.clauses import ENDS, LOCKS, kept_by, past, texts
from reviewer.claims.grammar.lists import Nouns
from reviewer.claims.grammar.words import ADVERB, NOT, Token, word_set

_SECURES = word_set("take takes taking get gets getting grab grabs grabbing hold holds holding")
_UNSECURED = NOT | word_set("no nobody none nothing without failed fails if unless could would")
"""What makes of "take a reference, so …" something that is not done, or not always."""
_HOLDING = word_set("hold holding holds have having under with")
_SUPPOSED = word_set("when whenever once until while before after may might must should")
"""What makes of "we hold foo_lock, so …" what is so at times, or has to be."""
_KEPT = frozenset({"count", "lock", "gp"})
_REACH = 12
"""Tokens of the clause before."""


def secured(tokens: Sequence[Token], begin: int) -> Nouns | None:
    """The count or lock of "take a reference …, so that" before what therefore cannot go away."""
    so = begin - 1
    if so < 2 or tokens[so].text != "so":
        return None
    lead = max(0, so - _REACH)
    if texts(tokens, lead, so) & _UNSECURED:
        return None
    for at in range(lead, so - 1):
        if tokens[at].text in _SECURES:
            return kept_by(tokens, at + 1, at + 4, _KEPT)
    return None


def since(tokens: Sequence[Token], begin: int) -> Nouns | None:
    """The lock of the clause before, "now that we hold foo_lock, …" and "irqs are off, so …"."""
    last = begin - 1
    while last > 0 and tokens[last].text in {"so", ",", "thus", "hence", "therefore", "that"}:
        last -= 1
    if last < 1 or last == begin - 1:
        return None
    first = last
    while first > 0 and tokens[first - 1].text not in ENDS | {","} and last - first < _REACH:
        first -= 1
    words = texts(tokens, first, last + 1)
    if words & _UNSECURED or words & _SUPPOSED:
        return None
    for at in range(first, last + 1):
        token = tokens[at]
        off = token.sort == "context" and token.term is not None
        if off and token.term is not None and token.term.concept.endswith("-off"):
            return kept_by(tokens, at, last + 1, LOCKS)
        if token.text in _HOLDING:
            found = kept_by(tokens, at + 1, min(at + 3, last + 1), LOCKS)
            if found is not None and past(tokens, found.end, ADVERB | {"now"}) > last:
                return found
    return None
