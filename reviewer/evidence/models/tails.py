"""What a function does last: whether it writes something that nothing in it orders any more.

A call that orders, or may, hides what is before it. What it writes behind all that orders in it is
not ordered by it: an object that was just made and filled in, say.
"""

from __future__ import annotations

from reviewer.evidence.models.definitions import definitions
from reviewer.evidence.models.quiet import is_quiet
from reviewer.evidence.models.trace import Tracer, words_of
from reviewer.evidence.models.values import Does, Event, Trace
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World

_DEEP = 2
"""Calls inside each other that are looked into."""


def writes_last(library: Library, event: Event) -> bool:
    """True of a call that writes a member last, with nothing behind that may order.

    Some path does, and every other one too or neither writes nor orders: the path that goes on to
    the flag may be any of them.
    """
    source = library.source(event.path)
    return source is not None and not event.orders and _writes(library, source, event.name, _DEEP)


def reads_last(library: Library, event: Event) -> bool:
    """True of a call that orders nothing, and on some path reads what others see."""
    source = library.source(event.path)
    return source is not None and not event.orders and _reads(library, source, event.name)


@traced_cache(maxsize=1024)
def _reads(library: Library, source: SourceFile, name: str) -> bool:
    found = definitions(library, source, name)
    if not found or len(found) > 1:
        return False
    events = [event for one in _paths(library, *found[0]) for event in one.events]
    return not any(
        e.orders or (e.does is Does.OPAQUE and not is_quiet(library, e)) for e in events
    ) and any(e.reads and e.place is not None and not e.place.is_private for e in events)


def _paths(library: Library, source: SourceFile, function: Function) -> tuple[Trace, ...]:
    world = World(source, library)
    return Tracer(world, words_of(world, source, [function])).traces(source, function).traces


@traced_cache(maxsize=1024)
def _writes(library: Library, source: SourceFile, name: str, deep: int) -> bool:
    found = definitions(library, source, name)
    if not found or len(found) > 1:
        return False
    lasts = {_last(library, trace.events, deep) for trace in _paths(library, *found[0])}
    return True in lasts and False not in lasts


def _last(library: Library, events: tuple[Event, ...], deep: int) -> bool | None:
    """True of a path that writes last what others see, None if it does nothing, else False."""
    for event in reversed(events):
        if event.does is Does.ACCESS and event.writes:
            if event.place is not None and event.place.is_private and not event.orders:
                continue
            return not event.orders
        if event.does is Does.OPAQUE and not is_quiet(library, event):
            source = library.source(event.path)
            return (
                deep > 0
                and source is not None
                and not event.orders
                and _writes(library, source, event.name, deep - 1)
            )
        if event.orders:
            return False
    return None
