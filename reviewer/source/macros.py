"""Macro bodies taken as functions, so that wrappers can be looked through."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.source.directives import Directive
from reviewer.source.layout import Layout
from reviewer.source.model import Function
from reviewer.source.normalise import normalise
from reviewer.source.parse import Branches, Parsed, parse_text

_DEFINE = re.compile(rb"[ \t]*#[ \t]*define[ \t]+(\w+)(\(([^()]*)\))?")
_PROLOGUE = b"int f(){"
_MAX_BODY = 1 << 15


@dataclass(frozen=True, slots=True)
class Macro:
    """A ``#define`` with a body; ``parameters`` is None for one without parentheses."""

    name: str
    parameters: tuple[str, ...] | None
    start: int
    body: int
    end: int

    def alias(self, layout: Layout) -> str:
        """The name this macro merely stands for, or ''."""
        text = layout.code[self.body : self.end].strip()
        return text.decode() if re.fullmatch(rb"[A-Za-z_]\w*", text) else ""


def read_macros(layout: Layout) -> dict[str, Macro]:
    """The macros of a file by name; the first of several definitions."""
    found: dict[str, Macro] = {}
    for directive in layout.directives:
        if directive.keyword != "define":
            continue
        macro = _macro(layout, directive)
        if macro is not None:
            found.setdefault(macro.name, macro)
    return found


def _macro(layout: Layout, directive: Directive) -> Macro | None:
    match = _DEFINE.match(layout.code, directive.start, directive.end)
    if match is None or not layout.code[match.end() : directive.end].strip():
        return None
    parameters: tuple[str, ...] | None = None
    if match[2] is not None:
        parameters = tuple(
            p.strip().replace("...", "").strip() or "__VA_ARGS__"
            for p in match[3].decode("latin-1").replace("\\\n", " ").split(",")
            if p.strip()
        )
    return Macro(match[1].decode(), parameters, directive.start, match.end(), directive.end)


def as_function(layout: Layout, macro: Macro, parsed: Parsed) -> Function:
    """A macro as the function that its body would be."""
    return Function(
        name=macro.name,
        start_byte=macro.start,
        end_byte=macro.end,
        start_line=layout.line_of(macro.start),
        end_line=layout.line_of(macro.end - 1),
        body_start=macro.body,
        body_end=macro.end,
        parameters=macro.parameters or (),
        annotations=(),
        static=True,
        conditions=layout.conditions_at(macro.start),
        has_error=parsed.has_error,
        macro=True,
    )


def parse_macro(layout: Layout, macro: Macro) -> Parsed:
    """The tree of a macro body inside an empty function; offsets stay those of the file."""
    base = macro.body - len(_PROLOGUE)
    if macro.end - macro.body > _MAX_BODY:
        return Parsed(None, base, b"", {}, Branches.NONE, True)
    body = layout.code[macro.body : macro.end].replace(b"\\\r\n", b"  \n").replace(b"\\\n", b" \n")
    return parse_text(normalise(_PROLOGUE + body + b";}"), base, Branches.NONE)
