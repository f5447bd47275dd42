"""The steps of a race, read back from its drawing in CPU columns.

The drawing (reviewer/mmu/witness/columns.py) is what rules keep of an execution that is in an
order a person can follow; the execution's JSON has the events, not their order in time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_HEAD = re.compile(r"CPU \d+(?:\s+CPU \d+)*\s*")
_CPU = re.compile(r"CPU (\d+)")


@dataclass(frozen=True, slots=True)
class Step:
    """What one CPU does at one time; ``notes`` is what the brackets of the drawing say."""

    cpu: int
    text: str
    notes: str


@dataclass(frozen=True, slots=True)
class Race:
    """A race in time order, with what memory held before and the outcome."""

    start: str
    cpus: tuple[int, ...]
    steps: tuple[Step, ...]
    outcome: str


@lru_cache(maxsize=256)
def race_of(drawing: str) -> Race | None:
    """The steps of a drawing; None if it has no CPU columns."""
    lines = drawing.split("\n")
    head = next((at for at, line in enumerate(lines) if _HEAD.fullmatch(line)), None)
    if head is None:
        return None
    columns = {match.start(): int(match[1]) for match in _CPU.finditer(lines[head])}
    steps: list[list[str]] = []
    owners: list[int] = []
    rest = head + 1
    for rest in range(head + 1, len(lines)):
        line = lines[rest]
        if not line.strip() or line.startswith("=>"):
            break
        indent = len(line) - len(line.lstrip())
        column = max(start for start in columns if start <= indent)
        if indent == column:
            owners.append(columns[column])
            steps.append([line.strip()])
        elif steps:
            steps[-1].append(line.strip())
    return Race(
        start=_joined(lines[:head]),
        cpus=tuple(columns.values()),
        steps=tuple(
            Step(cpu, *_parted(" ".join(parts))) for cpu, parts in zip(owners, steps, strict=True)
        ),
        outcome=_joined(lines[rest:]),
    )


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())


def _parted(text: str) -> tuple[str, str]:
    """Statement and notes: the notes are in brackets at the end, after a blank."""
    statement, bracket, notes = text.partition(" [")
    return statement, bracket.strip() + notes
