"""What the braces at top level are: bodies of functions, of types, of initializers."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from operator import itemgetter

from reviewer.source.aggregates import Aggregate, read_aggregate
from reviewer.source.functions import Outline, read_function
from reviewer.source.layout import Layout

_COLUMN_ZERO = re.compile(rb"\n\}(?![;,])")
_HEADER_REACH = 8192
_MADE = (b"compat_", b"sys_")
"""What ``SYSCALL_DEFINE`` puts before a name that it is given."""


class TopLevel:
    """What the braces at top level are, in source order.

    Where each begins and ends is seen at once; what it is, when it is asked for: of another file
    most rules want one function.
    """

    def __init__(self, layout: Layout | None) -> None:
        """``layout`` is None for a file without functions."""
        self._layout = layout
        self._bodies = [] if layout is None else list(_bodies(layout))
        self._known: dict[int, Outline | None] = {}

    @cached_property
    def functions(self) -> tuple[Outline, ...]:
        """All functions."""
        every = map(self._function, range(len(self._bodies)))
        return tuple(one for one in every if one is not None)

    @cached_property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """All bodies of types and of initializers."""
        return tuple(
            read_aggregate(self._layout, *body)
            for number, body in enumerate(self._bodies)
            if self._layout is not None and self._function(number) is None
        )

    def function_at(self, byte: int) -> Outline | None:
        """The function that holds an offset."""
        number = bisect_right(self._bodies, byte, key=itemgetter(0)) - 1
        found = self._function(number) if number >= 0 else None
        return found if found is not None and found.start_byte <= byte < found.end_byte else None

    def named(self, name: str) -> tuple[Outline, ...]:
        """The functions of a name; only bodies behind a header that spells it are looked at."""
        headers, starts = self._headers
        spelled = name.encode("utf-8", "surrogateescape")
        for made in _MADE:
            spelled = spelled.removeprefix(made)
        found: list[Outline] = []
        at = headers.find(spelled)
        while at >= 0:
            number = bisect_right(starts, at) - 1
            one = self._function(number) if number >= 0 else None
            if one is not None and one.name == name:
                found.append(one)
            if number + 1 == len(starts):
                break
            at = headers.find(spelled, starts[number + 1])
        return tuple(found)

    @cached_property
    def _headers(self) -> tuple[bytes, list[int]]:
        """What stands before each body, one after the other, and where each begins."""
        if self._layout is None:
            return b"", []
        code = self._layout.plain
        texts = [code[start:brace] + b"\0" for start, brace, _ in self._bodies]
        return b"".join(texts), [0, *accumulate(map(len, texts[:-1]))] if texts else []

    def _function(self, number: int) -> Outline | None:
        if self._layout is None:
            return None
        if number not in self._known:
            self._known[number] = read_function(self._layout, *self._bodies[number])
        return self._known[number]


def _bodies(layout: Layout) -> Iterator[tuple[int, int, int]]:
    """Of each body at top level where its header begins, its brace, and where it ends."""
    last_end = 0
    brackets = layout.brackets
    outermost = [index for index, parent in enumerate(brackets.parents) if parent == -1]
    for index in outermost:
        brace = brackets.opens[index]
        if brackets.kinds[index] != 0x7B or brace < last_end:
            continue
        start = _header_start(layout, last_end, brace)
        last_end = _body_end(layout, brace, brackets.closes[index])
        yield start, brace, last_end


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
