"""What is there in every configuration, and how far a guard reaches."""

from __future__ import annotations

import re

from reviewer.evidence.models.values import Event
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import Library

_GUARD = re.compile(rb"\bguard\s*\(\s*rcu\s*\)")


def is_always_there(library: Library, source: SourceFile, function: Function, event: Event) -> bool:
    """True unless preprocessor conditions leave a step of a function, or its helper, out."""
    around = source.conditions_at(function.start_byte)
    where = library.source(event.path) if event.path != source.path else source
    if where is None or _conditions(source, event.top)[: len(around) + 1] != around:
        return False
    inside = _conditions(where, event.line)
    return inside == (around[: len(inside)] if where is source else ())


def _conditions(source: SourceFile, line: int) -> tuple[str, ...]:
    start = sum(len(one) + 1 for one in source.data.split(b"\n", line - 1)[: line - 1])
    return source.conditions_at(start)


def guarded(source: SourceFile, function: Function) -> list[tuple[int, int]]:
    """Where guards of RCU begin in the code of a function's body, and where their blocks end."""
    code = source.code(function.body_start, function.body_end)
    return [(one.start(), _block_end(code, one.end())) for one in _GUARD.finditer(code)]


def _block_end(code: bytes, start: int) -> int:
    depth = 0
    for one in re.finditer(rb"[{}]", code[start:]):
        depth += 1 if one[0] == b"{" else -1
        if depth < 0:
            return start + one.end()
    return len(code)
