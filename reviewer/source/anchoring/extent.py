"""How far code reaches: statements, and preprocessor branches."""

from __future__ import annotations

import re
from bisect import bisect_left

from reviewer.source.anchoring.view import View, skip_space
from reviewer.source.functions import Outline
from reviewer.source.layout import Layout

REACH = 1 << 16
"""Bytes a range may span beyond the blocks it opens."""
_STATEMENT = 128  # tokens a statement may have, a bracketed group counting as one
_STEP = re.compile(rb"[(){}\[\];:]|\n(?:[ \t\r]*+\n)++|[^\s(){}\[\];:]++")


def statements_end(view: View, at: int, limit: int) -> int:
    """End of the statements from ``at``: blank line, comment or block end, whole statements."""
    layout = view.layout
    code = layout.plain
    limit = min(limit, at + REACH)
    complete = False
    last = at
    index = bisect_left(view.comments, at)
    upcoming = view.comments[index] if index < len(view.comments) else limit
    own_line = False
    pos = at
    steps = 0
    while pos < limit and steps < _STATEMENT:
        steps += 1
        match = _STEP.search(code, pos, limit)
        if match is None:
            break
        begin = match.start()
        while upcoming < begin:
            if complete and upcoming >= pos:
                own_line = own_line or view.alone(upcoming)
            index += 1
            upcoming = view.comments[index] if index < len(view.comments) else limit
        token = match[0]
        if complete and (own_line or token[:1] == b"\n") and not code.startswith(b"else", begin):
            break
        if complete and token in (b"case", b"default") and code[last - 1] in b";}":
            break
        own_line = False
        pos = match.end()
        if token[:1] == b"\n":
            continue
        if token in (b"}", b")", b"]"):
            break
        if token in (b"{", b"(", b"["):
            close = layout.close_of(begin)
            if close < 0 or close >= limit + REACH:
                last = limit
                break
            pos = last = close + 1
            complete = token == b"{"
        else:
            last = pos
            complete = token in (b";", b":")
        if complete:
            steps = 0
    return min(last, len(code))


def statement_start(view: View, byte: int, function: Outline) -> int:
    """Start of the statement that holds ``byte``."""
    code = view.layout.plain
    floor = max(function.body_start + 1, byte - 4096)
    begin = floor
    for stop in (b";", b"{", b"}"):
        begin = max(begin, code.rfind(stop, floor, byte) + 1)
    return skip_space(code, begin, byte)


def branch_end(layout: Layout, start: int) -> int:
    """Where the preprocessor branch opened at ``start`` ends (its #else or #endif)."""
    depth = 0
    first = layout.directive_index(start) + 1
    for directive in layout.directives[first : first + 2000]:
        if directive.keyword.startswith("if"):
            depth += 1
        elif directive.keyword == "endif":
            if depth == 0:
                return directive.end
            depth -= 1
        elif directive.keyword.startswith("el") and depth == 0:
            return directive.start
    return layout.line_end(start)
