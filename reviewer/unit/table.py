"""A sorted table from 64-bit hash to a sorted list of 32-bit numbers, flat, read through a map.

Layout: how many blocks there are, the first hash of each (8 bytes), where each begins (4 bytes),
a filter (see ``_filter``), then the blocks, each deflated: how many hashes it has and the
differences between them (8 bytes each), how many numbers each has (4 bytes each), and the numbers,
each as its difference from the one before (4 bytes each).
Differences are small, so that their upper bytes deflate to nothing. All is little-endian.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import accumulate, compress, count
from operator import sub
from typing import Literal

Row = tuple[int, list[int]]
"""A hash with its numbers."""
PER_BLOCK = 128
"""Hashes a block: about 3 kB deflated and 60 µs to inflate; 64 is a tenth larger on disk."""
_FILTER_BITS = 8
_PROBES = 3
_STEP = 32
"""The places of a hash in the filter are its low bits, and those plus its high half, and again."""
_KEPT = 64
"""Blocks of one table kept inflated, those used last: 400 kB; a segment has 16 tables of names."""


def little(values: array[int]) -> bytes:
    """The bytes of an array, least significant first."""
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()


def numbers(code: str, data: bytes | memoryview) -> array[int]:
    """An array from little-endian bytes."""
    found: array[int] = array(code)
    found.frombytes(data)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def table_bytes(rows: Iterable[tuple[int, Sequence[int]]], level: int) -> bytes:
    """A table of ``rows``, sorted by hash, no hash twice, the numbers of each sorted.

    ``level`` is zlib's: 1 for what is soon merged, 6 for what stays.
    """
    firsts: array[int] = array("Q")
    offsets: array[int] = array("I")
    blocks: list[bytes] = []
    hashes: array[int] = array("Q")
    counts: array[int] = array("I")
    values: array[int] = array("I")
    every: array[int] = array("Q")
    size = 0

    def end_block() -> None:
        nonlocal size
        if not counts:
            return
        firsts.append(hashes[0])
        offsets.append(size)
        gaps = array("Q", [len(hashes), *map(sub, hashes[1:], hashes)])
        blocks.append(zlib.compress(little(gaps) + little(counts) + little(values), level))
        size += len(blocks[-1])
        every.extend(hashes)
        del hashes[:], counts[:], values[:]

    for hashed, given in rows:
        hashes.append(hashed)
        counts.append(len(given))
        values.append(given[0])
        if len(given) > 1:
            values.extend(map(sub, given[1:], given))
        if len(counts) == PER_BLOCK:
            end_block()
    end_block()
    offsets.append(size)
    head = len(firsts).to_bytes(8, "little")
    return b"".join([head, little(firsts), little(offsets), _filter(every), *blocks])


def distinct(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows, sorted by hash, with those of equal hash joined."""
    held: Row | None = None
    for hashed, values in rows:
        if held is not None and held[0] == hashed:
            held = (hashed, sorted({*held[1], *values}))
            continue
        if held is not None:
            yield held
        held = (hashed, values)
    if held is not None:
        yield held


def _filter(hashes: array[int]) -> bytes:
    """Bits that each hash sets in ``_PROBES`` places; what finds one of its places clear is absent.

    How many bits there are, as a power of two, and how many places each hash has come first, a byte
    each in a field of 8. With 8 to 16 bits a hash, 96 to 99 of 100 absent names are known to be so
    without inflating a block, and that is the question asked most: a name that is gone is looked
    for in hundreds of spellings.
    """
    exponent = max(3, (_FILTER_BITS * len(hashes)).bit_length())
    mask = (1 << exponent) - 1
    bits = bytearray(1 << (exponent - 3))
    for hashed in hashes:
        step = hashed >> _STEP
        for _ in range(_PROBES):
            bits[(hashed & mask) >> 3] |= 1 << (hashed & 7)
            hashed += step
    head = bytes([exponent, _PROBES]) + bytes(6)
    return head + bits


def _column(code: Literal["I", "Q"], data: memoryview) -> Sequence[int]:
    """The numbers of a column, not copied where the processor has the same order of bytes."""
    return data.cast(code) if sys.byteorder == "little" else numbers(code, data)


