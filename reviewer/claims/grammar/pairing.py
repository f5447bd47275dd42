"""The other side of a barrier: "it matches the read in f()", "the counterpart is in f()"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.claims.building import Seen
from reviewer.claims.folding import known_term
from reviewer.claims.grammar.clauses import ENDS, end_of_clause
from reviewer.claims.grammar.events import ACCESSES, is_barrier
from reviewer.claims.grammar.making import claim_of, modality, spoken
from reviewer.claims.grammar.words import DETERMINER, NOT, Token, word_set
from reviewer.claims.model import Claim, Kind, Term, code_term

_PAIRED = word_set(
    "pairs pair paired pairing coupled couples matches matched matching complements counterpart"
)
_HALVES = word_set("half side")
_GOES = word_set("goes belongs works")
_ENDS = word_set("acquire release acquires releases")
"""Half a pair by themselves: "the release pairs with the call to f()"."""
_OF = frozenset({"with", "of", "to", "by"})
_IN = frozenset({"in", "of", "from", "at", "inside", "is"})
_HAS = word_set("has have for contains holds does")
_ONE = word_set("one ones other call calls barrier barriers fence access accesses")
_WORDS = 6
"""Tokens from what is paired with to the place where it stands."""


def pairing(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """``pairs(barrier, partner)`` where the words around speak of a barrier or half of one."""
    for at, token in enumerate(tokens):
        relation = _relation(tokens, at)
        if not relation or token.text in ENDS:
            continue
        before = tokens[max(0, at - 8) : at]
        if any(one.text in NOT for one in before):
            continue
        behind = {one.text for one in tokens[relation : relation + 3]}
        with_one = relation == at + 2 and bool(behind & {"one", "section", "sections"})
        if not with_one and not any(map(_half, (*before, *tokens[at : at + 8]))):
            continue
        found = (
            _partner(seen, tokens, relation)
            or _before(seen, tokens, at, relation)
            or _side(seen, tokens, at, relation)
        )
        if found is None:
            continue
        own = next((one for one in reversed(before) if is_barrier(one)), None)
        subject = code_term(seen.comment)
        if own is not None:
            name = known_term(own.term, seen.folded) if own.term else Term("barrier", own.text)
            subject = name
        while found is not None:
            partner, place, end = found
            how = modality(seen, tokens, at, end, negation=True)
            detail = (("place", place),) if place else ()
            terms = (subject, partner)
            yield claim_of(seen, tokens, (at, end), Kind.PAIRS, terms, how, "pairing", detail)
            goes_on = end < len(tokens) and tokens[end].text in {"and", "or", ","}
            found = _partner(seen, tokens, end + 1) if goes_on else None
        return


def _side(
    seen: Seen, tokens: Sequence[Token], at: int, relation: int
) -> tuple[Term, str, int] | None:
    """What "the barrier pairs with the input side" names in words only."""
    if not at or not is_barrier(tokens[at - 1]) or not tokens[at].text.startswith("pair"):
        return None
    end = end_of_clause(tokens, relation, _WORDS)
    words = spoken(seen, tokens, relation, end)
    return (Term("data", words), "", end) if words and relation == at + 2 else None


def _before(
    seen: Seen, tokens: Sequence[Token], at: int, relation: int
) -> tuple[Term, str, int] | None:
    """The partner of "see f() for the matching barrier" and of "f() has the counterpart"."""
    here = at - 1
    while here > 0 and tokens[here].text in DETERMINER | _HAS:
        here -= 1
    term = tokens[here].term if 0 <= here < at - 1 else None
    if term is None or term.sort != "func" or not _HAS & {t.text for t in tokens[here + 1 : at]}:
        return None
    end = min(relation + 1, len(tokens))
    half = next((n for n in range(at, end) if is_barrier(tokens[n])), None)
    if half is None:
        return None
    found = tokens[half].term
    partner = known_term(found, seen.folded) if found else Term("barrier", "")
    return partner, term.name or seen.folded.words(term), half + 1


def _half(token: Token) -> bool:
    return is_barrier(token) or token.text in _ENDS


def _relation(tokens: Sequence[Token], at: int) -> int:
    """The token behind "pairs with", "is the counterpart of", "goes with"; 0 without one."""
    text = tokens[at].text
    following = tokens[at + 1].text if at + 1 < len(tokens) else ""
    if text in _PAIRED:
        return at + 1 + (following in _OF)
    if text == "corresponding" and any(map(is_barrier, tokens[at + 1 : at + 3])):
        return at + 1
    if text in _HALVES and at and tokens[at - 1].text == "other":
        return at + 1 + (following in _OF)
    return at + 2 if text in _GOES and following == "with" else 0


def _partner(seen: Seen, tokens: Sequence[Token], at: int) -> tuple[Term, str, int] | None:
    """What is paired with, the function where it stands, and the token behind; None without one."""
    partner: Term | None = None
    for here in range(at, min(at + _WORDS + 4, len(tokens))):
        token = tokens[here]
        if token.text in ENDS | NOT or token.text in {",", "nothing"}:
            return None
        if token.sort == "func" or (token.sort == "name" and here > at):
            previous = tokens[here - 1].text
            if partner is not None and previous == "on" and token.sort == "name":
                continue  # "smp_store_release() on x->head in f()"
            name = (token.term.name or seen.folded.words(token.term)) if token.term else ""
            if partner is None:  # "pairs with the call to f()", the counterpart is in f()
                calls = previous in {"to", "in", "of"} | DETERMINER
                concept = "function" if token.sort == "func" else "identifier"
                return (Term(concept, name, name), name, here + 1) if calls else None
            return (partner, name, here + 1) if previous in _IN | DETERMINER else None
        if partner is not None:
            continue
        if is_barrier(token):
            partner = known_term(token.term, seen.folded) if token.term else Term("barrier", "")
        elif token.text in _ONE:
            partner = Term("barrier", "") if token.text in {"one", "other"} else None
        elif token.text in {"section", "sections"}:
            partner = Term("section", token.text)
        elif token.word in ACCESSES:
            partner = Term("access", token.word)
    return None
