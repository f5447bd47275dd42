"""The words around a claim."""

from __future__ import annotations

import re

from reviewer.claims.modality import modality_of
from reviewer.claims.model import Claim, Modality

_REACH = 200
"""Characters of a sentence that are looked at on either side of a claim."""
_END = re.compile(r"[.;!?](?=\s|\Z)|\n[ \t]*\n")


def sentence_near(claim: Claim, reach: int = 120) -> tuple[str, str]:
    """The words before and after a claim, white space folded, up to ``reach`` characters."""
    text = claim.comment.text
    before = " ".join(text[max(0, claim.start - reach) : claim.start].split())
    after = " ".join(text[claim.end : claim.end + reach].split())
    if claim.start and text[claim.start - 1].isspace():
        before += " "
    return before, after


def sentence_around(claim: Claim) -> tuple[str, str]:
    """The words of its sentence before and after a claim, white space folded.

    The second ends with the mark that ends the sentence, or is cut where it is far.
    """
    text = claim.comment.text
    before = text[max(0, claim.start - _REACH) : claim.start]
    before = before[max((mark.end() for mark in _END.finditer(before)), default=0) :]
    end = _END.search(text, claim.end, claim.end + _REACH)
    after = text[claim.end : end.end() if end is not None else claim.end + _REACH]
    return _folded(before).lstrip(), _folded(after).rstrip()


def sentence_of(claim: Claim) -> str:
    """The sentence around a claim, white space folded."""
    before, after = sentence_around(claim)
    return f"{before}{_folded(claim.quote)}{after}"


def is_of_noun_before(claim: Claim) -> bool:
    """True for "the issuer, which cannot block": a relative pronoun stands before the claim, whose
    words say it of the noun and not of the place."""
    before, _ = sentence_around(claim)
    return _RELATIVE.search(before) is not None or _RELATIVE_FIRST.match(claim.quote) is not None


_RELATIVE = re.compile(r"\b(?:which|who)(?: (?:is|are|also|only|then))? ?\Z", re.I)
_RELATIVE_FIRST = re.compile(r"(?:which|who)\b", re.I)


def clause_of(claim: Claim) -> str:
    """The part of the sentence between commas that a claim stands in."""
    before, after = sentence_around(claim)
    return f"{re.split('[,:;]', before)[-1]}{_folded(claim.quote)}{re.split('[,:;]', after)[0]}"


def is_stated(claim: Claim) -> bool:
    """True if the sentence around a mention says flatly what it says.

    A mention (``refers``) is asserted in "If f() calls g()", "Nothing in f() calls g()" and "Must
    we call g()?" too, since all of them take g() for granted.
    """
    before, after = (part.replace("()", "").lower() for part in sentence_around(claim))
    quote = _folded(claim.quote).lower()
    how = modality_of(
        f"{before}{quote}{after}",
        len(before),
        len(before) + len(quote),
        snippet=claim.modality is Modality.QUOTED,
        section=claim.get("section"),
        negation=True,
    )
    return how is Modality.ASSERTED


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text)
