"""What a pair of barriers forbade before a patch, and forbids no more: the steps without it.

A pair that is undecided after a patch may be so only since its barrier is gone: nothing marks any
more where one side's steps are to be split. The model of the code before tells which steps the
barrier stood between; if they stand in the code after the patch as they did, but for the barrier,
they are put to the simulator beside the other side. All that orders on the path must be what did
before, less the barrier: what a patch adds may be there in its place. Where only the flag of a pair
is seen, what is passed must be: an access beyond the place of the barrier that nothing else orders,
or, if nothing orders up to where the function begins or ends, what its callers have there; not if
the patch has a caller order more, in whatever file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from reviewer.claims.model import Claim
from reviewer.evidence.models.anew import callers_order_anew
from reviewer.evidence.models.flags import DATA
from reviewer.evidence.models.kept import kept
from reviewer.evidence.models.pairs import (
    Answer,
    PairModel,
    forbidding,
    pair_model,
)
from reviewer.evidence.models.passed import Stretch, stretch
from reviewer.evidence.models.shapes import Shape
from reviewer.evidence.models.shown import allowed, unshown
from reviewer.evidence.models.sides import BODIES, each_way, followed
from reviewer.evidence.models.steps import ORDERING, counts, lesser, places_of, spans
from reviewer.evidence.models.stood import is_as_it_was, stood
from reviewer.evidence.models.trace import MARK, code_of, words_of
from reviewer.evidence.models.unshown_locks import shared_lock
from reviewer.evidence.models.values import Does, Event, Trace
from reviewer.evidence.models.windows import Window
from reviewer.judging.pairing import Partner, Place
from reviewer.source.file import SourceFile
from reviewer.source.model import CommentBlock, Function
from reviewer.world import World

_TELLING = 2
"""Steps that must be known, the barrier and an access, to tell that a barrier stands elsewhere."""
_POINTED = re.compile(
    rb"(?:[=(,!&|?:;{}<>+\-/%~]|\breturn\b)\s*\*+\s*[A-Za-z_(]|(?<![\w.>])[A-Za-z_]\w*\s*\[|\)\s*\["
)
"""What is read at a pointer and is no member of a struct, which no path shows: ``*p``, ``p[1]``."""
_Orders = frozenset[tuple[tuple[Does, str], int]]
_Former = Callable[[bool], set[tuple[_Orders, _Orders]]]
"""What ordered on the paths that had a barrier, with it and without; True: helpers not followed."""


def forbade(world: World, claim: Claim, partner: Partner, place: Place) -> bool:
    """True if the pair, with the same comment, forbade its outcome before the patch."""
    found = _before(world, claim, partner, place)
    return found is not None and found[1].answer is Answer.FORBIDS


def pair_left(world: World, claim: Claim, partner: Partner, place: Place) -> PairModel:
    """What a pair forbids or allows, by the code before the patch under review where that helps.

    One that some definition of the other side keeps is not kept if another one has lost it: each
    configuration has its own. Neither is said where both sides may hold a lock that is not shown.
    """
    model = _left(world, claim, partner, place)
    if model.answer is Answer.UNKNOWN:
        return model
    why = shared_lock(world, claim, place, model)
    return replace(model, answer=Answer.UNKNOWN, why=why) if why else model


def _left(world: World, claim: Claim, partner: Partner, place: Place) -> PairModel:
    model = pair_model(world, claim, partner, place)
    if model.answer is Answer.FORBIDS:
        why = unshown(world, claim, place, model)
        model = replace(model, answer=Answer.UNKNOWN, why=why) if why else model
    if world.before is None:
        return model
    if model.answer is not Answer.FORBIDS:
        return without_barrier(world, claim, partner, place) or model
    if _fewer(world.before, world, claim, partner, place):
        why = f"one definition of {place.name}() has its barrier, another has lost it"
        return PairModel(Answer.UNKNOWN, why)
    return model


def _fewer(was: World, world: World, claim: Claim, partner: Partner, place: Place) -> bool:
    """True if fewer definitions of the other side forbid the outcome than before the patch."""
    comment = stood(was, world, claim)
    if comment is None or len(was.functions(place.name)) < 2:
        return False
    if is_as_it_was(was, world, claim, place):
        return False
    before = forbidding(was, replace(claim, comment=comment), partner, place)
    return before > 1 and forbidding(world, claim, partner, place) < before


def without_barrier(
    world: World, claim: Claim, partner: Partner, place: Place
) -> PairModel | None:  # fmt: skip
    """The pair after a patch that took one of its barriers away, if it forbade its outcome before.

    It allows it now, or forbids it still by what else orders. None if the patch leaves both
    barriers, or if neither can be told.
    """
    was = world.before
    function = world.source.function_at(claim.comment.start_byte)
    if was is None or function is None or is_as_it_was(was, world, claim, place):
        return None
    found = _before(world, claim, partner, place)
    if found is None:
        return None
    comment, former = found
    shape = former.shape
    if former.answer is not Answer.FORBIDS or shape is None:
        return None
    still: PairModel | None = None
    stood = was.source.function_at(comment.start_byte)
    if stood is not None:
        standing = ((was.source, stood, (comment.anchor.start_byte,)),)
        had = partial(_former, was, standing, shape.own)
        places: tuple[int, ...] = (claim.comment.anchor.start_byte,)
        left = list(_without(world, world.source, function, places, shape, had))
        steps = [Shape(one.steps, shape.other, shape.kinds) if one else None for one in left]
        model = allowed(former, steps, "own", left)
        if model is not None:
            return model
        if _stand(was, world, was.functions(place.name), world.functions(place.name)):
            still = kept(former, steps, "own", left)
    turned = Shape(shape.other, shape.own, shape.kinds)
    bodies = tuple(
        (source, other, places_of(source, other, shape.other))
        for source, other in was.functions(place.name)[:BODIES]
    )
    theirs = partial(_former, was, bodies, shape.other)
    others: list[PairModel] = []
    for source, other in world.functions(place.name)[:BODIES]:
        places = places_of(source, other, shape.other)
        left = list(_without(world, source, other, places, turned, theirs))
        steps = [Shape(shape.own, one.steps, shape.kinds) if one else None for one in left]
        model = allowed(former, steps, "other", left)
        if model is not None:
            return model
        if stood is not None and _stand(
            was, world, ((was.source, stood),), ((world.source, function),)
        ):
            model = kept(former, steps, "other", left)
            others += [model] if model is not None else []
    if still is None and others:
        # Each configuration has its own definition: none may have lost what it forbade.
        had_it = replace(claim, comment=comment)
        if len(others) >= forbidding(was, had_it, partner, place):
            return next((one for one in others if one.answer is Answer.UNKNOWN), others[0])
    return still


def _stand(
    was: World, world: World, then: Sequence[tuple[SourceFile, Function]],
    now: Sequence[tuple[SourceFile, Function]],
) -> bool:  # fmt: skip
    """True if a side is as it was: its barrier stands, and what it orders."""
    sides = [
        [code_of(at, source, one) for source, one in found[:BODIES]]
        for at, found in ((was, then), (world, now))
    ]
    return sides[0] == sides[1]


def _before(
    world: World, claim: Claim, partner: Partner, place: Place
) -> tuple[CommentBlock, PairModel] | None:
    """The comment of the claim as it stood before the patch, and what the pair was there."""
    was = world.before
    comment = stood(was, world, claim) if was is not None else None
    if was is None or comment is None:
        return None
    return comment, pair_model(was, replace(claim, comment=comment), partner, place)


def _former(
    was: World, bodies: Sequence[tuple[SourceFile, Function, tuple[int, ...]]], window: Window,
    closed: bool,
) -> set[tuple[_Orders, _Orders]]:  # fmt: skip
    """What orders on each path of functions that have the barrier of a window; and less that."""
    barrier = window.events[window.barrier]
    at = (barrier.path, barrier.line, barrier.name)
    found: set[tuple[_Orders, _Orders]] = set()
    for source, function, places in bodies:
        words = words_of(was, source, [function])
        for trace in followed(was, words, source, function, places, closed=closed).traces:
            rest = tuple(e for e in trace.events if (e.path, e.line, e.name) != at)
            if len(rest) < len(trace.events):  # a path may pass one barrier more than once
                found.add((_orders(trace.events), _orders(rest)))
    return found


def _orders(events: tuple[Event, ...]) -> _Orders:
    """All that orders, or may, with how often it does."""
    found = Counter(
        (e.does, e.name) for e in events if e.name != MARK and (e.orders or e.does in ORDERING)
    )
    return frozenset(found.items())


def _without(
    world: World, source: SourceFile, function: Function, places: tuple[int, ...], shape: Shape,
    former: _Former,
) -> Iterator[Stretch | None]:  # fmt: skip
    """A shape's own steps as a function has them now, if the barrier is not among them.

    None stands for a path that touches the same members in a way that tells nothing.
    """
    words = words_of(world, source, [function])
    for closed, paths in each_way(world, words, source, function, places):
        yield from _lost(world, source, function, paths, shape, former(closed))


def _lost(
    world: World, source: SourceFile, function: Function, paths: tuple[Trace, ...], shape: Shape,
    former: set[tuple[_Orders, _Orders]],
) -> Iterator[Stretch | None]:  # fmt: skip
    """As ``_without``, of some paths.

    One that has lost the barrier has nothing new. One that has all that it had may have it
    elsewhere; if any has the steps as they were, the barrier stands.
    """
    window = shape.own
    steps = [e for e in window.events if e.place != DATA and e.name != MARK]
    barrier = steps.index(window.events[window.barrier])
    roles = {e.place.role for e in steps if e.place is not None}
    wanted = [e for e in steps if counts(e, roles)]
    gone = wanted.index(steps[barrier])
    wholes, rests = ({orders[at] for orders in former} for at in (0, 1))
    moved = {one for one in paths if _orders(one.events) in wholes}
    if moved and (len(wanted) < _TELLING or any(spans(one, wanted, roles) for one in paths)):
        return  # as far as can be told, the barrier stands
    for trace in paths:
        known = trace in moved or _orders(trace.events) in rests
        found = [
            stretch(world, trace, spanned, window, shape.other)
            for expected in (lesser(wanted, gone) if known else ())
            for spanned in spans(trace, expected, roles)
        ]
        if not found and any(_touches(event, roles) for event in trace.events):
            yield None
        for one in found:
            anew = (
                one is not None and one.in_callers and callers_order_anew(world, source, function)
            )
            if one is not None and one.by_address is not None:
                code = code_of(world, source, function)
                seen = not any(_POINTED.search(body) for _, body in code)
                one = replace(one, followed=one.followed and seen)
            yield None if anew else one


def _touches(event: Event, roles: set[tuple[str, str]]) -> bool:
    return event.does is Does.ACCESS and event.place is not None and event.place.role in roles
