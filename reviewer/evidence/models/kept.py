"""What still orders a pair whose barrier is gone: another operation, or an address that was read.

On every path that touches what the pair is about the steps are put to the simulator as they are.
The outcome is still forbidden if it is Never on each, and possible on one once a single operation
there is relaxed: that operation is named, and the pair rests on it in place of the barrier. Values
read without a mark tell no order, whatever the machine does: the compiler may read them twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reviewer.evidence.models.emit import litmus, weakened
from reviewer.evidence.models.pairs import Answer, PairModel, never, possible, starts
from reviewer.evidence.models.passed import Stretch
from reviewer.evidence.models.shapes import Shape
from reviewer.evidence.models.values import Event
from reviewer.evidence.models.windows import Window


def kept(
    former: PairModel, shapes: Sequence[Shape | None], missing: str,
    left: Sequence[Stretch | None],
) -> PairModel | None:  # fmt: skip
    """The pair without a barrier, if on all its paths something else forbids its outcome.

    ``shapes`` are the pair's steps now, None where a path tells nothing. Of an address whose users
    stand in callers it is only said that all is ordered that is reached through it.
    """
    if not shapes or any(one is None for one in shapes):
        return None
    by: dict[Event, None] = {}
    shown: Shape | None = None
    loose: Event | None = None
    for shape, stretch in zip(shapes, left, strict=True):
        assert shape is not None
        assert stretch is not None
        told = _told(shape)
        if not _excluded(told):
            return None
        op: Event | None = None
        if stretch.by_address is None:
            op = next(iter(_rests(told, missing)), None)
        elif not _excluded(_anywhere(told)):  # else its conditions keep the path out
            op = stretch.by_address
            loose = loose or (None if stretch.followed else op)
        if op is not None:
            by.setdefault(op)
            shown = shown or told
    if shown is None:
        return None
    program = next(
        one for start in starts() if (one := litmus(shown, start, "pair")) is not None
    )  # fmt: skip
    if loose is not None:
        why = (
            f"the barrier is gone; what is read at the address that {loose.name}() gives "
            f"({loose.path}:{loose.line}) is still ordered, and what else is read is not known"
        )
        return PairModel(Answer.UNKNOWN, why, shown, program, kept_by=tuple(by))
    return replace(
        former, shape=shown, program=program, without=(), missing=missing, before=former.program,
        kept_by=tuple(by),
    )  # fmt: skip


def _told(shape: Shape) -> Shape:
    """The shape without what a plain read tells of an address."""
    return Shape(_marked(shape.own), _marked(shape.other), shape.kinds)


def _marked(window: Window) -> Window:
    plain = {event.register for event in window.events if event.name.startswith("plain")}
    return _less(window, frozenset(plain))


def _anywhere(shape: Shape) -> Shape:
    """The shape with no address that was read."""
    own, other = (
        _less(one, frozenset(event.register for event in one.events))
        for one in (shape.own, shape.other)
    )
    return Shape(own, other, shape.kinds)


def _less(window: Window, told: frozenset[int]) -> Window:
    events = tuple(
        replace(event, place=replace(event.place, deps=event.place.deps - told))
        if event.place is not None
        else event
        for event in window.events
    )
    return replace(window, events=events)


def _excluded(shape: Shape) -> bool:
    """True if the outcome is Never whatever the places hold at first, and can be asked about."""
    programs = [one for start in starts() if (one := litmus(shape, start, "pair")) is not None]
    return bool(programs) and all(never(one.text) for one in programs)


def _rests(shape: Shape, missing: str) -> Iterator[Event]:
    """Single operations of the side that lost its barrier without which the outcome is possible."""
    window = shape.own if missing == "own" else shape.other
    for at, event in enumerate(window.events):
        if not event.orders:
            continue
        lesser = weakened(replace(window, barrier=at))
        if lesser is None:
            continue
        other = (
            Shape(lesser, shape.other, shape.kinds)
            if missing == "own"
            else Shape(shape.own, lesser, shape.kinds)
        )
        programs = [one for start in starts() if (one := litmus(other, start, "pair")) is not None]
        if any(possible(one.text) for one in programs):
            yield event
