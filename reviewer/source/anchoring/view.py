"""What anchors are worked out from: the layout, the top level, the lines around a comment."""

from __future__ import annotations

import re
from bisect import bisect_right

from reviewer.source.aggregates import Aggregate
from reviewer.source.comments import RawComment
from reviewer.source.functions import Outline
from reviewer.source.layout import Layout
from reviewer.source.model import Anchor, AnchorKind
from reviewer.source.top_level import TopLevel

LINE = 512
"""Bytes of a line looked at around a comment, and of a declaration for its name."""
_VISIBLE = re.compile(rb"\S")


class View:
    """One file as its comments are placed in it."""

    def __init__(self, layout: Layout, top: TopLevel) -> None:
        self.layout = layout
        self.top = top
        self.function_starts = [function.start_byte for function in top.functions]
        self.comments = [start for start, _ in layout.tokens.comments]
        self.first_code = skip_space(layout.code, 0, len(layout.code))
        self._aggregates = [aggregate.start_byte for aggregate in top.aggregates]
        self._gap = (0, 0)

    def function_around(self, byte: int) -> Outline | None:
        """The function definition that holds ``byte``."""
        index = bisect_right(self.function_starts, byte) - 1
        if index >= 0 and byte < self.top.functions[index].end_byte:
            return self.top.functions[index]
        return None

    def aggregate_around(self, byte: int) -> Aggregate | None:
        """The type or initializer that holds ``byte``."""
        index = bisect_right(self._aggregates, byte) - 1
        if index >= 0 and byte <= self.top.aggregates[index].body_end:
            return self.top.aggregates[index]
        return None

    def make(
        self, kind: AnchorKind, name: str, function: str, start: int, end: int, at: int = -1
    ) -> Anchor:
        """The anchor on a span; its conditions are those around ``at``, by default its start."""
        layout = self.layout
        end = max(end, start)
        return Anchor(
            kind=kind,
            name=name,
            function=function,
            start_byte=start,
            end_byte=end,
            start_line=layout.line_of(start),
            end_line=layout.line_of(max(start, end - 1)),
            conditions=layout.conditions_at(start if at < 0 else at),
        )

    def on_function(self, function: Outline) -> Anchor:
        """The anchor on a whole function, for a comment outside its body."""
        return self.make(
            AnchorKind.FUNCTION, function.name, "", function.start_byte, function.end_byte
        )

    def on_aggregate(self, aggregate: Aggregate) -> Anchor:
        """The anchor on a whole type or initializer."""
        kind = AnchorKind.DECLARATION if aggregate.keyword == "=" else AnchorKind.STRUCT
        return self.make(kind, aggregate.name, "", aggregate.start_byte, aggregate.body_end + 1)

    def line(self, byte: int) -> tuple[int, int]:
        """Span of the code on the line of ``byte``, without indentation and comment."""
        layout = self.layout
        start = max(layout.line_start(byte), byte - LINE)
        end = min(layout.line_end(byte), byte + LINE)
        text = layout.code[start:end]
        lead = len(text) - len(text.lstrip())
        return start + lead, start + len(text.rstrip(b" \t\r\\"))

    def inline(self, comment: RawComment) -> bool:
        """True if code stands before the comment on its line."""
        start = self.layout.line_start(comment.start_byte)
        return bool(self.layout.code[start : comment.start_byte].strip())

    def alone(self, comment: int) -> bool:
        """True if nothing but space stands before a comment on its line."""
        start = max(self.layout.line_start(comment), comment - LINE)
        return not self.layout.code[start:comment].strip()

    def next_code(self, end: int, limit: int) -> int:
        """Offset of the next code or directive behind ``end``, -1 if there is none.

        The last gap is kept, so that a run of comments is walked over once.
        """
        code = self.layout.code
        first, at = self._gap
        if not first <= end <= at:
            at = skip_space(code, end, len(code))
            self._gap = (end, at)
        return at if at < limit else -1


def skip_space(code: bytes, at: int, limit: int) -> int:
    """Offset of the next visible byte, or ``limit`` if there is none."""
    match = _VISIBLE.search(code, at, limit)
    return match.start() if match is not None else max(at, limit)
