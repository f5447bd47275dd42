"""Which code a comment speaks of.

Worked out on the layout, not on a parse tree, so that every comment gets an anchor, also where
the parser gives up. Inside a function: the statements that follow up to the next blank line,
comment or block end, with the blocks they open. Elsewhere: the declaration, field, macro or
preprocessor branch that follows; a trailing comment speaks of its line.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from reviewer.source.aggregates import Aggregate
from reviewer.source.comments import RawComment
from reviewer.source.functions import Outline
from reviewer.source.layout import Layout
from reviewer.source.model import Anchor, AnchorKind
from reviewer.source.top_level import TopLevel
from reviewer.source.words import words

_LINE = 512  # bytes of a line looked at around a comment, and of a declaration for its name
_STATEMENT = 128  # tokens a statement may have, a bracketed group counting as one
_FAR_RIGHT = 32  # column from which a comment alone on its line hangs below the line above
_REACH = 1 << 16  # bytes a statement range may span beyond the blocks it opens
_VISIBLE = re.compile(rb"\S")
_NAME = re.compile(rb"[A-Za-z_]\w*")
_STEP = re.compile(rb"[(){}\[\];:]|\n(?:[ \t\r]*+\n)++|[^\s(){}\[\];:]++")
_OPENERS = re.compile(
    rb"(?:if|else|for|while|do|switch|case|default)\b|[A-Za-z_]\w*\s*\([^;]*\)\s*\{"
)
_AFTER_CONTROL = frozenset({b"else", b"do"})


class Anchors:
    """Anchors of one file's comments."""

    def __init__(self, layout: Layout, top: TopLevel) -> None:
        self._layout = layout
        self._top = top
        self._functions = [function.start_byte for function in top.functions]
        self._aggregates = [aggregate.start_byte for aggregate in top.aggregates]
        self._comments = [start for start, _ in layout.tokens.comments]
        self._gap = (0, 0)
        self._first_code = _skip_space(layout.code, 0, len(layout.code))

    def of(self, comment: RawComment) -> Anchor:
        """The anchor of a comment block."""
        start, end = comment.start_byte, comment.end_byte
        directive = self._layout.directive_at(start)
        if directive is not None:
            return self._in_directive(comment)
        function = self.function_around(start)
        if function is not None and start > function.body_start:
            return self._in_function(comment, function)
        if function is not None:
            return self._make(
                AnchorKind.FUNCTION, function.name, "", function.start_byte, function.end_byte
            )
        aggregate = self._aggregate_around(start)
        if aggregate is not None:
            return self._in_aggregate(comment, aggregate)
        if comment.trailing or self._inline(comment):
            return self._trailing_outside(comment)
        return self._above(start, end, comment.kernel_doc)

    def function_around(self, byte: int) -> Outline | None:
        """The function definition that holds ``byte``."""
        index = bisect_right(self._functions, byte) - 1
        if index >= 0 and byte < self._top.functions[index].end_byte:
            return self._top.functions[index]
        return None

    def _aggregate_around(self, byte: int) -> Aggregate | None:
        index = bisect_right(self._aggregates, byte) - 1
        if index >= 0 and byte <= self._top.aggregates[index].body_end:
            return self._top.aggregates[index]
        return None

    def _make(
        self, kind: AnchorKind, name: str, function: str, start: int, end: int, at: int = -1
    ) -> Anchor:
        layout = self._layout
        end = max(end, start)
        return Anchor(
            kind=kind,
            name=name,
            function=function,
            start_byte=start,
            end_byte=end,
            start_line=layout.line_of(start),
            end_line=layout.line_of(max(start, end - 1)),
            conditions=layout.conditions_at(start if at < 0 else at),
        )

    def _line(self, byte: int) -> tuple[int, int]:
        """Span of the code on the line of ``byte``, without indentation and comment."""
        layout = self._layout
        start = max(layout.line_start(byte), byte - _LINE)
        end = min(layout.line_end(byte), byte + _LINE)
        text = layout.code[start:end]
        lead = len(text) - len(text.lstrip())
        return start + lead, start + len(text.rstrip(b" \t\r\\"))

    def _inline(self, comment: RawComment) -> bool:
        """True if code stands before the comment on its line."""
        start = self._layout.line_start(comment.start_byte)
        return bool(self._layout.code[start : comment.start_byte].strip())

    # -- preprocessor ----------------------------------------------------------------------

    def _in_directive(self, comment: RawComment) -> Anchor:
        directive = self._layout.directive_at(comment.start_byte)
        assert directive is not None
        function = self.function_around(comment.start_byte)
        inside = function.name if function else ""
        if directive.keyword in ("define", "undef"):
            name = _first_name(directive.rest)
            return self._make(AnchorKind.MACRO, name, inside, directive.start, directive.end)
        if directive.keyword.startswith(("if", "el", "endif")):
            at = directive.start if directive.keyword == "endif" else directive.end
            conditions = self._layout.conditions_at(at)
            name = conditions[-1] if conditions else directive.rest
            if directive.keyword == "endif":
                return self._make(
                    AnchorKind.CONDITIONAL, name, inside, directive.start, directive.end, at
                )
            stop = self._branch_end(directive.start)
            return self._make(AnchorKind.CONDITIONAL, name, inside, directive.start, stop, at)
        return self._make(AnchorKind.LINE, "", inside, directive.start, directive.end)

    def _branch_end(self, start: int) -> int:
        """Where the preprocessor branch opened at ``start`` ends (its #else or #endif)."""
        layout = self._layout
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

    # -- inside functions ------------------------------------------------------------------

    def _in_function(self, comment: RawComment, function: Outline) -> Anchor:
        layout = self._layout
        start, end = comment.start_byte, comment.end_byte
        if comment.trailing or self._inline(comment):
            return self._trailing_inside(comment, function)
        at = self._next_code(end, function.body_end)
        if at < 0:
            return self._enclosing(start, function)
        directive = layout.directive_at(at)
        if directive is not None and directive.keyword.startswith("if"):
            stop = min(self._branch_end(directive.start), function.body_end)
            conditions = layout.conditions_at(directive.end)
            name = conditions[-1] if conditions else directive.rest
            return self._make(
                AnchorKind.CONDITIONAL, name, function.name, directive.start, stop, directive.end
            )
        if directive is not None and directive.keyword == "define":
            name = _first_name(directive.rest)
            return self._make(AnchorKind.MACRO, name, function.name, directive.start, directive.end)
        if directive is not None:
            code = layout.plain
            at = _skip_space(code, directive.end, function.body_end)
            if at >= function.body_end:
                return self._enclosing(start, function)
        if layout.plain[at] == 0x7D:
            return self._at_block_end(start, at, function)
        inside = layout.bracket_before(start)
        if inside >= 0 and layout.brackets[inside].kind != 0x7B:
            return self._in_expression(start, at, function)
        return self._statements(at, function)

    def _statements(self, at: int, function: Outline) -> Anchor:
        stop = self._range_end(at, function.body_end)
        kind = AnchorKind.STATEMENTS
        if _OPENERS.match(self._layout.plain, at, min(stop, at + 2048)):
            kind = AnchorKind.BRANCH
        return self._make(kind, "", function.name, at, stop)

    def _range_end(self, at: int, limit: int) -> int:
        """End of the statements from ``at``: blank line, comment or block end, whole statements."""
        layout = self._layout
        code = layout.plain
        limit = min(limit, at + _REACH)
        complete = False
        last = at
        index = bisect_left(self._comments, at)
        upcoming = self._comments[index] if index < len(self._comments) else limit
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
                    own_line = own_line or self._alone(upcoming)
                index += 1
                upcoming = self._comments[index] if index < len(self._comments) else limit
            token = match[0]
            if (
                complete
                and (own_line or token[:1] == b"\n")
                and not code.startswith(b"else", begin)
            ):
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
                bracket = layout.bracket_opened_at(begin)
                close = bracket.close if bracket is not None else -1
                if close < 0 or close >= limit + _REACH:
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

    def _alone(self, comment: int) -> bool:
        """True if nothing but space stands before a comment on its line."""
        start = max(self._layout.line_start(comment), comment - _LINE)
        return not self._layout.code[start:comment].strip()

    def _trailing_inside(self, comment: RawComment, function: Outline) -> Anchor:
        start, end = self._line(comment.start_byte)
        code = self._layout.plain
        if code[start:end].rstrip().endswith(b"{") and comment.trailing:
            begin = max(start, function.start_byte)
            if code[start:end].strip() == b"{" and begin > function.body_start:
                begin = self._statement_start(start, function)
            bracket = self._layout.bracket_opened_at(end - 1)
            close = bracket.close + 1 if bracket is not None and bracket.close >= 0 else end
            return self._make(AnchorKind.BRANCH, "", function.name, begin, close)
        if not code[start:end].strip(b" \t;}"):
            return self._make(AnchorKind.LINE, "", function.name, start, end)
        if comment.trailing and _is_label(code[start:end]):
            at = self._next_code(comment.end_byte, function.body_end)
            if at >= 0 and code[at] not in b"}" and self._layout.directive_at(at) is None:
                stop = self._range_end(at, function.body_end)
                return self._make(AnchorKind.BRANCH, "", function.name, start, stop)
        return self._make(AnchorKind.LINE, "", function.name, start, end)

    def _in_expression(self, start: int, at: int, function: Outline) -> Anchor:
        """A comment on its own line inside parentheses: what follows, to its line's end."""
        layout = self._layout
        _, end = self._line(at)
        index = bisect_left(self._comments, at)
        if index < len(self._comments):
            end = min(end, self._comments[index])
        bracket = layout.bracket_before(start)
        close = layout.brackets[bracket].close if bracket >= 0 else -1
        if at == close:
            begin = self._statement_start(start, function)
            return self._make(AnchorKind.STATEMENTS, "", function.name, begin, close + 1)
        return self._make(AnchorKind.LINE, "", function.name, at, end)

    def _statement_start(self, byte: int, function: Outline) -> int:
        """Start of the statement that holds ``byte``."""
        code = self._layout.plain
        floor = max(function.body_start + 1, byte - 4096)
        begin = floor
        for stop in (b";", b"{", b"}"):
            begin = max(begin, code.rfind(stop, floor, byte) + 1)
        return _skip_space(code, begin, byte)

    def _at_block_end(self, start: int, brace: int, function: Outline) -> Anchor:
        """A comment with nothing behind it: the ``else`` it introduces, or its block."""
        layout = self._layout
        code = layout.plain
        behind = _skip_space(code, brace + 1, function.body_end)
        if code.startswith(b"else", behind):
            own = start - layout.line_start(start)
            closing = brace - layout.line_start(brace)
            if own <= closing:
                stop = self._range_end(behind, function.body_end)
                return self._make(AnchorKind.BRANCH, "", function.name, behind, stop)
        return self._enclosing(start, function)

    def _enclosing(self, start: int, function: Outline) -> Anchor:
        """The innermost block around a comment, with what opens it; or the function."""
        layout = self._layout
        index = layout.bracket_before(start)
        while index >= 0 and layout.brackets[index].kind != 0x7B:
            index = layout.brackets[index].parent
        if index < 0 or layout.brackets[index].open <= function.body_start:
            return self._make(
                AnchorKind.FUNCTION,
                function.name,
                function.name,
                function.start_byte,
                function.end_byte,
                start,
            )
        bracket = layout.brackets[index]
        label = self._label_before(bracket.open + 1, start)
        begin = label if label >= 0 else self._statement_start(bracket.open, function)
        close = bracket.close + 1 if bracket.close >= 0 else function.body_end
        return self._make(AnchorKind.BRANCH, "", function.name, begin, close)

    def _label_before(self, floor: int, byte: int) -> int:
        """Start of the ``case`` or ``default`` label right before ``byte``, or -1."""
        code = self._layout.plain
        floor = max(floor, byte - 1024)
        text = code[floor:byte].rstrip()
        if not text.endswith(b":"):
            return -1
        line = text.rfind(b"\n") + 1
        lead = len(text[line:]) - len(text[line:].lstrip())
        return floor + line + lead

    def _next_code(self, end: int, limit: int) -> int:
        """Offset of the next code or directive behind ``end``, -1 if there is none.

        The last gap is kept, so that a run of comments is walked over once.
        """
        code = self._layout.code
        first, at = self._gap
        if not first <= end <= at:
            at = _skip_space(code, end, len(code))
            self._gap = (end, at)
        return at if at < limit else -1

    # -- aggregates ------------------------------------------------------------------------

    def _in_aggregate(self, comment: RawComment, aggregate: Aggregate) -> Anchor:
        layout = self._layout
        start, end = comment.start_byte, comment.end_byte
        kind = AnchorKind.DECLARATION if aggregate.keyword == "=" else AnchorKind.FIELD
        if start <= aggregate.body_start:
            return self._make(
                AnchorKind.STRUCT if kind is AnchorKind.FIELD else kind,
                aggregate.name,
                "",
                aggregate.start_byte,
                aggregate.body_end + 1,
            )
        if comment.trailing or self._inline(comment):
            return self._field_line(comment, aggregate, kind)
        at = self._next_code(end, aggregate.body_end)
        directive = layout.directive_at(at) if at >= 0 else None
        if directive is not None and directive.keyword in ("if", "ifdef", "ifndef"):
            at = _skip_space(layout.plain, directive.end, aggregate.body_end)
            at = at if at < aggregate.body_end else -1
        elif directive is not None and directive.keyword == "define":
            name = _first_name(directive.rest)
            return self._make(AnchorKind.MACRO, name, "", directive.start, directive.end)
        elif directive is not None:
            at = -1
        if at < 0 or layout.plain[at] == 0x7D:
            return self._make(
                AnchorKind.STRUCT if kind is AnchorKind.FIELD else kind,
                aggregate.name,
                "",
                aggregate.start_byte,
                aggregate.body_end + 1,
            )
        stop = self._fields_end(at, aggregate)
        name = self._field_name(at, self._field_end(at, aggregate), aggregate)
        return self._make(kind, name, "", at, stop)

    def _field_end(self, at: int, aggregate: Aggregate) -> int:
        """End of the one field, enumerator or initializer that starts at ``at``."""
        code = self._layout.plain
        stop = b";" if aggregate.keyword in ("struct", "union") else b","
        limit = min(aggregate.body_end, at + _REACH)
        pos = at
        while pos < limit:
            char = code[pos : pos + 1]
            if char in (b"{", b"(", b"["):
                bracket = self._layout.bracket_opened_at(pos)
                if bracket is None or bracket.close < 0:
                    return limit
                pos = bracket.close
            elif char == stop:
                return pos + 1
            elif char == b"}":
                return pos
            pos += 1
        return limit

    def _fields_end(self, at: int, aggregate: Aggregate) -> int:
        """End of the fields from ``at`` up to a blank line or comment."""
        code = self._layout.code
        end = self._field_end(at, aggregate)
        while end < aggregate.body_end and end - at < _REACH:
            following = _skip_space(code, end, aggregate.body_end)
            gap = self._layout.data[end : min(following, end + _LINE)]
            if gap.count(b"\n") > 1 or b"/*" in gap or b"//" in gap:
                break
            if following >= aggregate.body_end or code[following] in b"}#":
                break
            end = self._field_end(following, aggregate)
        return end

    def _field_line(self, comment: RawComment, aggregate: Aggregate, kind: AnchorKind) -> Anchor:
        layout = self._layout
        start, end = self._line(comment.start_byte)
        text = layout.plain[start:end]
        begin = start
        if text.strip() == b"{" and comment.start_byte > aggregate.body_start + 1:
            bracket = layout.bracket_opened_at(start)
            close = bracket.close + 1 if bracket is not None and bracket.close >= 0 else end
            return self._make(kind, aggregate.name, "", begin, close)
        if not text.strip(b"{}; \t"):
            begin = aggregate.start_byte
            return self._make(AnchorKind.STRUCT, aggregate.name, "", begin, aggregate.body_end + 1)
        name = self._field_name(begin, end, aggregate)
        if text.rstrip().endswith(b"{"):
            bracket = layout.bracket_opened_at(start + len(text.rstrip()) - 1)
            if bracket is not None and bracket.close >= 0:
                end = self._field_end(bracket.close, aggregate)
                name = self._field_name(begin, end, aggregate)
        elif not re.search(rb"[;,}]\s*$", text) and aggregate.keyword in ("struct", "union"):
            end = max(end, self._field_end(begin, aggregate))
            name = self._field_name(begin, end, aggregate)
        return self._make(kind, name, "", begin, end)

    def _field_name(self, start: int, end: int, aggregate: Aggregate) -> str:
        """``struct.field`` of the declaration in a span; the tag alone if there is no name."""
        text = self._layout.plain[start:end]
        outer = aggregate.name
        name = _enumerator(text) if aggregate.keyword in ("enum", "=") else _declared_name(text)
        return f"{outer}.{name}" if outer and name else name or outer

    # -- top level -------------------------------------------------------------------------

    def _trailing_outside(self, comment: RawComment) -> Anchor:
        start, end = self._line(comment.start_byte)
        text = self._layout.plain[start:end]
        if text.strip() in (b"}", b"};"):
            index = bisect_right(self._functions, start) - 1
            if index >= 0:
                function = self._top.functions[index]
                if start <= function.end_byte <= comment.start_byte:
                    return self._make(
                        AnchorKind.FUNCTION,
                        function.name,
                        "",
                        function.start_byte,
                        function.end_byte,
                    )
        return self._declaration(start, end, AnchorKind.LINE)

    def _above(self, start: int, end: int, kernel_doc: bool) -> Anchor:
        layout = self._layout
        data = layout.data
        at = self._next_code(end, len(data))
        head = start < self._first_code
        if kernel_doc:
            named = self._documented(start, end)
            if named is not None:
                return named
        if at < 0:
            return self._make(AnchorKind.FILE, "", "", 0, len(data), start)
        gap = data[end : min(at, end + _LINE)]
        directive = layout.directive_at(at)
        if head and (
            b"SPDX-License-Identifier" in data[start : min(end, start + _LINE)]
            or gap.count(b"\n") > 1
            or b"/*" in gap
            or (directive and directive.keyword == "include")
        ):
            return self._make(AnchorKind.FILE, "", "", 0, len(data), start)
        if re.search(rb"\n[ \t\r]*\n[ \t]*/[*/]", gap[:_LINE]):
            return self._section(start, at)
        hanging = self._hangs_below(start)
        if hanging is not None:
            return hanging
        if directive is not None:
            return self._above_directive(directive.start, head)
        function = self.function_around(at)
        if function is not None:
            return self._make(
                AnchorKind.FUNCTION, function.name, "", function.start_byte, function.end_byte
            )
        aggregate = self._aggregate_around(at)
        if aggregate is not None:
            if aggregate.keyword != "=":
                return self._make(
                    AnchorKind.STRUCT,
                    aggregate.name,
                    "",
                    aggregate.start_byte,
                    aggregate.body_end + 1,
                )
            stop = max(aggregate.body_end + 1, self._declarations_end(at))
            return self._make(AnchorKind.DECLARATION, aggregate.name, "", at, stop)
        return self._declaration(at, self._declarations_end(at), AnchorKind.DECLARATION)

    def _hangs_below(self, start: int) -> Anchor | None:
        """The macro above a comment that stands alone far to the right: its trailing column."""
        layout = self._layout
        line = layout.line_start(start)
        lead = layout.data[line : min(start, line + _LINE)]
        above = layout.directive_at(line - 1) or layout.directive_at(max(line - 2, 0))
        if above is None or above.keyword != "define" or len(lead.expandtabs(8)) < _FAR_RIGHT:
            return None
        return self._make(AnchorKind.MACRO, _first_name(above.rest), "", above.start, above.end)

    def _section(self, start: int, at: int) -> Anchor:
        """A free-standing comment: the declarations below up to a blank line, or the file."""
        layout = self._layout
        code = layout.code
        if layout.directive_at(at) is None and self.function_around(at) is None:
            aggregate = self._aggregate_around(at)
            stop = at if aggregate is None else aggregate.body_end + 1
            blank = re.compile(rb"\n[ \t\r]*\n").search(layout.data, stop)
            stop = blank.start() if blank is not None else len(code)
            if self.function_around(stop - 1) is None and stop - at < _REACH:
                return self._make(AnchorKind.DECLARATION, "", "", at, stop)
        return self._make(AnchorKind.FILE, "", "", 0, len(code), start)

    def _above_directive(self, start: int, head: bool) -> Anchor:
        layout = self._layout
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
            return self._make(
                AnchorKind.MACRO, _first_name(directive.rest), "", directive.start, end
            )
        if directive.keyword in ("if", "ifdef", "ifndef"):
            if head and layout.directives and layout.directives[0] is directive:
                return self._make(AnchorKind.FILE, "", "", 0, len(layout.data), start)
            inner = self._sole_function(directive.end, self._branch_end(directive.start))
            if inner is not None:
                return self._make(
                    AnchorKind.FUNCTION, inner.name, "", inner.start_byte, inner.end_byte
                )
            conditions = layout.conditions_at(directive.end)
            name = conditions[-1] if conditions else directive.rest
            return self._make(
                AnchorKind.CONDITIONAL,
                name,
                "",
                directive.start,
                self._branch_end(directive.start),
                directive.end,
            )
        if directive.keyword.startswith(("el", "endif")):
            return self._make(AnchorKind.CONDITIONAL, "", "", directive.start, directive.end)
        return self._make(AnchorKind.LINE, "", "", directive.start, directive.end)

    def _sole_function(self, start: int, end: int) -> Outline | None:
        """The function that opens a preprocessor branch right behind its ``#if``."""
        at = self._next_code(start, end)
        function = self.function_around(at) if at >= 0 else None
        if function is None or b"\n\n" in self._layout.data[start:at]:
            return None
        return function

    def _documented(self, start: int, end: int) -> Anchor | None:
        """The function or struct a kernel-doc comment names, if it stands below it."""
        head = self._layout.data[start : min(end, start + 400)].decode("latin-1")
        match = re.match(
            r"/\*\*\s*\n?[\s*]*(?:(struct|union|enum|typedef|define|DOC:)\s*)?([\w]*)", head
        )
        if match is None or match[1] == "DOC:":
            return self._make(AnchorKind.FILE, "", "", 0, len(self._layout.data), start)
        index = bisect_left(self._functions, end)
        for function in self._top.functions[index : index + 1]:
            if function.name == match[2] and function.start_byte - end < 2048:
                return self._make(
                    AnchorKind.FUNCTION, function.name, "", function.start_byte, function.end_byte
                )
        return None

    def _declarations_end(self, at: int) -> int:
        """End of the declarations from ``at`` up to a blank line, comment or directive."""
        return self._range_end(at, min(len(self._layout.plain), at + _REACH))

    def _declaration(self, start: int, end: int, fallback: AnchorKind) -> Anchor:
        """Anchor on a prototype, variable, typedef or macro invocation at top level."""
        text = self._layout.plain[start:end]
        first = text[:_LINE].split(b";")[0]
        group = re.search(rb"([A-Za-z_]\w*)\s*\(", _without_attributes(first))
        if group is not None and b"=" not in first[: group.start()]:
            name = group[1].decode()
            before = _without_attributes(first)[: group.start()].strip()
            if name.isupper() and not set(before.split()) - {b"static", b"extern"}:
                before = b""
            if before and not before.startswith(b"typedef"):
                return self._make(AnchorKind.PROTOTYPE, name, "", start, end)
            argument = re.search(rb"\(\s*([A-Za-z_]\w*)\s*[,)]", first)
            if argument is not None and not before:
                name = argument[1].decode()
            return self._make(AnchorKind.DECLARATION, name, "", start, end)
        name = _declared_name(first + b";")
        if not name:
            return self._make(fallback, "", "", start, end)
        return self._make(AnchorKind.DECLARATION, name, "", start, end)


