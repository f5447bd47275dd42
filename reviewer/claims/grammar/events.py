"""Events that comments order: an access, a change that becomes visible, an operation, a barrier."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.claims.building import Seen
from reviewer.claims.folding import known_term
from reviewer.claims.grammar.making import claim_of, modality, spoken
from reviewer.claims.grammar.words import Token, word_set
from reviewer.claims.model import Claim, Kind, Modality, Term, code_term

SHARED = frozenset({"name", "func", "lock", "barrier", "gp", "flush", "change", "pte", "count"})
"""Sorts of what more than one CPU can see."""
ACCESSES = word_set(
    """
    store stores storing stored load loads loading loaded read reads reading write writes writing
    written access accesses accessing accessed update updates updating updated set sets setting
    clear clears clearing cleared fetch fetches fetching fetched check checks checking checked test
    tests testing tested assign assigning assigned assignment modification modifications modifying
    modified increment incrementing incremented decrement decrementing decremented publish
    publishes publishing published republish initialise initialised initialize initialized
    initializing initialising dereference dereferencing dereferenced change changes changing changed
    """
)
"""Verbs and nouns of looking at memory, or of changing it."""
TRANSFERS = word_set(
    """
    store stores storing stored load loads loading loaded reads writes
    """
)
"""Those of them that speak of single accesses, whatever else a sentence names."""
SIGHT = word_set("visible visibility observable observed seen effective propagated")
"""What is said of an access when another CPU can tell that it was made."""
_BARRIERS = word_set("barrier barriers fence fences")
_PRONOUNS = word_set("it this that these those they which we you i is are be")
_DUTIES = word_set("must should shall cannot can't mustn't shouldn't needs need has have")
_AUXILIARY = word_set(
    """
    is are be been being was were has have had get gets must should shall will would may can to
    we they it you always only strictly fully globally properly completely first actually made
    need needs needed ought
    """
)


def names_access(tokens: Sequence[Token]) -> bool:
    """True if one of some tokens is an access, or what is read or written."""
    return any(token.word in ACCESSES or token.sort in {"access", "change"} for token in tokens)


def names_transfer(tokens: Sequence[Token]) -> bool:
    """True for "the store to x" and "loading": accesses that are told one by one."""
    return any(token.word in TRANSFERS for token in tokens)


def names_shared(tokens: Sequence[Token]) -> bool:
    """True if one of some tokens is the name of a thing that others can see."""
    return any(token.sort in SHARED for token in tokens)


def in_sight(tokens: Sequence[Token]) -> bool:
    """True for "becomes visible", "is seen by"."""
    return any(token.word in SIGHT for token in tokens)


def is_barrier(token: Token) -> bool:
    """True for a barrier, by its name or by the word."""
    return token.sort == "barrier" or token.text in _BARRIERS


def event(seen: Seen, tokens: Sequence[Token], first: int, last: int) -> Term:
    """What tokens ``[first:last]`` speak of: the first thing they name, else their words.

    The code itself where only a pronoun stands: "it must be set before …".
    """
    for token in tokens[first:last]:
        if token.term is not None and token.sort in SHARED:
            return known_term(token.term, seen.folded)
    duty = next((n for n in range(first + 1, last) if tokens[n].text in _DUTIES), last)
    last = min(last, duty)
    while last > first and tokens[last - 1].text in _AUXILIARY:
        last -= 1
    while first < last and tokens[first].text in _AUXILIARY:
        first += 1
    if all(token.text in _PRONOUNS for token in tokens[first:last]):
        return code_term(seen.comment)
    return Term("step", spoken(seen, tokens, first, last))


def order_claim(
    seen: Seen,
    tokens: Sequence[Token],
    span: tuple[int, int],
    terms: tuple[Term, Term | None],
    step: str,
    name: str,
    *,
    conditional: bool = False,
) -> Claim:
    """``orders(first, then)`` of tokens ``[span[0]:span[1]]``.

    ``conditional``: the words hold their own "if", which limits nothing.
    """
    how = modality(seen, tokens, *span, negation=False)
    if conditional and how is Modality.CONDITIONAL:
        how = Modality.ASSERTED
    detail = (("step", step),) if step else ()
    return claim_of(seen, tokens, span, Kind.ORDERS, terms, how, f"order-{name}", detail)
