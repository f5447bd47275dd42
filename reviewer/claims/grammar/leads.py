"""What asks for an order: a duty, an assurance, an imperative, and the clause it stands in."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.claims.grammar.clauses import ENDS
from reviewer.claims.grammar.events import in_sight, is_barrier, names_access
from reviewer.claims.grammar.words import ADVERB, DETERMINER, NOT, Token, word_set

_ASSURANCE = word_set(
    """
    sure ensure ensures ensuring guarantee guarantees guaranteeing guaranteed certain force forces
    so important essential crucial vital
    """
)
DUTY = word_set("must should shall need needs has have ought cannot can't")
GLUE = word_set("that we it to also then have please , and")
IMPERATIVE = word_set(
    """
    store load read write set clear publish update check test make commit initialize initialise
    increment decrement assign fetch put place issue use add flush sync do complete apply
    """
)
STOPS = word_set("prevent prevents preventing stop stops stopping forbid forbids avoid avoids")
KEEPS = word_set("keep keeps keeping")
_NONE = frozenset({"no", "nobody", "none", "nothing"})
_LIMITS = word_set("if unless because since otherwise so to in which , as")
_HEADING = 4
"""Tokens of "a full memory barrier" that stands before a relation, with no verb."""
REACH = 22
"""Tokens of each of the two events."""


def clause_begin(tokens: Sequence[Token], at: int, over: str = "") -> int:
    """Where the clause begins that a token stands in."""
    begin = at
    while begin and (tokens[begin - 1].text not in ENDS or tokens[begin - 1].text in {over, "so"}):
        begin -= 1
    return begin


def event_end(tokens: Sequence[Token], at: int) -> int:
    """The token behind the event that begins at a token."""
    first = at
    while at < len(tokens) and at - first < REACH:
        token = tokens[at]
        if token.text in ENDS or (at > first and token.text in _LIMITS and token.text != "to"):
            break
        if token.text == "to" and at > first + 1 and not _goes_to(tokens, at):
            break
        at += 1
    return at


def _goes_to(tokens: Sequence[Token], at: int) -> bool:
    """True for "the store to x" and "visible to others"; else "to" begins a purpose."""
    return names_access(tokens[at - 1 : at]) or in_sight(tokens[at - 1 : at])


def lead_of(tokens: Sequence[Token], begin: int, at: int) -> tuple[int, str]:
    """Where the first of two events begins, and what asks for the order: '' if nothing does."""
    kept = next((n for n in range(begin, at) if tokens[n].text in KEEPS | STOPS), None)
    if kept is not None and "from" in {token.text for token in tokens[kept:at]}:
        if denied(tokens[begin:kept]):
            return begin, ""
        return past_glue(tokens, kept + 1, at), "kept"
    lead = assured(tokens, begin, at)
    if lead is not None:
        return lead, "assured"
    let = next((n for n in range(begin, at) if tokens[n].text == "let"), None)
    if let is not None and denied(tokens[begin:let]):
        return past_glue(tokens, let + 1, at), "let"
    if tokens[at - 1].text == "only" or any(t.text in DUTY for t in tokens[begin:at]):
        return begin, "due"
    first = begin
    while first < at and tokens[first].text in GLUE | {"*", "-", "first", "but", "always"}:
        first += 1
    if first < at and tokens[first].word in IMPERATIVE:
        return first, "imperative"
    if is_barrier(tokens[at - 1]) and at - first <= _HEADING:
        return first, "barrier"
    return begin, ""


def assured(tokens: Sequence[Token], begin: int, at: int) -> int | None:
    """The token behind "make sure that", "so that", "to guarantee"; None without such words."""
    for here in range(at - 1, begin - 1, -1):
        bare = tokens[here].text == "so" and tokens[here + 1].text != "that"
        if bare and not any(map(is_barrier, tokens[begin:here])):
            continue  # "so" draws a conclusion
        if tokens[here].text in _ASSURANCE:
            return past_glue(tokens, here + 1, at)
    return None


def past_glue(tokens: Sequence[Token], here: int, at: int) -> int:
    while here < at and tokens[here].text in GLUE | DETERMINER:
        here += 1
    return here


def after_lead(tokens: Sequence[Token], begin: int, at: int) -> int:
    lead = assured(tokens, begin, at)
    return past_glue(tokens, begin, at) if lead is None else lead


def verb_begin(tokens: Sequence[Token], begin: int, at: int) -> int:
    """Where the verb group begins that ends before a token."""
    skipped = ADVERB | NOT | DUTY | {"be", "is", "are", "being", "to", "get", "been"}
    while at > begin + 1 and tokens[at - 1].text in skipped:
        at -= 1
    return at


def denied(tokens: Sequence[Token]) -> bool:
    return any(token.text in NOT | _NONE for token in tokens)
