"""Results in words: whether a constant is what the function itself gives back."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.near import sentence_around

_RETURNS = re.compile(r"\breturn(?:s|ed|ing)?\b", re.I)
_RETURNED = re.compile(r"\W?\s*(?:is|will be) returned\b(?! (?:by|from|in|through|to)\b)")
_OWN = (
    r"(?:\A\W*|[,;:]\s*|\s-+\s*"
    r"|\b(?:and|or|this|it|function|routine|helper|macro|will|also|always|either|should|%s)\s+)\Z"
)
"""What may stand before "returns" if the function is its subject; %s is its name."""
_OTHERS = re.compile(r"\b(?:callbacks?|handlers?|hooks?|callers?|it's|its)\b|->|@\w+", re.I)
_PART = re.compile(r"[,:;]\s|\breturn(?:s|ed|ing)?\b", re.I)
_UNSAID = re.compile(
    r"\b(?:not|no|never|neither|nor|cannot|without|instead of|rather than|other than|except|if|when"
    r"|whenever|unless|whether|while|until|is|are|was|be|becomes?|to|gives?|sets?|than|in|from"
    r"|used to|would|could|might)\b|n't\b|[!=]=",
    re.I,
)
"""What makes a constant behind it no result: it is denied, tested, or some other thing's value."""
_ELSEWHERE = re.compile(r"\W?\s*(?:in|via|through|by|into|as)\s+(?:[*@&]|the\b)")
"""What is said behind a value that is given back through a pointer."""


def is_returned(claim: Claim) -> bool:
    """True for "returns NULL" and "NULL is returned", said of the function without a denial.

    A condition on the result ("%NULL if there is none") is none on the words; one that the constant
    stands in is ("if @pond is %NULL").
    """
    before, after = sentence_around(claim)
    if after.rstrip("\"') ").endswith("?") or _ELSEWHERE.match(after):
        return False
    if _UNSAID.search(_PART.split(before)[-1]):
        return False
    verbs = list(_RETURNS.finditer(before))
    lead = before[: verbs[-1].start()] if verbs else ""
    section = claim.get("section")
    if section:
        return section in ("return", "returns") and not _UNSAID.search(lead)
    if _OTHERS.search(before) or _OTHERS.search(after):
        return False
    if verbs:
        own = re.escape(claim.subject.name) + r"(?:\(\))?"
        return re.search(_OWN % own, lead, re.I) is not None
    return _RETURNED.match(after) is not None
