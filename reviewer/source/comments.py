"""Comments found on the bytes, with prose, exact offsets, and runs joined into blocks.

One possessive expression skips strings and character constants, so nothing backtracks and the
time is linear in the input, whatever a stranger's patch holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from reviewer.tree.dialect import marked

_TOKENS = (
    rb"/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/)?"
    rb"|//(?:[^\n\\]++|\\\r?\n|\\)*+"
    rb'|"(?:[^"\\\n]++|\\\r?\n|\\[^\n]?)*+"?'
    rb"|'(?:[^'\\\n]|\\[^\n]){1,8}+'"
)
_QUOTES = b"\"'"
_TO_THE_END = b"/@#!|;"
"""What begins a comment that ends with its line, where no ``*`` follows."""
_LINE_REACH = 1024  # how far a line is looked at around a comment; keeps huge lines linear
_BLANK = bytes(c if c == 0x0A else 0x20 for c in range(256))


@dataclass(frozen=True, slots=True)
class RawComment:
    """A comment block before it is read: the spans of its ``/* */`` or ``//`` parts."""

    spans: tuple[tuple[int, int], ...]
    trailing: bool
    kernel_doc: bool

    @property
    def start_byte(self) -> int:
        """Offset of the first byte of the first part."""
        return self.spans[0][0]

    @property
    def end_byte(self) -> int:
        """Offset just behind the last part."""
        return self.spans[-1][1]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Where comments and string or character constants are, in source order."""

    comments: tuple[tuple[int, int], ...]
    literals: tuple[tuple[int, int], ...]


@cache
def _token(mark: bytes) -> re.Pattern[bytes]:
    if not mark:
        return re.compile(_TOKENS)
    return re.compile(_TOKENS + b"|" + marked(mark), re.M)


def tokens(data: bytes, mark: bytes = b"") -> Tokens:
    """Spans of the comments and of the literals of a C file, assembly or header.

    ``mark`` is what begins a comment of an assembler, beside those of C.
    """
    found = _token(mark).finditer(data)
    if mark:
        spans = [match.span() for match in found if match.lastgroup is None]
    else:
        spans = [match.span() for match in found]
    return Tokens(
        tuple([span for span in spans if data[span[0]] not in _QUOTES]),
        tuple([span for span in spans if data[span[0]] in _QUOTES]),
    )


def blank(data: bytes) -> bytes:
    """The same number of bytes, all spaces but for the newlines."""
    return data.translate(_BLANK)


def masked(data: bytes, found: Tokens) -> bytes:
    """``data`` with comments and the inside of literals blanked; same length, same lines."""
    pieces: list[bytes] = []
    last = 0
    spans = [(start, end, 0) for start, end in found.comments]
    spans += [(start, end, 1) for start, end in found.literals]
    spans.sort()
    for start, end, quote in spans:
        if end - start < 2 * quote + 1:
            continue
        pieces.append(data[last : start + quote])
        pieces.append(blank(data[start + quote : end - quote]))
        last = end - quote
    pieces.append(data[last:])
    return b"".join(pieces)


def group(data: bytes, comments: tuple[tuple[int, int], ...]) -> Iterator[RawComment]:
    """Join what a reader sees as one comment.

    Joined are: consecutive ``//`` lines; one-line ``/* … */`` that stand alone below one another
    in one column where the first is an unfinished sentence; and lines that stand alone in the
    column of the trailing comment above them.
    """
    pending: list[tuple[int, int]] = []
    trailing = False
    column = -1
    for start, end in comments:
        floor = max(0, start - _LINE_REACH)
        line_start = data.rfind(b"\n", floor, start) + 1 or floor
        lead = data[line_start:start]
        alone = not lead.strip()
        here = len(lead.expandtabs(8))
        if pending and alone and _continues(data, pending, start, end, trailing, column == here):
            pending.append((start, end))
            continue
        if pending:
            yield _raw(data, pending, trailing)
        pending = [(start, end)]
        trailing = not alone and not _code_follows(data, start, end)
        column = here
    if pending:
        yield _raw(data, pending, trailing)


def _raw(data: bytes, spans: list[tuple[int, int]], trailing: bool) -> RawComment:
    start, end = spans[0]
    kernel_doc = (
        not trailing
        and end - start > 5
        and data.startswith(b"/**", start)
        and data[start + 3] in b" \t\r\n"
    )
    return RawComment(tuple(spans), trailing, kernel_doc)


def _continues(
    data: bytes,
    pending: list[tuple[int, int]],
    start: int,
    end: int,
    trailing: bool,
    same_column: bool,
) -> bool:
    """True if the comment at ``start``, alone on its line, goes on with the pending block."""
    first, last = pending[-1]
    if start - last > _LINE_REACH:
        return False
    between = data[last:start]
    if between.count(b"\n") != 1 or between.strip(b" \t\r\n\\"):
        return False
    if not same_column:
        return False
    line_comment = _ends_with_line(data, start)
    if line_comment and _ends_with_line(data, first):
        return data[first] == data[start] and not data[first:last].startswith(b"// SPDX")
    if line_comment or _ends_with_line(data, first):
        return False
    if b"\n" in data[start:end] or b"\n" in data[first:last]:
        return False
    if trailing:
        return True
    said = data[first + 2 : last - 2].rstrip()
    more = data[start + 2 : end - 2].strip()
    return bool(said) and said[-1:] not in b".:!?" and more[:1].islower()


def _ends_with_line(data: bytes, start: int) -> bool:
    return data[start] in _TO_THE_END and not data.startswith(b"/*", start)


def _code_follows(data: bytes, start: int, end: int) -> bool:
    """True if code stands behind the comment on its last line (an inline comment)."""
    reach = min(len(data), end + _LINE_REACH)
    stop = data.find(b"\n", end, reach)
    rest = data[end : stop if stop >= 0 else reach].strip(b" \t\r\\")
    return bool(rest) and not rest.startswith((b"/*", b"//"))


_LINE_LEAD = re.compile(rb"[ \t]*(?:\*++(?!/) ?)?")


def prose(data: bytes, spans: tuple[tuple[int, int], ...]) -> tuple[str, tuple[int, ...]]:
    """The text of a block without stars, and the byte offset of each of its characters.

    Lines are joined by single newlines; an empty line separates paragraphs and is kept.
    """
    chars: list[str] = []
    offsets: list[int] = []
    for start, end in spans:
        for line_start, line_end in _lines(data, start, end):
            if offsets:
                chars.append("\n")
                offsets.append(max(line_start - 1, offsets[-1]))
            raw = data[line_start:line_end]
            if raw.isascii():
                chars.append(raw.decode("ascii"))
                offsets.extend(range(line_start, line_end))
            else:
                at = line_start
                for char in raw.decode("utf-8", "replace"):
                    chars.append(char)
                    offsets.append(min(at, line_end - 1))
                    at += 1 if char == "�" else len(char.encode())
    text = "".join(chars)
    head = len(text) - len(text.lstrip("\n"))
    tail = len(text.rstrip("\n"))
    tail = max(tail, head)
    return text[head:tail], tuple(offsets[head:tail])


def _lines(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Spans of the comment's lines without delimiters, stars, continuation and trailing blanks."""
    if data.startswith(b"/*", start):
        at = start + 2
        stop = end - 2 if end - start >= 4 and data.endswith(b"*/", start, end) else end
        while at < stop and data[at] == 0x2A:
            at += 1
    else:
        at, stop = start + (2 if data[start] == 0x2F else 1), end
        while at < stop and data[at] in (b"/!" if data[start] == 0x2F else data[start : start + 1]):
            at += 1
    first = True
    while True:
        newline = data.find(b"\n", at, stop)
        line_end = newline if newline >= 0 else stop
        lead = at
        if first:
            while lead < line_end and data[lead] in b" \t":
                lead += 1
        else:
            match = _LINE_LEAD.match(data, at, line_end)
            lead = match.end() if match else at
        trimmed = data[lead:line_end].rstrip(b" \t\r\\\f\v")
        if newline < 0:
            trimmed = trimmed.rstrip(b" \t\r*")
        yield lead, lead + len(trimmed)
        if newline < 0:
            return
        at = newline + 1
        first = False
