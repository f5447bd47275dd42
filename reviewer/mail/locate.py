"""Where a hunk belongs in a file: by content first, by its line number only to choose."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from reviewer.mail.whitespace import folded

_MAX_CANDIDATES = 20_000
_MAX_VOTES = 64
_PROBE = 16
"""Lines compared before the rest, so that near misses cost little."""


class Text:
    """A file's lines with look-up tables, exact and with white space folded."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)

    @cached_property
    def keys(self) -> list[str]:
        """The lines with white space folded and masked addresses unified."""
        return [folded(line) for line in self.lines]

    @cached_property
    def dense(self) -> tuple[Text, list[int]]:
        """The lines that are not blank, and where each of them stands."""
        places = [position for position, line in enumerate(self.lines) if line.strip()]
        return Text([self.lines[position] for position in places]), places

    @cached_property
    def exact_at(self) -> dict[str, list[int]]:
        """0-based positions of each line."""
        return _positions(self.lines)

    @cached_property
    def folded_at(self) -> dict[str, list[int]]:
        """0-based positions of each folded line."""
        return _positions(self.keys)


def _positions(lines: Sequence[str]) -> dict[str, list[int]]:
    table: dict[str, list[int]] = {}
    for position, line in enumerate(lines):
        table.setdefault(line, []).append(position)
    return table


@dataclass(frozen=True, slots=True)
class Spot:
    """A place where wanted lines stand; ``start`` is 0-based."""

    start: int
    exact: bool
    fuzz_before: int
    fuzz_after: int
    others: bool
    """True if they stand elsewhere too, and this place was nearest to the hint."""


def find(
    text: Text,
    wanted: Sequence[str],
    hint: int,
    *,
    low: int = 0,
    taken: Sequence[tuple[int, int]] = (),
    exact: bool = True,
    at_end: bool = False,
) -> tuple[int, bool] | None:
    """The start nearest to ``hint`` at which all wanted lines stand, and whether others exist.

    Only starts from ``low`` on that overlap no ``taken`` half-open range count; ``at_end`` asks
    that the last wanted line is the file's last. Positions are 0-based.
    """
    lines = text.lines if exact else text.keys
    table = text.exact_at if exact else text.folded_at
    want = list(wanted) if exact else [folded(line) for line in wanted]
    if not want or any(line not in table for line in want):
        return None
    offset = min(range(len(want)), key=lambda i: (len(table[want[i]]), i))
    last = len(lines) - len(want)
    first = last if at_end else max(low, 0)
    best: int | None = None
    for position in islice(_outward(table[want[offset]], hint + offset), _MAX_CANDIDATES):
        start = position - offset
        if not first <= start <= last:
            continue
        end = start + len(want)
        probe = min(start + _PROBE, end)
        if lines[start:probe] != want[:_PROBE] or lines[start:end] != want:
            continue
        if any(start < b and a < end for a, b in taken):
            continue
        if best is not None:
            return best, True
        best = start
    return None if best is None else (best, False)


def _outward(positions: Sequence[int], middle: int) -> Iterator[int]:
    """Sorted positions by their distance from ``middle``, the smaller one of two equals first."""
    after = bisect_left(positions, middle)
    before = after - 1
    while before >= 0 or after < len(positions):
        left = middle - positions[before] if before >= 0 else None
        right = positions[after] - middle if after < len(positions) else None
        if right is None or (left is not None and left <= right):
            yield positions[before]
            before -= 1
        else:
            yield positions[after]
            after += 1


def trims(lines: Sequence[str], fuzz: int) -> tuple[int, int] | None:
    """Context lines to leave off at both ends for a fuzz, as patch(1) does; None if not possible.

    ``lines`` carry their ' ', '-', '+' marks. Something that says where it belongs must remain.
    """
    before = next((i for i, line in enumerate(lines) if line[0] != " "), len(lines))
    after = next((i for i, line in enumerate(reversed(lines)) if line[0] != " "), len(lines))
    longest = max(before, after)
    cut_before, cut_after = max(0, fuzz + before - longest), max(0, fuzz + after - longest)
    if cut_before > before or cut_after > after:
        return None
    rest = [line for line in lines[cut_before : len(lines) - cut_after] if line[0] != "+"]
    if not any(char.isalnum() for line in rest for char in line[1:]):
        return None
    return cut_before, cut_after


def closest(text: Text, wanted: Sequence[str], hint: int) -> tuple[int, int]:
    """Where most wanted lines stand in place: the 0-based start and the first index that differs.

    For the error message when nothing fits; the hint decides between equals.
    """
    votes: Counter[int] = Counter()
    for index, line in enumerate(wanted):
        key = folded(line)
        if not any(char.isalnum() for char in key):
            continue
        positions = text.folded_at.get(key, [])
        middle = bisect_left(positions, hint + index)
        near = positions[max(0, middle - _MAX_VOTES // 2) : middle + _MAX_VOTES // 2]
        votes.update(position - index for position in near)
    start = min(votes, key=lambda s: (-votes[s], abs(s - hint), s)) if votes else max(hint, 0)
    for index, line in enumerate(wanted):
        place = start + index
        if not 0 <= place < len(text.keys) or text.keys[place] != folded(line):
            return start, index
    return start, 0
