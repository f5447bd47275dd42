"""The two sides of a pair: paths of a function, split at the barrier that a comment speaks of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reviewer.claims.model import Claim
from reviewer.evidence.models.trace import MARK, Tracer
from reviewer.evidence.models.values import Does, Event, Trace, Traces
from reviewer.evidence.models.windows import Windows, all_pairs, windows
from reviewer.judging.pairing import Partner
from reviewer.kernel.order import Order
from reviewer.kernel.table import order_of
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

BODIES = 3
"""Definitions of the other side's function that are followed."""

_BELOW = 2
"""Lines below a comment in which the access stands that it is about."""
_BLOCKS = 3
"""Places of a function with too many paths around which it is followed."""


@dataclass(frozen=True, slots=True)
class Side:
    """A function's paths and the windows around its barrier; ``gone`` if it has no such barrier.

    ``barriers`` are the paths, each with the index of a barrier on it.
    """

    traces: Traces
    windows: Windows
    gone: bool
    barriers: tuple[tuple[tuple[Event, ...], int], ...]


def _side(traces: Traces, splits: Callable[[tuple[Event, ...]], list[tuple[int, bool]]]) -> Side:
    barriers = [(trace.events, at) for trace in traces.traces for at, _ in splits(trace.events)]
    return Side(traces, windows(traces, splits), False, tuple(barriers))


def own_side(world: World, claim: Claim, function: Function, words: frozenset[str]) -> Side:
    """The comment's own side, split at the ordering operation below the comment."""
    comment = claim.comment
    anchor = comment.anchor.start_byte
    traces = followed(world, words, world.source, function, (anchor,), anchor)
    first = comment.start_line if comment.trailing else comment.end_line
    last = comment.anchor.end_line
    marked = [t for t in traces.traces if any(e.name == MARK for e in t.events)]
    lines = sorted(
        {e.top for t in marked for e in _ordering(t.events, world.source.path, first, last)}
    )
    if lines:
        return _side(traces, lambda events: _at_line(events, lines[0]))
    return Side(traces, windows(traces, _at_mark), True, ())


def _ordering(events: tuple[Event, ...], path: str, first: int, last: int) -> Iterator[Event]:
    """What may be the barrier of a comment over some lines: what the function itself spells there.

    A helper that orders is one too, if it is called before anything else is touched; what a later
    call happens to order is not what the comment speaks of.
    """
    touched = False
    for event in events:
        if not first <= event.top <= last:
            continue
        own = event.path == path and event.line == event.top
        if event.orders and (own or not touched):
            yield event
        touched |= event.does is Does.ACCESS


def _at_line(events: tuple[Event, ...], line: int) -> list[tuple[int, bool]]:
    return [(at, True) for at, event in enumerate(events) if event.orders and event.top == line]


def _at_mark(events: tuple[Event, ...]) -> list[tuple[int, bool]]:
    """Right before the code below the comment, and behind its first access.

    A comment over a load that was an acquire speaks of what comes behind that load.
    """
    out: list[tuple[int, bool]] = []
    for at, event in enumerate(events):
        if event.name == MARK:
            out.append((at, False))
            first = next((n for n in range(at, len(events)) if events[n].does is Does.ACCESS), -1)
            if 0 <= first < len(events) - 1 and events[first].top - event.top <= _BELOW:
                out.append((first + 1, False))
    return out


def other_side(
    world: World, partner: Partner, other: tuple[SourceFile, Function], words: frozenset[str]
) -> Side:
    """The named side, split at each operation of the kind that the comment names."""
    source, function = other
    places = tuple(spelled_at(source, function, partner.primitives))
    traces = followed(world, words, source, function, places)
    names = frozenset(partner.primitives) if partner.exact else frozenset()
    events = {e for t in traces.traces for e in t.events if e.orders}
    exact = {e.site for e in events if e.name in names or _spelled(source, e, names)}
    want = partner.want
    if not exact and want is not None and not names:
        exact = {e.site for e in events if (order_of(e.name) or Order.NONE) & want}
    if not exact and not partner.primitives:
        exact = {e.site for e in events}
    if exact:
        return _side(
            traces,
            lambda path: [(at, True) for at, e in enumerate(path) if e.orders and e.site in exact],
        )
    roles = frozenset(e.place.role for t in traces.traces for e in t.events if e.place is not None)
    return Side(traces, all_pairs(traces, roles), True, ())


def _spelled(source: SourceFile, event: Event, names: frozenset[str]) -> bool:
    """True if the line of the function itself spells one of the names."""
    if not names:
        return False
    text = source.code_of_line(event.top).decode("latin-1")
    return any(re.search(rf"\b{re.escape(one)}\b", text) for one in names)


def followed(
    world: World, words: frozenset[str], source: SourceFile, function: Function,
    places: tuple[int, ...], mark: int = -1, *, closed: bool = False,
) -> Traces:  # fmt: skip
    """The paths of a function; of one that has too many, those of the blocks around some places.

    ``closed`` follows no helper but macros: what one does may be anything, and a function that has
    too many paths with them may be followed to its ends without.
    """
    whole = Tracer(world, words, mark, closed=closed).traces(source, function)
    if whole.traces:
        return whole
    found: list[Traces] = []
    for place in places[:_BLOCKS]:
        part = Tracer(world, words, mark, closed=closed).around(source, function, place)
        if part.traces:
            found.append(part)
    traces = tuple(dict.fromkeys(one for part in found for one in part.traces))
    left_out = tuple(dict.fromkeys(one for part in (whole, *found) for one in part.left_out))
    return Traces(whole.function, whole.path, traces, left_out)


def each_way(
    world: World, words: frozenset[str], source: SourceFile, function: Function,
    places: tuple[int, ...],
) -> Iterator[tuple[bool, tuple[Trace, ...]]]:  # fmt: skip
    """The paths of a function; of one with too many, those without its helpers too (True)."""
    found = followed(world, words, source, function, places).traces
    yield False, found
    if not found or any(one.partial for one in found):
        yield True, followed(world, words, source, function, places, closed=True).traces


def spelled_at(source: SourceFile, function: Function, names: tuple[str, ...]) -> Iterator[int]:
    """Where a function spells one of the primitives, or else anything that orders as they do."""
    code = source.code(function.body_start, function.body_end)
    wanted = [order for name in names if (order := order_of(name)) is not None]
    calls = [
        (match[1].decode(), function.body_start + match.start())
        for match in re.finditer(rb"(?<![\w.>])([A-Za-z_]\w*)\s*\(", code)
    ]
    exact = [at for name, at in calls if name in names]
    yield from exact or (
        at for name, at in calls if any((order_of(name) or Order.NONE) & one for one in wanted)
    )
