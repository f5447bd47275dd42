"""Whether the barrier that a comment pairs with stands where the comment says it does."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

from reviewer.claims.model import Claim
from reviewer.judging.barriers import BOTH, FULL, SECTIONS, Order, order_of, serves
from reviewer.judging.bodies import Body, Call, bodies, bodies_in, calls, reached, sees_far
from reviewer.judging.pairing import REACH, Partner, Place, located, partners
from reviewer.judging.unseen import unseen
from reviewer.judging.variables import Side, is_fence, side_of, target
from reviewer.kernel import primitive
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
    UNSEEN = "not there, and not all that it calls can be looked into"
    ABSENT = "not there"


@dataclass(frozen=True, slots=True)
class Found:
    """A standing with what it rests on: the bodies looked at and the operation found."""

    standing: Standing
    bodies: tuple[Body, ...] = ()
    call: Call | None = None
    others: tuple[Call, ...] = ()
    """Operations of the right kind that are on variables this side never touches."""
    hidden: frozenset[str] = frozenset()
    """What is called there and cannot be looked into."""


def partners_of(claim: Claim) -> tuple[tuple[Partner, Place], ...]:
    """The partners and places that one claim of pairing is about.

    The reader makes one claim for each place it sees; this gives the place of that claim, or the
    places that a short form (``foo_{a,b}()``) of it stands for.
    """
    text = claim.comment.text[claim.start : claim.start + REACH]
    found = partners(text) or located(text)
    if claim.get("force") == "in":
        found = located(text)
    pairs = [
        (partner, place)
        for partner in found
        for place in partner.places
        if not _is_part(place.name, text)
    ]
    said = claim.get("place")
    exact = [(partner, place) for partner, place in pairs if place.name == said]
    if exact or not said:
        return tuple(exact or pairs)
    return tuple((partner, place) for partner, place in pairs if place.name.startswith(said))


def _is_part(name: str, text: str) -> bool:
    """True for a name of ``foo_v3/4_connect`` or of ``a/b in f/g``: which is meant is not said."""
    bare = re.escape(name)
    return bool(name) and re.search(rf"\w/{bare}\b|\b{bare}/\w", text) is not None


def vanished(world: World, place: Place) -> bool:
    """True if no code of the tree has the name; needs a complete index."""
    if not place.name or place.file or world.index is None or not world.index.complete:
        return False
    if world.index.occurs(place.name) or bodies(world, place.name):
        return False
    return place.called or not _short_form(world, place.name)


def _short_form(world: World, name: str) -> bool:
    """True if the file's own names end in this one: ``attach()`` for ``foo_attach()``."""
    tail = f"_{name}" if not name.startswith("_") else name
    if any(one.endswith(tail) for one in world.source.identifiers()):
        return True
    assert world.index is not None
    return any(one.endswith(tail) for one in world.index.similar(name, _ALIKE))


def side(world: World, claim: Claim) -> Side | None:
    """The function that a claim's comment stands in, as one side of the pair."""
    return side_of(world, claim.comment)


def standing(world: World, partner: Partner, place: Place, own: Side | None = None) -> Found:
    """Look for what the partner names at the place: there, in helpers, in what it calls.

    With ``own``, an operation on a variable that the comment's own side never touches is not the
    one that is meant if the comment names a C primitive, and weak if it does not.
    """
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
    others: list[Call] = []
    for body in found:
        here = _in_body(world, partner, body, own, others)
        if here is not None and (best is None or _rank(here) < _rank(best)):
            best = Found(here.standing, found, here.call)
        if best is not None and best.standing is Standing.DIRECT:
            return best
    if best is not None:
        return best
    return replace(_nothing(world, found), others=tuple(others))


def taken_by_patch(world: World, partner: Partner, place: Place, found: Found) -> bool:
    """True if the barrier stood there before the patch, which brings nothing unseen instead."""
    was = world.before
    if was is None:
        return False
    former = standing(was, partner, place)
    return former.standing in (Standing.DIRECT, Standing.HELPER) and found.hidden <= unseen(
        was, former.bodies or bodies(was, place.name)
    )


