"""What must not be done with a lock held, and what may be done without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.claims.building import Seen
from reviewer.claims.grammar.clauses import (
    ENDS,
    LOCKS,
    end_of_clause,
    kept_by,
    subject_of,
    term_of,
)
from reviewer.claims.grammar.leads import clause_begin, denied
from reviewer.claims.grammar.lists import Nouns, nouns
from reviewer.claims.grammar.making import claim_of, modality, spoken
from reviewer.claims.grammar.verbs import Verbs
from reviewer.claims.grammar.words import ADVERB, BE, NOT, UNABLE, Token, word_set
from reviewer.claims.model import Claim, Kind, Modality, Term, code_term

_NEVER = word_set("cannot can't mustn't shouldn't never don't couldn't")
_MODAL = word_set("can may must should could shall do")
_FREE = word_set("can may safe safely fine okay ok could")
_WITH = word_set("holding under with while inside within in from")
_READ_ELSEWHERE = frozenset({"call", "sleep", "hold"})
"""Classes of verbs that have frames for this."""
_CUT = word_set(", until unless because since if when so but")
_MORE = word_set(
    """
    any additional further extra more taking holding the other need for
    """
)
_LET = word_set("allowed permitted supported possible")
_TOGETHER = word_set("concurrent parallel simultaneous")
_NO_OTHER = word_set("no not isn't aren't without")
_AT_ONCE = word_set("concurrently simultaneously parallel")
_RUNNERS = word_set(
    "thread process task cpu caller user writer reader instance context processor kthread waiter"
)
_RUNS = word_set("in inside run runs running enter enters execute executes executing modify update")
_AFTER = word_set(
    "held because since if when as while here and or in by for so but at on from with to until "
    "of then after before during is are was either protection being"
)
_REACH = 10
"""Tokens from the verb to "while holding"."""


def bans(seen: Seen, tokens: Sequence[Token], verbs: Verbs) -> Iterator[Claim]:
    """``forbids(action, lock)`` and ``needs_none(code, lock)``."""
    for at, token in enumerate(tokens):
        word = token.text
        denied = word in _NEVER or (
            word in _MODAL and at + 1 < len(tokens) and tokens[at + 1].text in NOT
        )
        if denied:
            yield from _banned(seen, tokens, at, verbs)
        elif word in NOT and at + 1 < len(tokens) and tokens[at + 1].text in _LET:
            yield from _not_let(seen, tokens, at)
        elif word in _FREE or word == "without":
            yield from _free(seen, tokens, at)
        elif word == "holding":
            yield from _not_holding(seen, tokens, at)
        elif word == "no" and at and tokens[at - 1].text == "with":
            yield from _none_held(seen, tokens, at)
        elif word in {"another", "other"}:
            yield from _no_other(seen, tokens, at)
        elif word == "one" and at and tokens[at - 1].text == "only":
            yield from _only_one(seen, tokens, at)


def _banned(seen: Seen, tokens: Sequence[Token], at: int, verbs: Verbs) -> Iterator[Claim]:
    group = verbs.group(tokens, at)
    known = group is not None and bool(group.classes & _READ_ELSEWHERE)
    first = at + 1
    while first < len(tokens) and tokens[first].text in NOT | ADVERB | BE:
        first += 1
    yield from _apart(seen, tokens, at, first)
    stop = end_of_clause(tokens, first, _REACH)
    if known:
        return
    for here in range(first + 1, stop):
        word = tokens[here].text
        if word in _CUT:
            return
        if word not in _WITH:
            continue
        found = kept_by(tokens, here + 1, stop + 4, LOCKS)
        if found is None or not _inside(word, found, tokens, here):
            continue
        how = modality(seen, tokens, at, found.end, negation=False)
        action = Term("data", spoken(seen, tokens, first, here))
        for item in found.items:
            terms = (action, term_of(seen, item))
            yield claim_of(seen, tokens, (at, found.end), Kind.FORBIDS, terms, how, "banned-while")
        return


def _not_holding(seen: Seen, tokens: Sequence[Token], at: int) -> Iterator[Claim]:
    """ "We have to put it while not holding its mutex"."""
    if at < 2 or tokens[at - 1].text != "not" or tokens[at - 2].text != "while":
        return
    found = kept_by(tokens, at + 1, at + 5, LOCKS)
    if found is None:
        return
    how = modality(seen, tokens, at - 1, found.end, negation=False)
    for item in found.items:
        terms = (code_term(seen.comment), term_of(seen, item))
        span = (at - 2, found.end)
        yield claim_of(
            seen, tokens, span, Kind.FORBIDS, terms, how, "not-holding", (("force", "states"),)
        )


def _not_let(seen: Seen, tokens: Sequence[Token], at: int) -> Iterator[Claim]:
    """ "Concurrent changes of x are not allowed": ``serialized(changes)``."""
    begin = max((n + 1 for n in range(at) if tokens[n].text in ENDS | {","}), default=0)
    last = at - (tokens[at - 1].text in BE)
    if not any(token.text in _TOGETHER for token in tokens[begin:last]):
        return
    how = modality(seen, tokens, begin, at + 2, negation=False)
    terms = (Term("data", spoken(seen, tokens, begin, last)), None)
    yield claim_of(seen, tokens, (begin, at + 2), Kind.SERIALIZED, terms, how, "not-allowed")


def _none_held(seen: Seen, tokens: Sequence[Token], at: int) -> Iterator[Claim]:
    """ "Called in process context and with no spinlocks held"."""
    found = kept_by(tokens, at + 1, at + 3, LOCKS)
    if found is None or not found.held:
        return
    how = modality(seen, tokens, at - 1, found.end, negation=False)
    detail = (("force", "states"),)
    for item in found.items:
        terms = (code_term(seen.comment), term_of(seen, item))
        span = (at - 1, found.end)
        yield claim_of(seen, tokens, span, Kind.FORBIDS, terms, how, "with-none-held", detail)


def _no_other(seen: Seen, tokens: Sequence[Token], at: int) -> Iterator[Claim]:
    """ "There isn't another unmap of the same range in parallel"."""
    if not at or tokens[at - 1].text not in _NO_OTHER:
        return
    stop = end_of_clause(tokens, at + 1, _REACH)
    last = next((n for n in range(at + 1, stop) if tokens[n].text in _AT_ONCE), 0)
    if not last:
        return
    how = modality(seen, tokens, at - 1, last + 1, negation=False)
    terms = (Term("data", spoken(seen, tokens, at + 1, last)), None)
    yield claim_of(seen, tokens, (at - 1, last + 1), Kind.SERIALIZED, terms, how, "no-other")


def _only_one(seen: Seen, tokens: Sequence[Token], at: int) -> Iterator[Claim]:
    """ "Only one thread can be in here at a time": ``serialized(thread can be in here)``."""
    stop = end_of_clause(tokens, at + 1, _REACH)
    noun = tokens[at + 1].text if at + 1 < stop else ""
    words = [token.text for token in tokens[at + 1 : stop]]
    in_turn = "time" in words and words[words.index("time") - 1] in {"a", "any", "one"}
    if noun not in _RUNNERS or not (in_turn or set(words) & _AT_ONCE or set(words) & _RUNS):
        return
    how = modality(seen, tokens, at - 1, stop, negation=True)
    terms = (Term("data", spoken(seen, tokens, at + 1, stop)), None)
    yield claim_of(seen, tokens, (at - 1, stop), Kind.SERIALIZED, terms, how, "only-one")


def _inside(word: str, found: Nouns, tokens: Sequence[Token], here: int) -> bool:
    """True if what follows the preposition is a lock that is held or a context."""
    contexts = all(item.token is not None and item.token.sort == "context" for item in found.items)
    if contexts:
        return True
    if word in {"holding", "under"} or tokens[min(here + 1, len(tokens) - 1)].text == "holding":
        return True
    return word in {"with", "while"} and found.held


def _free(seen: Seen, tokens: Sequence[Token], at: int) -> Iterator[Claim]:
    """ "can safely be read without any lock"."""
    if tokens[at].text == "without":
        if tokens[max(0, at - 1)].text not in {"safely", "safe", "lookup", "read", "done"}:
            return
        here = at
    else:
        if tokens[at].text in {"safe", "fine", "okay", "ok"} and _text(tokens, at + 1) != "to":
            return
        stop = end_of_clause(tokens, at + 1, _REACH)
        here = next((n for n in range(at + 1, stop) if tokens[n].text == "without"), 0)
        between = {token.text for token in tokens[at:here]}
        if not here or between & (NOT | {",", "must", "should"}):
            return
    clause = tokens[clause_begin(tokens, at) : at]
    if denied(clause) or any(token.text in UNABLE for token in clause):
        return
    first = here + 1
    while first < len(tokens) and tokens[first].text in _MORE:
        first += 1
    found = nouns(tokens, first, LOCKS | {"gp"})
    if found is None or _compound(tokens, found.end):
        return
    how = modality(seen, tokens, at, found.end, negation=False)
    if how is Modality.CONDITIONAL:
        how = Modality.ASSERTED
    terms = (code_term(seen.comment), term_of(seen, found.items[0]))
    yield claim_of(seen, tokens, (at, found.end), Kind.NEEDS_NONE, terms, how, "free-without")


def _text(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].text if at < len(tokens) else ""


def _compound(tokens: Sequence[Token], at: int) -> bool:
    """True if a noun follows: "without lock permission"."""
    follows = _text(tokens, at)
    return bool(follows) and follows[0].isalpha() and follows not in _AFTER | ADVERB


def _apart(seen: Seen, tokens: Sequence[Token], at: int, first: int) -> Iterator[Claim]:
    """ "Two handles should not be mapped concurrently": ``serialized(handles)``."""
    stop = end_of_clause(tokens, first, _REACH)
    last = next((n for n in range(first, stop) if tokens[n].text in _AT_ONCE), 0)
    follows = _text(tokens, last + 1)
    if follows.endswith("ed"):
        return  # "don't miss a concurrently inserted page"
    if not last or any(token.text in _CUT for token in tokens[first:last]):
        return
    how = modality(seen, tokens, at, last + 1, negation=False)
    begin = max((n + 1 for n in range(at) if tokens[n].text in ENDS | {","}), default=0)
    terms = (subject_of(seen, tokens, begin, at), None)
    yield claim_of(seen, tokens, (at, last + 1), Kind.SERIALIZED, terms, how, "not-at-once")