def _skip_space(code: bytes, at: int, limit: int) -> int:
    match = _VISIBLE.search(code, at, limit)
    return match.start() if match is not None else max(at, limit)


def _first_name(text: str) -> str:
    match = re.match(r"\s*([A-Za-z_]\w*)", text)
    return match[1] if match else ""


def _is_label(text: bytes) -> bool:
    return bool(re.match(rb"\s*(?:case\b[^;{}]*|default\s*|[A-Za-z_]\w*\s*):\s*$", text))


def _without_attributes(text: bytes) -> bytes:
    """Attribute words blanked, so that ``__printf(1, 2)`` is not taken for a declared name."""

    def drop(match: re.Match[bytes]) -> bytes:
        return b" " * len(match[0]) if words().is_attribute(match[1].decode()) else match[0]

    return re.sub(rb"([A-Za-z_]\w*)(?:\s*\((?:[^()]|\([^()]*\))*\))?", drop, text)


def _enumerator(text: bytes) -> str:
    match = re.match(rb"\s*(?:\[\s*(\w+)[^\]]*\]|\.?([A-Za-z_]\w*))", text)
    if match is None:
        return ""
    return (match[1] or match[2]).decode()


def _declared_name(text: bytes) -> str:
    """The name a declaration declares; the first one of several."""
    text = _without_attributes(text[:_LINE])
    text = re.sub(rb"\{.*\}", b" ", text, flags=re.S)
    pointed = re.search(rb"\(\s*[*^]+\s*(?:const\s+)?([A-Za-z_]\w*)", text)
    if pointed is not None:
        return pointed[1].decode()
    macro = re.match(rb"\s*([A-Z_][A-Z_0-9]*)\s*\(\s*([A-Za-z_]\w*)", text)
    if macro is not None:
        return macro[2].decode()
    head = re.split(rb"[;=,\[:(]", text, maxsplit=1)[0]
    found = _NAME.findall(head)
    return found[-1].decode() if found else ""
