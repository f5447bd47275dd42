"""The lexical layout of a C file: lines, directives, conditions, brackets.

Everything here works on bytes with comments and literals blanked, in linear time, and holds up
where a parser would not: unbalanced ``#if`` branches, macros, half a file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from reviewer.source import comments

_DIRECTIVE = re.compile(rb"^[ \t]*+#[ \t]*+([a-z_]*)", re.M)
_DIRECTIVE_REST = re.compile(
    rb"(?:[^\n\\/\"]++|\\\r?\n|\\|/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/)?|//[^\n\\]*+"
    rb"|/|\"(?:[^\"\\\n]++|\\.)*+\"?)*+"
)
_SPACES = re.compile(r"\s+")
_DEFINED = re.compile(r"^\s*defined\s*\(?\s*(\w+)\s*\)?\s*$")
_LINKAGE = re.compile(rb"\bextern\s*\" *\"\s*$")
_CLOSES = {0x29: 0x28, 0x5D: 0x5B, 0x7D: 0x7B}


@dataclass(frozen=True, slots=True)
class Directive:
    """A preprocessor line with its continuations; ``rest`` is what follows the keyword."""

    keyword: str
    rest: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Frame:
    """An open preprocessor condition; ``parent`` is the one around it."""

    text: str
    parent: Frame | None
    index: int
    """Position in ``Layout.directives`` of the directive that opened this branch."""


@dataclass(frozen=True, slots=True)
class Bracket:
    """An opening bracket, where it closes (-1: nowhere), and the bracket around it."""

    open: int
    close: int
    parent: int
    """Index of the enclosing bracket, -1 at top level."""
    kind: int


@dataclass(slots=True)
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
    brackets: list[Bracket] = field(default_factory=list)
    _opens: list[int] = field(default_factory=list)
    _segments: list[int] = field(default_factory=list)
    _frames: list[Frame | None] = field(default_factory=list)
    _directive_starts: list[int] = field(default_factory=list)

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
    directives = tuple(_directives(data, code))
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
    layout = Layout(data, found, code, b"".join(pieces), directives, lines)
    layout._directive_starts = [directive.start for directive in directives]
    _conditions(layout)
    _match_brackets(layout)
    return layout


def _directives(data: bytes, code: bytes) -> list[Directive]:
    out: list[Directive] = []
    at = 0
    while True:
        match = _DIRECTIVE.search(code, at)
        if match is None:
            return out
        rest = _DIRECTIVE_REST.match(data, match.end())
        end = rest.end() if rest else match.end()
        text = code[match.end() : end].decode("latin-1").replace("\\\n", " ")
        out.append(Directive(match[1].decode(), _SPACES.sub(" ", text).strip(), match.start(), end))
        at = max(end, match.end())


def _conditions(layout: Layout) -> None:
    """Fill the segments: from each ``#if``, ``#else``, ``#endif`` on, which frame holds."""
    stack: list[tuple[Frame | None, tuple[str, ...]]] = []
    frame: Frame | None = None
    guard = _include_guard(layout.directives)
    for index, directive in enumerate(layout.directives):
        keyword = directive.keyword
        if keyword in ("if", "ifdef", "ifndef"):
            text = "" if guard and index == 0 else condition(directive)
            stack.append((frame, (text,)))
            frame = Frame(text, frame, index)
        elif keyword in ("elif", "elifdef", "elifndef", "else") and stack:
            outer, earlier = stack[-1]
            frame = outer
            for text in earlier[-8:]:
                frame = Frame(negation(text), frame, index)
            if keyword != "else":
                text = condition(directive)
                stack[-1] = (outer, (*earlier[-8:], text))
                frame = Frame(text, frame, index)
        elif keyword == "endif" and stack:
            frame, _ = stack.pop()
        else:
            continue
        layout._segments.append(directive.end)
        layout._frames.append(frame)


def _include_guard(directives: tuple[Directive, ...]) -> bool:
    if len(directives) < 3 or directives[0].keyword != "ifndef":
        return False
    first, second = directives[:2]
    return second.keyword == "define" and second.rest.split("(")[0].split(" ")[0] == first.rest


