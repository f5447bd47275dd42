"""Machines in words: which ones a comment speaks of."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim

_QUALIFIED = re.compile(
    r"\b(?:arch(?:itecture)?e?s?|platforms|machines|processors|hardware|hypervisors?)\b"
    r"[^.;]{0,90}\b(?:IPIs?|broadcasts?)\b"
    r"|\b(?:IPIs?|broadcasts?)\b[^.;]{0,90}"
    r"\b(?:(?:not all|some|most|other|many|few) (?:arch\w*|platforms|machines|hardware))\b",
    re.IGNORECASE,
)


def says_which(claim: Claim) -> bool:
    """True if the comment itself says on which machines flushes send interrupts.

    "Architectures that use IPIs to flush …" is no claim about the others.
    """
    return _QUALIFIED.search(" ".join(claim.comment.text.split())) is not None
