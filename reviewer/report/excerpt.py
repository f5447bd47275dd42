"""Lines of code to be shown beside a comment: what it stands over, and what the evidence names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from reviewer.escape import escape_text
from reviewer.finding import Finding
from reviewer.verdict import Location

Source = Callable[[str], bytes | None]
"""Reads a file of the tree, None if it has none of that path."""
_FIRST = 10
"""Lines that are shown of the code which a comment speaks of: a screen holds three such boxes."""
_AROUND = 2
"""Lines that are shown above and below one that the evidence names."""
_AT_MOST = 40
"""Lines of one file in all."""
_WIDE = 400
"""Letters of a line that are shown: a generated table has lines of a megabyte."""


def excerpt(finding: Finding, source: Source) -> list[dict[str, Any]]:
    """Parts of the finding's file in order, each with its first line and the lines to mark.

    Empty where the file is not at hand.
    """
    lines = _lines(finding.path, source)
    if not lines:
        return []
    comment = finding.claim.comment
    told = range(comment.start_line, comment.end_line + 1)
    hits = {
        one.line
        for one in finding.evidence.locations
        if one.path == finding.path and 0 < one.line <= len(lines)
        if one.line not in told or one.line == comment.anchor.start_line
    }
    return [
        {
            "start": first,
            "lines": [escape_text(line[:_WIDE]) for line in lines[first - 1 : last]],
            "hits": sorted(hit for hit in hits if first <= hit <= last),
        }
        for first, last in _bounded(_merged(_windows(finding, hits), len(lines)))
    ]


def line_of(place: Location, source: Source) -> str:
    """The line that a place names, '' where it is not at hand."""
    lines = _lines(place.path, source)
    if not 0 < place.line <= len(lines):
        return ""
    return escape_text(lines[place.line - 1].strip()[:_WIDE])


def _lines(path: str, source: Source) -> list[str]:
    data = source(path)
    return data.decode("utf-8", "replace").split("\n") if data is not None else []


def _windows(finding: Finding, hits: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last line of each part: the code under the comment, then what the evidence names.

    A comment over a whole file or a long function is about no line of it, so that what follows the
    comment is shown.
    """
    comment = finding.claim.comment
    anchor = comment.anchor
    start = anchor.start_line
    if not comment.start_line <= start <= comment.end_line + _FIRST:
        start = comment.end_line if start < 1 or anchor.end_line - start > _AT_MOST else start
    yield start, min(max(anchor.end_line, start), start + _FIRST - 1)
    yield from ((hit - _AROUND, hit + _AROUND) for hit in hits)


def _merged(windows: Iterable[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for first, last in sorted(windows):
        first, last = max(1, first), min(size, last)
        if first > last:
            continue
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def _bounded(parts: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    left = _AT_MOST
    for first, last in parts:
        if left <= 0:
            return
        last = min(last, first + left - 1)
        left -= last - first + 1
        yield first, last
