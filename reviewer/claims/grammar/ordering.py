"""What comes before what: "make sure x is visible before y", "order the load of a against …".

An order is two *events* with a relation between them, and words that ask for it: an imperative, a
duty, an assurance ("make sure", "so that"), or a barrier that is there for it. Which of the many
verbs stands for an event does not matter; that one of the two can be seen by others does.
"""

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
    IMPERATIVE,
    REACH,
    after_lead,
    assured,
    clause_begin,
    denied,
    event_end,
    lead_of,
    verb_begin,
)
from reviewer.claims.grammar.seeing import MOTION, moved, sighted
from reviewer.claims.grammar.words import BE, Token, word_set
from reviewer.claims.model import Claim, Term, code_term

RELATIONS = {"before": "before", "after": "after", "prior": "before"}
"""Words between two events, and which way round they put them."""
_TELLING = MOTION | word_set(
    """
    before after prior between order orders ordering ordered sequenced sequence then visible seen
    see sees seeing observe observes observing
    """
)
"""Words one of which stands in every sentence that one of the readings below takes."""
_AGAINST = {
    "against": "either",
    "with": "either",
    "and": "either",
    "wrt": "either",
    "versus": "either",
    "vs": "either",
    "before": "before",
    "after": "after",
}
_CHOICE = word_set("need needs have has required necessary")
"""Denied, these leave the choice."""
_ORDER_WORDS = frozenset({"order", "sequence"})
_ARTICLE = word_set("the a an any this that each every all pending such")
_NUMBER = frozenset({"number", "numbers", "count", "counter"})
_KEPT = word_set("matters important critical significant crucial essential strict")
_IN_PLACE = word_set("kept stay stays remain remains done right correct proper this that")
_TO = frozenset({"to", "on", "by"})
_BEFORE_VERB = word_set("to must should will we * - and")
_SWITCHES = frozenset({"context", "act", "switch", "gp", "flush"})
"""What lets others in: "make sure it is acknowledged before we enable interrupts"."""
_BETWEEN = 9
"""Tokens from a barrier to what it stands between."""


