"""What stays as it is, and for how long: "x is valid under foo_lock", "it cannot go away"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.claims.building import Seen
from reviewer.claims.grammar.clauses import (
    ENDS,
    LOCKS,
    end_of_clause,
    keeps_apart,
    kept_by,
    past,
    subject_of,
    term_of,
    texts,
)
from reviewer.claims.grammar.making import claim_of, modality, spoken
from reviewer.claims.grammar.reasons import secured, since
from reviewer.claims.grammar.words import ADVERB, BE, NOT, Token, word_set
from reviewer.claims.model import Claim, Kind, Modality, Term, code_term

_STABLE = word_set(
    """
    stable valid consistent constant immutable pinned frozen fixed alive safe accessible
    unchanged locked
    """
)
_STAYS = word_set("stay stays remain remains kept")
_NO_STATE = word_set("if when whether that which was were been not should must")
"""Words before "pinned" of a supposition, and of something that is picked out by being so."""
_SURELY = word_set("guaranteed stay remain to")
_UNDER = word_set(
    """
    under while with within inside until because since when as by due holding thanks
    """
)
_GOES = word_set(
    """
    zero change changed disappear vanish freed released reused removed modified destroyed deleted
    exit exiting
    unmapped migrated truncated reclaimed recycled unlinked closed detached move moved exit go
    going become dropped reallocated cleared unloaded bump
    """
)
_LIMITS = word_set("once after when unless without until as while if")
_MOMENTS = word_set("until before while till")
_MAY = word_set("may can could might")
_NEVER = word_set("cannot can't won't never couldn't")
_NOBODY = word_set("nobody nothing none noone no-one")
_MEETS = word_set("race conflict contend synchronize serialize")
_COMERS = frozenset({"walker", "event", "context", "free", "func"})
_ENTERED = word_set("called invoked executed entered used hashed acquired locked allowed needed")
"""Participles that say of no data under what it is touched."""
_STATES: tuple[tuple[str, str], ...] = (("force", "states"),)
_DOES = word_set("will does do doesn't don't")
_FILL = ADVERB | BE | {"get"}
_REACH = 12
"""Tokens from the verb to what keeps the thing in place."""


def states(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """``stable`` and ``excludes`` of what a sentence says stays, or of whom it says none comes."""
    begin = 0
    for at, token in enumerate(tokens):
        word = token.text
        if word in ENDS or word == ",":
            begin = at + 1
        elif word in BE or word in _STAYS:
            yield from _is_under(seen, tokens, begin, at)
            yield from _stays(seen, tokens, begin, at)
            if at + 1 < len(tokens) and tokens[at + 1].text in NOT:
                yield from _goes(seen, tokens, begin, at)
        elif word in _NEVER or word in _MAY or word in _DOES:
            yield from _goes(seen, tokens, begin, at)
        elif at == begin and word in {"under", "holding"} and at and tokens[at - 1].text == "(":
            yield from _aside(seen, tokens, at)
        elif word in _NOBODY or (word == "no" and at + 1 < len(tokens)):
            yield from _nobody(seen, tokens, at)


def _stays(seen: Seen, tokens: Sequence[Token], begin: int, at: int) -> Iterator[Claim]:
    """ "x is only valid while we hold foo_lock", "x is guaranteed to be alive"."""
    adjective = past(tokens, at + 1, ADVERB | BE | _SURELY)
    if adjective >= len(tokens) or tokens[adjective].text not in _STABLE or begin == at:
        return
    surely = "guaranteed" in texts(tokens, at, adjective)
    said = {t.text for t in tokens[begin : at + 1]}
    if tokens[adjective].text == "pinned" and not said & _NO_STATE:
        surely |= keeps_apart(tokens)
    surely &= tokens[adjective].text != "locked"
    to_do = adjective + 1 < len(tokens) and tokens[adjective + 1].text == "to"
    stop = _end(tokens, adjective + 1)
    for here in range(adjective + 1, stop):
        if tokens[here].text not in _UNDER or (to_do and tokens[here].text == "by"):
            continue
        first = here + 1
        if tokens[here].text == "as":  # "as long as"
            first = here + 3
        found = kept_by(tokens, first, stop)
        if found is None:
            continue
        if tokens[here - 1].text == "without":
            return  # "safe to walk it without holding foo_lock": other words for needing none
        how = modality(seen, tokens, begin, found.end, negation=True)
        subject = subject_of(seen, tokens, begin, at)
        kind, detail = Kind.STABLE, _STATES[:0]
        if subject.concept == "code" and tokens[adjective].text == "safe":
            kind, detail = Kind.REQUIRES, _STATES  # "this is safe because irqs are off"
        for item in found.items:
            terms = (subject, term_of(seen, item))
            span = (max(begin, at - 4), found.end)
            yield claim_of(seen, tokens, span, kind, terms, how, "stays", detail)
        return
    if surely:
        how = modality(seen, tokens, begin, adjective + 1, negation=True)
        span = (max(begin, at - 4), adjective + 1)
        alone = (subject_of(seen, tokens, begin, at), None)
        yield claim_of(seen, tokens, span, Kind.STABLE, alone, how, "stays")


def _end(tokens: Sequence[Token], at: int) -> int:
    """Where what keeps a state so ends: "while" and "because" go on with it."""
    stop = min(at + _REACH, len(tokens))
    while at < stop and (tokens[at].text not in ENDS or tokens[at].text in _UNDER):
        at += 1
    return at


def _goes(seen: Seen, tokens: Sequence[Token], begin: int, at: int) -> Iterator[Claim]:
    """ "It can't go away", "the list may change once foo_lock is dropped"."""
    word = tokens[at].text
    here = at + 1
    never = word in _NEVER or word in {"doesn't", "don't"}
    while here < len(tokens) and (tokens[here].text in NOT or tokens[here].text in _FILL):
        never |= tokens[here].text in NOT
        here += 1
    if here >= len(tokens) or tokens[here].word.split(" ")[0] not in _GOES:
        return
    if begin == at or tokens[at - 1].sort == "lock":
        return
    if tokens[here].text in {"go", "going"} and "away" not in texts(tokens, here, here + 3):
        return
    stop = _end(tokens, here + 1)
    kept = secured(tokens, begin) or since(tokens, begin) if never else None
    if word == "will" and not never:
        return  # "it will be freed after we drop the lock" tells what comes next
    for limit in range(here + 1, stop if kept is None else 0):
        if tokens[limit].text == "without" and not never:
            return
        if word in BE and tokens[limit].text not in _MOMENTS | {"as"}:
            continue
        if tokens[limit].text in _LIMITS or (never and tokens[limit].text in _UNDER):
            first = limit + (3 if tokens[limit].text == "as" else 1)
            kept = kept_by(tokens, first, stop)
            if kept is not None:
                break
    if kept is None and word in BE and not texts(tokens, here + 1, stop) & _MOMENTS:
        return  # "is not freed until the group is gone" says for how long
    if kept is None and not (
        never and (word == "will" or word not in _DOES) and keeps_apart(tokens)
    ):
        return
    end = max(kept.end, here + 1) if kept else here + 1
    first = max(begin, at - 4)
    how = modality(seen, tokens, first, end, negation=False)
    if how is Modality.CONDITIONAL and kept is not None:
        how = Modality.ASSERTED
    target = term_of(seen, kept.items[0]) if kept else None
    terms = (subject_of(seen, tokens, begin, at), target)
    yield claim_of(seen, tokens, (first, end), Kind.STABLE, terms, how, "goes")


def _nobody(seen: Seen, tokens: Sequence[Token], at: int) -> Iterator[Claim]:
    """ "Nobody else can see it yet", "no other CPU may change the list here"."""
    if tokens[at].text == "no" and tokens[at + 1].text in {"race", "races"}:
        yield from _no_race(seen, tokens, at)
        return
    if tokens[at].text == "no" and tokens[at + 1].text == "need":
        return
    stop = end_of_clause(tokens, at + 1, 8)
    others = tokens[at].text != "no" or bool(
        texts(tokens, at, at + 3) & {"one", "other", "concurrent", "more", "new", "further"}
    )
    for here in range(at + 1, stop):
        if tokens[here].text in _MAY | {"will", "allowed"}:
            break
        if here == at + 1 and tokens[max(0, at - 1)].text in {"if", "when"}:
            return  # "if no more tasks are allowed to take it" says of nobody that it comes
        if tokens[here].text in _MEETS and tokens[here - 1].text == "to":
            others = True  # "there is no entry queued to race with us"
            here -= 1
            break
        if tokens[here].text == ",":
            return
    else:
        return
    others |= any(token.sort in _COMERS for token in tokens[at:here])
    if not others or not keeps_apart(tokens):
        return
    end = min(end_of_clause(tokens, here + 1, _REACH), here + 6)
    if end <= here + 1:
        return
    how = modality(seen, tokens, at, end, negation=False)
    kept = since(tokens, at)
    doer = term_of(seen, kept.items[0]) if kept is not None else code_term(seen.comment)
    terms = (doer, Term("data", spoken(seen, tokens, at + 1, end)))
    yield claim_of(seen, tokens, (at, end), Kind.EXCLUDES, terms, how, "nobody")


def _no_race(seen: Seen, tokens: Sequence[Token], at: int) -> Iterator[Claim]:
    """ "So there are no races with it", "each has its own, no race"."""
    end = min(end_of_clause(tokens, at + 2, _REACH), at + 6)
    how = modality(seen, tokens, at, end, negation=False)
    terms = (code_term(seen.comment), Term("data", spoken(seen, tokens, at + 1, end)))
    yield claim_of(seen, tokens, (at, end), Kind.EXCLUDES, terms, how, "no-race")


def _is_under(seen: Seen, tokens: Sequence[Token], begin: int, at: int) -> Iterator[Claim]:
    """ "We're always under foo_lock", "the rename is under foo_mutex"."""
    here = past(tokens, at + 1, ADVERB)
    done = here < len(tokens) and tokens[here].text.endswith("ed")
    if done and tokens[here].text not in _ENTERED:  # "is searched under foo_lock"
        here = past(tokens, here + 1, ADVERB)
    if here >= len(tokens) or tokens[here].text not in {"under", "inside", "within", "with"}:
        return
    found = kept_by(tokens, here + 1, len(tokens), LOCKS)
    if found is None or (tokens[here].text == "with" and not found.held):
        return
    subject = subject_of(seen, tokens, begin, at)
    first = max(begin, at - (1 if subject.concept == "code" else 4))
    how = modality(seen, tokens, first, found.end, negation=True)
    kind = Kind.REQUIRES if subject.concept == "code" else Kind.PROTECTED
    if kind is Kind.REQUIRES and texts(tokens, begin, at) & {"whether", "if"}:
        return
    detail = (("force", "states"),) if kind is Kind.REQUIRES else ()
    for item in found.items:
        terms = (subject, term_of(seen, item))
        span = (first, found.end)
        yield claim_of(
            seen, tokens, span, kind, terms, how, "is-under", detail, choice=found.choice
        )


def _aside(seen: Seen, tokens: Sequence[Token], at: int) -> Iterator[Claim]:
    """ "change the count (under foo_lock)"."""
    found = kept_by(tokens, at + 1, len(tokens), LOCKS)
    if found is None:
        return
    how = modality(seen, tokens, at, found.end, negation=True)
    subject = subject_of(seen, tokens, 0, at - 1)
    for item in found.items:
        terms = (subject, term_of(seen, item))
        yield claim_of(seen, tokens, (at, found.end), Kind.PROTECTED, terms, how, "aside")
