"""Structs, unions, enums and initializers found on the layout."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.source.header_text import POINTED, groups_of, names_in
from reviewer.source.layout import Layout
from reviewer.source.words import words

_AGGREGATE = re.compile(
    rb"\s*(?:typedef\s+)?(?:(?:static|const|extern|\w+_aligned)\s+)*+(?:struct|union|enum)\b"
)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A ``struct``, ``union``, ``enum`` or initializer at top level."""

    keyword: str
    name: str
    start_byte: int
    body_start: int
    body_end: int


def read_aggregate(layout: Layout, start: int, brace: int, close: int) -> Aggregate:
    """The type or initializer whose header starts at ``start``; its braces end at ``close``."""
    code = layout.plain
    groups = groups_of(code, start, brace)
    while groups and words().is_attribute(groups[-1][0]):
        groups.pop()
    if groups and b"=" not in code[start:brace]:
        start = groups[-1][3] + 1
        while start < brace and code[start] in b" \t\r\n":
            start += 1
    header = code[start:brace]
    match = _AGGREGATE.match(header)
    if match and b"=" not in header:
        names = [w for w in names_in(header[match.end() :]) if not words().is_attribute(w)]
        name = names[0] if names else ""
        keyword = names_in(match[0])[-1]
        if not name:
            tail = code[close : code.find(b";", close) if close >= 0 else close]
            names = [w for w in names_in(tail) if not words().is_attribute(w)]
            name = names[0] if names else ""
        return Aggregate(keyword, name, start, brace, close - 1)
    left = header.split(b"=")[0] if b"=" in header else header
    pointed = POINTED.search(left)
    if pointed is not None:
        return Aggregate("=", pointed[1].decode(), start, brace, close - 1)
    names = [w for w in names_in(re.sub(rb"\[[^\]]*\]", b"", left)) if not words().is_attribute(w)]
    return Aggregate("=", names[-1] if names else "", start, brace, close - 1)
