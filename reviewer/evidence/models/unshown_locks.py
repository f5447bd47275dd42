"""Locks that no path of a pair's model shows, and that may keep one side out of the other.

The model has the locks that paths take by their own calls. One that is taken in another way (a
guard, a trylock, a lock of a subsystem with a name of its own), or that callers hold as the
function asserts, is told by the function's facts. If both sides may be under the same one, neither
the loss of a barrier nor its need is shown. Two readers of a lock are there together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reviewer.claims.model import Claim
from reviewer.evidence.models.flags import DATA
from reviewer.evidence.models.pairs import PairModel
from reviewer.evidence.models.sides import BODIES
from reviewer.evidence.models.values import Does, Event
from reviewer.evidence.models.windows import Window
from reviewer.judging.callsites import Site
from reviewer.judging.lockstate import Held, Wanted, lock_at
from reviewer.judging.pairing import Place
from reviewer.kernel.expressions import lock_name, normal
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

_FREE = (Held.RELEASED, Held.TAKEN_AFTER, Held.ENTRY)
"""What a function itself does not hold; with what it was entered is its callers' affair."""


def shared_lock(world: World, claim: Claim, place: Place, model: PairModel) -> str:
    """The lock that both sides of a pair may hold and the model lacks, in words; '' if none."""
    function = world.source.function_at(claim.comment.start_byte)
    if function is None or model.shape is None:
        return ""
    own = _may_hold(world, world.source, function, model.shape.own)
    if not own:
        return ""
    for source, other in world.functions(place.name)[:BODIES]:
        theirs = _may_hold(world, source, other, model.shape.other)
        for name in sorted(own):
            if name in theirs and (own[name] or theirs[name]):
                return f"both sides may hold {name}, which the model lacks"
    return ""


def _may_hold(
    world: World, source: SourceFile, function: Function, window: Window
) -> Mapping[str, bool]:
    """Names of locks that may be held at the window's accesses; True if others are kept out."""
    shown = {
        event.top
        for event in (*window.held, *window.events)
        if event.does in (Does.LOCK, Does.UNLOCK)
    }
    facts = world.caller_facts(function, source)
    places = list(_places(source, function, window.events))
    found: dict[str, bool] = {}
    for operation in facts.operations:
        for tag, spelled in operation.objects:
            name = lock_name(spelled)
            if not name or operation.line in shown or not tag.startswith("lock."):
                continue
            if tag.startswith("lock.release"):
                continue
            wanted = Wanted(name, normal(spelled))
            sites = (Site(source, function, facts, -1, at) for at in places)
            if tag.startswith("lock.assert") or any(
                lock_at(world, one, wanted).held not in _FREE for one in sites
            ):
                found[name] = found.get(name, False) or not tag.endswith(".read")
    return found


def _places(source: SourceFile, function: Function, events: Sequence[Event]) -> Iterator[int]:
    """Where a function has the accesses of a window, or the calls that lead to them."""
    lines = {one.top for one in events if one.does is Does.ACCESS and one.place != DATA}
    at = function.body_start
    for text in source.code(at, function.body_end).split(b"\n"):
        code = text.lstrip(b" \t{}")
        if code and source.line_of(at) in lines:
            yield at + len(text) - len(code)
        at += len(text) + 1
