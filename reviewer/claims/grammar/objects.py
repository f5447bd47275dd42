"""What stands behind a verb: the object its frame asks for, as a list or in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.claims.grammar.clauses import past
from reviewer.claims.grammar.frames import Frame
from reviewer.claims.grammar.lists import Item, Nouns, nouns
from reviewer.claims.grammar.statement import Statement, kind_of
from reviewer.claims.grammar.verbs import Verb
from reviewer.claims.grammar.voice import is_only
from reviewer.claims.grammar.words import (
    ADVERB,
    BARE_LOCKS,
    DETERMINER,
    HELD,
    NOT,
    STOP,
    Token,
    word_set,
)
from reviewer.claims.model import Kind

_NOT_BY = NOT | {"even", "rather", "without"}
"""Before a preposition, these say that it is not so."""
_LABEL = 2
"""Letters of what a text calls one of its parts: (B), (2a)."""
_NO_OBJECT = word_set(
    """
    if when while until unless because since so and or but as at in on for from with within inside
    under by to during waiting due before after here there again anymore either through across
    that which indefinitely forever eventually inside whenever altogether entirely completely
    """
)
"""What may follow "sleep" or "block" that is no object of it."""
_OPERATIONS = word_set(
    "done accessed performed used updated modified read changed set cleared traversed"
)
"""Denied a lock, these say that none is needed: "this is done without locking"."""
_EVER = word_set("ever forever indefinitely long too very eternally")
_ENDS_WORDS = frozenset({".", ",", "when", "if", "by", "until", "from", "or"})
_OPENING = word_set("holding having taking no either neither being still already in we are")
"""Words between a verb, or its preposition, and the list of its objects."""
_NEAR = 3
_AHEAD = 9
"""Tokens looked at behind a verb for the preposition of its frame."""


def with_object(
    frame: Frame,
    verb: Verb,
    tokens: Sequence[Token],
    subject: tuple[int, int],
    actor: str,
    *,
    negated: bool,
) -> Statement | None:
    """The statement of a verb and the object behind it; None if that is not what is asked for."""
    if not frame.object and not frame.plain:
        kind = kind_of(frame, verb, negated=negated, flipped=False)
        if kind is None or (frame.concept == "may-sleep" and not _can_sleep(verb, actor)):
            return None
        if not frame.subject and _has_object(tokens, verb.end):
            return None
        if frame.concept == "may-sleep" and verb.negated and _too_long(tokens, verb.end):
            return None
        return Statement(frame, kind, verb.start, verb.end, actor, bool(verb.modal), subject)
    if frame.verb == "skip" and verb.end < len(tokens) and _another_deed(tokens[verb.end]):
        return None
    places = list(_places(tokens, verb, frame))
    for at, via in places:
        first, at = at, _opened(tokens, at)
        opening = {token.text for token in tokens[first:at]}
        flipped = via in {"without", "outside"} or bool(opening & {"no", "neither"})
        listed = nouns(tokens, at, frame.object) or _said_before(tokens, at, frame, verb)
        if listed is not None and frame.verb == "skip" and _has_object(tokens, listed.end):
            return None  # "avoid locking problems"
        lead = {token.text for token in tokens[first : listed.end]} if listed else set()
        if frame.verb == "skip" and lead & {"other", "more", "further", "additional"}:
            return None  # "avoid taking other locks", beside one that is held
        unsaid = frame.held and "holding" not in opening
        if unsaid and listed is not None and not all(map(_held, listed.items)):
            return None
        if listed is not None and _fits(via, listed, tokens):
            kind = kind_of(
                frame, verb, negated=negated, flipped=flipped, only=is_only(tokens, verb)
            )
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
                denied=listed.denied,
            )
    at = _plain_start(places)
    if frame.verb == "need" and at > verb.end + _NEAR:
        at = 0  # "is needed to keep others out when …"
    if frame.plain and at:
        stop = _plain_end(tokens, at)
        if frame.via == {""} and tokens[min(at, len(tokens) - 1)].text in {"with", "against", "of"}:
            return None
        kind = kind_of(frame, verb, negated=negated, flipped=False, only=is_only(tokens, verb))
        if frame.head == {"locked"} and (denied := _not_locked(tokens, at, stop)):
            kind, stop = (None if negated else Kind.FORBIDS), denied
        ordered = frame.kind is Kind.ORDERS  # of "release memory ordering" a term takes the head
        said = {part for t in tokens[at:stop] for part in ((t.word if ordered else t.text).split())}
        held = not frame.held or tokens[stop - 1].text in HELD
        if kind is not None and stop > at and held and (not frame.head or said & frame.head):
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
    if frame.plain and verb.passive and not frame.head and frame.via & {"", "#"}:
        kind = kind_of(frame, verb, negated=negated, flipped=False)
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


def _not_locked(tokens: Sequence[Token], at: int, stop: int) -> int:
    """Where "that the handler is not locked" ends; 0 if it is."""
    locked = next((n for n in range(at, stop) if tokens[n].text == "locked"), 0)
    denied = any(token.text in NOT for token in tokens[max(at, locked - 3) : locked])
    return locked + 1 if locked and denied else 0


def _opened(tokens: Sequence[Token], at: int) -> int:
    """Behind what opens a list of locks: "still holding", "the caller holding", "no"."""
    holder = past(tokens, at, DETERMINER)
    words = [token.text for token in tokens[holder : holder + 2]]
    if words[1:] == ["holding"] and words[0].startswith("caller"):
        at = holder + 1
    return past(tokens, at, _OPENING)


def _said_before(tokens: Sequence[Token], at: int, frame: Frame, verb: Verb) -> Nouns | None:
    """The lock of "called with foo_lock held, drops it", if the sentence has named just one."""
    if frame.verb != "drop" or at >= len(tokens) or tokens[at].text not in {"it", "them"}:
        return None
    locks = [token for token in tokens[: verb.start] if token.sort == "lock"]
    if len(locks) != 1 or locks[0].term is None:
        return None
    item = Item(at, at + 1, locks[0], "", locks[0].term.concept)
    return Nouns((item,), choice=False, end=at + 1)


def _plain_start(places: Sequence[tuple[int, str]]) -> int:
    """Where plain words may be the object: behind the first preposition, else behind the verb."""
    return next((at for at, via in places if via), places[0][0] if places else 0)


def _too_long(tokens: Sequence[Token], at: int) -> bool:
    """True for "don't sleep for ever", which allows a short sleep."""
    words = [token.text for token in tokens[at : at + 3]]
    return bool(words) and (words[0] in _EVER or (words[0] == "for" and bool(_EVER & set(words))))


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


def _places(tokens: Sequence[Token], verb: Verb, frame: Frame) -> Iterator[tuple[int, str]]:
    """Where the object may begin, and the preposition before it."""
    at = verb.object_at
    if "" in frame.via:
        while at < len(tokens) and tokens[at].text in ADVERB:
            at += 1
        yield at, ""
    for at in range(verb.object_at, min(verb.object_at + _AHEAD, len(tokens))):
        text = tokens[at].text
        opens = text == "(" and at + 1 < len(tokens) and tokens[at + 1].text in frame.via
        if text in STOP and not opens:
            return
        if text == "," and not (at + 1 < len(tokens) and tokens[at + 1].text in frame.via):
            return
        if text and text in frame.via and tokens[at - 1].text not in _NOT_BY:
            yield behind_aside(tokens, at + 1), text


def behind_aside(tokens: Sequence[Token], at: int) -> int:
    """The token behind "(and serialized by)", where one stands between preposition and object.

    So it is behind a label, "(B)". Another aside may take back what is said: "(not really)".
    """
    words = [token.text for token in tokens[at : at + 3]]
    label = words[2:] == [")"] and len(words[1]) <= _LABEL
    if words[:1] != ["("] or not (label or words[1:2] == ["and"]):
        return at
    for end in range(at + 1, min(at + _AHEAD, len(tokens) - 1)):
        if tokens[end].text == ")":
            return end + 1
        if tokens[end].term is not None or tokens[end].text in NOT:
            return at  # what stands in it is the object, or none is
    return at


def _fits(via: str, listed: Nouns, tokens: Sequence[Token]) -> bool:
    """False for "called in all foo_mutex unlock cases": no place inside the lock is meant."""
    if all(item.token is not None and item.token.sort in {"func", "name"} for item in listed.items):
        return True
    behind = tokens[listed.end].text if listed.end < len(tokens) else ""
    if behind in {"unlock", "case", "cases", "class", "contention", "holder", "owner", "drop"}:
        return False
    if via in {"in", "from", "while"}:
        return all(
            item.held
            or (item.token is not None and item.token.sort == "context" and _place(item.token))
            for item in listed.items
        )
    if via in {"with", "within", "inside"}:
        return all(item.token is None or item.held or _place(item.token) for item in listed.items)
    return True


def _another_deed(token: Token) -> bool:
    """True for "avoid bouncing the lock", which takes it all the same."""
    word = token.text
    return word.endswith("ing") and word not in BARE_LOCKS and word not in {"taking", "holding"}


def _held(item: Item) -> bool:
    """True for a lock that is said to be held, and for a context that is off."""
    words = item.token.word.split() if item.token is not None else []
    return item.held or bool(words and words[-1] in HELD | {"off"})


def _place(token: Token) -> bool:
    """False for a bare "RCU", which is no place to call from: "used in RCU configurations"."""
    return token.word not in {"rcu", "srcu"}


def _or_else(tokens: Sequence[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].text == "or"


def _plain_end(tokens: Sequence[Token], at: int) -> int:
    first = at
    while at < len(tokens) and at - first < 10:
        token = tokens[at]
        if token.text in STOP or token.text in _ENDS_WORDS:
            break
        at += 1
    return at
