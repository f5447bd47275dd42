"""Lock order written as such: "a_lock -> b_lock", "a_lock must be taken before b_lock"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.claims.building import Seen
from reviewer.claims.folding import known_term
from reviewer.claims.grammar.words import Token
from reviewer.claims.modality import modality_of
from reviewer.claims.model import Claim, Kind, Role
from reviewer.claims.terms import Found

_ARROWS = frozenset({"->", "=>", "-->", "==>", ">", "then"})
_TAKEN = frozenset({"taken", "acquired", "locked", "grabbed", "take", "acquire", "grab"})
_ORDER = frozenset({"order", "ordering", "hierarchy", "nesting", "ranking"})
_GAP = 3
"""Plain words between two locks of a chain, articles included."""


def nesting(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """``nests(inner, outer)`` for each neighbouring pair of a chain of locks."""
    words = {token.text for token in tokens}
    outer: int | None = None
    for at, token in enumerate(tokens):
        if token.sort != "lock":
            continue
        if outer is not None and at - outer <= 2 * _GAP + 3:
            between = [one.text for one in tokens[outer + 1 : at]]
            if _chained(between, words):
                yield _claim(seen, tokens, outer, at)
        outer = at


def _chained(between: Sequence[str], words: set[str]) -> bool:
    glue = "".join(word for word in between if word and not word[0].isalnum())
    if glue in _ARROWS and len(between) - len(glue) <= _GAP:
        return True
    if "then" in between and words & _ORDER and len(between) <= _GAP:
        return True
    if "before" not in between:
        return False
    taken = bool(set(between) & _TAKEN) or bool(words & _ORDER and len(between) <= _GAP)
    return taken and "not" not in between


def _claim(seen: Seen, tokens: Sequence[Token], outer: int, inner: int) -> Claim:
    first, last = tokens[outer].start, tokens[inner].end
    start = seen.folded.start_of(seen.tagged.at[first])
    end = seen.folded.end_of(seen.tagged.until[last - 1])
    return Claim(
        kind=Kind.NESTS,
        subject=known_term(_found(tokens[inner]), seen.folded),
        object=known_term(_found(tokens[outer]), seen.folded),
        modality=modality_of(
            seen.tagged.text,
            first,
            last,
            snippet=seen.sentence.snippet,
            section=seen.sentence.section,
            negation=True,
        ),
        role=Role.PLAIN,
        start=start,
        end=end,
        line=seen.lines.line(start),
        end_line=seen.lines.line(end - 1),
        quote=seen.comment.text[start:end],
        pattern="grammar:lock-order",
        comment=seen.comment,
    )


def _found(token: Token) -> Found:
    assert token.term is not None
    return token.term
