"""Statements of a sentence: each verb group with its subject, its list of objects and its frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviewer.claims.grammar.frames import Frame, Grammar
from reviewer.claims.grammar.lists import Item, Nouns, nouns
from reviewer.claims.grammar.verbs import Verb
from reviewer.claims.grammar.voice import (
    actor_of,
    is_only,
    is_voiced,
)
from reviewer.claims.grammar.words import ADVERB, STOP, Token, word_set
from reviewer.claims.model import Kind

_NO_OBJECT = word_set(
    """
    if when while until unless because since so and or but as at in on for from with within inside
    under by to during waiting due before after here there again anymore either through across
    that which indefinitely forever eventually inside whenever
    """
)
"""What may follow "sleep" or "block" that is no object of it."""
_OPERATIONS = word_set(
    "done accessed performed used updated modified read changed set cleared traversed"
)
"""Denied a lock, these say that none is needed: "this is done without locking"."""
_SUBORDINATORS = word_set("if when since because as unless once after before while until whenever")
"""Words that open a clause whose subject is not that of the sentence."""
_MOMENTS = word_set("until till once")
"""Words before a clause that tells a moment, and asks for nothing."""
_BACK = 14
"""Tokens looked at before a verb for its subject."""
_AHEAD = 9
"""Tokens looked at behind a verb for the preposition of its frame."""
_ALONE = frozenset(
    {"", ".", ",", "here", "because", "since", "on", "by", "when", "at", "for", "before", "to", "!"}
)
_ELSEWHERE = word_set(
    """
    by while during across when if after before whenever around over but as
    """
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A frame that was met: tokens ``[start:end]``; ``actor`` is caller, we, code, other or ''."""

    frame: Frame
    kind: Kind
    start: int
    end: int
    actor: str
    must: bool
    subject: tuple[int, int]
    """Tokens of the grammatical subject."""
    items: tuple[Item, ...] = ()
    choice: bool = False
    plain: tuple[int, int] = (0, 0)


def statements(tokens: Sequence[Token], grammar: Grammar) -> Iterator[Statement]:
    """The statements of a sentence in order. Time is linear in its length."""
    begin = at = 0
    aside = bool(tokens) and tokens[0].text in _SUBORDINATORS
    while at < len(tokens):
        text = tokens[at].text
        if text in STOP or text in {".", "?", "!"}:
            begin = at = at + 1
            aside = at < len(tokens) and tokens[at].text in _SUBORDINATORS
            continue
        if aside and text == ",":  # "If we have work to do, foo() returns with …"
            begin, aside = at + 1, False
        verb = grammar.verbs.group(tokens, at)
        if verb is None:
            at += 1
            continue
        found = None
        past = {t.text for t in tokens[verb.start : verb.end]} & {"was", "were"}
        moment = {t.text for t in tokens[max(begin, verb.start - _BACK) : verb.start]} & _MOMENTS
        if not past and (not moment or verb.modal == "must"):
            found = next(_met(tokens, begin, verb, grammar), None)
        if found is not None:
            yield found
        at = max(found.end if found else 0, verb.end)


def _met(tokens: Sequence[Token], begin: int, verb: Verb, grammar: Grammar) -> Iterator[Statement]:
    begin = max(begin, verb.start - _BACK)
    actor = actor_of(tokens, begin, verb)
    for name in sorted(verb.classes):
        for frame in grammar.frames.get(name, ()):
            if is_voiced(frame, verb, tokens, begin, actor):
                found = _filled(frame, verb, tokens, begin, actor)
                if found is not None:
                    yield found


def _filled(
    frame: Frame, verb: Verb, tokens: Sequence[Token], begin: int, actor: str
) -> Statement | None:
    """The statement if subject and object are what the frame asks for."""
    subject = (begin, verb.start)
    listed: Nouns | None = None
    negated = verb.negated
    if frame.subject:
        listed, first = _subject_list(tokens, begin, verb.start, frame.subject)
        if listed is None:
            return None
        subject = (first, verb.start)
        negated |= first > begin and tokens[first - 1].text in {"no", "without"}
        if not verb.passive and verb.form == "past" and not _standing(tokens, begin, first, verb):
            return None
    follows = tokens[verb.end].text if verb.end < len(tokens) else ""
    if frame.order == ("code", "subject"):
        if not verb.modal and actor != "caller" and follows in _ELSEWHERE:
            return None
        kind = _kind(frame, verb, negated=negated, flipped=False)
        if kind is None or listed is None:
            return None
        if not verb.passive and any(item.token is None and item.held for item in listed.items):
            return None  # "no external clock locked"
        return Statement(
            frame,
            kind,
            subject[0],
            verb.end,
            actor,
            bool(verb.modal),
            subject,
            listed.items,
            listed.choice,
        )
    return _with_object(frame, verb, tokens, subject, actor, negated=negated)


