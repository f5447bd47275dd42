"""One claim for one statement, however many patterns read it."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind, Term


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


def merged(patterns: list[Claim], grammar: list[Claim]) -> list[Claim]:
    """What patterns read, and what the grammar adds.

    Where both read the same words, the pattern's claim stays, since it may know more of the
    sentence; but the grammar follows negation through the clause, so that of "without holding X"
    its ``forbids`` or ``needs_none`` wins over ``requires``.
    """
    denied = [c for c in grammar if c.kind in {Kind.FORBIDS, Kind.NEEDS_NONE}]
    kept = [
        one
        for one in patterns
        if one.kind is not Kind.REQUIRES or not any(_about_same(one, other) for other in denied)
    ]
    for claim in grammar:
        if claim.pattern in _LOOSE and any(
            one.kind in _IDEAS and _overlap(one, claim) for one in kept
        ):
            continue
        if not any(
            (one.kind is claim.kind or _GROUP.get(one.kind, one.kind) is claim.kind)
            and (_about_same(one, claim) or _one_object(one, claim))
            for one in kept
        ):
            kept.append(claim)
    return kept


_LOOSE = frozenset(f"grammar:{name}" for name in ("purpose", "ensured", "stays", "goes", "nobody"))
"""What names no kind by its own words, and gives way to a pattern that knows the sentence."""
_IDEAS = frozenset({Kind.EXCLUDES, Kind.STABLE, Kind.PROTECTED, Kind.SERIALIZED, Kind.ORDERS})
_GROUP = {Kind.PROTECTED: Kind.REQUIRES, Kind.REQUIRES: Kind.PROTECTED}
"""Kinds that say nearly the same: one reading of the words is enough."""


def _one_object(claim: Claim, other: Claim) -> bool:
    """True if a sentence says the same of one thing twice, or pairs with one thing."""
    if claim.kind is Kind.PAIRS:
        return claim.start < other.end and other.start < claim.end
    return (
        claim.object is not None
        and other.object is not None
        and claim.object.concept == other.object.concept
        and claim.kind is not Kind.PROTECTED
    )


def _overlap(claim: Claim, other: Claim) -> bool:
    return claim.start < other.end and other.start < claim.end


def _about_same(claim: Claim, other: Claim) -> bool:
    if not _overlap(claim, other):
        return False
    return (
        claim.object is None or other.object is None or claim.object.concept == other.object.concept
    )


def _rank(claim: Claim) -> tuple[int, int, int]:
    vague = {"code": 2, "data": 1}.get(claim.about, 0)
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
    return sorted(claims, key=lambda c: (c.start, c.end, c.kind.value, c.about))
