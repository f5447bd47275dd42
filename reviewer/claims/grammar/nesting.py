"""Lock order written as such: "a_lock -> b_lock", "a_lock must be taken before b_lock"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from reviewer.claims.building import Seen
from reviewer.claims.folding import known_term
from reviewer.claims.grammar.making import claim_of, modality
from reviewer.claims.grammar.words import MAY, NOT, Token, word_set
from reviewer.claims.lock_names import lock_name
from reviewer.claims.model import Claim, Kind, Term
from reviewer.claims.terms import Found
from reviewer.source.model import AnchorKind

_ARROWS = frozenset({"->", "=>", "-->", "==>", ">", "then"})
_TAKEN = frozenset({"taken", "acquired", "locked", "grabbed", "take", "acquire", "grab"})
_ORDER = frozenset({"order", "ordering", "hierarchy", "nesting", "ranking"})
_GIVEN_UP = word_set("released dropped unlocked freed gone")
_LEFT = _GIVEN_UP | word_set("is being has been gets")
_OPEN = MAY | NOT | frozenset({"or", "wants", "waits", "waiting"})
"""Between two locks, these say that the order is free, not so, or that of a deadlock."""
_WRONG = word_set(
    """
    deadlock deadlocks deadlocking lockdep inversion inversions inverts invert inverted inverting
    inverse reverse reverses reversed opposite abba ab-ba ab/ba circular
    """
)
"""What is told with these is the order that must not be, unless it is avoided."""
_AVOIDED = word_set("avoid avoids avoiding prevent prevents preventing otherwise")
_PLACES = frozenset({"inner", "outer"})
_GAP = 3
"""Plain words between two locks of a chain, articles included."""


def nesting(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """``nests(inner, outer)`` for each neighbouring pair of a chain of locks."""
    words = {token.text for token in tokens}
    if words & _WRONG and not words & _AVOIDED:
        return
    yield from _one_way(list(_pairs(seen, tokens, words)))
    if words & _PLACES:
        yield from _placed(seen, tokens)


def _placed(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """ "This is the inner lock when used with b_lock", "a_lock is an outer lock of b_lock"."""
    at = next((n for n, token in enumerate(tokens[:-1]) if token.text in _PLACES), -1)
    if at < 0 or not tokens[at + 1].text.startswith(("lock", "mutex")):
        return
    other = next((one for one in tokens[at + 2 :] if one.sort == "lock" and one.term_name), None)
    lead = [one for one in tokens[:at] if one.sort == "lock"]
    anchor = seen.comment.anchor
    if other is None or len(lead) > 1:
        return
    if lead:
        mine = known_term(_found(lead[0]), seen.folded)
    elif anchor.kind is AnchorKind.FIELD and tokens[0].text in {"this", "it", "always"}:
        leaf = anchor.name.rpartition(".")[2]
        mine = Term(f"lock:{leaf}", "", leaf)
    else:
        return
    theirs = known_term(_found(other), seen.folded)
    terms = (mine, theirs) if tokens[at].text == "inner" else (theirs, mine)
    last = next(n for n, token in enumerate(tokens) if token is other)
    how = modality(seen, tokens, at, last + 1, negation=True)
    yield claim_of(seen, tokens, (at, last + 1), Kind.NESTS, terms, how, "lock-order")


def _one_way(claims: list[Claim]) -> list[Claim]:
    """The claims, or none if they come back to a lock: that tells of a deadlock."""
    ways = {(_called(claim.subject), _called(claim.object)) for claim in claims}
    return [] if any((outer, inner) in ways for inner, outer in ways) else claims


def _called(lock: Term | None) -> str:
    return (lock.name or lock.text) if lock is not None else ""


def _pairs(seen: Seen, tokens: Sequence[Token], words: set[str]) -> Iterator[Claim]:
    outer: int | None = None
    for at, token in enumerate(tokens):
        if token.sort != "lock":
            continue
        yield from _joined(seen, tokens, at)
        if outer is not None and at - outer <= 2 * _GAP + 3:
            between = [one.text for one in tokens[outer + 1 : at]]
            if _chained(between, words) and not _goes_on(tokens, at):
                yield _claim(seen, tokens, outer, at)
        outer = at


def _joined(seen: Seen, tokens: Sequence[Token], at: int) -> Iterator[Claim]:
    """ "a_lock->b_mutex->c_lock", written like a member but of locks alone."""
    names = tokens[at].term_name.split("->")
    if len(names) < 2 or not all(map(lock_name, names)) or len(set(names)) < len(names):
        return  # a chain that comes back to a lock tells of a deadlock
    how = modality(seen, tokens, at, at + 1, negation=True)
    for outer, inner in pairwise(names):
        terms = (Term(f"lock:{inner}", inner, inner), Term(f"lock:{outer}", outer, outer))
        yield claim_of(seen, tokens, (at, at + 1), Kind.NESTS, terms, how, "lock-order")


def _chained(between: Sequence[str], words: set[str]) -> bool:
    between = [word for word in between if word not in {'"', "'", "`"}]
    glue = "".join(word for word in between if word and not word[0].isalnum())
    if _OPEN & set(between):
        return False
    if glue in _ARROWS and len(between) - len(glue) <= _GAP:
        return True
    if "then" in between and words & _ORDER and len(between) <= _GAP:
        return True
    if "before" not in between:
        return False
    return bool(set(between) & _TAKEN) or bool(words & _ORDER and len(between) <= _GAP)


def _goes_on(tokens: Sequence[Token], at: int) -> bool:
    """True for "before b_lock is released": it is not the taking of b_lock that is meant."""
    following = [token.text for token in tokens[at + 1 : at + 5]]
    while following and following[0] in _LEFT:
        if following.pop(0) in _GIVEN_UP:
            return True
    return False


def _claim(seen: Seen, tokens: Sequence[Token], outer: int, inner: int) -> Claim:
    return claim_of(
        seen,
        tokens,
        (outer, inner + 1),
        Kind.NESTS,
        (
            known_term(_found(tokens[inner]), seen.folded),
            known_term(_found(tokens[outer]), seen.folded),
        ),
        modality(seen, tokens, outer, inner + 1, negation=True),
        "lock-order",
    )


def _found(token: Token) -> Found:
    assert token.term is not None
    return token.term
