"""What a comment says against itself: the lock that one sentence asks for, another forbids."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.claims.extract import builtin_reader
from reviewer.claims.model import Claim, Kind, Modality
from reviewer.claims.wording.near import sentence_of

_OF_A_MOMENT = re.compile(
    r"\W*(?:after|afterwards|as|at|before|during|except|for|from|if|in|on|once|otherwise|outside"
    r"|since|then|under|unless|until|upon|when|whenever|where|while|with|within|without)\b",
    re.I,
)
"""A sentence that begins with a preposition or a conjunction says first of which moment it is."""


def forbidden(claim: Claim) -> Iterator[Claim]:
    """Claims of the same comment that forbid the lock which ``claim`` asks for, in its very words.

    None where either sentence begins with the moment that it is about. Read by kstale's own words,
    whatever rules add.
    """
    asked = claim.object
    if asked is None or not asked.concept.startswith("lock:") or _is_of_a_moment(claim):
        return
    for other in builtin_reader().read(claim.comment):
        if (
            other.kind is Kind.FORBIDS
            and other.modality is Modality.ASSERTED
            and other.object is not None
            and (other.object.concept, other.object.name) == (asked.concept, asked.name)
            and other.scope == claim.scope
            and not _is_of_a_moment(other)
        ):
            yield other


def _is_of_a_moment(claim: Claim) -> bool:
    return _OF_A_MOMENT.match(sentence_of(claim)) is not None
