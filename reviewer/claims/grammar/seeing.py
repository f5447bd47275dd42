"""What others may see, and what must not move: "whoever sees y sees x", "not hoisted above …"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.claims.building import Seen
from reviewer.claims.grammar.events import (
    event,
    in_sight,
    is_barrier,
    names_access,
    names_shared,
    names_transfer,
    order_claim,
)
from reviewer.claims.grammar.leads import (
    GLUE,
    KEEPS,
    REACH,
    STOPS,
    assured,
    clause_begin,
    denied,
    event_end,
    lead_of,
    past_glue,
    verb_begin,
)
from reviewer.claims.grammar.words import Token, word_set
from reviewer.claims.model import Claim, Term, code_term

MOTION = word_set(
    """
    reorder reordered reordering re-order re-ordered re-ordering move moved moving moves hoist
    hoisted hoisting sink sinking sunk pull pulled pulling speculate speculated speculating pass
    passed passing leak leaked leaking defer deferred swap swapped
    migrate migrated float
    """
)
"""Verbs of what compilers and CPUs do with accesses."""
_OPTIMIZERS = word_set("compiler compilers gcc clang optimizer")
_PAST = word_set("above before past ahead after below beyond across over with and into up down")
_SEES = word_set("see sees seeing observe observes observing")
_IMPLIED = word_set("will must also then should guaranteed always necessarily")
_WHO = word_set("if when whoever anyone once whenever who that everyone everybody")
_PARTS = frozenset({",", "if", "when", "that", "can", "may", "might", "otherwise"})
_NEAR = 5


def sighted(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """ "Anyone who sees x set will also see y": y was written first."""
    sees = [n for n, token in enumerate(tokens) if token.word in _SEES and n]
    if len(sees) == 1 and "by" in {token.text for token in tokens[: sees[0]]}:
        yield from _seen_by(seen, tokens, sees[0])
    if len(sees) < 2:
        return
    one, two = sees[0], sees[1]
    gap = [token.text for token in tokens[one + 1 : two]]
    without = gap[-1:] == ["without"] and denied(tokens[:one])
    who = {token.text for token in tokens[:one]} & _WHO
    if not without and not (who and _IMPLIED & set(gap)):
        return
    middle = two - 1
    while middle > one + 1 and tokens[middle].text in _IMPLIED | GLUE | {"without", "be", "they"}:
        middle -= 1
    if middle == one or denied(tokens[middle:two]):
        return
    end = event_end(tokens, two + 1)
    if end == two + 1 or two - one > REACH:
        return
    comma = next((n for n in range(one + 1, middle + 1) if tokens[n].text == ","), middle + 1)
    terms = (event(seen, tokens, two + 1, end), event(seen, tokens, one + 1, comma))
    first = max(0, one - 3)
    yield order_claim(seen, tokens, (first, end), terms, "before", "sighted", conditional=True)


def _seen_by(seen: Seen, tokens: Sequence[Token], at: int) -> Iterator[Claim]:
    """ "Ensures that the write to x is seen by whoever sees y"."""
    by = max(n for n in range(at) if tokens[n].text == "by")
    if at - by > 4 or not in_sight(tokens[by - 1 : by]) or denied(tokens[:by]):
        return
    lead = assured(tokens, 0, by)
    if lead is None:
        return
    end = event_end(tokens, at + 1)
    terms = (event(seen, tokens, lead, by - 1), event(seen, tokens, at + 1, end))
    if end > at + 1:
        yield order_claim(seen, tokens, (max(0, lead - 1), end), terms, "before", "sighted")


def moved(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """ "The load must not be hoisted above the lock", "keeps gcc from moving the store past …"."""
    for at, token in enumerate(tokens):
        if token.word not in MOTION or not at:
            continue
        begin = _own_clause(tokens, clause_begin(tokens, at), at)
        before = tokens[begin:at]
        words = {one.text for one in before}
        kept = bool(words & STOPS) or (bool(words & KEEPS) and "from" in words)
        if denied(before if kept else before[-_NEAR:]) is kept:
            continue
        past = next(
            (n for n in range(at + 1, min(at + 10, len(tokens))) if tokens[n].text in _PAST), None
        )
        passive = any(one.text in {"be", "being", "get", "is", "are"} for one in before[-3:])
        end = event_end(tokens, at + 1 if past is None else past + 1)
        whole = tokens[begin:end]
        certain = token.word.startswith("re") and assured(tokens, begin, at) is not None
        if not certain and not _of_accesses(whole):
            continue
        if tokens[at + 1 : at + 2] and tokens[at + 1].text == "of" and past is not None:
            terms: tuple[Term, Term | None] = (
                event(seen, tokens, at + 2, past),
                event(seen, tokens, past + 1, end),
            )
        elif passive:
            lead, asks = lead_of(tokens, begin, at)
            source = [n for n in range(lead, at) if tokens[n].text == "from"]
            stop = source[0] if asks == "kept" and source else verb_begin(tokens, begin, at)
            terms = (
                event(seen, tokens, past_glue(tokens, lead, at), stop),
                event(seen, tokens, past + 1, end) if past and past + 1 < end else None,
            )
        elif past is not None and past > at + 1:
            terms = (event(seen, tokens, at + 1, past), event(seen, tokens, past + 1, end))
        elif past is not None and past + 1 < end:
            terms = (code_term(seen.comment), event(seen, tokens, past + 1, end))
        else:
            terms = (code_term(seen.comment), event(seen, tokens, at + 1, end))
        yield order_claim(seen, tokens, (begin, end), terms, "either", "kept")
        return


def _own_clause(tokens: Sequence[Token], begin: int, at: int) -> int:
    """Where the words begin that may deny a verb; another verb's "not" lies before."""
    return max(
        (n + 1 for n in range(begin, at) if tokens[n].text in _PARTS),
        default=begin,
    )


def _of_accesses(tokens: Sequence[Token]) -> bool:
    """True if it is accesses that are moved, and not a page or a packet."""
    return (
        names_transfer(tokens)
        or any(is_barrier(token) or token.text in _OPTIMIZERS for token in tokens)
        or (names_access(tokens) and names_shared(tokens))
    )
