"""The race in CPU columns, in plain ASCII, as people draw it in mail."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from reviewer.mmu.api import Execution
from reviewer.mmu.witness.rows import Row, printable, rows

_GAP = 2
_NARROWEST = 18
_INDENT = "  "
_TOKEN = re.compile(r"\S+?[(,](?=\S)|\S+\s*|\s+")
"""Where a statement may be broken: after blanks, parentheses and commas."""


def draw(execution: Execution, *, width: int = 78) -> str:
    """One column a CPU, time downwards, the outcome last; lines are at most ``width`` long.

    Notes in brackets say what a statement read (``x == 1``) or wrote (``x = 1``), what it flushed
    and waited for, and which accesses do not fit the order shown (``old value``: a write above has
    replaced it already). Columns get no narrower than 18, whatever the width.
    """
    shown = rows(execution)
    threads = sorted({row.thread for row in shown})
    if not threads:
        return _outcome(execution, width)
    column = max(_NARROWEST, (width + _GAP) // len(threads) - _GAP)
    lines = [(" " * _GAP).join(f"CPU {thread}".ljust(column) for thread in threads).rstrip()]
    for row in shown:
        indent = " " * ((column + _GAP) * threads.index(row.thread))
        lines.extend(indent + part for part in _cell(row, column))
    return "\n".join([*_start(execution, width), *lines, "", _outcome(execution, width)])


def _cell(row: Row, column: int) -> Iterator[str]:
    """The lines of one row: the statement, then its notes, each note whole if it fits."""
    line = ""
    for token in _TOKEN.findall(row.text):
        if line.strip() and len(line) + len(token.rstrip()) > column:
            yield line.rstrip()
            line = _INDENT
        line += token
        while len(line.rstrip()) > column:
            at = line.rfind("_", len(_INDENT), column) + 1 or column
            yield line[:at]
            line = _INDENT + line[at:]
    for note in row.notes:
        word = f"[{printable(note)}]"
        if len(line.rstrip()) + 1 + len(word) <= column:
            line = f"{line.rstrip()} {word}"
            continue
        yield line.rstrip()
        *full, line = textwrap.wrap(
            word, column, initial_indent=_INDENT, subsequent_indent=_INDENT + " "
        )
        yield from full
    yield line.rstrip()


def _start(execution: Execution, width: int) -> Iterator[str]:
    """What memory held at first, as far as the drawing speaks of it; locks are free."""
    locks = {event.location for event in execution.events if event.kind in ("LKR", "UL", "LF")}
    parts = [
        f"{event.location} = {event.value}"
        for event in execution.events
        if event.thread < 0 and event.location not in locks
    ]
    if parts:
        text = printable(f"initially {', '.join(parts)}")
        yield textwrap.fill(text, width, subsequent_indent=" " * len("initially "))
        yield ""


def _outcome(execution: Execution, width: int) -> str:
    """What the execution ends in."""
    parts = ", ".join(f"{name} = {value}" for name, value in execution.state)
    return textwrap.fill(
        printable(f"=> {parts or 'the outcome asked about'}"), width, subsequent_indent="   "
    )
