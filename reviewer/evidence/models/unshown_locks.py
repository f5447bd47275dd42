"""Locks that no path of a pair's model shows, and that may keep one side out of the other.

The model has the locks that paths take by their own calls. One that is taken in another way (a
guard, a trylock, a lock of a subsystem with a name of its own), or that callers hold as the
function asserts, is told by the function's facts. If both sides may be under the same one, neither
the loss of a barrier nor its need is shown. Two readers of a lock are there together. A reader of a
sequence count begins again where a writer was beside it, which shows as little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from reviewer.claims.model import Claim
from reviewer.evidence.models.flags import DATA
from reviewer.evidence.models.pairs import PairModel
from reviewer.evidence.models.racing import is_told
from reviewer.evidence.models.sides import BODIES
from reviewer.evidence.models.values import Does, Event
from reviewer.evidence.models.windows import Window
from reviewer.judging.callsites import Site
from reviewer.judging.lockstate import Held, Wanted, lock_at
from reviewer.judging.pairing import Place
from reviewer.kernel.expressions import lock_name, normal
from reviewer.source.file import SourceFile
from reviewer.source.model import CodeFacts, Flow, Function, Operation
from reviewer.world import World

_FREE = (Held.RELEASED, Held.TAKEN_AFTER, Held.ENTRY)
"""What a function itself does not hold; with what it was entered is its callers' affair."""
_TAKEN = re.compile(r"lock\.(?:acquire|assert)(?!_not)\b.*")
_ENTERED = re.compile(r"__(?:must_hold|releases)\s*\(([^,]*)[,)]")
"""include/linux/compiler_types.h"""
_COUNTED = {"seq.write_begin": True, "seq.read_begin": False}
"""Sections of a sequence count: what a reader saw beside a writer it reads again."""


def shared_lock(world: World, claim: Claim, place: Place, model: PairModel) -> str:
    """The lock that both sides of a pair may hold and the model lacks, in words; '' if none."""
    function = world.source.function_at(claim.comment.start_byte)
    if function is None or model.shape is None:
        return ""
    shape = model.shape
    own = _may_hold(world, world.source, function, shape.own)
    for source, other in world.functions(place.name)[:BODIES]:
        theirs = _may_hold(world, source, other, shape.other)
        for name in sorted(own):
            if name in theirs and (own[name] or theirs[name]):
                return f"both sides may hold {name}, which the model lacks"
        if (_untold(shape.own, own) and _locked(shape.other, theirs)) or (
            _untold(shape.other, theirs) and _locked(shape.own, own)
        ):
            return "both sides hold a lock, and which one is not known"
    return ""


def _untold(window: Window, more: Mapping[str, bool]) -> bool:
    """True if the side holds a lock of which it is not known whose it is."""
    return "" in more or any(
        one.place is None or "[" in one.place.member or not is_told(one.place)
        for one in window.held
    )


def _locked(window: Window, more: Mapping[str, bool]) -> bool:
    return bool(window.held or more)


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
    found = dict.fromkeys(_entered_with(function), True)
    for operation, tag, spelled in _uses(facts):
        name = lock_name(spelled)
        if tag in _COUNTED and name and any(operation.start_byte < at for at in places):
            found[name] = found.get(name, False) or _COUNTED[tag]
        if operation.line in shown or _TAKEN.fullmatch(tag) is None:
            continue
        wanted = Wanted(name, normal(spelled))
        held = (lock_at(world, Site(source, function, facts, -1, at), wanted).held for at in places)
        if tag.startswith("lock.assert") or any(
            one not in _FREE and not (one is Held.UNKNOWN and _dropped(facts, name, at))
            for one, at in zip(held, places, strict=True)
        ):
            found[name] = found.get(name, False) or not tag.endswith(".read")
    return found


def _entered_with(function: Function) -> Iterator[str]:
    """The locks that a function is annotated to be entered with."""
    for one in function.annotations:
        match = _ENTERED.match(one)
        if match is not None and lock_name(match[1]):
            yield lock_name(match[1])


def _uses(facts: CodeFacts) -> Iterator[tuple[Operation, str, str]]:
    """The operations with locks, what they do, and the lock as it is spelled."""
    return (
        (operation, tag, spelled)
        for operation in facts.operations
        for tag, spelled in operation.objects
        if tag.startswith(("lock.", "seq."))
    )


def _dropped(facts: CodeFacts, name: str, at: int) -> bool:
    """True if the function drops the lock on all ways before a place, and takes it no more.

    That it is unknown then is for a call between that takes it and drops it.
    """
    dropped = False
    done: dict[int, set[bool]] = {}
    always: set[int] = set()
    for operation, tag, spelled in _uses(facts):
        known = tag.startswith("lock.") and lock_name(spelled) == name
        if known and operation.start_byte < at:
            done.setdefault(operation.start_byte, set()).add(tag.startswith("lock.release"))
            always |= {operation.start_byte} if operation.flow is Flow.ALWAYS else set()
    for where, releases in sorted(done.items()):
        if releases == {False}:
            dropped = False
        elif releases == {True} and where in always:
            dropped = True
    return dropped


def _places(source: SourceFile, function: Function, events: Sequence[Event]) -> Iterator[int]:
    """Where a function has the accesses of a window, or the calls that lead to them."""
    lines = {one.top for one in events if one.does is Does.ACCESS and one.place != DATA}
    at = function.body_start
    for text in source.code(at, function.body_end).split(b"\n"):
        code = text.lstrip(b" \t{}")
        if code and source.line_of(at) in lines:
            yield at + len(text) - len(code)
        at += len(text) + 1
