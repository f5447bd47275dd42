"""What was read from a comment, and what was seen but not understood."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reviewer.claims.lexicon import SORTS
from reviewer.claims.model import Claim
from reviewer.claims.terms import Tagged
from reviewer.source.model import CommentBlock

_GUARANTEE = re.compile(
    r"\b(?:must|guarantee[sd]?|ensur(?:e|es|ed|ing)|assur(?:e|es)|protect(?:s|ed|ing)?|prevent(?:s|ed"
    r"|ing)?|cannot|can't|serializ(?:e|es|ed|ing)|stable|exclud(?:e|es|ed)|pairs?|paired"
    r"|rel(?:y|ies) on|synchroniz(?:e|es|ed)|no need|requires?|safe from|is safe)\b"
)
_SYNC_SORTS = sum(
    1 << SORTS.index(sort)
    for sort in ("lock", "context", "flush", "ipi", "walker", "barrier", "gp", "count")
)


@dataclass(frozen=True, slots=True)
class Unread:
    """A sentence with words of synchronization and of guarantee that no pattern understood."""

    start: int
    end: int
    line: int
    quote: str
    concepts: tuple[str, ...]
    comment: CommentBlock = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a comment, and what was seen but not understood."""

    claims: tuple[Claim, ...]
    unread: tuple[Unread, ...]


def speaks_of_guarantee(tagged: Tagged) -> bool:
    """True for a sentence with words of synchronization and of guarantee."""
    return bool(tagged.sorts & _SYNC_SORTS) and _GUARANTEE.search(tagged.text) is not None
