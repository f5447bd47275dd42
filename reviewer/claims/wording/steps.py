"""Steps in words: on which side of another one must be done."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim

_BEFORE = re.compile(r"\bbefore\b|\bprior to\b|\bprecede", re.I)
_AFTER = re.compile(r"\bafter\b|\bonce\b|\bfollow", re.I)
_KINDS = (
    (re.compile(r"\A(?:check|test|compar)"), "check"),
    (re.compile(r"\Ainstalling"), "install"),
    (re.compile(r"\Afreeing"), "free"),
)
_DUTY = re.compile(r"\b(?:must|should|ha(?:s|ve) to|needs?|required)\b", re.I)


def due(claim: Claim) -> str:
    """before or after, for "must be done before …"; '' if no duty or both are said."""
    before, after = _BEFORE.search(claim.quote), _AFTER.search(claim.quote)
    if (before is None) == (after is None) or not _DUTY.search(claim.quote):
        return ""
    return "before" if before is not None else "after"


def kind_of_step(words: str) -> str:
    """check, install, free or '': what a step in plain words does to a page."""
    return next((kind for verb, kind in _KINDS if verb.match(words.lower())), "")
