"""What a file or a function declares and calls, from its text."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from reviewer.evidence.models.frames import OWN
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World

_VARIABLE = re.compile(
    rb"^(?![ \t#}]|typedef|return)[A-Za-z_][\w \t*]*?[ \t*](\w+)[ \t]*(?:\[[^\]\n]*\][ \t]*)*"
    rb"(?:__\w+(?:\([^)\n]*\))?[ \t]*)*(?:=|;)",
    re.M,
)
_DEFINED = re.compile(
    rb"^(?:static[ \t]+)?(?:DEFINE|DECLARE|LIST_HEAD|ATOMIC)\w*\((?:[^,()\n]*,[ \t]*)?(\w+)\)", re.M
)

_MADE = re.compile(r"(?:DEFINE|DECLARE)_\w+\(\s*(\w+)\s*,")
"""A macro that declares a variable: ``DEFINE_FOLIO_VMA_WALK(pvmw, folio, ...)``."""


@lru_cache(maxsize=1)
def helpers() -> SourceFile:
    """What some kernel helpers do, in a few accesses each."""
    file = Path(__file__).with_name("helpers.c")
    return SourceFile.parse(OWN + file.name, file.read_bytes())


@lru_cache(maxsize=32)
def variables(source: SourceFile) -> frozenset[str]:
    """Names of the variables at file level."""
    code = source.code()
    found = _VARIABLE.findall(code) + _DEFINED.findall(code)
    return frozenset(name.decode() for name in found)


@traced_cache(maxsize=4096)
def inline_of(library: Library, home: SourceFile, name: str) -> tuple[SourceFile, Function] | None:
    """The static inline of a name, looked up once a file."""
    return World(home, library).inline(name)


@lru_cache(maxsize=4096)
def called_in(source: SourceFile, start: int, end: int) -> tuple[str, ...]:
    """Names in front of a bracket in a stretch of code, each once."""
    found = re.findall(rb"(?<![\w.>])([A-Za-z_]\w*)[ \t]*\(", source.code(start, end))
    return tuple(dict.fromkeys(name.decode() for name in found))


def locals_of(source: SourceFile, function: Function, body: Node) -> tuple[str, ...]:
    """Names that a function declares."""
    found: list[str] = []
    parsed = source.parsed(function)
    waiting: list[Node] = [body]
    while waiting:
        node = waiting.pop()
        if node.type == "declaration":
            for child in node.children_by_field_name("declarator"):
                inner: Node | None = child
                while inner is not None and inner.type != "identifier":
                    step = inner.child_by_field_name("declarator")
                    inner = step if step is not None else next(iter(inner.named_children), None)
                if inner is not None:
                    found.append(parsed.text[inner.start_byte : inner.end_byte].decode("latin-1"))
        if node.type == "call_expression":
            text = parsed.text[node.start_byte : node.end_byte].decode("latin-1")
            made = _MADE.match(text)
            if made is not None:
                found.append(made[1])
        waiting.extend(node.named_children)
    return tuple(found)
