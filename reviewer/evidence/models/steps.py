"""The steps of a pair on a path: what a barrier stood between, with it and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from reviewer.evidence.models.flags import DATA
from reviewer.evidence.models.trace import MARK
from reviewer.evidence.models.values import Does, Event, Trace
from reviewer.evidence.models.windows import Window
from reviewer.source.file import SourceFile
from reviewer.source.model import Function

ORDERING = (Does.FENCE, Does.LOCK, Does.UNLOCK, Does.OPAQUE)


def places_of(source: SourceFile, function: Function, window: Window) -> tuple[int, ...]:
    """Where a function spells what a window is about, before a patch as after it."""
    members = {e.place.chain[-1][1] for e in window.events if e.place not in (None, DATA)}
    words = b"|".join(sorted(re.escape(one.partition("#")[0].encode()) for one in members))
    code = source.code(function.body_start, function.body_end)
    found = re.finditer(rb"\b(?:" + words + rb")\b", code)
    return tuple(function.body_start + one.start() for one in found)


def spans(
    trace: Trace, expected: list[Event], roles: set[tuple[str, str]]
) -> list[tuple[tuple[Event, ...], list[int]]]:
    """The stretches of a path that are the expected steps, with nothing that counts in between."""
    events = tuple(e for e in trace.events if e.name != MARK)
    kept = [at for at, e in enumerate(events) if counts(e, roles)]
    spans = [kept[first : first + len(expected)] for first in range(len(kept))]
    return [
        (events, span)
        for span in spans
        if len(span) == len(expected)
        and all(_alike(events[at], one) for at, one in zip(span, expected, strict=True))
    ]


def counts(event: Event, roles: set[tuple[str, str]]) -> bool:
    """True of what is compared: accesses to the same members, and all that orders."""
    if event.does is Does.ACCESS:
        return event.orders or (event.place is not None and event.place.role in roles)
    return event.does in ORDERING


def lesser(steps: list[Event], barrier: int) -> Iterator[list[Event]]:
    """The steps without the barrier: the fence left out, the access without its order."""
    event = steps[barrier]
    if event.does is Does.FENCE:
        yield [*steps[:barrier], *steps[barrier + 1 :]]
    elif event.does is Does.ACCESS:
        yield [*steps[:barrier], replace(event, orders=False), *steps[barrier + 1 :]]


def _alike(event: Event, other: Event) -> bool:
    """True of the same step, wherever it stands; of an access only what it does to which member."""
    if event.does is not other.does or event.orders is not other.orders:
        return False
    if event.does is Does.ACCESS:
        same = event.place is not None and other.place is not None
        return same and (event.place.role, event.reads, event.writes) == (  # type: ignore[union-attr]
            other.place.role, other.reads, other.writes,  # type: ignore[union-attr]
        )  # fmt: skip
    return event.name == other.name
