"""Comments inside a function: the statements that follow, their line, or their block."""

from __future__ import annotations

import re
from bisect import bisect_left

from reviewer.source.anchoring.extent import branch_end, statement_start, statements_end
from reviewer.source.anchoring.names import first_name
from reviewer.source.anchoring.view import View, skip_space
from reviewer.source.comments import RawComment
from reviewer.source.functions import Outline
from reviewer.source.model import Anchor, AnchorKind

_OPENERS = re.compile(
    rb"(?:if|else|for|while|do|switch|case|default)\b|[A-Za-z_]\w*\s*\([^;]*\)\s*\{"
)


def body_anchor(view: View, comment: RawComment, function: Outline) -> Anchor:
    """The anchor of a comment behind the opening brace of ``function``."""
    layout = view.layout
    start, end = comment.start_byte, comment.end_byte
    if comment.trailing or view.inline(comment):
        return _trailing(view, comment, function)
    at = view.next_code(end, function.body_end)
    if at < 0:
        return _enclosing(view, start, function)
    directive = layout.directive_at(at)
    if directive is not None and directive.keyword.startswith("if"):
        stop = min(branch_end(view.layout, directive.start), function.body_end)
        conditions = layout.conditions_at(directive.end)
        name = conditions[-1] if conditions else directive.rest
        return view.make(
            AnchorKind.CONDITIONAL, name, function.name, directive.start, stop, directive.end
        )
    if directive is not None and directive.keyword == "define":
        name = first_name(directive.rest)
        return view.make(AnchorKind.MACRO, name, function.name, directive.start, directive.end)
    if directive is not None:
        code = layout.plain
        at = skip_space(code, directive.end, function.body_end)
        if at >= function.body_end:
            return _enclosing(view, start, function)
    if layout.plain[at] == 0x7D:
        return _at_block_end(view, start, at, function)
    inside = layout.bracket_before(start)
    if inside >= 0 and layout.brackets.kinds[inside] != 0x7B:
        return _in_expression(view, start, at, function)
    return _statements(view, at, function)


def _statements(view: View, at: int, function: Outline) -> Anchor:
    stop = statements_end(view, at, function.body_end)
    kind = AnchorKind.STATEMENTS
    if _OPENERS.match(view.layout.plain, at, min(stop, at + 2048)):
        kind = AnchorKind.BRANCH
    return view.make(kind, "", function.name, at, stop)


def _trailing(view: View, comment: RawComment, function: Outline) -> Anchor:
    start, end = view.line(comment.start_byte)
    code = view.layout.plain
    if code[start:end].rstrip().endswith(b"{") and comment.trailing:
        begin = max(start, function.start_byte)
        if code[start:end].strip() == b"{" and begin > function.body_start:
            begin = statement_start(view, start, function)
        matched = view.layout.close_of(end - 1)
        close = matched + 1 if matched >= 0 else end
        return view.make(AnchorKind.BRANCH, "", function.name, begin, close)
    if not code[start:end].strip(b" \t;}"):
        return view.make(AnchorKind.LINE, "", function.name, start, end)
    if comment.trailing and _is_label(code[start:end]):
        at = view.next_code(comment.end_byte, function.body_end)
        if at >= 0 and code[at] not in b"}" and view.layout.directive_at(at) is None:
            stop = statements_end(view, at, function.body_end)
            return view.make(AnchorKind.BRANCH, "", function.name, start, stop)
    return view.make(AnchorKind.LINE, "", function.name, start, end)


def _in_expression(view: View, start: int, at: int, function: Outline) -> Anchor:
    """A comment on its own line inside parentheses: what follows, to its line's end."""
    layout = view.layout
    _, end = view.line(at)
    index = bisect_left(view.comments, at)
    if index < len(view.comments):
        end = min(end, view.comments[index])
    bracket = layout.bracket_before(start)
    close = layout.brackets.closes[bracket] if bracket >= 0 else -1
    if at == close:
        begin = statement_start(view, start, function)
        return view.make(AnchorKind.STATEMENTS, "", function.name, begin, close + 1)
    return view.make(AnchorKind.LINE, "", function.name, at, end)


def _at_block_end(view: View, start: int, brace: int, function: Outline) -> Anchor:
    """A comment with nothing behind it: the ``else`` it introduces, or its block."""
    layout = view.layout
    code = layout.plain
    behind = skip_space(code, brace + 1, function.body_end)
    if code.startswith(b"else", behind):
        own = start - layout.line_start(start)
        closing = brace - layout.line_start(brace)
        if own <= closing:
            stop = statements_end(view, behind, function.body_end)
            return view.make(AnchorKind.BRANCH, "", function.name, behind, stop)
    return _enclosing(view, start, function)


def _enclosing(view: View, start: int, function: Outline) -> Anchor:
    """The innermost block around a comment, with what opens it; or the function."""
    layout = view.layout
    index = layout.bracket_before(start)
    while index >= 0 and layout.brackets.kinds[index] != 0x7B:
        index = layout.brackets.parents[index]
    if index < 0 or layout.brackets.opens[index] <= function.body_start:
        return view.make(
            AnchorKind.FUNCTION,
            function.name,
            function.name,
            function.start_byte,
            function.end_byte,
            start,
        )
    brace, matched = layout.brackets.opens[index], layout.brackets.closes[index]
    label = _label_before(view, brace + 1, start)
    begin = label if label >= 0 else statement_start(view, brace, function)
    close = matched + 1 if matched >= 0 else function.body_end
    return view.make(AnchorKind.BRANCH, "", function.name, begin, close)


def _label_before(view: View, floor: int, byte: int) -> int:
    """Start of the ``case`` or ``default`` label right before ``byte``, or -1."""
    code = view.layout.plain
    floor = max(floor, byte - 1024)
    text = code[floor:byte].rstrip()
    if not text.endswith(b":"):
        return -1
    line = text.rfind(b"\n") + 1
    lead = len(text[line:]) - len(text[line:].lstrip())
    return floor + line + lead


def _is_label(text: bytes) -> bool:
    return bool(re.match(rb"\s*(?:case\b[^;{}]*|default\s*|[A-Za-z_]\w*\s*):\s*$", text))
