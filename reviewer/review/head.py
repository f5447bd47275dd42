"""What a file's packed result says at a glance, so that few need to be read whole.

A tree has some 60,000 results; neither to count them nor to see where two trees differ in what
matters need their findings be read. Digests of claims that meet by chance cost a look, and two
results of a path whose 64-bit digests meet are taken for the same.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import astuple, fields
from itertools import accumulate

from reviewer.errors import ResultError
from reviewer.review.matching import claims, whole
from reviewer.review.model import Stats
from reviewer.review.told import Told
from reviewer.unit.table import little, numbers
from reviewer.verdict import Decision

_COUNTS = len(fields(Stats))
_FINDINGS, _LINES, _DIGEST, _WHOLES, _RESTED = range(_COUNTS, _COUNTS + 5)
_PLAIN = _COUNTS + 8
"""Numbers before the digests of claims; the last two are sizes."""
_NUMBER = 8
HEAD = _PLAIN * _NUMBER
"""Bytes of every result that come first, and say what of it is how long."""


class Head:
    """Counts of one result, and 64-bit digests of what a comparison asks of it."""

    def __init__(self, data: memoryview) -> None:
        """The head of the result ``data``. Raises ValueError if the bytes have none."""
        plain = numbers("Q", data[:HEAD])
        if len(plain) < _PLAIN:
            raise ValueError("not the head of a result")
        self._data = data
        self.counts = tuple(plain[:_COUNTS])
        """Those of ``Stats``, in its order."""
        self.findings, self.lines = plain[_FINDINGS], plain[_LINES]
        *sizes, told, findings = plain[_WHOLES:]
        self._ends = tuple(accumulate((one * _NUMBER for one in sizes), initial=HEAD))
        at = self._ends[-1]
        self.parts = (at, at + told, at + told + findings)
        """Where the answers begin, the findings behind them, and the lines of the ledger: bytes."""
        if self.parts[-1] > len(data):
            raise ValueError("a result is cut short")

    @property
    def wholes(self) -> Sequence[int]:
        """Of each claim what it keeps when its function moves to another file."""
        return self._list(0)

    @property
    def rested(self) -> Sequence[int]:
        """Of each answer that holds by named operations its words, name and rule."""
        return self._list(1)

    @property
    def unsure(self) -> Sequence[int]:
        """Of each answer that is unknown the same."""
        return self._list(2)

    def _list(self, at: int) -> array[int]:
        return numbers("Q", self._data[self._ends[at] : self._ends[at + 1]])


def head_bytes(
    stats: Stats, told: Sequence[Told], data: bytes, counts: tuple[int, int], sizes: tuple[int, int]
) -> bytes:
    """The head of a result with these answers, whose plain bytes are ``data``.

    ``counts`` are those of findings and lines, ``sizes`` those of answers and findings as kept.
    """
    wholes = [digest_of(*whole(group)) for group in claims(told)]
    rested = [one for one in told if one.decision is Decision.HOLDS and one.rests_on]
    unsure = [one for one in told if one.decision is Decision.UNKNOWN]
    plain = (*counts, _digest(data), len(wholes), len(rested), len(unsure), *sizes)
    answers = (digest_of(one.words, one.name, one.rule) for one in (*rested, *unsure))
    return little(array("Q", (*astuple(stats), *plain, *wholes, *answers)))


class Heads:
    """The heads of many results side by side, as far as they are plain numbers."""

    def __init__(self) -> None:
        self._plain: array[int] = array("Q")

    def extend(self, packed: Sequence[bytes | memoryview]) -> None:
        """Adds those of some results. Raises ResultError, and adds none, if one has none."""
        found = numbers("Q", b"".join([data[:HEAD] for data in packed]))
        if len(found) != _PLAIN * len(packed):
            raise ResultError("not the head of a result")
        self._plain += found

    @property
    def counts(self) -> tuple[int, ...]:
        """The sums of all, in the order of ``Stats``."""
        return tuple(sum(self._column(at)) for at in range(_COUNTS))

    @property
    def findings(self) -> Sequence[int]:
        """How many findings each has."""
        return self._column(_FINDINGS)

    @property
    def lines(self) -> Sequence[int]:
        """How many lines of the ledger each has."""
        return self._column(_LINES)

    @property
    def digests(self) -> Sequence[int]:
        """Of all answers of each: equal where a comparison has nothing to tell.

        Packed bytes may differ though nothing else does, by what of a result is one object.
        """
        return self._column(_DIGEST)

    @property
    def rested(self) -> Sequence[int]:
        """How many answers of each hold by named operations."""
        return self._column(_RESTED)

    def _column(self, at: int) -> array[int]:
        return self._plain[at::_PLAIN]


def digest_of(*texts: str) -> int:
    """64 bits of some texts."""
    return _digest("\0".join(texts).encode("utf-8", "surrogateescape"))


def _digest(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=_NUMBER).digest(), "little")
