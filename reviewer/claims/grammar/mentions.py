"""What is merely mentioned: "we walk the list under foo_lock", "read it here without foo_lock"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.claims.building import Seen
from reviewer.claims.grammar.clauses import (
    ENDS,
    LOCKS,
    end_of_clause,
    kept_by,
    past,
    term_of,
    texts,
)
from reviewer.claims.grammar.lists import Item
from reviewer.claims.grammar.making import claim_of, modality, spoken
from reviewer.claims.grammar.words import BE, MAY, NOT, UNABLE, WILL, Token, word_set
from reviewer.claims.model import Claim, Kind, Modality, Term, code_term
from reviewer.source.model import AnchorKind

_LOCKLESS = word_set("lockless lock-free lockfree locklessly lock-less")
_IS_SO = word_set("is are do does done it this runs run walked read checked")
_IS_SAFE = frozenset({"safe", "to"})
_SAFE = 8
"""Tokens from "safe to" to "lockless"."""
_SWITCHED = frozenset({"disabled", "enabled"})
_DONE_WITH = frozenset({"under", "inside", "within", "with", "without"})
_TAKING = word_set("holding taking having grabbing acquiring any the")
_NESTS = frozenset({"", "nest", "nests", "nested", "nesting"})
_STRUCK = word_set("preempted blocked interrupted")
_NOW = word_set("already still now always here also only")
_BAD = word_set("bug bad wrong deadlock illegal unsafe error")
_DEED = 6
"""Words shown of what is done under a lock."""
_FUNCTIONS = frozenset({AnchorKind.FUNCTION, AnchorKind.PROTOTYPE})
_FINITE = BE | WILL | word_set("has have had can may must should does do did that which who")
"""Words of a clause that has a subject of its own, or speaks of several things."""
_UNSURE = (
    NOT
    | MAY
    | UNABLE
    | word_set(
        "no nobody nothing none if when unless whether avoid without would fails try trying "
        "lockdep should wrong racy buggy dangerous like unlike except"
    )
)


def mentioned(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """ "Register both while holding foo_lock", "we walk the list under foo_lock".

    What is done so is ``protected`` by a lock that is named, or held by the words; "we read it
    here without foo_lock" says that none is needed. A clause that denies, allows or supposes says
    no such thing.
    """
    begin = 0
    for at, token in enumerate(tokens):
        word = token.text
        held = word == "while" and at + 1 < len(tokens) and tokens[at + 1].text == "holding"
        if not held and word in ENDS | {","}:
            begin = at + 1
        if word in _LOCKLESS and at > begin and _is_so(tokens, at):
            yield from _lockless(seen, tokens, begin, at)
            return
        if at < begin + 1 or not (held or word in _DONE_WITH):
            continue
        clause = {one.text for one in tokens[begin:at]}
        if word in {"within", "inside"} and tokens[at - 1].text in _STRUCK:
            continue  # "a task preempted within a section" says nothing of others
        first = at + 1 + held
        if word == "without":
            first = past(tokens, first, _TAKING)
        found = kept_by(tokens, first, first + 4, LOCKS)
        if clause & _UNSURE or found is None or _is_wrong(tokens, found.end):
            continue
        single = at == begin + 1
        if single and not (tokens[begin].text not in _NESTS and all(map(_named, found.items))):
            continue
        if not (found.held and word == "with") and not all(_named(item) for item in found.items):
            continue
        if word == "with" and (not found.held or texts(tokens, at, found.end) & _SWITCHED):
            continue
        if word == "without" and texts(tokens, found.end, found.end + 4) & MAY:
            continue  # "a check without foo_lock may miss it" is no leave
        first = max(begin, at - _DEED)
        how = modality(seen, tokens, first, found.end, negation=True)
        data = Term("data", spoken(seen, tokens, first, at))
        if how is not Modality.ASSERTED or not data.text:
            continue
        span = (first, found.end)
        code, kind = code_term(seen.comment), Kind.PROTECTED
        detail: tuple[tuple[str, str], ...] = ()
        if word == "without":
            if clause & {"before", "after"}:
                continue
            kind = Kind.NEEDS_NONE
        elif clause <= _NOW:
            kind, detail = Kind.REQUIRES, (("force", "states"),)  # "already under foo_lock"
        elif "call" in clause:
            kind = Kind.REQUIRES  # "call this with foo_mutex down"
        done_here = _is_summary(seen) and not clause & _FINITE
        for item in found.items:
            subject = data if kind is Kind.PROTECTED and not done_here else code
            terms = (subject, term_of(seen, item))
            yield claim_of(
                seen, tokens, span, kind, terms, how, "done-under", detail, choice=found.choice
            )
        return


def _is_wrong(tokens: Sequence[Token], at: int) -> bool:
    """True for "sleeping with foo_lock held is not a good idea", which says that it is not done."""
    behind = texts(tokens, at - 1, end_of_clause(tokens, at, 6))
    return bool(behind & {"is", "are", "would"}) and bool(behind & (NOT | _BAD))


def _is_summary(seen: Seen) -> bool:
    """True in the first sentence over a function: "test a flag with foo_lock held" is what it does.

    So no data is protected by it, but the code that does it.
    """
    before = seen.comment.text[: seen.sentence.start]
    return seen.comment.anchor.kind in _FUNCTIONS and not before.strip()


def _is_so(tokens: Sequence[Token], at: int) -> bool:
    """True for "is a lockless walk", "done lockless"; not for "to do a lockless walk"."""
    if tokens[at - 1].text in {"a", "an"}:
        return at > 1 and tokens[at - 2].text in {"is", "are"}
    return bool(
        texts(tokens, at - 3, at) & _IS_SO or texts(tokens, max(0, at - _SAFE), at) >= _IS_SAFE
    )


def _lockless(seen: Seen, tokens: Sequence[Token], begin: int, at: int) -> Iterator[Claim]:
    """ "This is a lock-free lookup", "do it lockless"."""
    how = modality(seen, tokens, begin, at + 1, negation=True)
    if how is Modality.ASSERTED:
        terms = (code_term(seen.comment), Term("lock", ""))
        yield claim_of(seen, tokens, (begin, at + 1), Kind.NEEDS_NONE, terms, how, "lockless")


def _named(item: Item) -> bool:
    """True for a lock with a name, and for readers of RCU."""
    return item.concept.startswith(("lock:", "rcu-reader"))