def alike(world: World, partner: Partner, place: Place) -> tuple[str, ...]:
    """Functions named much like the place that hold the partner's barrier, likest first.

    Those that hold it themselves if there are any; all that have a body if the partner names no
    barrier.
    """
    if world.index is None or not place.name:
        return ()
    folder = world.path.rpartition("/")[0]
    near = [
        one
        for one in world.index.similar(place.name, _ALIKE)
        if (found := bodies(world, one))
        and (partner.exact or any(body.path.rpartition("/")[0] == folder for body in found))
    ]
    if partner.want is None or not partner.primitives:
        return tuple(near[:_NAMED])
    stands = {one: standing(world, partner, replace(place, name=one)) for one in near}
    for wanted in (Standing.DIRECT, Standing.HELPER):
        names = [
            one for one in near if stands[one].standing is wanted and _named(partner, stands[one])
        ]
        if names:
            return tuple(names[:_NAMED])
    return ()


def _named(partner: Partner, found: Found) -> bool:
    """True if what was found is the C primitive that was named, where one was."""
    if not partner.exact or found.call is None:
        return not partner.exact
    return found.call.name in partner.primitives


def _nothing(world: World, found: tuple[Body, ...]) -> Found:
    """What is known of bodies in which nothing was found."""
    if any(body.has_asm() for body in found):
        return Found(Standing.OPAQUE, found)
    if sees_far(world):
        hidden = unseen(world, found)
        return Found(Standing.UNSEEN if hidden else Standing.ABSENT, found, hidden=hidden)
    for body in found:
        for call in calls(body):
            if order_of(call.name) is None and not bodies_in(body.source, call.name):
                return Found(Standing.UNSEEN, found)
    return Found(Standing.ABSENT, found)


_CORE = ("include/", "kernel/", "lib/", "arch/")
"""Where primitives are defined: what they order is known, whatever their bodies look like."""
_RANKS = (Standing.DIRECT, Standing.HELPER, Standing.ELSEWHERE, Standing.WEAK)


def _rank(found: Found) -> int:
    return _RANKS.index(found.standing)


def _in_body(
    world: World,
    partner: Partner,
    body: Body,
    side: Side | None = None,
    others: list[Call] | None = None,
) -> Found | None:
    own = order_of(body.name) if body.path.startswith(_CORE) else None
    if own is not None and partner.want is not None and serves(own, partner.want):
        return Found(Standing.DIRECT)
    best: Found | None = None
    for call in reached(world, body, _known):
        standing = _serving(partner, call)
        if standing is None:
            continue
        if side is not None and not _shared(partner, call, side):
            if not partner.exact or side.indirect or _orders_anyway(partner, call):
                standing = Standing.WEAK
            else:
                if others is not None and standing is Standing.DIRECT:
                    others.append(call)
                continue
        found = Found(standing, (), call)
        if standing is Standing.DIRECT:
            return found
        if best is None or _rank(found) < _rank(best):
            best = found
    return best


_ACCESSES = frozenset({"READ_ONCE", "WRITE_ONCE"})


def _shared(partner: Partner, call: Call, side: Side) -> bool:
    """True if the operation may be on a variable that this side uses too.

    A marked access inside a common inline (``dev_net()``, ``DEV_STATS_ADD()``) is for that
    inline's own purposes, and so are atomic operations there.
    """
    variable = target(call)
    access = _ACCESSES.issuperset(partner.primitives)
    if not variable:
        return not (access and call.via and call.path.startswith("include/"))
    return side.accesses(variable) if access else side.touches(variable)


def _orders_anyway(partner: Partner, call: Call) -> bool:
    """True if the operation might do although it is on another variable than the pair's.

    A fully ordered one orders everything around it, whatever it is on; that is no help where a
    marked access is wanted. A release may stand in for a fence that was named, for a flag that
    only the callers of this side look at. A lock that was asked for is left to the reader.
    """
    order = order_of(call.name) or Order.NONE
    want = partner.want or Order.NONE
    known = primitive(call.name)
    if known is not None and known.does("seq"):
        return True  # there is a fence in it: include/linux/seqlock.h
    if Order.LOCK in want or (Order.MB in order and want & (FULL | Order.DEPENDENCY)):
        return True
    fence = any(is_fence(name) for name in partner.primitives)
    return fence and Order.LOCK not in order and bool(order & FULL)


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
    if order & SECTIONS and not stands_for(partner, call.name):
        return None if where is Standing.ELSEWHERE and partner.exact else Standing.WEAK
    if not order & partner.want & ~Order.DEPENDENCY:
        # An address dependency is no barrier, but some comments and some code take it for one.
        near = all(body.path == call.path and not body.shared for body in call.via)
        return Standing.WEAK if near and not call.path.startswith("include/") else None
    return where if stands_for(partner, call.name) else Standing.WEAK


