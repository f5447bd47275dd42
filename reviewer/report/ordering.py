"""An ordering argument in words: what is seen together, where, and what keeps the rest out."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from reviewer.escape import escape
from reviewer.evidence.steps.lists import Argument, Do, Step
from reviewer.evidence.steps.table import Row, Table
from reviewer.review.talk import Ordering


def lead(one: Ordering) -> str:
    """What was run, in one or two sentences."""
    places = _and(one.argument.places)
    lists = len(one.argument.writers)
    how = "the writes" if lists == 1 else f"the {lists} lists of writes one after another"
    again = ", taken only if what is read twice is the same" if one.table.again else ""
    return f"With {how} on one CPU and the reads of {places} on another{again}, this can be seen:"


def rows(table: Table) -> Iterator[str]:
    """The table, a line for each pair (or more) of values; all columns but the last are aligned."""
    head = [*table.places, "seen on"]
    body = [[*row.values, where(row.machines, table)] for row in table.rows]
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    for line in (head, *body):
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        yield escape("  ".join(cells).rstrip())


def where(names: Sequence[str], table: Table) -> str:
    """Machines in short: all, none, or their names."""
    if not names:
        return "none" if table.machines else "not decided"
    return "all" if len(names) == len(table.machines) else ", ".join(names)


def machines(table: Table) -> str:
    """Which machines were asked."""
    asked = f"Machines: {', '.join(table.machines) or 'none'}."
    return asked + (f" Not decided: {', '.join(table.unknown)}." if table.unknown else "")


def needed(one: Ordering) -> Iterator[str]:
    """For each barrier, what is seen once it alone is gone; then those that change nothing."""
    lost: dict[Step, list[tuple[Row, tuple[str, ...]]]] = defaultdict(list)
    for row in one.table.rows:
        for barrier, names in row.without:
            lost[barrier].append((row, names))
    idle = []
    if not one.table.machines:
        return
    for barrier, after in _barriers(one.argument):
        if barrier in one.table.undecided:
            yield escape(f"without the {barrier.place}() after {after}: not decided")
            continue
        if barrier not in lost:
            idle.append(f"{barrier.place}() after {after}")
            continue
        seen = " or ".join(_values(row, one.table) for row, _ in lost[barrier])
        on = where(list(dict.fromkeys(n for _, found in lost[barrier] for n in found)), one.table)
        yield escape(f"without the {barrier.place}() after {after}: {seen}, on {on}")
    if idle:
        yield escape(f"without the {' or the '.join(idle)}: no more than with it")


def reversed_order(one: Ordering) -> str:
    """What to say of machines whose own code has the writes the other way round, or ''."""
    if not one.reversed_on:
        return ""
    return (
        f"The lists clear the word with the present bit first; on {_and(one.reversed_on)} "
        "pte_clear() writes the high word first, so a present low word can be seen there with the "
        "high word of an empty entry."
    )


def text(one: Ordering, width: int) -> Iterator[str]:
    """All of it for a terminal."""
    yield from _wrapped(f"{escape(one.path)}:{one.line}: {lead(one)}", width, "", "  ")
    yield from (f"    {line}" for line in rows(one.table))
    yield from _wrapped(machines(one.table), width, "  ", "  ")
    for line in needed(one):
        yield from _wrapped(line, width, "  ", "    ")
    if more := reversed_order(one):
        yield from _wrapped(more, width, "  ", "  ")
    yield from (f"  see {at.path}:{at.line}: {escape(at.note)}" for at in one.reversed_at)


def document(one: Ordering) -> dict[str, Any]:
    """The same for programs."""
    return {
        "path": one.path,
        "line": one.line,
        "end_line": one.end_line,
        "places": list(one.table.places),
        "rows": [
            {
                "values": list(row.values),
                "machines": list(row.machines),
                "without": [
                    {"barrier": barrier.place, "line": barrier.line, "machines": list(names)}
                    for barrier, names in row.without
                ],
            }
            for row in one.table.rows
        ],
        "machines": list(one.table.machines),
        "unknown": list(one.table.unknown),
        "undecided": [
            {"barrier": barrier.place, "line": barrier.line} for barrier in one.table.undecided
        ],
        "reversed_on": list(one.reversed_on),
        "litmus": one.table.litmus,
    }


def _barriers(argument: Argument) -> Iterator[tuple[Step, str]]:
    """Each barrier with the step before it, in words."""
    for listing in (*argument.writers, argument.reader):
        before = "the start"
        for step in listing.steps:
            if step.do is Do.BARRIER:
                yield step, before
            elif step.do is Do.READ:
                before = f"the read of {step.place}"
            else:
                before = f"{step.place} = {step.value}" if step.value else f"writing {step.place}"


def _values(row: Row, table: Table) -> str:
    pairs = zip(table.places, row.values, strict=True)
    return "/".join(f"{place} {value}" for place, value in pairs)


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _wrapped(line: str, width: int, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        line,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
