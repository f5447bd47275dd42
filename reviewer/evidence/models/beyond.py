"""A flag that its own function also sets without the barrier: the pair does not hold there.

The model has the path by the barrier. Another path that sets the same flag to the same value, with
nothing on it that orders up to there, passes what the barrier would: whoever reads the flag cannot
tell by which it was set.
"""

from __future__ import annotations

from reviewer.evidence.models.shapes import Shape
from reviewer.evidence.models.values import Does, Event, Traces
from reviewer.evidence.models.windows import Window


def set_elsewhere(shape: Shape, own: Traces, other: Traces) -> Event | None:
    """Where a side that passes something by a flag sets it with nothing before that orders."""
    if shape.kinds == ("W", "W", "R", "R"):
        return _bare(shape.own, own)
    return _bare(shape.other, other) if shape.kinds == ("R", "R", "W", "W") else None


def _bare(window: Window, traces: Traces) -> Event | None:
    """The first such write; a path that comes by the barrier has passed it all already."""
    flag, barrier = window.last, window.events[window.barrier]
    for trace in traces.traces:
        for event in trace.events:
            orders = (
                event.orders and event.does is not Does.LOCK
            )  # which nothing before it waits for
            if orders or event.site == barrier.site:
                break
            if event.site != flag.site and _same(event, flag):
                return event
    return None


def _same(event: Event, flag: Event) -> bool:
    """True if the same value is written to the same place."""
    if not event.writes or event.place is None or flag.place is None:
        return False
    value, passed = event.value, flag.value
    known = (value.exact, passed.exact) if passed.exact else (value.text, passed.text)
    return event.place.key == flag.place.key and known[0] == known[1] != ""
