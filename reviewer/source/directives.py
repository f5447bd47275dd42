"""Preprocessor lines and the conditions they put code under."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DIRECTIVE = re.compile(rb"^[ \t]*+#[ \t]*+([a-z_]*)", re.M)
_DIRECTIVE_REST = re.compile(
    rb"(?:[^\n\\/\"]++|\\\r?\n|\\|/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/)?|//[^\n\\]*+"
    rb"|/|\"(?:[^\"\\\n]++|\\.)*+\"?)*+"
)
_DEFINED = re.compile(r"^\s*defined\s*\(?\s*(\w+)\s*\)?\s*$")


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


def read_directives(data: bytes, code: bytes) -> tuple[Directive, ...]:
    """The directives of a file; ``code`` is ``data`` with comments and literals blanked."""
    out: list[Directive] = []
    at = 0
    while (hash_ := code.find(b"#", at)) >= 0:  # far faster than to try each line for one
        match = _DIRECTIVE.match(code, max(at, code.rfind(b"\n", at, hash_) + 1))
        if match is None:
            at = hash_ + 1
            continue
        rest = _DIRECTIVE_REST.match(data, match.end())
        end = rest.end() if rest else match.end()
        text = code[match.end() : end].decode("latin-1").replace("\\\n", " ")
        out.append(Directive(match[1].decode(), " ".join(text.split()), match.start(), end))
        at = max(end, match.end())
    return tuple(out)


def conditions(directives: tuple[Directive, ...]) -> tuple[list[int], list[Frame | None]]:
    """From each ``#if``, ``#else``, ``#endif`` on, which frame holds: offsets and frames."""
    segments: list[int] = []
    frames: list[Frame | None] = []
    stack: list[tuple[Frame | None, tuple[str, ...]]] = []
    frame: Frame | None = None
    guard = _include_guard(directives)
    for index, directive in enumerate(directives):
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
        segments.append(directive.end)
        frames.append(frame)
    return segments, frames


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
