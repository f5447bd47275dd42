"""What several parts of the grammar ask of the words around a verb."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.claims.building import Seen
from reviewer.claims.folding import known_term
from reviewer.claims.grammar.lists import Item, Nouns, nouns
from reviewer.claims.grammar.making import spoken
from reviewer.claims.grammar.words import (
    BARE_LOCKS,
    DETERMINER,
    MUST,
    NOT,
    STOP,
    Token,
    word_set,
)
from reviewer.claims.model import Term, code_term

LOCKS = frozenset({"lock", "context"})
KEEPERS = frozenset({"lock", "context", "act", "count", "gp"})
"""What can keep others out, or something in place."""
ENDS = STOP | frozenset({".", "?", "!"})
_DENY = NOT | {"no", "without", "neither"}
_FILL = word_set(
    """
    we are is be being it they you caller callers holding hold holds held have having the
    taking take in by of and still already also under only your our own always
    """
)
_PRONOUNS = word_set(
    """
    it this that these those they which we is are there i you
    """
)
_THINGS = frozenset({"name", "count", "pte", "func"})
_MAX_SUBJECT = 4
"""Plain words shown of a subject."""


def end_of_clause(tokens: Sequence[Token], at: int, most: int) -> int:
    """The token behind the clause that goes on at a token, at most ``most`` further."""
    stop = min(at + most, len(tokens))
    while at < stop and tokens[at].text not in ENDS:
        at += 1
    return at


def past(tokens: Sequence[Token], at: int, words: frozenset[str]) -> int:
    """The first token at or behind a place that is none of some words."""
    while at < len(tokens) and tokens[at].text in words:
        at += 1
    return at


def denied(tokens: Sequence[Token], begin: int, end: int) -> bool:
    """True if a word of tokens ``[begin:end]`` denies what follows: "we don't need it to"."""
    return any(token.text in _DENY for token in tokens[begin:end])


def texts(tokens: Sequence[Token], first: int, last: int) -> set[str]:
    """The words of tokens ``[first:last]``, those that terms were read from included."""
    return {token.word for token in tokens[first:last]}


def kept_by(
    tokens: Sequence[Token], at: int, stop: int, sorts: frozenset[str] = KEEPERS
) -> Nouns | None:
    """The list of locks or the like behind "while we hold the", if it begins before ``stop``."""
    stop = min(stop, len(tokens))
    while at < stop and tokens[at].text in _FILL:
        at += 1
    return nouns(tokens, at, sorts) if at < stop else None


def term_of(seen: Seen, item: Item) -> Term:
    """What an item of a list names."""
    if item.token is None or item.token.term is None:
        return Term(item.concept, item.words)
    return known_term(item.token.term, seen.folded)


def subject_of(seen: Seen, tokens: Sequence[Token], begin: int, end: int) -> Term:
    """The subject that ends before token ``end``: the last thing named, else the last words."""
    if end > begin and tokens[end - 1].text in _PRONOUNS:
        return code_term(seen.comment)
    first = end
    while first > begin and end - first < _MAX_SUBJECT and tokens[first - 1].text not in {","}:
        first -= 1
    for token in reversed(tokens[first:end]):
        if token.term is not None and token.sort in _THINGS:
            return known_term(token.term, seen.folded)
    words = [t.text for t in tokens[first:end] if t.text and t.text[0].isalpha()]
    if all(word in _PRONOUNS | DETERMINER | MUST for word in words) and not any(
        t.term for t in tokens[first:end]
    ):
        return code_term(seen.comment)
    return Term("data", spoken(seen, tokens, first, end))


def keeps_apart(tokens: Sequence[Token]) -> bool:
    """True if a sentence names something that keeps others out, or speaks of others."""
    return any(
        token.sort in KEEPERS or token.text in BARE_LOCKS or token.text in _APART
        for token in tokens
    )


_APART = word_set(
    """
    race races racing raced concurrent concurrently parallel simultaneously else held locked
    refcount reference references pinned serialized synchronized grace unlocked lockless
    preempted refcounted unlock unlocking locking
    """
)