class _Block:
    """An inflated block."""

    __slots__ = ("_counts", "_gaps", "hashes")

    def __init__(self, first: int, data: bytes) -> None:
        count = int.from_bytes(data[:8], "little")
        view = memoryview(data)
        gaps = _column("Q", view[8 : 8 * count])
        self.hashes = array("Q", accumulate(gaps, initial=first))
        self._counts = _column("I", view[8 * count : 12 * count])
        self._gaps = _column("I", view[12 * count :])

    def values(self, at: int) -> list[int]:
        """The numbers of the block's hash of that place."""
        start = sum(self._counts[:at])
        return list(accumulate(self._gaps[start : start + self._counts[at]]))

    def meeting(self, wanted: Set[int]) -> Iterator[tuple[int, int]]:
        """Hash and number of those numbers that are wanted.

        The first number of a row is made its difference from the last of the row before, so that
        sums of the whole block are the numbers of its rows.
        """
        gaps = list(self._gaps)
        starts = list(accumulate(self._counts, initial=0))
        sums = list(accumulate(gaps, initial=0))
        bases = list(map(sums.__getitem__, starts))
        for start, last in zip(starts[1:-1], map(sub, bases[1:], bases), strict=False):
            gaps[start] -= last
        values = list(accumulate(gaps))
        if wanted.isdisjoint(values):  # of most blocks
            return
        for at in compress(count(), map(wanted.__contains__, values)):
            yield self.hashes[bisect_right(starts, at) - 1], values[at]


class Table:
    """A table as read from a mapped file."""

    def __init__(self, data: memoryview) -> None:
        """Raises ValueError if the sizes it states do not fit."""
        count = int.from_bytes(data[:8], "little")
        first = 8 + 8 * count
        last = first + 4 * (count + 1)
        if last + 8 > len(data):
            raise ValueError("table is cut short")
        exponent, probes = data[last], data[last + 1]
        self._start = last + 8 + (1 << max(0, exponent - 3) if exponent < 64 else 0)
        if self._start > len(data):
            raise ValueError("table is cut short")
        self._filter = data[last + 8 : self._start]
        self._mask = (1 << exponent) - 1
        self._again = range(max(0, probes - 1))
        self._firsts: Sequence[int]
        self._offsets: Sequence[int]
        if sys.byteorder == "little":
            self._firsts = data[8:first].cast("Q")
            self._offsets = data[first:last].cast("I")
        else:
            self._firsts = numbers("Q", data[8:first])
            self._offsets = numbers("I", data[first:last])
        if self._start + self._offsets[count] != len(data):
            raise ValueError("table is cut short")
        self._data = data
        self._blocks: OrderedDict[int, _Block] = OrderedDict()

    def may_have(self, hashed: int) -> bool:
        """False if the table certainly has not got a hash."""
        mask, bits = self._mask, self._filter
        if not bits[(hashed & mask) >> 3] >> (hashed & 7) & 1:
            return False
        step = hashed >> _STEP
        for _ in self._again:
            hashed += step
            if not bits[(hashed & mask) >> 3] >> (hashed & 7) & 1:
                return False
        return True

    def get(self, hashed: int) -> list[int]:
        """The numbers of a hash, none if the table has not got it. Raises zlib.error."""
        if not self.may_have(hashed):
            return []
        place = bisect_right(self._firsts, hashed) - 1
        if place < 0:
            return []
        block = self._block(place)
        at = bisect_left(block.hashes, hashed)
        if at == len(block.hashes) or block.hashes[at] != hashed:
            return []
        return block.values(at)

    def _block(self, place: int) -> _Block:
        found = self._blocks.get(place)
        if found is None:
            found = self._inflated(place)
            self._blocks[place] = found
            if len(self._blocks) > _KEPT:
                self._blocks.popitem(last=False)
        else:
            self._blocks.move_to_end(place)
        return found

    def _inflated(self, place: int) -> _Block:
        low = self._start + self._offsets[place]
        high = self._start + self._offsets[place + 1]
        return _Block(self._firsts[place], zlib.decompress(self._data[low:high]))

    def meeting(self, wanted: Set[int]) -> Iterator[tuple[int, int]]:
        """Each hash with each of its numbers that is wanted; sorted by hash."""
        for place in range(len(self._firsts)):
            yield from self._inflated(place).meeting(wanted)

    def between(self, low: int, high: int) -> Iterator[tuple[int, list[int]]]:
        """Rows with ``low <= hash < high``, sorted; blocks are inflated and not kept."""
        place = max(0, bisect_right(self._firsts, low) - 1)
        for each in range(place, len(self._firsts)):
            if self._firsts[each] >= high:
                return
            block = self._inflated(each)
            for at, hashed in enumerate(block.hashes):
                if low <= hashed < high:
                    yield hashed, block.values(at)
