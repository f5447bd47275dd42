"""What a flag passes, once its barrier is gone: the nearest access that the barrier alone ordered.

The model of a flag has a stand-in for what is passed. In code that has lost the barrier it takes
the place of an access that is really there, with all that stands between that and the flag, so that
whatever else orders the two still does. If the way to where the function begins or ends is free of
what nobody can see, what its callers have there is passed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from reviewer.evidence.models.flags import DATA
from reviewer.evidence.models.quiet import is_quiet
from reviewer.evidence.models.tails import reads_last, writes_last
from reviewer.evidence.models.types import Types
from reviewer.evidence.models.values import Does, Event, Place, Trace
from reviewer.evidence.models.windows import Window, held_before
from reviewer.world import World


@dataclass(frozen=True, slots=True)
class Stretch:
    """Steps without their barrier; ``in_callers`` if what they pass is not in the function."""

    steps: Window
    in_callers: bool
    assumed: bool = False
    """True if nothing is known to be passed there: it may show that order stays, never a loss."""
    by_address: Event | None = None
    """The read that tells where all is that is read behind it, in this function."""
    followed: bool = True
    """False if something is read there that no path shows, or may be."""


def stretch(
    world: World, trace: Trace, spanned: tuple[tuple[Event, ...], list[int]], window: Window,
    other: Window,
) -> Stretch | None:  # fmt: skip
    """The steps of a path at these indices as the window that they were before, less the barrier.

    ``other`` is the other side's window. None if something between the flag and what it passes may
    order them, or nothing is known to be passed: beyond a path that is not whole anything may be.
    """
    found = _stretch(world, *spanned, window, other)
    if found is None or not trace.partial:
        return found
    return None if found.in_callers else replace(found, followed=False)


def _stretch(
    world: World, events: tuple[Event, ...], span: list[int], window: Window, other: Window
) -> Stretch | None:
    first, last = span[0], span[-1]
    stand_in = next((e for e in window.events if e.place == DATA), None)
    if stand_in is None:
        return Stretch(replace(window, events=events[first : last + 1], barrier=-1), False)
    if window.first is stand_in:
        return _ahead(world, events, (first, last), window, stand_in)
    return _behind(world, events, (first, last), window, stand_in, other)


def _ahead(
    world: World, events: tuple[Event, ...], flag: tuple[int, int], window: Window, stand_in: Event
) -> Stretch | None:
    """The nearest write before a flag, or the nearest read that does not tell where the flag is."""
    first, last = flag
    where = events[first].place
    needed = set(where.deps) if where is not None else set()
    for at in range(first - 1, -1, -1):
        event = events[at]
        if _hides(world, event):
            found = _steps(window, events, (at, at + 1, last), (stand_in, None), False)
            if stand_in.writes and writes_last(world.library, event):
                return found
            return _assumed(found, events[at + 1 : first])
        if _reads_elsewhere(world, event, where, stand_in):
            return _steps(window, events, (at, at + 1, last), (stand_in, None), False)
        if event.register in needed and event.place is not None:
            needed |= event.place.deps
        elif _counts(event, events[first], stand_in):
            kept = at if event.orders else at + 1  # what the access itself orders counts
            return _steps(window, events, (at, kept, last), (stand_in, None), False)
    if not stand_in.writes:
        return None  # what callers read may tell them where the flag is
    return _steps(window, events, (0, 0, last), (stand_in, None), True)


def _behind(
    world: World, events: tuple[Event, ...], flag: tuple[int, int], window: Window,
    stand_in: Event, other: Window,
) -> Stretch | None:  # fmt: skip
    """The nearest write behind a flag, or the nearest read whose address does not come from it."""
    first, last = flag
    depend = {events[first].register} - {-1}
    unseen = False
    told = not (stand_in.writes or _is_number(world, events[first]) or _takes_back(other))
    for at in range(last + 1, len(events)):
        event = events[at]
        if _hides(world, event):
            found = _steps(window, events, (first, first, at - 1), (None, stand_in), False)
            return _assumed(found, events[last + 1 : at])
        unseen |= event.does is Does.OPAQUE
        if event.place is not None and not depend.isdisjoint(event.place.deps):
            depend |= {event.register} - {-1}
        elif _counts(event, events[first], stand_in):
            if told and _is_followed(events[last + 1 :], events[first].register):
                # What is passed is found there; of what is read elsewhere it is not seen to be.
                return _addressed(window, events, (first, last), stand_in, unseen=True)
            kept = at if event.orders else at - 1
            return _steps(window, events, (first, first, kept), (None, stand_in), False)
    if told:
        return _addressed(window, events, (first, last), stand_in, unseen or len(depend) < 2)
    return _steps(window, events, (first, first, len(events) - 1), (None, stand_in), True)


def _reads_elsewhere(world: World, event: Event, flag: Place | None, stand_in: Event) -> bool:
    """True of a call that reads what others see, and does not give where the flag is."""
    return (
        event.does is Does.OPAQUE
        and stand_in.reads
        and flag is not None
        and re.search(rf"\b{re.escape(event.name)}\(", flag.base) is None
        and reads_last(world.library, event)
    )


def _assumed(found: Stretch | None, between: tuple[Event, ...]) -> Stretch | None:
    """Steps up to a call that may pass anything, if something orders on this side of it."""
    if found is None or not any(event.orders for event in between):
        return None
    return replace(found, assumed=True)


def _addressed(
    window: Window, events: tuple[Event, ...], flag: tuple[int, int], stand_in: Event, unseen: bool
) -> Stretch | None:
    """A marked read with what is read at the address that it gave: ordered by where that is.

    Documentation/memory-barriers.txt, "Address dependency barriers": READ_ONCE() is enough. A plain
    read is not, since the compiler may read it twice.
    """
    first, last = flag
    tells = events[first]
    if tells.name.startswith("plain") or stand_in.place is None:
        return None
    there = replace(stand_in, place=replace(stand_in.place, deps=frozenset({tells.register})))
    branches = tuple(one for one in events[last + 1 :] if one.does is Does.BRANCH)
    found = _steps(window, (*events[: last + 1], *branches), (first, first, last + len(branches)),
                   (None, there), False)  # fmt: skip
    if found is None:
        return None
    return replace(found, assumed=True, by_address=tells, followed=not unseen)


def _is_followed(events: tuple[Event, ...], register: int) -> bool:
    """True if something is read at an address that comes from a register."""
    return register >= 0 and any(
        one.reads and one.place is not None and register in one.place.deps for one in events
    )


def _counts(event: Event, flag: Event, stand_in: Event) -> bool:
    """True of an access of the stand-in's kind that others see, to another place than the flag."""
    kind = event.writes if stand_in.writes else event.reads
    private = event.place is not None and event.place.is_private
    return event.does is Does.ACCESS and kind and not private and not _same(event, flag)


