"""Reference counts in words: who freezes one, and what else is called so."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.near import sentence_of

_DOES = re.compile(
    r"\A(?:\W|(?:we|so|now|then|first|next|finally|and|also|must|have|to|need|try) )*"
    r"freez(?:e|es|ing)\b",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"count|\bpin|\breference", re.IGNORECASE)
_SLAB = re.compile(r"\bslab", re.IGNORECASE)


def freezes_itself(claim: Claim) -> bool:
    """True for "so freeze it": the code under the comment does it, and finds none frozen."""
    return _DOES.search(sentence_of(claim)) is not None


def speaks_of_slabs(claim: Claim) -> bool:
    """True if the comment is about slabs, which are frozen in another sense."""
    return _SLAB.search(claim.comment.text) is not None


def speaks_of_count(claim: Claim) -> bool:
    """True if the comment is about a count, a pin or a reference."""
    return _COUNTS.search(claim.comment.text) is not None


_SYNCS = re.compile(r"\A\W*sync", re.IGNORECASE)


def synchronizes(claim: Claim) -> bool:
    """True for "synchronize with GUP-fast": the two run at one time, and neither harms the other.

    "Prevent all access with the exception of gup_fast" and "prevent fall-back to slow gup" are read
    as exclusions too, and say nothing of the kind.
    """
    return _SYNCS.match(claim.quote) is not None
