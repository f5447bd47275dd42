"""What a ``Return:`` section says of locks: "0 with foo_lock held", "true and the lock taken"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.claims.building import Seen
from reviewer.claims.grammar.clauses import term_of
from reviewer.claims.grammar.lists import Nouns, nouns
from reviewer.claims.grammar.making import claim_of, modality
from reviewer.claims.grammar.words import BE, NOT, Token, word_set
from reviewer.claims.model import Claim, Kind, code_term

_HOLD = word_set("hold holds holding with keeps")
_TAKEN = word_set("held taken locked acquired grabbed owned")
_GIVEN_UP = word_set("dropped released unlocked")
_DENIED = NOT | {"no", "without", "must", "should", "need", "needs"}


def returned(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """``leaves(code, lock)``: the lock is held, or no more held, when the function returns."""
    at = 0
    while at < len(tokens):
        found = nouns(tokens, at, frozenset({"lock"}))
        if found is None:
            at += 1
            continue
        change = _change(tokens, at, found)
        if change:
            how = modality(seen, tokens, at, found.end, negation=True)
            for item in found.items:
                terms = (code_term(seen.comment), term_of(seen, item))
                yield claim_of(
                    seen,
                    tokens,
                    (at, found.end),
                    Kind.LEAVES,
                    terms,
                    how,
                    "returned",
                    (("change", change),),
                )
        at = max(found.end, at + 1)


def _change(tokens: Sequence[Token], at: int, found: Nouns) -> str:
    """What has become of the lock: taken, released, or '' if that is not said."""
    before = tokens[at].text if tokens[at].text in _HOLD else tokens[at - 1].text if at else ""
    if before in _DENIED:
        return ""
    end = found.end
    while end < len(tokens) and tokens[end].text in BE:
        end += 1
    if end < len(tokens) and tokens[end].text in _GIVEN_UP:
        return "released"
    if found.held or before in _HOLD:
        return "taken"
    return "taken" if end < len(tokens) and tokens[end].text in _TAKEN else ""
