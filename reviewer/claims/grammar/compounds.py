"""A lock before its participle: "wq->mutex protected for writes", "the tree is RCU protected"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.claims.building import Seen
from reviewer.claims.grammar.clauses import ENDS, LOCKS, subject_of, term_of
from reviewer.claims.grammar.lists import Nouns, nouns
from reviewer.claims.grammar.making import claim_of, modality
from reviewer.claims.grammar.words import ADVERB, BE, NOT, Token
from reviewer.claims.lock_names import MODES
from reviewer.claims.model import Claim, Kind, Term, code_term

_DONE = frozenset({"protected", "guarded", "serialized"})
_FOLLOWS = frozenset({"", "(", ".", ",", ";", ":", ")", "for", "on", "and", "so", "but", "against"})
"""What may follow; a noun would be what is protected, "by" what really protects it."""
_WAS = frozenset({"was", "were"})
_REACH = 8
"""Tokens before the participle in which the locks may begin."""
_LABEL = 2
"""Tokens of "PW:" before a legend's text."""


def compounds(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """``protected`` of what stands before the lock, of a legend's label, or of the code."""
    begin = 0
    for at, token in enumerate(tokens):
        if token.text in ENDS and not _hyphen(tokens, at):
            begin = at + 1
        elif token.text in _DONE and at > begin and _of_lock(tokens, at):
            follows = tokens[at + 1] if at + 1 < len(tokens) else None
            if follows is None or (follows.term is None and follows.text in _FOLLOWS):
                yield from _protected(seen, tokens, begin, at)


def _hyphen(tokens: Sequence[Token], at: int) -> bool:
    """True for the sign in "RCU-protected", which ends nothing."""
    if tokens[at].text != "-" or not 0 < at < len(tokens) - 1:
        return False
    return tokens[at - 1].end == tokens[at].start and tokens[at].end == tokens[at + 1].start


def _of_lock(tokens: Sequence[Token], at: int) -> bool:
    """True for "foo_lock protected" and "RCU-protected"."""
    hyphen = tokens[at - 1].text == "-" and at > 1
    return tokens[at - 1 - hyphen].sort in LOCKS


def _protected(seen: Seen, tokens: Sequence[Token], begin: int, at: int) -> Iterator[Claim]:
    found = _before(tokens, begin, at)
    if found is None:
        return
    first = found.items[0].start
    verb = first
    while verb > begin and tokens[verb - 1].text in ADVERB:
        verb -= 1
    if {token.text for token in tokens[begin:first]} & NOT:
        return
    if verb > begin and tokens[verb - 1].text in BE - _WAS:
        subject = subject_of(seen, tokens, begin, verb - 1)
    elif first == begin:
        subject = _labelled(seen, tokens, begin)
    else:
        return
    mode = MODES.get(tokens[at + 2].text if at + 2 < len(tokens) else "", "")
    how = modality(seen, tokens, first, at + 1, negation=True)
    detail = (("mode", mode),) if mode else ()
    for item in found.items:
        terms = (subject, term_of(seen, item))
        span = (first, at + 1)
        yield claim_of(seen, tokens, span, Kind.PROTECTED, terms, how, "lock-protected", detail)


def _before(tokens: Sequence[Token], begin: int, at: int) -> Nouns | None:
    """The list of locks that ends right before the participle."""
    for first in range(max(begin, at - _REACH), at):
        if tokens[first].sort not in LOCKS:
            continue
        found = nouns(tokens, first, LOCKS)
        near = at - 1 - (tokens[at - 1].text == "-")
        if found is not None and found.items[-1].start == near and not found.choice:
            return found
    return None


def _labelled(seen: Seen, tokens: Sequence[Token], begin: int) -> Term:
    """What "PW: foo_lock protected" speaks of: the label, if there is one."""
    if begin and tokens[begin - 1].text == ":" and 0 < begin - 1 <= _LABEL:
        at, until = seen.tagged.at[tokens[0].start], seen.tagged.until[tokens[begin - 2].end - 1]
        return Term("data", seen.folded.text[at:until])
    return code_term(seen.comment)
