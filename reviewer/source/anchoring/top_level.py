"""Comments outside functions and types: what they stand above, or their line."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from reviewer.source.anchoring.extent import REACH, branch_end, statements_end
from reviewer.source.anchoring.names import declared_name, first_name, without_attributes
from reviewer.source.anchoring.view import LINE, View
from reviewer.source.comments import RawComment
from reviewer.source.functions import Outline
from reviewer.source.model import Anchor, AnchorKind

_FAR_RIGHT = 32  # column from which a comment alone on its line hangs below the line above


def trailing_anchor(view: View, comment: RawComment) -> Anchor:
    """The anchor of a comment with code before it on its line."""
    start, end = view.line(comment.start_byte)
    text = view.layout.plain[start:end]
    if text.strip() in (b"}", b"};"):
        index = bisect_right(view.function_starts, start) - 1
        if index >= 0:
            function = view.top.functions[index]
            if start <= function.end_byte <= comment.start_byte:
                return view.on_function(function)
    return _declaration(view, start, end, AnchorKind.LINE)


def anchor_below(view: View, comment: RawComment) -> Anchor:
    """The anchor of a comment that starts its line: the file, or what stands below."""
    start, end = comment.start_byte, comment.end_byte
    layout = view.layout
    data = layout.data
    at = view.next_code(end, len(data))
    head = start < view.first_code
    if comment.kernel_doc:
        named = _documented(view, start, end)
        if named is not None:
            return named
    if at < 0:
        return view.make(AnchorKind.FILE, "", "", 0, len(data), start)
    gap = data[end : min(at, end + LINE)]
    directive = layout.directive_at(at)
    if head and (
        b"SPDX-License-Identifier" in data[start : min(end, start + LINE)]
        or gap.count(b"\n") > 1
        or b"/*" in gap
        or (directive and directive.keyword == "include")
    ):
        return view.make(AnchorKind.FILE, "", "", 0, len(data), start)
    if re.search(rb"\n[ \t\r]*\n[ \t]*/[*/]", gap[:LINE]):
        return _section(view, start, at)
    hanging = _hanging(view, start)
    if hanging is not None:
        return hanging
    if directive is not None:
        return _above_directive(view, directive.start, head)
    function = view.function_around(at)
    if function is not None:
        return view.on_function(function)
    aggregate = view.aggregate_around(at)
    if aggregate is not None:
        if aggregate.keyword != "=":
            return view.on_aggregate(aggregate)
        stop = max(aggregate.body_end + 1, _declarations_end(view, at))
        return view.make(AnchorKind.DECLARATION, aggregate.name, "", at, stop)
    return _declaration(view, at, _declarations_end(view, at), AnchorKind.DECLARATION)


def _hanging(view: View, start: int) -> Anchor | None:
    """The macro above a comment that stands alone far to the right: its trailing column."""
    layout = view.layout
    line = layout.line_start(start)
    lead = layout.data[line : min(start, line + LINE)]
    above = layout.directive_at(line - 1) or layout.directive_at(max(line - 2, 0))
    if above is None or above.keyword != "define" or len(lead.expandtabs(8)) < _FAR_RIGHT:
        return None
    return view.make(AnchorKind.MACRO, first_name(above.rest), "", above.start, above.end)


def _section(view: View, start: int, at: int) -> Anchor:
    """A free-standing comment: the declarations below up to a blank line, or the file."""
    layout = view.layout
    code = layout.code
    if layout.directive_at(at) is None and view.function_around(at) is None:
        aggregate = view.aggregate_around(at)
        stop = at if aggregate is None else aggregate.body_end + 1
        blank = re.compile(rb"\n[ \t\r]*\n").search(layout.data, stop)
        stop = blank.start() if blank is not None else len(code)
        if view.function_around(stop - 1) is None and stop - at < REACH:
            return view.make(AnchorKind.DECLARATION, "", "", at, stop)
    return view.make(AnchorKind.FILE, "", "", 0, len(code), start)


def _above_directive(view: View, start: int, head: bool) -> Anchor:
    layout = view.layout
    directive = layout.directive_at(start)
    assert directive is not None
    if directive.keyword in ("define", "undef"):
        end = directive.end
        behind = layout.directive_index(directive.end)
        for following in layout.directives[behind : behind + 200]:
            gap = layout.data[end : following.start]
            if following.keyword != "define" or gap.strip() or gap.count(b"\n") > 1:
                break
            end = following.end
        return view.make(AnchorKind.MACRO, first_name(directive.rest), "", directive.start, end)
    if directive.keyword in ("if", "ifdef", "ifndef"):
        if head and layout.directives and layout.directives[0] is directive:
            return view.make(AnchorKind.FILE, "", "", 0, len(layout.data), start)
        inner = _sole_function(view, directive.end, branch_end(view.layout, directive.start))
        if inner is not None:
            return view.on_function(inner)
        conditions = layout.conditions_at(directive.end)
        name = conditions[-1] if conditions else directive.rest
        return view.make(
            AnchorKind.CONDITIONAL,
            name,
            "",
            directive.start,
            branch_end(view.layout, directive.start),
            directive.end,
        )
    if directive.keyword.startswith(("el", "endif")):
        return view.make(AnchorKind.CONDITIONAL, "", "", directive.start, directive.end)
    return view.make(AnchorKind.LINE, "", "", directive.start, directive.end)


def _sole_function(view: View, start: int, end: int) -> Outline | None:
    """The function that opens a preprocessor branch right behind its ``#if``."""
    at = view.next_code(start, end)
    function = view.function_around(at) if at >= 0 else None
    if function is None or b"\n\n" in view.layout.data[start:at]:
        return None
    return function


