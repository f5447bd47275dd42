"""One claim for one statement, however many patterns read it."""

from __future__ import annotations

from reviewer.claims.model import Claim, Term


def distinct(claims: list[Claim]) -> list[Claim]:
    """Leave out what a better reading of the same words says already.

    Two claims of one kind about one object in overlapping words are one statement: the reading
    with a named subject wins over one with plain words, and that over one without.
    """
    kept: list[Claim] = []
    for claim in sorted(claims, key=_rank):
        if not any(_same(claim, other) for other in kept):
            kept.append(claim)
    return kept


def _rank(claim: Claim) -> tuple[int, int, int]:
    vague = {"code": 2, "data": 1}.get(claim.subject.concept, 0)
    return (vague, -len(claim.detail), claim.start - claim.end)


def _same(claim: Claim, other: Claim) -> bool:
    if claim.kind is not other.kind or claim.start >= other.end or other.start >= claim.end:
        return False
    if claim.get("place") and other.get("place") and claim.get("place") != other.get("place"):
        return False
    if claim.object and other.object and not _alike(claim.object, other.object):
        return False
    return claim.pattern != other.pattern or _alike(claim.subject, other.subject)


def _alike(first: Term, second: Term) -> bool:
    return (first.concept, first.name) == (second.concept, second.name)


def ordered(claims: list[Claim]) -> list[Claim]:
    """Claims in text order."""
    return sorted(claims, key=lambda c: (c.start, c.end, c.kind.value, c.subject.concept))