_ABOVE = 2
_BELOW = 2
"""Lines around a comment and the code under it in which its own barrier may stand."""


def beside(world: World, claim: Claim, partner: Partner) -> Found:
    """Whether something in the code under the comment, or called there, orders as its side must."""
    comment = claim.comment
    first = comment.start_line - _ABOVE
    last = max(comment.anchor.end_line, comment.end_line) + _BELOW
    found = _around(world, claim)
    near = [one for body in found for one in calls(body) if first <= one.line <= last]
    sure = [one for one in near if _orders(partner, one)]
    if sure:
        return Found(Standing.DIRECT, found, sure[0], others=tuple(sure[1:]))
    weak = next((one for one in near if _might_order(partner, one)), None)
    unseen = any(body.has_asm() for body in found)
    for call in near:
        if order_of(call.name) is not None:
            continue
        inside = _callees(world, call)
        for one in inside:
            for deep in reached(world, one, _known):
                near_by = not deep.via or one.path == world.path
                if near_by and _orders(partner, deep):
                    return Found(Standing.HELPER, found, call)
                weak = weak or (call if near_by and _might_order(partner, deep) else None)
        unseen = unseen or any(one.has_asm() for one in inside)
        unseen = unseen or (not inside and not sees_far(world))
    if not found:
        return Found(Standing.UNRESOLVED)
    if weak is not None:
        return Found(Standing.WEAK, found, weak)
    return Found(Standing.UNSEEN if unseen else Standing.ABSENT, found)


def _known(name: str) -> bool:
    return order_of(name) is not None


def _orders(partner: Partner, call: Call) -> bool:
    """True if a call is the primitive named, or gives one of the things wanted."""
    return call.name in partner.primitives or (
        _might_order(partner, call) and stands_for(partner, call.name)
    )


def _might_order(partner: Partner, call: Call) -> bool:
    order = order_of(call.name)
    return order is not None and partner.want is not None and serves(order, partner.want)


def stands_for(partner: Partner, name: str) -> bool:
    """True if a primitive that serves is what was asked for, or at least as strong by itself.

    A marked access orders nothing, and a lock or a wake-up orders only with whoever takes the
    same lock or is woken: they serve where just they are asked for, and otherwise may or may not
    be meant.
    """
    known, want = primitive(name), partner.want
    if known is None or want is None:
        return False
    if known.order & SECTIONS:
        return any((order_of(one) or Order.NONE) & SECTIONS for one in partner.primitives)
    barriers = want & FULL
    if barriers and known.order & barriers:
        return True
    if known.does("rcu.dereference"):
        return Order.DEPENDENCY in want
    accesses = all((order_of(one) or FULL) & FULL == Order.NONE for one in partner.primitives)
    return bool(known.order & want & BOTH) and (accesses or not barriers)


def _callees(world: World, call: Call) -> tuple[Body, ...]:
    source = call.body.source
    return bodies(world, call.name) if sees_far(world) else bodies_in(source, call.name)


def _around(world: World, claim: Claim) -> tuple[Body, ...]:
    """The body that a claim's comment stands in."""
    name = claim.comment.anchor.function
    if not name:
        return ()
    at = claim.comment.start_byte
    return tuple(one for one in bodies_in(world.source, name) if one.start <= at < one.end)


def own_side(world: World, claim: Claim, partner: Partner) -> Found:
    """Whether the function that the comment stands in has what its own side of a pair needs."""
    found = _around(world, claim)
    if not found:
        return Found(Standing.UNRESOLVED)
    body = found[0]
    here = _in_body(world, partner, body)
    if here is not None and here.call is not None:
        return Found(here.standing, found, here.call)
    return _nothing(world, found)


def _in_file(world: World, partner: Partner, place: Place) -> Found:
    source = world.source
    if place.file:
        folder = world.path.rpartition("/")[0]
        candidates = (place.name, f"{folder}/{place.name}")
        found = next((one for path in candidates if (one := world.file(path))), None)
        if found is None:
            return Found(Standing.UNRESOLVED)
        source = found
    whole = Body(source, "", 0, source.size, 1, False)
    for name in re.findall(rb"[A-Za-z_]\w*(?=[ \t]*\()", source.code()):
        order = order_of(name.decode())
        if name.decode() in partner.primitives or (
            order is not None and partner.want is not None and serves(order, partner.want)
        ):
            return Found(Standing.DIRECT, (whole,))
    if whole.has_asm():
        return Found(Standing.OPAQUE, (whole,))
    return Found(Standing.ABSENT, (whole,))
