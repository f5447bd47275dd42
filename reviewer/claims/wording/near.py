"""The words around a claim."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim


def sentence_near(claim: Claim, reach: int = 120) -> tuple[str, str]:
    """The words before and after a claim, white space folded, up to ``reach`` characters."""
    text = claim.comment.text
    before = " ".join(text[max(0, claim.start - reach) : claim.start].split())
    after = " ".join(text[claim.end : claim.end + reach].split())
    if claim.start and text[claim.start - 1].isspace():
        before += " "
    return before, after


def sentence_of(claim: Claim) -> str:
    """The sentence around a claim, white space folded."""
    before, after = sentence_near(claim, 200)
    first = re.split(r"(?:[.;]|\n\n)\s", before)[-1]
    last = re.split(r"[.;](?:\s|\Z)", after)[0]
    return f"{first} {' '.join(claim.quote.split())} {last}"


def clause_of(claim: Claim) -> str:
    """The part of the sentence between commas that a claim stands in."""
    quote = " ".join(claim.quote.split())
    before, _, after = sentence_of(claim).partition(quote)
    return f"{re.split('[,:;]', before)[-1]}{quote}{re.split('[,:;]', after)[0]}"