def ordering(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """``orders(first, then)``: the first reading that fits, since a sentence orders once."""
    if _TELLING.isdisjoint([token.word for token in tokens]) or _left_out(tokens):
        return
    for reading in (_between, sighted, moved, _against, _related, _listed, _shown):
        found = list(reading(seen, tokens))
        if found:
            yield from found
            return


def _left_out(tokens: Sequence[Token]) -> bool:
    """True for "without the barrier, the store may come first": what would be, were it gone."""
    end = next((n for n, token in enumerate(tokens) if token.text == ","), 0)
    first = next((n for n, token in enumerate(tokens[:end]) if token.text == "without"), end)
    return first <= 1 and any(map(is_barrier, tokens[first:end]))


def _between(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """ "A barrier is needed between the store to a and the load of b"."""
    for at, token in enumerate(tokens):
        if token.text != "between" or not any(map(is_barrier, tokens[max(0, at - _BETWEEN) : at])):
            continue
        barrier = max(n for n in range(max(0, at - _BETWEEN), at) if is_barrier(tokens[n]))
        begin = clause_begin(tokens, barrier)
        own = max(
            (n for n in range(begin, barrier) if tokens[n].text in {",", "so"}), default=begin
        )
        if denied(tokens[own:at]):
            return
        end = event_end(tokens, at + 1)
        both = _halves(tokens, at + 1, end, frozenset({"and"}))
        if both is None:  # "a barrier between the stores"
            if names_access(tokens[at + 1 : end]) or (tokens[at - 1].text == "in" and at > 1):
                terms: tuple[Term, Term | None] = (
                    event(seen, tokens, barrier, barrier + 1),
                    event(seen, tokens, at + 1, end),
                )
                yield order_claim(seen, tokens, (barrier, max(end, at + 1)), terms, "", "between")
            return
        terms = (event(seen, tokens, at + 1, both), event(seen, tokens, both + 1, end))
        yield order_claim(seen, tokens, (barrier, end), terms, "before", "between")
        return


def _halves(tokens: Sequence[Token], first: int, end: int, glue: frozenset[str]) -> int | None:
    """The word that parts two events, the first with something on both sides."""
    return next((n for n in range(first + 1, end - 1) if tokens[n].text in glue), None)


def _against(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """ "Order the load of a against the store of b", "a is ordered after b"."""
    for at, token in enumerate(tokens):
        if token.word not in {"order", "orders", "ordering", "ordered", "sequenced"}:
            continue
        begin = clause_begin(tokens, at)
        if denied(tokens[begin:at]) or not _is_verb(tokens, begin, at):
            continue
        if token.word == "ordered" and tokens[at - 1].text in _ARTICLE:
            continue  # "an ordered workqueue": what is so called
        first = at + 1 + (at + 1 < len(tokens) and tokens[at + 1].text in {"of", "between"})
        end = event_end(tokens, first)
        cut = next((n for n in range(first, end - 1) if tokens[n].text in _AGAINST), None)
        if cut is None:
            continue
        if cut == first == at + 1 and token.word.startswith("order") and _named_next(tokens, cut):
            terms: tuple[Term, Term | None] = (
                code_term(seen.comment),
                event(seen, tokens, cut + 1, end),
            )
            step = _AGAINST[tokens[cut].text]
            yield order_claim(seen, tokens, (at, end), terms, step, "against")
            return
        if token.word in {"ordered", "sequenced"}:
            span = (begin, end)
            lead = after_lead(tokens, begin, at)
            one = (lead, verb_begin(tokens, begin, at))
        else:
            span, one = (at, end), (first, cut)
        if one[0] >= one[1] or not _seen_by_others(tokens[one[0] : end]):
            continue
        terms = (event(seen, tokens, *one), event(seen, tokens, cut + 1, end))
        if all(term.concept.startswith("lock") for term in terms):
            continue  # in which order locks are taken is another matter
        step = _AGAINST[tokens[cut].text]
        yield order_claim(seen, tokens, span, terms, step, "against")
        return


def _named_next(tokens: Sequence[Token], at: int) -> bool:
    """True for "order with f() checking x"; "ordering and lookup" orders nothing."""
    return tokens[at].text != "and" and names_shared(tokens[at + 1 : at + 3])


def _is_verb(tokens: Sequence[Token], begin: int, at: int) -> bool:
    """False for the noun: "in order to", "the load order list"."""
    if tokens[at].word == "ordering":
        return at + 1 < len(tokens) and tokens[at + 1].text not in BE
    if tokens[at].word != "order":
        return True
    return at == begin or tokens[at - 1].text in _BEFORE_VERB


def _seen_by_others(tokens: Sequence[Token]) -> bool:
    return names_access(tokens) or names_shared(tokens) or any(map(is_barrier, tokens))


def _related(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """ "Make sure a is written before b is", "the store to a must come after …"."""
    for at in range(1, len(tokens) - 1):
        step = RELATIONS.get(tokens[at].text)
        if step is None:
            continue
        begin = clause_begin(tokens, at)
        lead, asks = lead_of(tokens, begin, at)
        if not asks or at - lead > REACH:
            continue
        behind = at + 1 + (tokens[at].text == "prior" and tokens[at + 1].text == "to")
        end = event_end(tokens, behind)
        one, two = tokens[lead:at], tokens[behind:end]
        if not one or not two or not _ordered(tokens[begin:at], one, two, asks):
            continue
        if denied(tokens[begin:lead]) and asks == "assured":
            continue  # "is not guaranteed to be visible before …"
        if asks in {"kept", "let"} or denied(tokens[lead:at]):
            if {token.text for token in tokens[lead:at]} & _CHOICE:
                continue
            step = {"before": "after", "after": "before"}[step]
        stop = at
        if asks == "kept":
            stop = next(n for n in range(lead, at) if tokens[n].text == "from")
        terms = (event(seen, tokens, lead, stop), event(seen, tokens, behind, end))
        yield order_claim(seen, tokens, (begin, end), terms, step, "related")
        return


def _ordered(
    clause: Sequence[Token], one: Sequence[Token], two: Sequence[Token], asks: str
) -> bool:
    """True if two events are of the sort that a memory order is about."""
    if in_sight(one) or in_sight(two) or names_transfer(one):
        return True
    barriers = any(map(is_barrier, clause))
    if asks in {"assured", "due"} and any(token.sort in _SWITCHES for token in two):
        return True
    if asks == "imperative":
        if any(token.text in {"until", "till"} for token in one):
            return False  # it is polled
        return barriers or (names_access(one) and names_access(two) and names_shared((*one, *two)))
    return barriers or (names_access(one) and (names_access(two) or names_shared(two)))


def _listed(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """ "Write the payload first, then the index"; "the order of these two stores matters"."""
    words = {token.text for token in tokens}
    at = next((n for n, token in enumerate(tokens) if token.text in _ORDER_WORDS), 0)
    if at + 1 < len(tokens) and tokens[at + 1].text in _NUMBER:
        at = 0  # a sequence number is one of the things
    if at and (words & (_KEPT | _IN_PLACE) or _in_order(tokens, at)):
        near = tokens[max(0, at - 8) : at + 8]
        if any(map(is_barrier, tokens)) or names_transfer(near):
            begin, end = clause_begin(tokens, at), max(at + 1, event_end(tokens, at + 1))
            lead = assured(tokens, begin, at)
            kept = event(seen, tokens, begin if lead is None else lead, end)
            terms = (code_term(seen.comment), kept)
            yield order_claim(seen, tokens, (begin, end), terms, "", "listed")
        return
    then = next((n for n, token in enumerate(tokens) if token.text == "then"), 0)
    if not then or "first" not in {token.text for token in tokens[:then]}:
        return
    begin, end = clause_begin(tokens, then, ","), event_end(tokens, then + 1)
    first = next((n for n in range(begin, then) if tokens[n].word in IMPERATIVE), None)
    if first is None or then + 1 >= end or not names_access(tokens[first:then]):
        return
    if denied(tokens[begin:then]):
        return
    one, two = tokens[first + 1 : then], tokens[then + 1 : end]
    list_of_steps = "first" in {token.text for token in one} and two[0].text == "the"
    seen_by_others = any(map(is_barrier, tokens)) or (names_access(two) and names_shared(two))
    if not (list_of_steps or seen_by_others):
        return
    terms = (event(seen, tokens, first + 1, then), event(seen, tokens, then + 1, end))
    yield order_claim(seen, tokens, (first, end), terms, "before", "listed")


def _in_order(tokens: Sequence[Token], at: int) -> bool:
    """True for "kept in order"; "in order to" is no order."""
    follows = tokens[at + 1].text if at + 1 < len(tokens) else ""
    return tokens[at - 1].text == "in" and follows != "to"


def _shown(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """ "Use a release store so that earlier writes are visible to the acquirer"."""
    for at, token in enumerate(tokens):
        if (
            token.word not in {"visible", "seen"}
            or at + 2 >= len(tokens)
            or tokens[at + 1].text not in _TO
        ):
            continue
        begin = clause_begin(tokens, at)
        lead = assured(tokens, begin, at)
        if lead is None or lead == at or denied(tokens[begin:at]):
            continue
        barrier = any(map(is_barrier, tokens[begin:at]))
        if not barrier and (token.word == "seen" or not names_access(tokens[begin:at])):
            continue
        terms = (code_term(seen.comment), event(seen, tokens, lead, at))
        yield order_claim(seen, tokens, (begin, event_end(tokens, at + 1)), terms, "", "shown")
        return