def _with_object(
    frame: Frame,
    verb: Verb,
    tokens: Sequence[Token],
    subject: tuple[int, int],
    actor: str,
    *,
    negated: bool,
) -> Statement | None:
    if not frame.object and not frame.plain:
        kind = _kind(frame, verb, negated=negated, flipped=False)
        if kind is None or (frame.concept == "may-sleep" and not _can_sleep(verb, actor)):
            return None
        if not frame.subject and _has_object(tokens, verb.end):
            return None
        return Statement(frame, kind, verb.start, verb.end, actor, bool(verb.modal), subject)
    places = list(_places(tokens, verb, frame))
    for at, via in places:
        flipped = via in {"without", "outside"}
        while at < len(tokens) and tokens[at].text in {
            "holding",
            "having",
            "taking",
            "no",
            "either",
            "being",
            "still",
            "already",
            "in",
            "we",
            "are",
        }:
            flipped |= tokens[at].text == "no"
            at += 1
        listed = nouns(tokens, at, frame.object)
        if listed is not None and _fits(via, listed, tokens):
            kind = _kind(frame, verb, negated=negated, flipped=flipped, only=is_only(tokens, verb))
            if kind is Kind.FORBIDS and flipped and not verb.modal:
                last = tokens[verb.end - 1].text
                done = verb.form == "past" and last in _OPERATIONS
                kind = Kind.NEEDS_NONE if done or last in {"have", "has"} else kind
            if kind is None:
                return None
            choice = listed.choice or _or_else(tokens, listed.end)
            return Statement(
                frame,
                kind,
                verb.start,
                listed.end,
                actor,
                verb.modal in {"must", "need"},
                subject,
                listed.items,
                choice,
            )
    at = _plain_start(places)
    if frame.plain and at:
        stop = _plain_end(tokens, at)
        if frame.via == {""} and tokens[min(at, len(tokens) - 1)].text in {"with", "against"}:
            return None
        kind = _kind(frame, verb, negated=negated, flipped=False, only=is_only(tokens, verb))
        said = {token.text for token in tokens[at:stop]}
        if kind is not None and stop > at and (not frame.head or said & frame.head):
            return Statement(
                frame,
                kind,
                verb.start,
                stop,
                actor,
                verb.modal in {"must", "need"},
                subject,
                (),
                False,
                (at, stop),
            )
    if frame.plain and verb.passive and not frame.head:
        kind = _kind(frame, verb, negated=negated, flipped=False)
        if kind is not None:
            return Statement(
                frame,
                kind,
                subject[0],
                verb.end,
                actor,
                verb.modal in {"must", "need"},
                subject,
                (),
                False,
                subject,
            )
    return None


def _plain_start(places: Sequence[tuple[int, str]]) -> int:
    """Where plain words may be the object: behind the first preposition, else behind the verb."""
    return next((at for at, via in places if via), places[0][0] if places else 0)


def _has_object(tokens: Sequence[Token], at: int) -> bool:
    """True if a noun follows: "schedules the work" and "blocks signals" sleep not."""
    while at < len(tokens) and tokens[at].text in ADVERB:
        at += 1
    if at >= len(tokens):
        return False
    text = tokens[at].text
    return tokens[at].term is not None or (text[0].isalnum() and text not in _NO_OBJECT)


def _can_sleep(verb: Verb, actor: str) -> bool:
    return bool(verb.modal) or verb.negated or (verb.form == "third" and actor in {"", "code"})


def _kind(
    frame: Frame, verb: Verb, *, negated: bool, flipped: bool, only: bool = False
) -> Kind | None:
    """The kind of claim; "can be called without X" asks for nothing rather than forbids X."""
    if negated and flipped:
        return frame.kind
    if negated and frame.verb == "assume":
        return Kind.NEEDS_NONE
    if not (negated or flipped):
        lets = verb.modal == "may" and frame.kind is Kind.REQUIRES and not only
        return None if lets else frame.kind
    if (
        (flipped and verb.modal == "may") or verb.modal == "need"
    ) and frame.negated is Kind.FORBIDS:
        return Kind.NEEDS_NONE
    return frame.negated


def _places(tokens: Sequence[Token], verb: Verb, frame: Frame) -> Iterator[tuple[int, str]]:
    """Where the object may begin, and the preposition before it."""
    at = verb.end
    if "" in frame.via:
        while at < len(tokens) and tokens[at].text in ADVERB:
            at += 1
        yield at, ""
    for at in range(verb.end, min(verb.end + _AHEAD, len(tokens))):
        text = tokens[at].text
        opens = text == "(" and at + 1 < len(tokens) and tokens[at + 1].text in frame.via
        if text in STOP and not opens:
            return
        if text and text in frame.via:
            yield at + 1, text


def _fits(via: str, listed: Nouns, tokens: Sequence[Token]) -> bool:
    """False for "called in all foo_mutex unlock cases": no place inside the lock is meant."""
    behind = tokens[listed.end].text if listed.end < len(tokens) else ""
    if behind in {"unlock", "case", "cases", "class", "contention", "holder", "owner", "drop"}:
        return False
    if via in {"in", "from", "while"}:
        return all(
            item.held
            or (item.token is not None and item.token.sort == "context" and _place(item.token))
            for item in listed.items
        )
    if via == "with":
        return all(item.token is None or item.held or _place(item.token) for item in listed.items)
    return True


def _place(token: Token) -> bool:
    """False for a bare "RCU", which is no place to call from: "used in RCU configurations"."""
    return token.word not in {"rcu", "srcu"}


def _subject_list(
    tokens: Sequence[Token], begin: int, end: int, sorts: frozenset[str]
) -> tuple[Nouns | None, int]:
    """The longest list that ends right before the verb."""
    for first in range(begin, end):
        listed = nouns(tokens, first, sorts)
        if listed is not None and (
            listed.end == end or (listed.end > end and listed.items[-1].start < end)
        ):
            return listed, first
    return None, end


def _standing(tokens: Sequence[Token], begin: int, first: int, verb: Verb) -> bool:
    """True for "foo_lock held" or "no lock needed" that stands alone."""
    before = [t.text for t in tokens[begin:first]]
    lead = all(word in {"no", "with", "-", "*", ",", "note", ":"} for word in before)
    follows = tokens[verb.end].text if verb.end < len(tokens) else ""
    return lead and follows in _ALONE


def _or_else(tokens: Sequence[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].text == "or"


def _plain_end(tokens: Sequence[Token], at: int) -> int:
    first = at
    while at < len(tokens) and at - first < 10:
        token = tokens[at]
        if token.text in STOP or token.text in {".", ",", "when", "if", "by", "until", "from"}:
            break
        at += 1
    return at
