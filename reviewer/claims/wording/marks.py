"""Legends: lines that say what a mark means which stands in the comments of a struct's members."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim

_MARK = re.compile(r"^[ \t]*[A-Z][A-Z+&/]{0,3}:[ \t]", re.M)
_MARKS_AT_LEAST = 3
"""Lines that begin so; one alone is a note ("NB: ")."""


def defines_a_mark(claim: Claim) -> bool:
    """True for "L: protected by foo_lock" in a list of such lines, said of what bears an L."""
    text = claim.comment.text
    first = text.rfind("\n", 0, claim.start + 1) + 1
    if _MARK.match(text, first) is None:
        return False
    return len(_MARK.findall(text)) >= _MARKS_AT_LEAST
