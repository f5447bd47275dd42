"""A flag that its own function also sets, or looks at, without the barrier.

The model has the path by the barrier. Another path that sets the same flag to the same value, with
nothing on it that orders up to there, passes what the barrier would: whoever reads the flag cannot
tell by which it was set. One that looks at the flag and then at what it passes is asked about.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.evidence.models.flags import DATA
from reviewer.evidence.models.shapes import Shape
from reviewer.evidence.models.trace import MARK
from reviewer.evidence.models.values import Does, Event, Traces
from reviewer.evidence.models.windows import VARIANTS, Window, held_before


def set_elsewhere(shape: Shape, own: Traces, other: Traces) -> Event | None:
    """Where a side that passes something by a flag sets it with nothing before that orders."""
    if shape.kinds == ("W", "W", "R", "R"):
        return _bare(shape.own, own)
    return _bare(shape.other, other) if shape.kinds == ("R", "R", "W", "W") else None


def looks_elsewhere(shape: Shape, own: Traces, other: Traces) -> Iterator[Shape]:
    """The pair with ways of its reader that do not come by the barrier."""
    if shape.kinds == ("R", "R", "W", "W"):
        yield from (Shape(one, shape.other, shape.kinds) for one in _looks(shape.own, own))
    elif shape.kinds == ("W", "W", "R", "R"):
        yield from (Shape(shape.own, one, shape.kinds) for one in _looks(shape.other, other))


def _looks(window: Window, traces: Traces) -> Iterator[Window]:
    flag, data, barrier = window.first, window.last, window.events[window.barrier]
    if data.place == DATA or flag.place == DATA:
        return
    seen: set[object] = set()
    for trace in traces.traces:
        for at, end in _ways(trace.events, flag, data, barrier):
            events = tuple(one for one in trace.events[at : end + 1] if one.name != MARK)
            key = tuple(one.site for one in events)
            if key not in seen and len(seen) < VARIANTS:
                seen.add(key)
                yield Window(events, -1, -1, held_before(trace.events, at), 0)


def _ways(
    events: tuple[Event, ...], flag: Event, data: Event, barrier: Event
) -> Iterator[tuple[int, int]]:
    """From a look at the flag to one at what it passes, with nothing in between that is either."""
    at = -1
    for here, event in enumerate(events):
        if event.site == barrier.site:
            at = -1
        elif event.reads and _there(event, flag):
            at = here
        elif event.reads and _there(event, data) and at >= 0:
            yield at, here
            at = -1


def _there(event: Event, other: Event) -> bool:
    return (
        event.place is not None and other.place is not None and event.place.key == other.place.key
    )


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
    value, passed = event.value, flag.value
    known = (value.exact, passed.exact) if passed.exact else (value.text, passed.text)
    return event.writes and _there(event, flag) and known[0] == known[1] != ""
