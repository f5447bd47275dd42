"""The race in CPU columns, in plain ASCII, as people draw it in mail."""

from __future__ import annotations

import re
import textwrap

from reviewer.mmu.api import Execution
from reviewer.mmu.witness.rows import rows

_GAP = 2
_NARROWEST = 18
_NOTE = re.compile(r"\[[^][]{1,24}\]")
_GLUE = "\0"
"""Stands for the blanks of a short note, which stays on one line."""


def draw(execution: Execution, *, width: int = 78) -> str:
    """One column a CPU, time downwards, the outcome last; lines are at most ``width`` long.

    Notes in brackets say what a statement read or changed, flushes and waits, and reads that do
    not fit the order shown (``old value``: a write above has replaced it already).
    """
    shown = rows(execution)
    threads = sorted({row.thread for row in shown})
    if not threads:
        return _outcome(execution, width)
    column = max(_NARROWEST, (width + _GAP) // len(threads) - _GAP)
    lines = [(" " * _GAP).join(f"CPU {thread}".ljust(column) for thread in threads).rstrip()]
    for row in shown:
        indent = " " * ((column + _GAP) * threads.index(row.thread))
        words = _NOTE.sub(lambda note: note[0].replace(" ", _GLUE), _ascii(row.words))
        wrapped = textwrap.wrap(
            words, column, subsequent_indent="  ", break_long_words=True, break_on_hyphens=False
        )
        lines.extend(indent + part.replace(_GLUE, " ") for part in wrapped)
    return "\n".join([*lines, "", _outcome(execution, width)])


def _outcome(execution: Execution, width: int) -> str:
    """What the execution ends in."""
    parts = ", ".join(f"{name} = {value}" for name, value in execution.state)
    return textwrap.fill(
        _ascii(f"=> {parts or 'the outcome asked about'}"), width, subsequent_indent="   "
    )


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii")
