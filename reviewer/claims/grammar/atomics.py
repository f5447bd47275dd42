"""What is done in one go: "must be atomic", "make the test and set atomic", "read atomically"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.claims.building import Seen
from reviewer.claims.grammar.clauses import ENDS, end_of_clause, subject_of
from reviewer.claims.grammar.making import claim_of, modality, spoken
from reviewer.claims.grammar.words import ADVERB, BE, DETERMINER, NOT, Token, word_set
from reviewer.claims.model import Claim, Kind, Term, code_term
from reviewer.source.model import AnchorKind

_MAKE = word_set("make makes making made")
_DONE = word_set(
    """
    read written updated set checked changed modified incremented decremented tested accessed
    exchanged replaced cleared done performed loaded stored published
    """
)
_DO = word_set(
    """
    read write update set check change modify increment decrement test access exchange replace
    clear do load store publish
    """
)
_RUN = word_set("execute run happen occur complete proceed")
_DUTY = frozenset({"must", "should", "shall"})
_OF = word_set("snapshot read update access view load store")
_TOWARDS = frozenset({"with", "wrt", "against"})
_CODE = frozenset({AnchorKind.FUNCTION, AnchorKind.PROTOTYPE, AnchorKind.MACRO})
_ALLOCATES = ("allocation", "allocations", "flags", "gfp", "@gfp", "gfp_flags")
"""Of which atomic says that nothing sleeps."""
_REACH = 8
"""Tokens of what is atomic."""


def atomics(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """``atomic(value)``."""
    begin = 0
    for at, token in enumerate(tokens):
        word = token.text
        if word in ENDS or word == ",":
            begin = at + 1
        elif word == "atomic":
            yield from _is_atomic(seen, tokens, begin, at)
        elif word == "atomically":
            yield from _done_atomically(seen, tokens, begin, at)


def _is_atomic(seen: Seen, tokens: Sequence[Token], begin: int, at: int) -> Iterator[Claim]:
    if _not_so(tokens, begin, at):
        return
    before = at - 1
    while before >= begin and (tokens[before].text in ADVERB or tokens[before].text in {'"', "'"}):
        before -= 1
    after = at + 1
    while after < len(tokens) and tokens[after].text in {'"', "'"}:
        after += 1
    follows = tokens[after] if after < len(tokens) else None
    if follows is not None and follows.text in _OF and _text(tokens, after + 1) == "of":
        stop = min(end_of_clause(tokens, after + 2, _REACH), after + 6)
        if stop > after + 2:
            data = Term("data", spoken(seen, tokens, after + 2, stop))
            yield _claim(seen, tokens, (at, stop), data)
        return
    if (
        follows is not None
        and (follows.term or follows.text[0].isalpha())
        and follows.text not in _AFTER
    ):
        return  # an atomic something
    verb = next((n for n in range(begin, at) if tokens[n].text in _MAKE), None)
    if before >= begin and tokens[before].text in BE:
        head = before
        while head > begin and tokens[head - 1].text in _HELPERS:
            head -= 1
        if head == begin and tokens[begin].text in _DUTY and _of_function(seen, follows):
            yield _callback(seen, tokens, (begin, at + 1))
        if head > begin and not {t.text for t in tokens[head - 1 : at]} & NOT:
            subject = subject_of(seen, tokens, begin, head)
            if not subject.text.lower().endswith(_ALLOCATES):
                yield _claim(seen, tokens, (begin, at + 1), subject)
    elif verb is not None and verb + 1 < at:
        data = subject_of(seen, tokens, verb + 1, at)
        yield _claim(seen, tokens, (verb, at + 1), data)


def _not_so(tokens: Sequence[Token], begin: int, at: int) -> bool:
    """True for "there is no need to be atomic" and "try to make it atomic": it need not be so."""
    words = {token.text for token in tokens[begin:at]}
    return bool(words & _NEEDLESS and words & _NONE) or bool(words & _TRIES)


def _done_atomically(seen: Seen, tokens: Sequence[Token], begin: int, at: int) -> Iterator[Claim]:
    if _not_so(tokens, begin, at) or {t.text for t in tokens[begin:at]} & NOT:
        return
    near = [
        *range(at - 1, max(begin, at - _REACH) - 1, -1),
        *range(at + 1, min(at + 2, len(tokens))),
    ]
    for here in near:
        word = tokens[here].word
        due = here > begin + 1 and tokens[here - 1].text in _DUTY
        if word in _RUN and due:
            data = subject_of(seen, tokens, begin, here - 1)
            yield _claim(seen, tokens, (begin, at + 1), data)
            return
        if word in _DONE and (here > begin and tokens[here - 1].text in BE | ADVERB):
            head = here
            while head > begin and tokens[head - 1].text in _HELPERS | BE | ADVERB:
                head -= 1
            if head > begin and not {t.text for t in tokens[head:here]} & NOT:
                yield _claim(
                    seen, tokens, (begin, max(at, here) + 1), subject_of(seen, tokens, begin, head)
                )
            return
        if word in _DO and here < at - 1 and _text(tokens, here - 1) not in DETERMINER:
            data = Term("data", spoken(seen, tokens, here + 1, at))
            yield _claim(seen, tokens, (here, at + 1), data)
            return


def _of_function(seen: Seen, follows: Token | None) -> bool:
    """True on a function, or the member of an operations table that kernel-doc describes.

    What must be atomic "with respect to" something, a parameter or a statement may sleep.
    """
    if follows is not None and follows.text in _TOWARDS:
        return False
    kind, section = seen.comment.anchor.kind, seen.sentence.section
    if section.startswith("@"):
        return kind is AnchorKind.STRUCT
    return not section and kind in _CODE


def _callback(seen: Seen, tokens: Sequence[Token], span: tuple[int, int]) -> Claim:
    """ "Must be atomic" of a function: it must not sleep."""
    how = modality(seen, tokens, *span, negation=True)
    terms = (code_term(seen.comment), Term("may-sleep", "atomic"))
    detail = (("force", "must"),)
    return claim_of(seen, tokens, span, Kind.FORBIDS, terms, how, "must-be-atomic", detail)


def _claim(seen: Seen, tokens: Sequence[Token], span: tuple[int, int], subject: Term) -> Claim:
    how = modality(seen, tokens, *span, negation=True)
    return claim_of(seen, tokens, span, Kind.ATOMIC, (subject, None), how, "atomic")


def _text(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) else ""


_HELPERS = word_set(
    "must should has have to need needs can may will both all being be to is are required supposed"
    " guaranteed expected meant intended"
)
_NEEDLESS = word_set("need needs needed reason")
_NONE = NOT | {"no", "without"}
_TRIES = word_set("try tries trying attempt attempts attempting tried")
_AFTER = word_set("with wrt because so since and or but as in by here when while against for on if")
