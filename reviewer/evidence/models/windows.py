"""Stretches of paths between two accesses that a barrier stands between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reviewer.evidence.models.trace import MARK
from reviewer.evidence.models.values import Does, Event, Traces

VARIANTS = 4
"""Stretches of different paths between the same two accesses that are looked at."""
REACH = 40
"""Accesses away from the barrier beyond which one is not taken to be meant."""
Site = tuple[str, int, str, tuple[str, str, str] | None]


@dataclass(frozen=True, slots=True)
class Window:
    """The events from one access to another; ``barrier`` is the index of the barrier, or -1.

    ``held`` are locks taken before the window began. ``mark`` is where a missing barrier is said to
    be: the index of the event that it would stand before.
    """

    events: tuple[Event, ...]
    barrier: int
    mark: int
    held: tuple[Event, ...]
    distance: int

    @property
    def first(self) -> Event:
        """The earlier access."""
        return self.events[0]

    @property
    def last(self) -> Event:
        """The later access."""
        return self.events[-1]

    @property
    def opaque(self) -> tuple[Event, ...]:
        """Calls inside that could not be seen."""
        return tuple(one for one in self.events if one.does is Does.OPAQUE)


Windows = dict[tuple[Site, Site], tuple[Window, ...]]
"""Windows by the two pieces of code they are between."""


def windows(
    traces: Traces, splits: Callable[[tuple[Event, ...]], list[tuple[int, bool]]]
) -> Windows:
    """Windows around the places that ``splits`` finds in each path.

    A split is an index and whether a barrier stands there; without one, whatever comes before that
    index is on one side of it.
    """
    found: dict[tuple[Site, Site], dict[object, Window]] = {}
    for trace in traces.traces:
        for at, real in splits(trace.events):
            before = _accesses(trace.events, range(at if real else at - 1, -1, -1))
            after = _accesses(trace.events, range(at, len(trace.events)))
            for far, one in enumerate(before):
                for near, other in enumerate(after):
                    if one >= other or far + near > REACH:
                        continue
                    window = _window(trace.events, one, other, at, real, far + near)
                    key = (window.first.site, window.last.site)
                    alike = found.setdefault(key, {})
                    same = tuple((e.site, e.value.exact) for e in window.events)
                    known = alike.get(same)
                    if known is None and len(alike) < VARIANTS:
                        alike[same] = window
    return {key: tuple(alike.values()) for key, alike in found.items()}


def _accesses(events: tuple[Event, ...], order: range) -> list[int]:
    """Indices of accesses, nearest first, each piece of code once."""
    out: list[int] = []
    seen: set[Site] = set()
    for index in order:
        event = events[index]
        if event.does is Does.ACCESS and event.place is not None and event.site not in seen:
            seen.add(event.site)
            out.append(index)
    return out


def _window(
    events: tuple[Event, ...], one: int, other: int, at: int, real: bool, distance: int
) -> Window:
    held = held_before(events, one)
    inside = tuple(e for e in events[one : other + 1] if e.name != MARK)
    marks = sum(1 for e in events[one:at] if e.name == MARK)
    return Window(inside, at - one - marks if real else -1, at - one - marks, held, distance)


def held_before(events: tuple[Event, ...], at: int) -> tuple[Event, ...]:
    """The locks that a path has taken before an index, and not dropped."""
    held: list[Event] = []
    for event in events[:at]:
        if event.does is Does.LOCK:
            held.append(event)
        elif event.does is Does.UNLOCK and event.place is not None:
            role = event.place.role
            held = [lock for lock in held if lock.place is None or lock.place.role != role]
    return tuple(held)


def all_pairs(traces: Traces, roles: frozenset[tuple[str, str]]) -> Windows:
    """Windows between any two accesses to the roles, with no barrier in mind."""
    return windows(
        traces,
        lambda events: [
            (index, False)
            for index, event in enumerate(events)
            if event.does is Does.ACCESS and event.place is not None and event.place.role in roles
        ],
    )
