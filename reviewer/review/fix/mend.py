"""Put edits into a file: comments stay within their lines, and nothing but comments changes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reviewer.review.fix.edits import Edit
from reviewer.source.comments import tokens

_WIDTH = 80
"""Columns that a comment keeps to (Documentation/process/coding-style.rst, 2)."""
_TAB = 8
_MIDDLE = re.compile(rb"([ \t]*\*[ \t]+)(\S.*)")
"""A line inside a comment: what leads in, and its words."""
_OWN_START = re.compile(rb"[*@\-\d(\[]|\w+:|/")
"""What begins an item of a list or a parameter: no line to put words in front of."""
_GAP = re.compile(rb"[ \t]{2,}")


def mended(data: bytes, edits: Sequence[Edit]) -> bytes:
    """A file's bytes with edits made; too long lines hand words on to the next line."""
    spans = sorted((start, end, edit.new.encode()) for edit in edits for start, end in edit.spans)
    for start, end, new in reversed(spans):
        data = _replaced(data, start, end, new)
    return data


def only_comments_differ(before: bytes, after: bytes) -> bool:
    """True if the two files are the same in all that is no comment."""
    return _code(before) == _code(after)


def _code(data: bytes) -> list[bytes]:
    found, at = [], 0
    for start, end in tokens(data).comments:
        found.append(data[at:start])
        at = end
    return [*found, data[at:]]


def _replaced(data: bytes, start: int, end: int, new: bytes) -> bytes:
    low = data.rfind(b"\n", 0, start) + 1
    high = data.find(b"\n", end)
    high = len(data) if high < 0 else high
    before = data[low:high]
    behind = data[end:high]
    gap = _GAP.match(behind)
    grown = len(new) - (end - start)
    if gap and b"\t" not in gap[0] and gap.end() > grown + 1:
        # Columns that were aligned by blanks stay so.
        behind = b" " * (gap.end() - grown) + behind[gap.end() :]
    line = data[low:start] + new + behind
    if _columns(line) <= _WIDTH or _columns(before) > _WIDTH:
        return data[:low] + line + data[high:]
    return data[:low] + _wrapped(line, data[high:])


def _wrapped(line: bytes, rest: bytes) -> bytes:
    """The line cut to its width, its last words put at the start of the next one.

    A new line is made where the next is none of the same paragraph. A line that is not one inside a
    comment, or that would end in nothing, stays as long as it is.
    """
    inside = _MIDDLE.fullmatch(line)
    if inside is None or inside[2].endswith(b"*/"):
        return line + rest
    lead, words = inside[1], inside[2].split(b" ")
    over: list[bytes] = []
    while len(words) > 1 and _columns(lead + b" ".join(words)) > _WIDTH:
        over.insert(0, words.pop())
    if not over or not any(words) or _columns(lead + b" ".join(words)) > _WIDTH:
        return line + rest
    head = lead + b" ".join(words).rstrip() + b"\n"
    low, newline, after = rest[1:].partition(b"\n")
    following = _MIDDLE.fullmatch(low)
    if following is None or following[1] != lead or _OWN_START.match(following[2]):
        return head + lead + b" ".join(over) + rest
    joined = lead + b" ".join(over) + b" " + following[2]
    if _columns(joined) <= _WIDTH:
        return head + joined + newline + after
    return head + _wrapped(joined, newline + after)


def _columns(line: bytes) -> int:
    return len(line.decode("utf-8", "replace").expandtabs(_TAB))
