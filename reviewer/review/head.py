"""What a file's packed result says at a glance, so that few need to be read whole.

A tree has some 60,000 results; neither to count them nor to see where two trees differ in what
matters need their findings be read. Digests of claims that meet by chance cost a look, and two
results of a path whose 64-bit digests meet are taken for the same.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

from reviewer.review.matching import claims, whole
from reviewer.review.model import Stats
from reviewer.review.told import Told
from reviewer.unit.table import little, numbers
from reviewer.verdict import Decision

_COUNTS = len(fields(Stats))
_PLAIN = _COUNTS + 6
"""Numbers before the digests of claims."""


@dataclass(frozen=True, slots=True)
class Head:
    """Counts of one result, and 64-bit digests of what a comparison asks of it."""

    counts: tuple[int, ...]
    """Those of ``Stats``, in its order."""
    findings: int
    lines: int
    """Lines of the ledger."""
    digest: int
    """Of all its answers: equal where a comparison has nothing to tell. Packed bytes may differ
    though nothing else does, by what of a result is one object."""
    wholes: Sequence[int]
    """Of each claim what it keeps when its function moves to another file."""
    rested: Sequence[int]
    """Of each answer that holds by named operations its words, name and rule."""
    unsure: Sequence[int]
    """Of each answer that is unknown the same."""


def head_bytes(stats: Stats, findings: int, lines: int, told: Sequence[Told]) -> bytes:
    """The head of a result with these answers."""
    wholes = [digest_of(*whole(group)) for group in claims(told)]
    rested = [one for one in told if one.decision is Decision.HOLDS and one.rests_on]
    unsure = [one for one in told if one.decision is Decision.UNKNOWN]
    sizes = (findings, lines, digest_of(repr(told)), len(wholes), len(rested), len(unsure))
    answers = (digest_of(one.words, one.name, one.rule) for one in (*rested, *unsure))
    return little(array("Q", (*astuple(stats), *sizes, *wholes, *answers)))


def head_of(data: bytes | memoryview) -> Head:
    """A head from its bytes. Raises ValueError if they are no such thing."""
    values = numbers("Q", data)
    if len(values) < _PLAIN:
        raise ValueError("not the head of a result")
    findings, lines, digest, *sizes = values[_COUNTS:_PLAIN]
    at = _PLAIN
    parts = []
    for size in sizes:
        parts.append(values[at : at + size])
        at += size
    return Head(tuple(values[:_COUNTS]), findings, lines, digest, *parts)


def digest_of(*texts: str) -> int:
    """64 bits of some texts."""
    joined = "\0".join(texts).encode("utf-8", "surrogateescape")
    return int.from_bytes(hashlib.blake2b(joined, digest_size=8).digest(), "little")
