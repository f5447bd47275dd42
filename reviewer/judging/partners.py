"""Whether the barrier that a comment pairs with stands where the comment says it does."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

from reviewer.claims.model import Claim
from reviewer.judging.barriers import Order, order_of, serves
from reviewer.judging.bodies import Body, Call, bodies, bodies_in, calls, reached, sees_far
from reviewer.judging.pairing import REACH, Partner, Place, located, partners
from reviewer.world import World

_ALIKE = 6
"""Names like a vanished one that are looked into."""
_NAMED = 2
"""Names suggested at most."""


class Standing(Enum):
    """What was found at a place."""

    VANISHED = "no such name in the code"
    UNRESOLVED = "its definition is not at hand"
    DIRECT = "there"
    HELPER = "in a static helper, inline or macro that it calls"
    ELSEWHERE = "in a function that it calls"
    WEAK = "only a lock, a wake-up or an address dependency"
    OPAQUE = "it holds assembly"
    UNSEEN = "not there, and what it calls was not looked into"
    ABSENT = "not there"


@dataclass(frozen=True, slots=True)
class Found:
    """A standing with what it rests on: the bodies looked at and the operation found."""

    standing: Standing
    bodies: tuple[Body, ...] = ()
    call: Call | None = None


def partners_of(claim: Claim) -> tuple[tuple[Partner, Place], ...]:
    """The partners and places that one claim of pairing is about.

    The reader makes one claim for each place it sees; this gives the place of that claim, or the
    places that a short form (``foo_{a,b}()``) of it stands for.
    """
    text = claim.comment.text[claim.start : claim.start + REACH]
    found = partners(text) or located(text)
    if claim.get("force") == "in":
        found = located(text)
    pairs = [(partner, place) for partner in found for place in partner.places]
    said = claim.get("place")
    exact = [(partner, place) for partner, place in pairs if place.name == said]
    if exact or not said:
        return tuple(exact or pairs)
    return tuple((partner, place) for partner, place in pairs if place.name.startswith(said))


def vanished(world: World, place: Place) -> bool:
    """True if no code of the tree has the name; needs a complete index."""
    if not place.name or place.file or world.index is None or not world.index.complete:
        return False
    if world.index.occurs(place.name) or bodies(world, place.name):
        return False
    return not _short_form(world, place.name)


def _short_form(world: World, name: str) -> bool:
    """True if the file's own names end in this one: ``attach()`` for ``foo_attach()``."""
    tail = f"_{name}" if not name.startswith("_") else name
    if any(one.endswith(tail) for one in world.source.identifiers()):
        return True
    assert world.index is not None
    return any(one.endswith(tail) for one in world.index.similar(name, _ALIKE))


def standing(world: World, partner: Partner, place: Place) -> Found:
    """Look for what the partner names at the place: there, in helpers, in what it calls."""
    if place.file or not place.name:
        return _in_file(world, partner, place)
    if vanished(world, place):
        return Found(Standing.VANISHED)
    found = bodies(world, place.name)
    if not found:
        order = order_of(place.name)
        if order is not None and partner.want is not None and serves(order, partner.want):
            return Found(Standing.DIRECT)
        return Found(Standing.UNRESOLVED)
    best: Found | None = None
    for body in found:
        here = _in_body(world, partner, body)
        if here is not None and (best is None or _rank(here) < _rank(best)):
            best = Found(here.standing, found, here.call)
        if best is not None and best.standing is Standing.DIRECT:
            return best
    if best is not None:
        return best
    return Found(_nothing(world, found), found)


def alike(world: World, partner: Partner, place: Place) -> tuple[str, ...]:
    """Functions named much like the place that hold the partner's barrier, likest first.

    Those that hold it themselves if there are any; all that have a body if the partner names no
    barrier.
    """
    if world.index is None or not place.name:
        return ()
    near = [one for one in world.index.similar(place.name, _ALIKE) if bodies(world, one)]
    if partner.want is None or not partner.primitives:
        return tuple(near[:_NAMED])
    found = {one: standing(world, partner, replace(place, name=one)) for one in near}
    for wanted in (Standing.DIRECT, Standing.HELPER):
        names = [
            one for one in near if found[one].standing is wanted and _named(partner, found[one])
        ]
        if names:
            return tuple(names[:_NAMED])
    return ()


