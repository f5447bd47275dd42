"""One claim for one statement, however many patterns read it."""

from __future__ import annotations

from dataclasses import replace

from reviewer.claims.model import CODE, Claim, Kind, Modality, Term
from reviewer.source.model import AnchorKind


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
        if (one.kind is not Kind.REQUIRES or not any(_about_same(one, other) for other in denied))
        and not _in_list(one, grammar)
    ]
    for claim in grammar:
        if any(_told_by_lock(claim, one) for one in grammar):
            continue
        if claim.kind is Kind.PAIRS and claim.get("place"):
            kept = [_placed(one, claim) for one in kept]
        if claim.pattern in _LOOSE and any(
            one.kind in _IDEAS and _overlap(one, claim) and not _two_locks(one, claim)
            for one in kept
        ):
            continue
        if not any(
            (one.kind is claim.kind or _GROUP.get(one.kind, one.kind) is claim.kind)
            and _said_once(one, claim)
            for one in kept
        ):
            kept.append(claim)
    return kept


def _in_list(claim: Claim, grammar: list[Claim]) -> bool:
    """True for the first thing of a list that the grammar reads whole."""
    if claim.pattern not in {"lock-protects", "lock-protects-data"}:
        return False
    listed = [one for one in grammar if one.pattern == "grammar:protects"]
    return sum(_about_same(claim, one) for one in listed) > 1


def _placed(claim: Claim, other: Claim) -> Claim:
    """A pairing with the place that another reading of the same words knows."""
    if claim.kind is not Kind.PAIRS or claim.get("place") or not _overlap(claim, other):
        return claim
    place = (("place", other.get("place")),)
    start, end = min(claim.start, other.start), max(claim.end, other.end)
    return replace(
        claim,
        detail=claim.detail + place,
        start=start,
        end=end,
        line=min(claim.line, other.line),
        end_line=max(claim.end_line, other.end_line),
        quote=claim.comment.text[start:end],
    )


def one_each(claims: list[Claim]) -> list[Claim]:
    """The claims of a sentence without what another one says already.

    One proposition gives one claim. "X must be serialized to avoid races" asks for one thing: what
    it is done for names nobody, and adds nothing that could be judged. Likewise a denial beside a
    claim of the same words ("no lock needs to be taken before …") is the claim.
    """
    if len(claims) < 2:
        return claims
    said = [c for c in claims if c.modality is not Modality.NEGATED]
    plain = [c for c in said if not _vague(c)]
    return [
        claim
        for claim in claims
        if not (
            (claim.modality is Modality.NEGATED and any(_overlap(claim, one) for one in said))
            or (plain and _vague(claim))
            or (claim.kind is Kind.NEEDS_NONE and any(_forbidden(claim, one) for one in said))
            or (claim.kind is Kind.REQUIRES and any(_spared(claim, one) for one in said))
            or (claim.kind in _OF_ORDER and any(_nested(claim, one) for one in said))
            or (claim.kind is Kind.PROTECTED and any(_asked(claim, one) for one in said))
            or (claim.kind is Kind.SERIALIZED and any(_guarded(claim, one) for one in said))
            or (claim.kind in _OF_WAIT and any(_waited(claim, one) for one in said))
        )
    ]


def _spared(claim: Claim, other: Claim) -> bool:
    """True for the lock of "safe without foo_lock", which a looser reading asks for."""
    return (
        other.kind is Kind.NEEDS_NONE
        and claim.pattern in {"grammar:stays", "grammar:goes"}
        and _about_same(claim, other)
    )


def _nested(claim: Claim, other: Claim) -> bool:
    """True for "a must be taken before b": the order of the locks is what is asked for."""
    return other.kind is Kind.NESTS and _overlap(claim, other) and claim.get("held_by") == ""


def _forbidden(claim: Claim, other: Claim) -> bool:
    """True for "must be done without X", which says more than that X is not needed."""
    return other.kind is Kind.FORBIDS and _about_same(claim, other)


