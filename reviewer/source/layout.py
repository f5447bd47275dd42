"""The lexical layout of a C file: lines, directives, conditions, brackets.

Everything here works on bytes with comments and literals blanked, in linear time, and holds up
where a parser would not: unbalanced ``#if`` branches, macros, half a file.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate, count
from operator import add

from reviewer.source import comments
from reviewer.source.brackets import Brackets, match_brackets
from reviewer.source.directives import Directive, Frame, conditions, read_directives


class Layout:
    """What a C file looks like before parsing; offsets are those of ``data``.

    Each part is worked out when it is first asked for: most files are asked for their code alone.
    """

    def __init__(self, data: bytes, tokens: comments.Tokens, lines: list[int]) -> None:
        self.data = data
        self.tokens = tokens
        self.lines = lines

    @cached_property
    def code(self) -> bytes:
        """The bytes with comments and the inside of literals blanked."""
        return comments.masked(self.data, self.tokens)

    @cached_property
    def directives(self) -> tuple[Directive, ...]:
        """The preprocessor lines, in source order."""
        return read_directives(self.data, self.code)

    @cached_property
    def plain(self) -> bytes:
        """``code`` with directives (so also macro bodies) blanked."""
        pieces: list[bytes] = []
        last = 0
        for directive in self.directives:
            pieces += (
                self.code[last : directive.start],
                comments.blank(self.code[directive.start : directive.end]),
            )
            last = directive.end
        pieces.append(self.code[last:])
        return b"".join(pieces)

    @cached_property
    def brackets(self) -> Brackets:
        """The brackets of ``plain``."""
        return match_brackets(self.plain, self.directives)

    @cached_property
    def _conditions(self) -> tuple[list[int], list[Frame | None]]:
        return conditions(self.directives)

    @cached_property
    def _directive_starts(self) -> list[int]:
        return [directive.start for directive in self.directives]

    def line_of(self, byte: int) -> int:
        """1-based line of an offset."""
        return bisect_right(self.lines, byte)

    def line_start(self, byte: int) -> int:
        """Offset of the first byte of the line that holds ``byte``."""
        return self.lines[bisect_right(self.lines, byte) - 1]

    def line_end(self, byte: int) -> int:
        """Offset of the newline that ends the line of ``byte`` (or the end of the file)."""
        index = bisect_right(self.lines, byte)
        return self.lines[index] - 1 if index < len(self.lines) else len(self.data)

    def directive_at(self, byte: int) -> Directive | None:
        """The directive whose lines hold ``byte``."""
        index = bisect_right(self._directive_starts, byte) - 1
        if index >= 0 and byte < self.directives[index].end:
            return self.directives[index]
        return None

    def directive_index(self, start: int) -> int:
        """Index of the first directive that starts at or behind ``start``."""
        return bisect_right(self._directive_starts, start - 1)

    def conditions_at(self, byte: int) -> tuple[str, ...]:
        """Preprocessor conditions around ``byte``, outermost first; include guards left out."""
        segments, frames = self._conditions
        index = bisect_right(segments, byte) - 1
        frame = frames[index] if index >= 0 else None
        found: list[str] = []
        while frame is not None and len(found) < 64:
            if frame.text:
                found.append(frame.text)
            frame = frame.parent
        return tuple(reversed(found))

    def directive_touching(self, byte: int) -> Directive | None:
        """The directive that ``byte`` is in or right behind, as a comment on it is."""
        index = bisect_right(self._directive_starts, byte) - 1
        found = self.directives[index] if index >= 0 else None
        return found if found is not None and byte <= found.end + 1 else None

    def bracket_before(self, byte: int) -> int:
        """Index of the innermost bracket that encloses ``byte``, or -1."""
        brackets = self.brackets
        index = bisect_right(brackets.opens, byte - 1) - 1
        while index >= 0:
            close = brackets.closes[index]
            if close < 0 or close >= byte:
                return index
            index = brackets.parents[index]
        return -1

    def bracket_opened_at(self, byte: int) -> int:
        """Index of the bracket whose opening byte is at ``byte``, or -1."""
        opens = self.brackets.opens
        index = bisect_right(opens, byte) - 1
        return index if index >= 0 and opens[index] == byte else -1

    def close_of(self, byte: int) -> int:
        """Where the bracket that opens at ``byte`` closes; -1: nowhere, or there is none."""
        index = self.bracket_opened_at(byte)
        return self.brackets.closes[index] if index >= 0 else -1


def line_starts(data: bytes) -> list[int]:
    """Offsets of the first byte of each line."""
    lengths = map(len, data.split(b"\n"))
    starts = list(map(add, accumulate(lengths, initial=0), count()))
    del starts[-1]  # of a line behind the last
    return starts
