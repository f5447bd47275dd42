"""Statements of a sentence: each verb group with its subject, its list of objects and its frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reviewer.claims.grammar.frames import Frame, Grammar
from reviewer.claims.grammar.lists import Item, Nouns, nouns
from reviewer.claims.grammar.moments import at_call
from reviewer.claims.grammar.objects import with_object
from reviewer.claims.grammar.statement import Statement, kind_of
from reviewer.claims.grammar.verbs import Verb
from reviewer.claims.grammar.voice import actor_of, is_voiced, names_code
from reviewer.claims.grammar.words import BE, STOP, Token, word_set
from reviewer.claims.model import Kind

_SUBORDINATORS = word_set("if when since because as unless once after before while until whenever")
"""Words that open a clause whose subject is not that of the sentence."""
_MOMENTS = word_set("until till once")
"""Words before a clause that tells a moment, and asks for nothing."""
_BACK = 14
"""Tokens looked at before a verb for its subject."""
_ALONE = frozenset(
    {
        *("", ".", ",", "!", "here", "because", "since", "as", "on", "by", "when", "while", "at"),
        *("for", "before", "to", "if", "until", "any", "anymore", "there"),
    }
)
_HOW = word_set("using via through / by")
"""Behind "foo_lock is locked": by what operation, which asks for nothing."""
_SPANS = word_set("time times period duration interval")
_WHILE = word_set("while when if")
_ELSEWHERE = word_set(
    """
    by while during across when if after before whenever around over but as
    """
)


def statements(tokens: Sequence[Token], grammar: Grammar) -> Iterator[Statement]:
    """The statements of a sentence in order. Time is linear in its length."""
    begin = at = 0
    lead: str | None = None
    """Who does what the verb before said, if the next one shares its object."""
    before: Verb | None = None
    """That verb: what it denies or only allows, the next does too."""
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
        if verb is None or _is_noun(tokens, at):
            at += 1
            continue
        if before is not None:
            verb = _sharing(before, verb)
        found = None
        past = {t.text for t in tokens[verb.start : verb.end]} & {"was", "were"}
        moment = {t.text for t in tokens[max(begin, verb.start - _BACK) : verb.start]} & _MOMENTS
        if not past and (not moment or verb.modal == "must"):
            found = next(_met(tokens, begin, verb, grammar, lead), None)
        if found is not None:
            yield found
            if found.kind is Kind.PROTECTED and tokens[found.end : found.end + 1]:
                follows = tokens[found.end].text == ","
                begin = found.end + 1 if follows else begin  # "written under a, read under b"
        shares = verb.object_at > verb.end
        lead = actor_of(tokens, max(begin, verb.start - _BACK), verb) if shares else None
        before = verb if shares else None
        at = max(found.end if found and not shares else 0, verb.end)


def _is_noun(tokens: Sequence[Token], at: int) -> bool:
    """True for the blocks of "data blocks": of a disk, they do not wait.

    They do in "this function blocks": the word before says who.
    """
    if tokens[at].text != "blocks":
        return False
    if at + 1 < len(tokens) and tokens[at + 1].text in BE:
        return True
    before = tokens[at - 1] if at else None
    if before is None or not before.word.isalpha():
        return False
    return before.text in {"those", "these", "ones"} or not names_code(before)


def _sharing(before: Verb, verb: Verb) -> Verb:
    """The second of "never takes or drops foo_lock" and "may take or drop it"."""
    return replace(
        verb,
        negated=verb.negated or before.negated,
        never=verb.never or before.never,
        modal=verb.modal or before.modal,
    )


def _met(
    tokens: Sequence[Token], begin: int, verb: Verb, grammar: Grammar, lead: str | None
) -> Iterator[Statement]:
    begin = max(begin, verb.start - _BACK)
    actor = actor_of(tokens, begin, verb) if lead is None else lead
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
        said = {token.text for token in tokens[max(begin, first - 1) : verb.start]}
        if listed is None or said & _SPANS or said & {"whose", "whether"}:
            return None  # "the time foo_lock is held", "the port whose interrupts are disabled"
        subject = (first, verb.start)
        negated |= _is_none(tokens, begin, first)
        if not verb.passive and verb.form == "past" and not _standing(tokens, begin, first, verb):
            return None
    follows = tokens[verb.end].text if verb.end < len(tokens) else ""
    if frame.order == ("code", "subject"):
        kind = kind_of(frame, verb, negated=negated, flipped=False)
        asked = kind in {Kind.REQUIRES, Kind.FORBIDS}
        elsewhere = follows in _ELSEWHERE and not at_call(tokens, verb.end)
        if asked and not verb.modal and actor != "caller" and elsewhere:
            return None
        if frame.suffix and asked and verb.modal == "will" and not at_call(tokens, verb.end):
            return None  # "interrupts will be disabled": by this code
        if kind is Kind.NEEDS_NONE and follows in _WHILE:
            return None  # "where foo_lock is not acquired while holding …"
        if kind is None or listed is None or (frame.name == "is-locked" and follows in _HOW):
            return None
        behind = {token.text for token in tokens[verb.end : verb.end + 4]}
        if frame.head and not behind & frame.head:
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
    return with_object(frame, verb, tokens, subject, actor, negated=negated)


def _is_none(tokens: Sequence[Token], begin: int, first: int) -> bool:
    """True for the lock of "no lock is held" and of "no reference or lock is held"."""
    before = first - 1
    if before >= begin and tokens[before].text == "nor":
        return True
    if before > begin + 1 and tokens[before].text in {"or", "nor"}:
        before -= 2
    return before >= begin and tokens[before].text in {"no", "without", "neither"}


def _subject_list(
    tokens: Sequence[Token], begin: int, end: int, sorts: frozenset[str]
) -> tuple[Nouns | None, int]:
    """The longest list that ends right before the verb."""
    for first in range(begin, end):
        listed = nouns(tokens, first, sorts)
        if listed is not None and any(_told(tokens, item) for item in listed.items[:-1]):
            continue  # "a_lock is held, b_lock is not needed"
        if listed is not None and (
            listed.end == end or (listed.end > end and listed.items[-1].start < end)
        ):
            return listed, first
    return None, end


def _told(tokens: Sequence[Token], item: Item) -> bool:
    """True if something is already said of an item: "is held"."""
    return any(token.text in BE for token in tokens[item.start : item.end])


def _standing(tokens: Sequence[Token], begin: int, first: int, verb: Verb) -> bool:
    """True for "foo_lock held" or "no lock needed" that stands alone."""
    before = [t.text for t in tokens[begin:first]]
    lead = all(word in {"no", "with", "-", "*", ",", "note", ":"} for word in before)
    follows = tokens[verb.end].text if verb.end < len(tokens) else ""
    return lead and follows in _ALONE