def _guarded(claim: Claim, other: Claim) -> bool:
    """True for "serialize access to x" on a lock: that is what the lock protects."""
    return other.pattern == "grammar:guards" and _overlap(claim, other)


def _asked(claim: Claim, other: Claim) -> bool:
    """True for "with foo_lock held" behind code, which asks for the lock there."""
    return (
        other.kind is Kind.REQUIRES
        and claim.about == other.about == CODE
        and _about_same(claim, other)
        and claim.pattern == "field-under-lock"
        and claim.comment.anchor.kind not in {AnchorKind.FIELD, AnchorKind.DECLARATION}
    )


def _waited(claim: Claim, other: Claim) -> bool:
    """True for "freed after a grace period", which ``waits`` says better.

    So it does of "wait for … to ensure that all submits have finished".
    """
    loose = claim.kind is Kind.ORDERS or claim.pattern == "grammar:ensured"
    return loose and other.kind is Kind.WAITS and _overlap(claim, other)


def _told_by_lock(claim: Claim, other: Claim) -> bool:
    """True for what a comment on a lock, read as such, says already."""
    return (
        claim.pattern == "grammar:purpose"
        and claim.kind is Kind.PROTECTED
        and other.pattern == "grammar:guards"
        and _overlap(claim, other)
    )


def _vague(claim: Claim) -> bool:
    """True for a purpose that speaks of others in general: "to avoid races"."""
    return (
        claim.pattern in {"grammar:purpose", "grammar:ensured"}
        and claim.kind is Kind.EXCLUDES
        and claim.object is not None
        and claim.object.concept == "data"
        and not _NOBODY.isdisjoint(claim.object.text.lower().split())
    )


_OF_WAIT = frozenset({Kind.ORDERS, Kind.PROTECTED, Kind.EXCLUDES})
_OF_ORDER = frozenset({Kind.ORDERS, Kind.REQUIRES})
_NOBODY = frozenset(
    """
    race races racing raced concurrent concurrently concurrency simultaneous simultaneously
    parallel corruption collisions conflicts
    """.split()  # noqa: SIM905 - reads better as text
)
_LOOSE = frozenset(
    f"grammar:{name}"
    for name in (
        *("purpose", "ensured", "stays", "goes", "nobody"),
        *("order-between", "order-sighted", "order-kept", "order-against", "order-related"),
        *("order-listed", "order-shown"),
    )
)
"""What names no kind by its own words, and gives way to a pattern that knows the sentence."""
_IDEAS = frozenset({Kind.EXCLUDES, Kind.STABLE, Kind.PROTECTED, Kind.SERIALIZED, Kind.ORDERS})
_GROUP = {Kind.PROTECTED: Kind.REQUIRES, Kind.REQUIRES: Kind.PROTECTED}
"""Kinds that say nearly the same: one reading of the words is enough."""


def _said_once(claim: Claim, other: Claim) -> bool:
    """True if two readings of one kind are one statement; each place paired with is its own."""
    if claim.kind is Kind.PAIRS:
        places = {claim.get("place"), other.get("place")}
        return _overlap(claim, other) and (len(places) == 1 or "" in places)
    if _two_locks(claim, other) or _two_things(claim, other):
        return False
    return _about_same(claim, other) or _one_object(claim, other)


def _two_locks(claim: Claim, other: Claim) -> bool:
    """True for the two of "take foo_lock and bar_sem to keep it out"."""
    locks = all(one.about.startswith("lock:") for one in (claim, other))
    return locks and claim.pattern == other.pattern and not _alike(claim.subject, other.subject)


def _two_things(claim: Claim, other: Claim) -> bool:
    """True for two of "foo_lock protects the list, @count and @flags"."""
    return (
        claim.kind is Kind.PROTECTED
        and claim.about != CODE
        and other.about != CODE
        and claim.pattern == other.pattern
        and claim.subject.text != other.subject.text
    )


def _one_object(claim: Claim, other: Claim) -> bool:
    """True if a sentence says the same of one thing twice, or waits for one thing."""
    if claim.kind is Kind.WAITS:
        return _overlap(claim, other)
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
