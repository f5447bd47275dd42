"""The lexical layout of a C file: lines, directives, conditions, brackets.

Everything here works on bytes with comments and literals blanked, in linear time, and holds up
where a parser would not: unbalanced ``#if`` branches, macros, half a file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from reviewer.source import comments
from reviewer.source.brackets import Bracket, match_brackets
from reviewer.source.directives import Directive, Frame, conditions, read_directives


@dataclass(frozen=True, slots=True)
class Layout:
    """What a C file looks like before parsing; offsets are those of ``data``."""

    data: bytes
    tokens: comments.Tokens
    code: bytes
    """Comments and the inside of literals blanked."""
    plain: bytes
    """``code`` with directives (so also macro bodies) blanked."""
    directives: tuple[Directive, ...]
    lines: list[int]
    brackets: list[Bracket]
    _opens: list[int]
    _segments: list[int]
    _frames: list[Frame | None]
    _directive_starts: list[int]

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
        index = bisect_right(self._segments, byte) - 1
        frame = self._frames[index] if index >= 0 else None
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
        index = bisect_right(self._opens, byte - 1) - 1
        while index >= 0:
            close = self.brackets[index].close
            if close < 0 or close >= byte:
                return index
            index = self.brackets[index].parent
        return -1

    def bracket_opened_at(self, byte: int) -> Bracket | None:
        """The bracket whose opening byte is at ``byte``."""
        index = bisect_right(self._opens, byte) - 1
        if index >= 0 and self._opens[index] == byte:
            return self.brackets[index]
        return None


def read_layout(data: bytes) -> Layout:
    """Lay out a file: bytes in, layout out, whatever the bytes are."""
    found = comments.tokens(data)
    code = comments.masked(data, found)
    directives = read_directives(data, code)
    pieces: list[bytes] = []
    last = 0
    for directive in directives:
        pieces += (
            code[last : directive.start],
            comments.blank(code[directive.start : directive.end]),
        )
        last = directive.end
    pieces.append(code[last:])
    lines = [0]
    lines.extend(match.end() for match in re.finditer(rb"\n", data))
    plain = b"".join(pieces)
    brackets = match_brackets(plain, directives)
    segments, frames = conditions(directives)
    return Layout(
        data=data,
        tokens=found,
        code=code,
        plain=plain,
        directives=directives,
        lines=lines,
        brackets=brackets,
        _opens=[bracket.open for bracket in brackets],
        _segments=segments,
        _frames=frames,
        _directive_starts=[directive.start for directive in directives],
    )