def _steps(
    window: Window, events: tuple[Event, ...], span: tuple[int, int, int],
    stand_in: tuple[Event | None, Event | None], in_callers: bool,
) -> Stretch | None:  # fmt: skip
    """The window from one index to another, with the stand-in at either end.

    ``span`` has what the locks are counted up to in front. A lock that is dropped here and was
    taken elsewhere orders what the model would not see.
    """
    begin, first, last = span
    held = held_before(events, begin)
    taken = [lock.place.role for lock in held if lock.place is not None]
    for event in events[first : last + 1]:
        if event.place is None:
            continue
        if event.does is Does.LOCK:
            taken.append(event.place.role)
        elif event.does is Does.UNLOCK:
            if event.place.role not in taken:
                return None
            taken.remove(event.place.role)
    before, behind = ([one] if one is not None else [] for one in stand_in)
    inside = (*before, *events[first : last + 1], *behind)
    return Stretch(replace(window, events=inside, barrier=-1, held=held), in_callers)


def _hides(world: World, event: Event) -> bool:
    """True of a call that may order."""
    return event.does is Does.OPAQUE and not is_quiet(world.library, event)


def _same(event: Event, flag: Event) -> bool:
    """True of an access to the flag itself, which nothing has to order; or to no known place."""
    return event.place is None or flag.place is None or event.place.role == flag.place.role


def _takes_back(other: Window) -> bool:
    """True if the other side sets the flag to 0: no address depends on who reads that."""
    return any(
        event.writes and event.place != DATA and event.value.exact == "0"
        for event in (other.first, other.last)
    )


def _is_number(world: World, flag: Event) -> bool:
    """True of a flag that is no pointer: nothing that is read behind it can depend on it for where.

    A condition on a flag does not order the reads behind it (Documentation/memory-barriers.txt,
    "Control dependencies").
    """
    if flag.place is None:
        return False
    struct, member = flag.place.chain[-1]
    name = member.partition("#")[0]
    types = Types(world)
    if struct:
        return types.is_number(struct, name)
    source = world.library.source(flag.path)
    return source is not None and types.is_number_of_file(source, name)
