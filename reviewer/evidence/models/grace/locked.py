"""Locks that a reader takes before it looks: what may keep it out without any wait.

A reader that takes the updater's lock is done when that unlinks, or finds nothing. Whether a lock
is the updater's is told by its name; what callers and helpers take is not seen.
"""

from __future__ import annotations

import re

from reviewer.evidence.models.grace.tracer import concepts
from reviewer.kernel.expressions import arguments_of, lock_name
from reviewer.kernel.guards import GUARDS, NAMED
from reviewer.source.file import SourceFile
from reviewer.source.model import Function

_CALL = re.compile(rb"(?<![\w>.])([A-Za-z_]\w*)[ \t]*\(")
_GUARD = re.compile(r"\s*(\w+)\s*(?:\)\s*\(|,)(.*)", re.DOTALL)
_ARGUMENTS = 200
"""Bytes behind a bracket that are looked at."""


def locks(source: SourceFile, function: Function, until: int) -> frozenset[str]:
    """The locks that a function takes up to a line, by their names."""
    code = source.code(function.body_start, function.body_end)
    found: set[str] = set()
    for match in _CALL.finditer(code):
        if source.line_of(function.body_start + match.start()) > until:
            break
        name = match[1].decode()
        given = code[match.end() : match.end() + _ARGUMENTS].decode("utf-8", "replace")
        guard = _GUARD.match(given) if name in GUARDS else None
        if guard is not None:
            name, given = f"{NAMED}{guard[1]}", guard[2]
        if any(one.startswith("lock.acquire") for one in concepts(name)):
            first = next(iter(arguments_of(given)), "")
            found.add(lock_name(first))
    return frozenset(found - {""})