def _named(partner: Partner, found: Found) -> bool:
    """True if what was found is the C primitive that was named, where one was."""
    if not partner.exact or found.call is None:
        return not partner.exact
    return found.call.name in partner.primitives


def _nothing(world: World, found: tuple[Body, ...]) -> Standing:
    """What is known of bodies in which nothing was found."""
    if any(body.has_asm() for body in found):
        return Standing.OPAQUE
    if sees_far(world):
        return Standing.ABSENT
    for body in found:
        for call in calls(body):
            if order_of(call.name) is None and not bodies_in(body.source, call.name):
                return Standing.UNSEEN
    return Standing.ABSENT


_RANKS = (Standing.DIRECT, Standing.HELPER, Standing.ELSEWHERE, Standing.WEAK)


def _rank(found: Found) -> int:
    return _RANKS.index(found.standing)


def _in_body(world: World, partner: Partner, body: Body) -> Found | None:
    own = order_of(body.name)
    if own is not None and partner.want is not None and serves(own, partner.want):
        return Found(Standing.DIRECT)
    best: Found | None = None
    for call in reached(world, body, lambda name: order_of(name) is not None):
        standing = _serving(partner, call)
        if standing is None:
            continue
        found = Found(standing, (), call)
        if standing is Standing.DIRECT:
            return found
        if best is None or _rank(found) < _rank(best):
            best = found
    return best


def _serving(partner: Partner, call: Call) -> Standing | None:
    where = Standing.DIRECT
    if call.via:
        shared = any(body.shared for body in call.via)
        where = Standing.ELSEWHERE if shared else Standing.HELPER
    if call.name in partner.primitives:
        return where
    order = order_of(call.name)
    if order is None or partner.want is None or not serves(order, partner.want):
        return None
    if Order.LOCK in order and Order.LOCK not in partner.want and partner.exact:
        return None if where is Standing.ELSEWHERE else Standing.WEAK
    if not order & partner.want & ~Order.DEPENDENCY:
        # An address dependency is no barrier, but some comments and some code take it for one.
        near = all(body.path == call.path and not body.shared for body in call.via)
        return Standing.WEAK if near and not call.path.startswith("include/") else None
    return where


def own_side(world: World, claim: Claim, partner: Partner) -> Found:
    """Whether the function that the comment stands in has what its own side of a pair needs."""
    name = claim.comment.anchor.function
    found = tuple(
        body
        for body in bodies_in(world.source, name)
        if body.start <= claim.comment.start_byte < body.end
    )
    if not name or not found:
        return Found(Standing.UNRESOLVED)
    body = found[0]
    here = _in_body(world, partner, body)
    if here is not None:
        return Found(here.standing, found, here.call)
    return Found(_nothing(world, found), found)


def _in_file(world: World, partner: Partner, place: Place) -> Found:
    source = world.source
    if place.file:
        folder = world.path.rpartition("/")[0]
        candidates = (place.name, f"{folder}/{place.name}")
        found = next((one for path in candidates if (one := world.file(path))), None)
        if found is None:
            return Found(Standing.UNRESOLVED)
        source = found
    whole = Body(source, "", 0, len(source.data), 1, False)
    for name in re.findall(rb"[A-Za-z_]\w*(?=[ \t]*\()", source.code()):
        order = order_of(name.decode())
        if name.decode() in partner.primitives or (
            order is not None and partner.want is not None and serves(order, partner.want)
        ):
            return Found(Standing.DIRECT, (whole,))
    if whole.has_asm():
        return Found(Standing.OPAQUE, (whole,))
    return Found(Standing.ABSENT, (whole,))
