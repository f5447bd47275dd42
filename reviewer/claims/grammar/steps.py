"""Steps in the imperative: "Store p->active before loading the cpu id"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reviewer.claims.building import Seen
from reviewer.claims.folding import known_term
from reviewer.claims.grammar.clauses import keeps_apart, subject_of
from reviewer.claims.grammar.making import claim_of, modality, spoken
from reviewer.claims.grammar.words import ADVERB, BARE_LOCKS, NOT, STOP, Token, word_set
from reviewer.claims.model import Claim, Kind, Modality, Term

_LEAD = re.compile(
    r"(?:store|load|read|write|set|clear|get|take|drop|flush|wait|publish|update|initiali[sz]e"
    r"|disable|enable|unlink|remove|invalidate|check|mark|release|acquire|make|order|stop|drain"
    r"|synchroni[sz]e|commit|post|zap|free|sync|quiesce|kill|queue|test|run|reset|register|unregister|done|must|cleared|updated)"
    r"\Z"
)
"""Verbs that begin a step; a closed list, since any noun may stand first in a fragment."""
_SHARED = frozenset({"name", "func", "lock", "barrier", "gp", "flush", "change", "pte", "count"})
_PARTICIPLES = frozenset(("set", "done", "cleared", "updated", "must"))
_MUST = word_set("must should to will shall")
_HAPPENS = word_set("happen come occur run go be")
_GIVES = word_set("unlocking locking dropping releasing taking waking publishing freeing")
_MOMENT = word_set("done called right just immediately strictly sometime performed executed run")
_PURPOSE = word_set(". , to so in because since as otherwise or")
_HANDLES = word_set("release drop unlock take acquire")
_DASHES = frozenset({"-", "--", "---"})
_BEFORE_LEAD = word_set("we but and first so * - must should need needs have to also then please")
_OWED = word_set("must should need needs have")
_LOCKS = frozenset({*BARE_LOCKS, "lock", "context", "gp", "flush", "count"})
_REACH = 20
"""Tokens between the verb and "before"."""


def steps(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """``orders(first, then)`` of "do A before doing B", where one of them names something."""
    found = False
    for claim in _imperative(seen, tokens):
        found = True
        yield claim
    if not found:
        yield from _due(seen, tokens)


def _due(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """ "This must happen before the socket is orphaned, to avoid a race"."""
    begin = 0
    for at, token in enumerate(tokens):
        if token.text in STOP or token.text in {".", ","}:
            begin = at + 1
        if token.text not in {"before", "after"} or at + 2 >= len(tokens):
            continue
        verb = at - 1
        while verb > begin and tokens[verb].text in _MOMENT | ADVERB:
            verb -= 1
        shared = any(t.sort in _SHARED for t in tokens[at + 1 : at + 4])
        if verb > begin + 1 and (shared or tokens[at + 1].text in _GIVES):
            verb -= tokens[verb].text.endswith("ed")  # "must be detached before unlocking"
        if tokens[verb].text not in _HAPPENS or tokens[verb - 1].text not in _MUST:
            continue
        end = at + 1
        while end < len(tokens) and tokens[end].text not in STOP | _PURPOSE:
            end += 1
        if end == at + 1 or not keeps_apart(tokens):
            continue
        first = verb - 1
        subject = subject_of(seen, tokens, begin, first)
        how = modality(seen, tokens, first, end, negation=True)
        terms = (subject, _step(seen, tokens, at + 1, end))
        detail = (("step", token.text),)
        yield claim_of(seen, tokens, (first, end), Kind.ORDERS, terms, how, "due", detail)


def _imperative(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    headed = len(tokens) > 2 and tokens[0].sort == "barrier" and tokens[1].text == ":"
    named = len(tokens) > 2 and tokens[0].sort in {"name", "func"} and tokens[1].text in _DASHES
    begin = 2 * (headed or named)
    owed = False
    while begin + 1 < len(tokens) and tokens[begin].text in _BEFORE_LEAD:
        owed |= tokens[begin].text in _OWED
        due = tokens[begin].text == "must" and tokens[begin + 1].text in _HAPPENS
        if due:
            break  # "must come before"
        begin += 1
    if begin >= len(tokens) or tokens[begin].text in NOT:
        return
    if not (named or owed or _LEAD.match(tokens[begin].word.split(" ")[0])):
        return
    if owed:
        yield from _first(seen, tokens, begin)
    for at in range(begin + 1, min(begin + _REACH, len(tokens) - 1)):
        word = tokens[at].text
        if word in STOP:
            return
        if word not in {"before", "after"}:
            continue
        if headed or _step_follows(tokens, begin, at, owed=owed):
            end = _end(tokens, at + 1)
            if headed or _concerns_others(tokens, begin, at, end):
                yield from _claim(seen, tokens, begin, at, end)
                return
        if not _goes_on(tokens, at):
            return


def _first(seen: Seen, tokens: Sequence[Token], begin: int) -> Iterator[Claim]:
    """ "We must resume the device first, since that takes the lock"."""
    for at in range(begin + 2, min(begin + _REACH, len(tokens))):
        ends = at + 1 == len(tokens) or tokens[at + 1].text in STOP | _PURPOSE
        if tokens[at].text in STOP | {"before", "after"}:
            return
        if tokens[at].text == "first" and ends and keeps_apart(tokens):
            how = modality(seen, tokens, begin, at + 1, negation=True)
            terms = (_step(seen, tokens, begin, at), Term("step", "what follows"))
            span = (begin, at + 1)
            detail = (("step", "before"),)
            yield claim_of(seen, tokens, span, Kind.ORDERS, terms, how, "first", detail)
            return


def _goes_on(tokens: Sequence[Token], at: int) -> bool:
    """True for "after scheduling and before bar()": the second moment may be what counts."""
    return any(token.text in {"before", "after"} for token in tokens[at + 1 : at + 5])


def _concerns_others(tokens: Sequence[Token], begin: int, at: int, end: int) -> bool:
    """True if a step names something or gives up a lock, or the rest says whom it is kept from."""
    return (
        any(t.sort == "barrier" for t in tokens)
        or any(t.sort in _SHARED for t in tokens[begin:end])
        or (tokens[at + 1].text in _GIVES and bool(_texts(tokens, at + 2) & _LOCKS))
        or (tokens[begin].text in _HANDLES and bool(_texts(tokens, begin + 1) & _LOCKS))
        or keeps_apart(tokens[end:])
    )


def _step_follows(tokens: Sequence[Token], begin: int, at: int, *, owed: bool) -> bool:
    """True if what stands behind "before" is a step, and the whole an order of steps."""
    following = tokens[at + 1].word.split(" ")[0]
    if tokens[begin].text == "must":
        return tokens[begin + 1].text in {"be", "come", "run", "happen"} and all(
            token.text in ADVERB for token in tokens[begin + 2 : at]
        )
    if following.endswith("ing"):
        gives = following in _GIVES and bool(_texts(tokens, at + 2) & _LOCKS)
        return tokens[at].text == "before" or tokens[begin].text in _PARTICIPLES or gives
    if not owed and "to" in {token.text for token in tokens[begin + 1 : at]}:
        return False
    behind = {token.sort for token in tokens[at + 1 : at + 5]}
    return bool(behind & _SHARED)


def _texts(tokens: Sequence[Token], at: int) -> set[str]:
    """What the next words are: their texts, and the sorts of terms."""
    return {token.text or token.sort for token in tokens[at : at + 4]}


def _end(tokens: Sequence[Token], at: int) -> int:
    first = at
    while at < len(tokens) and at - first < _REACH and tokens[at].text not in STOP | {".", ","}:
        at += 1
    return at


def _claim(seen: Seen, tokens: Sequence[Token], begin: int, at: int, end: int) -> Iterator[Claim]:
    how = modality(seen, tokens, begin, end, negation=False)
    if how is Modality.CONDITIONAL:
        return
    yield claim_of(
        seen,
        tokens,
        (begin, end),
        Kind.ORDERS,
        (_step(seen, tokens, begin, at), _step(seen, tokens, at + 1, end)),
        how,
        "steps",
        (("step", tokens[at].text),),
    )


def _step(seen: Seen, tokens: Sequence[Token], first: int, last: int) -> Term:
    """The thing that a step names, or its words."""
    for token in tokens[first:last]:
        if token.term is not None and token.sort in _SHARED:
            return known_term(token.term, seen.folded)
    return Term("step", spoken(seen, tokens, first, last))
