"""Comments read once, though their file is read again: before and after a patch, say."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace

from reviewer.claims.reading import Reading
from reviewer.source.model import CommentBlock, Known

_AT_MOST = 4096
"""Comments that are remembered; the longest of the files of 6.12 that a patch may touch, a header
of registers, has 3,100 that are read."""


class Again:
    """Readings of comments that were read before, in the lines where the comments are now.

    What a comment says follows from its words, and from what its anchor is and is named
    (``claims.model.Claim``): the rest of a claim is where it stands.
    """

    def __init__(self, read: Callable[[CommentBlock], Reading]) -> None:
        self._read = read
        self._known: dict[Hashable, tuple[int, Reading]] = {}

    def reading(self, comment: CommentBlock) -> Reading:
        """As the reader reads it."""
        first = comment.text_line or comment.start_line
        anchor = comment.anchor
        key = (
            comment.text,
            comment.trailing,
            comment.kernel_doc,
            comment.end_line - first,
            anchor.kind,
            anchor.name,
            anchor.function,
            anchor.conditions,
        )
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _AT_MOST:
                self._known.clear()
            reading = self._read(comment)
            # not with the file, which the comment's own way to its anchor holds
            kept = replace(comment, find_anchor=Known(anchor))
            self._known[key] = (first, _moved(reading, kept, 0))
            return reading
        at, reading = known
        return _moved(reading, comment, first - at)


def _moved(reading: Reading, comment: CommentBlock, by: int) -> Reading:
    return replace(
        reading,
        claims=tuple(
            replace(one, comment=comment, line=one.line + by, end_line=one.end_line + by)
            for one in reading.claims
        ),
        unread=tuple(
            replace(one, comment=comment, line=one.line + by, end_line=one.end_line + by)
            for one in reading.unread
        ),
    )
