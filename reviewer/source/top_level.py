"""What the braces at top level are: bodies of functions, of types, of initializers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.source.aggregates import Aggregate, read_aggregate
from reviewer.source.functions import Outline, read_function
from reviewer.source.layout import Layout

_COLUMN_ZERO = re.compile(rb"\n\}(?![;,])")
_HEADER_REACH = 8192


@dataclass(frozen=True, slots=True)
class TopLevel:
    """What the braces at top level are, in source order."""

    functions: tuple[Outline, ...]
    aggregates: tuple[Aggregate, ...]


def read_top_level(layout: Layout) -> TopLevel:
    """Functions and aggregates of a file, in source order."""
    functions: list[Outline] = []
    aggregates: list[Aggregate] = []
    last_end = 0
    brackets = layout.brackets
    outermost = [index for index, parent in enumerate(brackets.parents) if parent == -1]
    for index in outermost:
        brace = brackets.opens[index]
        if brackets.kinds[index] != 0x7B or brace < last_end:
            continue
        start = _header_start(layout, last_end, brace)
        close = _body_end(layout, brace, brackets.closes[index])
        function = read_function(layout, start, brace, close)
        if function is not None:
            functions.append(function)
            last_end = function.end_byte
            continue
        aggregates.append(read_aggregate(layout, start, brace, close))
        last_end = close
    return TopLevel(tuple(functions), tuple(aggregates))


def _header_start(layout: Layout, last_end: int, brace: int) -> int:
    """Start of the declaration that ends in the ``{`` at ``brace``."""
    code = layout.plain
    floor = max(last_end, brace - _HEADER_REACH)
    start = floor
    for stop in (b";", b"}", b"{"):
        start = max(start, code.rfind(stop, floor, brace) + 1)
    while start < brace and code[start] in b" \t\r\n":
        start += 1
    return start


def _body_end(layout: Layout, brace: int, close: int) -> int:
    """Offset behind the ``}`` of the top-level body from ``brace``, matched at ``close``.

    A body of several lines that opens in column 0, or behind a header in column 0, ends at a
    ``}`` in column 0: the kernel's style, and safe against branches that do not balance.
    """
    code = layout.plain
    newline = code.find(b"\n", brace)
    if 0 <= close < newline or newline < 0:
        return close + 1 if close >= 0 else len(code)
    if close >= 0 and code[close - 1] == 0x0A:
        return close + 1
    plain_end = _COLUMN_ZERO.search(code, brace)
    column_zero = plain_end.start() if plain_end is not None else -1
    line = code.rfind(b"\n", 0, brace) + 1
    if column_zero >= 0 and (close < 0 or code[line] not in b" \t"):
        following = code.find(b"\n{", brace + 1)
        if close < 0 or following < 0 or column_zero < following:
            return column_zero + 2
    return close + 1 if close >= 0 else len(code)
