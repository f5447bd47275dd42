"""What a list names, word for word: "the list, @count and the flags of the entries"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.claims.building import Seen
from reviewer.claims.folding import known_term
from reviewer.claims.grammar.making import spoken
from reviewer.claims.grammar.words import BE, MAY, MUST, NOT, STOP, WILL, Token, word_set
from reviewer.claims.model import Term

_JOINS = frozenset({",", "and", "&"})
_NAMES = frozenset({"name", "count", "pte"})
_ENDS = (
    STOP
    | BE
    | MAY
    | MUST
    | WILL
    | word_set(". ! ? : when if until unless while before after from against to so or by with we")
)
"""Words that no list of things goes past; of "a or b" it is not said that both are meant."""
_DEFINITE = frozenset({"the", "a", "an", "its", "their", "this"})
_NO_PART = NOT | {"between", "neither", "no", "nor", "except", "without"}
_REST = frozenset({"more", "others", "so on", "etc", "nothing else"})
_BARE = 2
"""Words of a thing without an article: "flags of entries" may be one, "prevents races with" not."""
_LONGEST = 5
"""Words of one thing."""
_MOST = 6
"""Things of one list."""


def things(seen: Seen, tokens: Sequence[Token], first: int) -> tuple[Term, ...]:
    """The things of the list that starts at a token; () if there are not two of them.

    The last word of a list may belong to what comes next, so a thing must end at a sign, at a
    conjunction or with the sentence.
    """
    found: list[Term] = []
    for begin, end in _parts(tokens, first):
        named = [t.term for t in tokens[begin:end] if t.term is not None and t.sort in _NAMES]
        words = spoken(seen, tokens, begin, end)
        if words in _REST:
            continue
        if any(token.text in _NO_PART for token in tokens[begin:end]):
            return ()  # "the race between a and b" is one thing, "not @count" none
        plain = tokens[begin].text in _DEFINITE or len(words.split()) <= _BARE
        if len(named) == 1:
            found.append(known_term(named[0], seen.folded))
        elif words and not named and plain:
            found.append(Term("data", words))
        else:
            return ()
    return tuple(found) if len(found) > 1 else ()


def _parts(tokens: Sequence[Token], first: int) -> Iterator[tuple[int, int]]:
    begin = at = first
    count = 0
    while at < len(tokens) and count < _MOST:
        text = tokens[at].text
        if text in _ENDS:
            break
        if text in _JOINS:
            if at > begin:
                yield begin, at
                count += 1
            begin = at + 1
        elif at - begin >= _LONGEST:
            return
        at += 1
    closed = at >= len(tokens) or tokens[at].text in {".", ";", ")", "!", "?"}
    if at > begin and closed:
        yield begin, at
