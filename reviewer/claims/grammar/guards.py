"""Comments on a lock itself: "Lock for this structure", "mutex to serialize opens"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.claims.building import Seen
from reviewer.claims.grammar.clauses import end_of_clause
from reviewer.claims.grammar.making import claim_of, modality, spoken
from reviewer.claims.grammar.things import things
from reviewer.claims.grammar.words import BARE_LOCKS, Token, word_set
from reviewer.claims.lock_names import MODES, lock_name
from reviewer.claims.model import Claim, Kind, Term
from reviewer.source.model import AnchorKind

_FOR = word_set(
    """
    for to that which protecting guarding serializing synchronizing used protects guards
    serializes covering , and is held when while
    """
)
_VERBS = word_set(
    """
    protect protects protecting guard guards guarding serialize serializes serializing
    serialise serialises synchronize synchronizes synchronizing cover covers covering lock for
    restrict restricts restricting control controls controlling limit limits limiting arbitrate
    arbitrates arbitrating coordinate coordinates coordinating
    access accessing accesses to
    """
)
_THIRD = word_set("protects guards serializes serialises covers synchronizes")
_ACCESS = word_set("access accesses use")
_LOCKING = word_set("locking protection serialization serialisation synchronization exclusion")
_BASE = word_set("protect guard serialize serialise synchronize synchronise")
_IS_TO = (["this", "is", "to"], ["it", "is", "to"])
_NO_THINGS = frozenset(MODES) | {"now", "update"}
"""Words behind "for" that are none of what a lock protects, unless they go on."""
_NOUNS = (frozenset(BARE_LOCKS) - _VERBS) | {"lock"}
"""What a comment calls the lock it stands on: "mutex", but not the "synchronizing" behind it."""
_WORDS_BEFORE = 4
"""Words before the noun: "a per-device spin lock for"."""


def guards(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """``protected(data, lock)`` of a comment that stands on the lock and says what it is for.

    The member that a kernel-doc comment on a struct describes is such a place too.
    """
    if not tokens:
        return
    named_lock = _on_lock(seen)
    if tokens[0].text == "used" and len(tokens) > 2:
        yield from _used_for(seen, tokens)
        if named_lock and tokens[1].text == "to":
            tokens = tokens[2:]
    if named_lock and [token.text for token in tokens[:3]] in _IS_TO:
        tokens = tokens[3:]
    at = 0
    while at < min(len(tokens), _WORDS_BEFORE) and not _noun(tokens[at]):
        if tokens[at].text in _FOR and tokens[at].text not in _THIRD:
            break
        at += 1
    if tokens[0].text in _THIRD or (tokens[0].text in _BASE and named_lock):
        at = 0
    elif at >= len(tokens) or not _noun(tokens[at]):
        if named_lock:
            yield from _for_locking(seen, tokens)
        return
    while at < len(tokens) and _noun(tokens[at]):
        at += 1
    first = at
    while at < len(tokens) and tokens[at].text in _FOR | _VERBS:
        at += 1
    served = {token.text for token in tokens[first:at]}
    if not served & (_VERBS - {"to", "lock"}) or at >= len(tokens):
        return
    follows = tokens[at + 1].text if at + 1 < len(tokens) else ""
    if (tokens[at].text in _NO_THINGS and follows not in _ACCESS) or at - first == 0:
        return
    yield from _guard(seen, tokens, at, end_of_clause(tokens, at, 10))


def _on_lock(seen: Seen) -> bool:
    """True for a comment on a lock: a field, a variable, a member that kernel-doc describes."""
    section = seen.sentence.section
    name = section.removeprefix("@") if section.startswith("@") else seen.comment.anchor.name
    return bool(lock_name(name)) or name.rpartition(".")[2] in BARE_LOCKS


def _used_for(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """ "Used for firmware related locking" on a lock."""
    if len(tokens) < 3 or tokens[1].text not in {"for", "in"}:
        return
    last = len(tokens) - (tokens[-1].text in {".", "!"})
    if tokens[last - 1].text in _LOCKING and last > 3:
        yield from _guard(seen, tokens, 2, last)


def _for_locking(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """ "Public for serialization of updates" on a lock."""
    for at in range(len(tokens) - 3):
        words = [token.text for token in tokens[at : at + 3]]
        if words[0] == "for" and words[1] in _LOCKING and words[2] in {"of", "between"}:
            yield from _guard(seen, tokens, at + 3, end_of_clause(tokens, at + 3, 10))
            return


def _guard(seen: Seen, tokens: Sequence[Token], at: int, stop: int) -> Iterator[Claim]:
    """What tokens ``[at:stop]`` name is protected by the lock that the comment stands on."""
    section = seen.sentence.section
    name = section.removeprefix("@").rpartition(".")[2] if section.startswith("@") else ""
    if seen.comment.anchor.kind is not AnchorKind.STRUCT:
        name = ""
        if seen.comment.anchor.kind not in {AnchorKind.FIELD, AnchorKind.DECLARATION}:
            return
    elif not name:
        return
    words = spoken(seen, tokens, at, stop)
    if not words or tokens[0].text in {"no", "not"}:
        return
    if {token.text for token in tokens[at:stop]} <= BARE_LOCKS.keys() | _LOCKING | {"."}:
        return  # "the mutex used for locking"
    listed = things(seen, tokens, at) or (Term("data", words),)
    how = modality(seen, tokens, 0, stop, negation=True)
    lock = Term(f"lock:{name}", name, name) if name else Term("lock", "")
    detail = () if name else (("lock", "anchor"),)
    for thing in listed:
        terms = (thing, lock)
        yield claim_of(seen, tokens, (0, stop), Kind.PROTECTED, terms, how, "guards", detail)


def _noun(token: Token) -> bool:
    return token.text in _NOUNS or (token.sort == "lock" and not token.term_name)
