"""Comments inside a struct, union, enum or initializer: fields and entries."""

from __future__ import annotations

import re

from reviewer.source.aggregates import Aggregate
from reviewer.source.anchoring.extent import REACH
from reviewer.source.anchoring.names import declared_name, enumerator, first_name
from reviewer.source.anchoring.view import LINE, View, skip_space
from reviewer.source.comments import RawComment
from reviewer.source.model import Anchor, AnchorKind


def member_anchor(view: View, comment: RawComment, aggregate: Aggregate) -> Anchor:
    """The anchor of a comment inside ``aggregate`` or its header."""
    layout = view.layout
    start, end = comment.start_byte, comment.end_byte
    kind = AnchorKind.DECLARATION if aggregate.keyword == "=" else AnchorKind.FIELD
    if start <= aggregate.body_start:
        return view.on_aggregate(aggregate)
    if comment.trailing or view.inline(comment):
        return _field_line(view, comment, aggregate, kind)
    at = view.next_code(end, aggregate.body_end)
    directive = layout.directive_at(at) if at >= 0 else None
    if directive is not None and directive.keyword in ("if", "ifdef", "ifndef"):
        at = skip_space(layout.plain, directive.end, aggregate.body_end)
        at = at if at < aggregate.body_end else -1
    elif directive is not None and directive.keyword == "define":
        name = first_name(directive.rest)
        return view.make(AnchorKind.MACRO, name, "", directive.start, directive.end)
    elif directive is not None:
        at = -1
    if at < 0 or layout.plain[at] == 0x7D:
        return view.on_aggregate(aggregate)
    stop = _fields_end(view, at, aggregate)
    name = _field_name(view, at, _field_end(view, at, aggregate), aggregate)
    return view.make(kind, name, "", at, stop)


def _field_end(view: View, at: int, aggregate: Aggregate) -> int:
    """End of the one field, enumerator or initializer that starts at ``at``."""
    code = view.layout.plain
    stop = b";" if aggregate.keyword in ("struct", "union") else b","
    limit = min(aggregate.body_end, at + REACH)
    pos = at
    while pos < limit:
        char = code[pos : pos + 1]
        if char in (b"{", b"(", b"["):
            pos = view.layout.close_of(pos)
            if pos < 0:
                return limit
        elif char == stop:
            return pos + 1
        elif char == b"}":
            return pos
        pos += 1
    return limit


def _fields_end(view: View, at: int, aggregate: Aggregate) -> int:
    """End of the fields from ``at`` up to a blank line or comment."""
    code = view.layout.code
    end = _field_end(view, at, aggregate)
    while end < aggregate.body_end and end - at < REACH:
        following = skip_space(code, end, aggregate.body_end)
        gap = view.layout.data[end : min(following, end + LINE)]
        if gap.count(b"\n") > 1 or b"/*" in gap or b"//" in gap:
            break
        if following >= aggregate.body_end or code[following] in b"}#":
            break
        end = _field_end(view, following, aggregate)
    return end


def _field_line(view: View, comment: RawComment, aggregate: Aggregate, kind: AnchorKind) -> Anchor:
    layout = view.layout
    start, end = view.line(comment.start_byte)
    text = layout.plain[start:end]
    begin = start
    if text.strip() == b"{" and comment.start_byte > aggregate.body_start + 1:
        matched = layout.close_of(start)
        close = matched + 1 if matched >= 0 else end
        return view.make(kind, aggregate.name, "", begin, close)
    if not text.strip(b"{}; \t"):
        begin = aggregate.start_byte
        return view.make(AnchorKind.STRUCT, aggregate.name, "", begin, aggregate.body_end + 1)
    name = _field_name(view, begin, end, aggregate)
    if text.rstrip().endswith(b"{"):
        matched = layout.close_of(start + len(text.rstrip()) - 1)
        if matched >= 0:
            end = _field_end(view, matched, aggregate)
            name = _field_name(view, begin, end, aggregate)
    elif not re.search(rb"[;,}]\s*$", text) and aggregate.keyword in ("struct", "union"):
        end = max(end, _field_end(view, begin, aggregate))
        name = _field_name(view, begin, end, aggregate)
    return view.make(kind, name, "", begin, end)


def _field_name(view: View, start: int, end: int, aggregate: Aggregate) -> str:
    """``struct.field`` of the declaration in a span; the tag alone if there is no name."""
    text = view.layout.plain[start:end]
    outer = aggregate.name
    name = enumerator(text) if aggregate.keyword in ("enum", "=") else declared_name(text)
    return f"{outer}.{name}" if outer and name else name or outer
