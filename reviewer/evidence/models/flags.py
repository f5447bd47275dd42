"""Message passing told by its flag alone: what is passed is written and read somewhere else.

A release of a flag and an acquire of the same flag order all that comes before the one and all that
comes after the other, in callers too. So do two fences beside accesses to the one place that one
side writes and the other touches. The model has a stand-in for what is passed: the flag has to be
the same member, be written behind the one barrier, and be read before the other. Two fences also do
if the flag is what is passed: it is written before the one and read behind the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reviewer.evidence.models.shapes import Candidate
from reviewer.evidence.models.sides import Side
from reviewer.evidence.models.values import Does, Event, Place
from reviewer.evidence.models.windows import Window, held_before

DATA = Place("local", "data", "data")
"""The stand-in."""
_WRITES, _READS = "all that is written before", "all that is read behind"
_WRITES_LATER, _READS_EARLIER = "all that is written behind", "all that is read before"
_ONE_WAY = re.compile(r"acquire|release|smp_[rw]mb|rcu_assign_pointer|rcu_dereference")
Quiet = Callable[[Event], bool]
"""Whether a call that is not followed certainly orders nothing."""


@dataclass(frozen=True, slots=True)
class _Half:
    """One side: the barrier, the flag, and whether the flag is written.

    ``passed`` says that the flag is what is passed, and something else tells of it.
    """

    window: Window
    flag: Event
    writes: bool
    itself: bool
    """True if the barrier is the access to the flag."""
    passed: bool = False


def flagged(own: Side, other: Side, quiet: Quiet) -> Iterator[Candidate]:
    """Message passing through one flag, from one side to the other.

    A flag beside a fence has to be the one place that one side writes and the other touches: of
    two the wrong one may be taken. Nor may one side write behind the flag what the other reads
    behind it: swapped lines would still hold. Of two full barriers another shape may be meant.
    """
    if own.gone and other.gone:
        return
    shared = _shared(own, other)
    mine, theirs = (list(_halves(side, shared, quiet)) for side in (own, other))
    sole = len({place.chain[-1] for place in shared}) == 1
    for one in mine:
        for two in theirs:
            if one.writes is two.writes or one.passed is not two.passed:
                continue
            if not _place(one).same(_place(two)) or not (_is_one_way(one) or _is_one_way(two)):
                continue
            if not (sole or (one.itself and two.itself)) or _late(one, own, two, other):
                continue
            kinds = ("W", "W", "R", "R") if one.writes else ("R", "R", "W", "W")
            yield Candidate((one.window,), (two.window,), kinds, ())


def _is_one_way(half: _Half) -> bool:
    """True of a barrier that is good for message passing alone, and not for store buffering."""
    if half.window.barrier < 0:
        return True
    statement = half.window.events[half.window.barrier].statement
    return _ONE_WAY.search(statement) is not None


def _place(half: _Half) -> Place:
    assert half.flag.place is not None
    return half.flag.place


def _late(one: _Half, own: Side, two: _Half, other: Side) -> bool:
    """True if something is written behind the flag that the other side reads behind it."""
    if not one.writes:
        one, own, two, other = two, other, one, own
    written = {e.place for e in _behind(own, one.flag) if e.writes and e.place is not None}
    read = [e.place for e in _behind(other, two.flag) if e.reads and e.place is not None]
    return any(place.same(late) for late in written for place in read)


def _behind(side: Side, flag: Event) -> Iterator[Event]:
    """What comes behind an access on some path, other than that access."""
    for trace in side.traces.traces:
        sites = [event.site for event in trace.events]
        if flag.site in sites:
            rest = trace.events[sites.index(flag.site) + 1 :]
            yield from (event for event in rest if event.site != flag.site)


def _shared(own: Side, other: Side) -> tuple[Place, ...]:
    """The places that both sides touch, and one of them writes."""
    mine, theirs = (
        {(e.place, e.writes) for t in side.traces.traces for e in t.events if e.place is not None}
        for side in (own, other)
    )
    met = [
        (one, two)
        for one, writes in mine
        for two, written in theirs
        if (writes or written) and one.same(two)
    ]
    return tuple({place for pair in met for place in pair})


def _halves(side: Side, shared: tuple[Place, ...], quiet: Quiet) -> Iterator[_Half]:
    """What each barrier of a side may be beside its flag, each piece of code once."""
    if side.gone:
        yield from _bare(side)
        return
    seen: set[object] = set()
    for events, at in side.barriers:
        later = _flag(events, range(at, len(events)), shared, quiet)
        earlier = _flag(events, range(at, -1, -1), shared, quiet)
        for half in (
            _release(events, at, later),
            _acquire(events, at, earlier),
            _passing(events, at, earlier),
            _passed(events, at, later),
        ):
            key = (half.window.first.site, half.window.last.site) if half is not None else None
            if half is not None and key not in seen:
                seen.add(key)
                yield half


def _bare(side: Side) -> Iterator[_Half]:
    """Writes of a side that has no barrier, if all of it was seen and nothing else orders there.

    Reads are left alone: what is read behind may depend on the flag, which orders it. So is a flag
    that is taken back, which publishes nothing.
    """
    events = [event for trace in side.traces.traces for event in trace.events]
    if side.traces.left_out or any(e.orders or e.does is Does.OPAQUE for e in events):
        return
    for event in dict.fromkeys(events):
        if event.writes and event.place is not None and event.value.exact != "0":
            window = Window((_stand_in(event, _WRITES), event), -1, 1, (), 0)
            yield _Half(window, event, True, True)


def _release(events: tuple[Event, ...], at: int, last: int) -> _Half | None:
    """All that is written before, the barrier, the flag."""
    if last < 0 or not events[last].writes:
        return None
    data = _stand_in(events[at], _WRITES)
    window = Window((data, *events[at : last + 1]), 1, 1, held_before(events, at), last - at)
    return _Half(window, events[last], True, last == at)


def _acquire(events: tuple[Event, ...], at: int, first: int) -> _Half | None:
    """The flag, the barrier, all that is read behind."""
    if first < 0 or not events[first].reads:
        return None
    data = _stand_in(events[at], _READS)
    held = held_before(events, first)
    window = Window((*events[first : at + 1], data), at - first, at - first, held, at - first)
    return _Half(window, events[first], False, first == at)


def _passing(events: tuple[Event, ...], at: int, first: int) -> _Half | None:
    """The flag, a fence, all that is written behind."""
    if first < 0 or not events[first].writes or events[at].statement != "smp_wmb();":
        return None
    data = _stand_in(events[at], _WRITES_LATER)
    held = held_before(events, first)
    window = Window((*events[first : at + 1], data), at - first, at - first, held, at - first)
    return _Half(window, events[first], True, False, passed=True)


def _passed(events: tuple[Event, ...], at: int, last: int) -> _Half | None:
    """All that is read before, a fence, the flag."""
    if last < 0 or not events[last].reads or events[at].statement != "smp_rmb();":
        return None
    data = _stand_in(events[at], _READS_EARLIER)
    window = Window((data, *events[at : last + 1]), 1, 1, held_before(events, at), last - at)
    return _Half(window, events[last], False, False, passed=True)


def _flag(events: tuple[Event, ...], order: range, shared: tuple[Place, ...], quiet: Quiet) -> int:
    """The barrier itself, or the access nearest to it that both sides are at.

    -1 if there is none, or something unseen is between.
    """
    for index in order:
        event = events[index]
        if event.does is Does.ACCESS and event.place is not None:
            if index == order.start or any(event.place.same(one) for one in shared):
                return index
        elif event.does is Does.OPAQUE and not quiet(event):
            return -1
    return -1


def _stand_in(barrier: Event, name: str) -> Event:
    writes = name in (_WRITES, _WRITES_LATER)
    return Event(
        Does.ACCESS, name, barrier.path, barrier.line, barrier.top, place=DATA, writes=writes,
        statement="WRITE_ONCE(*@, $)" if writes else "READ_ONCE(*@)", reads=not writes,
        register=-1 if writes else 1 << 20,
    )  # fmt: skip