def condition(directive: Directive) -> str:
    """The condition a branch directive states: ``#ifdef X`` is ``defined(X)``."""
    rest = directive.rest
    if directive.keyword in ("ifdef", "elifdef"):
        return f"defined({rest})"
    if directive.keyword in ("ifndef", "elifndef"):
        return f"!defined({rest})"
    match = _DEFINED.match(rest)
    return f"defined({match[1]})" if match else rest


def negation(text: str) -> str:
    """The condition of ``#else`` behind a branch under ``text``."""
    if not text:
        return ""
    if re.fullmatch(r"defined\(\w+\)", text):
        return "!" + text
    if re.fullmatch(r"!defined\(\w+\)", text):
        return text[1:]
    return f"!({text})"


@dataclass(slots=True)
class _Open:
    """An open bracket on the stack, which is a linked list so that ``#if`` can keep it."""

    index: int
    kind: int
    below: _Open | None
    brace: _Open | None
    """The innermost open brace at or below this one."""


def _match_brackets(layout: Layout) -> None:
    """Match brackets in one pass.

    ``#else`` goes on from the state at its ``#if``; a ``}`` in column 0 closes everything, so
    that one bad macro cannot swallow a file.
    """
    code = layout.plain
    opens = layout._opens
    closes: list[int] = []
    parents: list[int] = []
    kinds: list[int] = []
    top: _Open | None = None
    saved: list[tuple[_Open | None, _Open | None, bool]] = []
    branches = iter([d for d in layout.directives if d.keyword.startswith(("if", "el", "endif"))])
    upcoming = next(branches, None)
    for match in re.finditer(rb"[(){}\[\]]", code):
        at = match.start()
        while upcoming is not None and upcoming.start < at:
            top = _branch(upcoming, top, saved, closes)
            upcoming = next(branches, None)
        char = code[at]
        if char == 0x7B and top is None and _LINKAGE.search(code, max(0, at - 32), at):
            continue
        if char in (0x28, 0x5B, 0x7B):
            opens.append(at)
            closes.append(-1)
            parents.append(top.index if top else -1)
            kinds.append(char)
            opened = _Open(len(opens) - 1, char, top, top.brace if top else None)
            if char == 0x7B:
                opened.brace = opened
            top = opened
        elif char == 0x7D and _ends_chunk(code, at):
            _discard(top, None, at, closes)
            top = None
        else:
            wanted = _CLOSES[char]
            if char == 0x7D and top is not None and top.brace is not None:
                _discard(top, top.brace, at, closes)
                top = top.brace
            if top is not None and top.kind == wanted:
                if closes[top.index] < 0:
                    closes[top.index] = at
                top = top.below
    layout.brackets = [Bracket(*row) for row in zip(opens, closes, parents, kinds, strict=True)]


def _ends_chunk(code: bytes, at: int) -> bool:
    """True for a ``}`` in column 0 that is not the end of an initializer or type."""
    return (at == 0 or code[at - 1] == 0x0A) and code[at + 1 : at + 2] not in (b";", b",")


def _branch(
    directive: Directive,
    top: _Open | None,
    saved: list[tuple[_Open | None, _Open | None, bool]],
    closes: list[int],
) -> _Open | None:
    """The stack to go on with behind a branch directive; ``saved`` holds (at #if, first, seen)."""
    if directive.keyword.startswith("if"):
        saved.append((top, None, False))
        return top
    if not saved:
        return top
    before, first, seen = saved[-1]
    if seen:
        _discard(top, before, directive.start, closes)
    if directive.keyword == "endif":
        saved.pop()
        return first if seen else top
    if not seen:
        saved[-1] = (before, top, True)
    return before


def _discard(top: _Open | None, until: _Open | None, at: int, closes: list[int]) -> None:
    """Close at ``at`` what is still open above ``until``."""
    while top is not None and top is not until:
        if closes[top.index] < 0:
            closes[top.index] = at
        top = top.below
