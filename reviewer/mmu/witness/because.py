"""What forbids an outcome, or would: as lines to read and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from reviewer.mmu.program import Source
from reviewer.mmu.why import Why
from reviewer.mmu.witness.rows import printable


def why_lines(found: Why, verdict: str) -> Iterator[str]:
    """An answer for people; nothing for a verdict that is neither Sometimes nor Never."""
    if verdict == "Sometimes":
        yield (
            "any one of these makes it Never:"
            if found.remedies
            else ("no single barrier, flush, wait or stronger access makes it Never")
        )
    elif verdict == "Never":
        yield (
            "it is Never because of each of these:"
            if found.needed
            else ("no single statement is needed for it to be Never")
        )
    for one in (*found.remedies, *found.needed):
        yield from textwrap.wrap(
            printable(str(one)), 78, initial_indent="  ", subsequent_indent="    "
        )
    if not found.complete:
        yield "not all could be tried"


def why_json(found: Why) -> dict[str, Any]:
    """``remedies`` and ``needed``, each with thread, path, line and text."""
    return {
        "remedies": [
            {"what": one.what, **_place(one.thread, one.source)} for one in found.remedies
        ],
        "needed": [_place(one.thread, one.source) for one in found.needed],
        "complete": found.complete,
    }


def _place(thread: int, source: Source) -> dict[str, Any]:
    return {
        "thread": thread,
        "path": source.path,
        "line": source.line,
        "text": source.text.strip(),
    }
