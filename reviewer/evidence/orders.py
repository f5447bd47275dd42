"""Two calls in the order that a comment says, as far as the text of a function shows.

Of "foo() must be called after bar()" the two may stand in branches, or be made more than once, or
both by a caller of the function that the comment is about. That all of one stand on the right side
of all of the other agrees with the words; which way the code runs is not asked.
"""

from __future__ import annotations

from reviewer.claims.model import Claim
from reviewer.judging.callsites import Site, sites_of
from reviewer.judging.context import where
from reviewer.judging.place import function_around, place_of
from reviewer.judging.proof import mostly
from reviewer.judging.spoken import spoken_of
from reviewer.source.model import Function, Operation
from reviewer.verdict import Location, Verdict, agrees
from reviewer.world import World

_NAMES = ("function", "identifier")


def by_text(claim: Claim, side: str, world: World) -> Verdict | None:
    """Agrees if the first step stands ``side`` ("before", "after") of the call the claim names."""
    other = claim.object.name.rstrip("()") if claim.object is not None else ""
    function = function_around(claim, world)
    if not other.isidentifier() or (function is not None and function.has_error):
        return None
    if function is not None:
        return _inside(claim, side, other, function, world)
    spoken = spoken_of(claim, world)
    if spoken is None or spoken.function.has_error:
        return None
    return _by_callers(side, other, spoken.function, spoken.world)


def _inside(
    claim: Claim, side: str, other: str, function: Function, world: World
) -> Verdict | None:
    facts = world.function_facts(function)
    calls = _calls(facts.operations, other)
    subject = claim.subject
    name = subject.name.rstrip("()") if subject.concept in _NAMES else ""
    if name and name != other:
        steps = _calls(facts.operations, name)
        if not steps or not _on_side([one.start_byte for one in steps], calls, side):
            return None
        first, what = where(steps[0], world.path), f"{name}()"
    else:
        site = place_of(claim, function, world)
        if site is None or not _on_side([site.at], calls, side):
            return None
        first, what = Location(world.path, site.line, "what the comment is about"), "the code here"
    said = f"{what} stands {side} {other}() in {function.name}()"
    return agrees(said, first, where(calls[0], world.path))


def _by_callers(side: str, other: str, function: Function, world: World) -> Verdict | None:
    sites = sites_of(world, function)
    good = [one for one in sites.known if _on_side([one.start_byte], _others(one, other), side)]
    bad = [one for one in sites.known if one not in good and _others(one, other)]
    number = len(sites.known) + sites.unread
    if bad or not good or sites.why or not (len(good) == number or mostly(len(good), number)):
        return None
    places = [
        Location(one.path, one.line, f"{one.caller.name}() calls {other}() {_OTHER_WAY[side]} it")
        for one in good[:4]
    ]
    said = f"{len(good)} of {number} callers of {function.name}() call it {side} {other}()"
    return agrees(said, *places, partial=len(good) < number)


_OTHER_WAY = {"before": "after", "after": "before"}


def _others(site: Site, name: str) -> list[Operation]:
    return _calls(site.facts.operations, name)


def _calls(operations: tuple[Operation, ...], name: str) -> list[Operation]:
    return [one for one in operations if one.name == name and not one.via]


def _on_side(steps: list[int], calls: list[Operation], side: str) -> bool:
    """True if every step stands on one side of every call, and there is one."""
    if not calls:
        return False
    first, last = calls[0].start_byte, calls[-1].start_byte
    return all(at < first if side == "before" else at > last for at in steps)
