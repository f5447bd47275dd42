"""Claims from the statements of a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from reviewer.claims.building import Seen
from reviewer.claims.folding import known_term
from reviewer.claims.grammar.atomics import atomics
from reviewer.claims.grammar.bans import bans
from reviewer.claims.grammar.compounds import compounds
from reviewer.claims.grammar.frames import Grammar
from reviewer.claims.grammar.guards import guards
from reviewer.claims.grammar.making import claim_of, modality
from reviewer.claims.grammar.mentions import mentioned
from reviewer.claims.grammar.nesting import nesting
from reviewer.claims.grammar.ordering import ordering
from reviewer.claims.grammar.pairing import pairing
from reviewer.claims.grammar.parse import statements
from reviewer.claims.grammar.purpose import purposes
from reviewer.claims.grammar.returned import returned
from reviewer.claims.grammar.states import states
from reviewer.claims.grammar.stating import stated
from reviewer.claims.grammar.steps import steps
from reviewer.claims.grammar.waits import waits
from reviewer.claims.grammar.words import (
    Token,
    tokens_of,
    unbracketed,
    word_set,
)
from reviewer.claims.model import Claim, Kind, code_term

MAX_CLAIMS = 16
"""Claims that the grammar reads in one sentence; the longest real lists have half as many."""
_MUST_BE = re.compile(r"\b(?:must|should|ha[sv]e? to|needs? to) (?:be|stay|remain)\b")
_SWITCHES = re.compile(r"(?:re-?)?(?:en|dis)ables\b")
_AFTER_SWITCH = word_set(
    """
    and or on for while when if before after until so to in by because since as during here with
    only around on locally the then unless but
    """
)


def grammar_claims(seen: Seen, grammar: Grammar, *, alone: bool = True) -> list[Claim]:
    """The claims that the grammar reads in a sentence.

    ``alone``: nobody else read one, so that what is merely mentioned ("walk the list under
    foo_lock") is worth a claim.
    """
    tokens = unbracketed(tokens_of(seen.tagged, seen.folded.lower))
    found = list(ordering(seen, tokens))
    found += [one for one in islice(_all(seen, tokens, grammar), MAX_CLAIMS) if _adds(one, found)]
    return list(mentioned(seen, tokens)) if alone and not found else found


def _adds(claim: Claim, orders: list[Claim]) -> bool:
    """False for an order of steps in words of which both events are known."""
    return claim.kind is not Kind.ORDERS or not any(
        claim.start < one.end and one.start < claim.end for one in orders
    )


def _all(seen: Seen, tokens: list[Token], grammar: Grammar) -> Iterator[Claim]:
    if seen.sentence.section in {"return", "returns"}:
        yield from returned(seen, tokens)
    for statement in statements(tokens, grammar):
        yield from stated(seen, tokens, statement)
    yield from _switched(seen, tokens)
    yield from nesting(seen, tokens)
    yield from steps(seen, tokens)
    yield from purposes(seen, tokens)
    yield from states(seen, tokens)
    yield from atomics(seen, tokens)
    yield from bans(seen, tokens, grammar.verbs)
    yield from guards(seen, tokens)
    yield from compounds(seen, tokens)
    yield from waits(seen, tokens)
    yield from pairing(seen, tokens)


def _switched(seen: Seen, tokens: list[Token]) -> Iterator[Claim]:
    """ "Interrupts must be disabled": the tagger has taken the verb into the term."""
    for at, token in enumerate(tokens):
        if token.term is None:
            continue
        due = _MUST_BE.search(token.word) is not None or _owing_to(tokens, at)
        if at and tokens[at - 1].text == "whose":
            continue  # "the port whose interrupts should be disabled": which one
        if token.sort == "context" and due:
            kind = Kind.REQUIRES
        elif at == 0 and token.sort == "act" and _SWITCHES.match(token.word):
            if _names_more(tokens, at + 1):
                continue  # "enables IRQ notification"
            kind = Kind.LEAVES
        else:
            continue
        how = modality(seen, tokens, at, at + 1, negation=True)
        terms = (code_term(seen.comment), known_term(token.term, seen.folded))
        yield claim_of(
            seen, tokens, (at, at + 1), kind, terms, how, "switched", (("force", "must"),)
        )


def _owing_to(tokens: list[Token], at: int) -> bool:
    """True for "due to having preemption disabled": it is so here."""
    before = [token.text for token in tokens[max(0, at - 3) : at]]
    return bool(before) and before[-1] == "having" and bool({"to", "of", "by"} & set(before))


def _names_more(tokens: list[Token], at: int) -> bool:
    """True if the noun goes on: what is switched is something of the interrupt."""
    if at >= len(tokens) or tokens[at].term is not None or not tokens[at].text[0].isalpha():
        return False
    return tokens[at].text not in _AFTER_SWITCH