def _documented(view: View, start: int, end: int) -> Anchor | None:
    """The function a kernel-doc comment names, if it stands below; the file for ``DOC:``."""
    head = view.layout.data[start : min(end, start + 400)].decode("latin-1")
    match = re.match(
        r"/\*\*\s*\n?[\s*]*(?:(struct|union|enum|typedef|define|DOC:)\s*)?([\w]*)", head
    )
    if match is None or match[1] == "DOC:":
        return view.make(AnchorKind.FILE, "", "", 0, len(view.layout.data), start)
    index = bisect_left(view.function_starts, end)
    for function in view.top.functions[index : index + 1]:
        if function.name == match[2] and function.start_byte - end < 2048:
            return view.on_function(function)
    return None


def _declarations_end(view: View, at: int) -> int:
    """End of the declarations from ``at`` up to a blank line, comment or directive."""
    return statements_end(view, at, min(len(view.layout.plain), at + REACH))


def _declaration(view: View, start: int, end: int, fallback: AnchorKind) -> Anchor:
    """Anchor on a prototype, variable, typedef or macro invocation at top level."""
    text = view.layout.plain[start:end]
    first = text[:LINE].split(b";")[0]
    group = re.search(rb"([A-Za-z_]\w*)\s*\(", without_attributes(first))
    if group is not None and b"=" not in first[: group.start()]:
        name = group[1].decode()
        before = without_attributes(first)[: group.start()].strip()
        if name.isupper() and not set(before.split()) - {b"static", b"extern"}:
            before = b""
        if before and not before.startswith(b"typedef"):
            return view.make(AnchorKind.PROTOTYPE, name, "", start, end)
        argument = re.search(rb"\(\s*([A-Za-z_]\w*)\s*[,)]", first)
        if argument is not None and not before:
            name = argument[1].decode()
        return view.make(AnchorKind.DECLARATION, name, "", start, end)
    name = declared_name(first + b";")
    if not name:
        return view.make(fallback, "", "", start, end)
    return view.make(AnchorKind.DECLARATION, name, "", start, end)
