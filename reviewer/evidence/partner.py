"""Whether the function that a comment pairs with has the barrier that the comment names."""

from __future__ import annotations

from reviewer.claims.model import Claim
from reviewer.judging.back import back, pointed
from reviewer.judging.barriers import order_in_prose
from reviewer.judging.bodies import Body
from reviewer.judging.nearby import barrier_for, own_operation, variable_of
from reviewer.judging.pairing import Partner, Place
from reviewer.judging.partners import Found, Standing, alike, side, standing, taken_by_patch
from reviewer.judging.variables import target
from reviewer.verdict import Location, Severity, Verdict, agrees, broken, unknown
from reviewer.world import World


def on_the_other_side(claim: Claim, world: World, partner: Partner, place: Place) -> Verdict | None:
    """The verdict on one partner and its place; None if the words name no primitive.

    Broken if every definition of the place is at hand and none has the barrier.
    """
    if not partner.primitives:
        return None
    what = _what(partner)
    if partner.want is None:
        return unknown(f"{what} is no ordering primitive that kstale knows")
    found = standing(world, partner, place, side(world, claim))
    where = f"{place.name}()" if place.name and not place.file else place.name or "this file"
    match found.standing:
        case Standing.VANISHED | Standing.UNRESOLVED:
            return unknown(f"no definition of {where} at hand")
        case Standing.OPAQUE:
            return unknown(f"{where} holds assembly")
        case Standing.UNSEEN:
            if not taken_by_patch(world, partner, place, found):
                return unknown(f"{where} has no {what}{_hidden(found)}")
            return _absent(claim, world, partner, place, found)
        case Standing.WEAK:
            return unknown(f"{where} has no {what}, {found.standing.value} that might do")
        case Standing.DIRECT | Standing.HELPER:
            spot = (
                (Location(found.call.path, found.call.line, f"{found.call.name}()"),)
                if found.call
                else ()
            )
            return agrees(f"{where} has it, or a stronger one{_back(claim, found)}", *spot)
        case Standing.ELSEWHERE:
            return _moved(claim, world, partner, place, found)
        case Standing.ABSENT:
            return _absent(claim, world, partner, place, found)


def _absent(claim: Claim, world: World, partner: Partner, place: Place, found: Found) -> Verdict:
    """All of the place is seen, and has not the barrier: broken, unless another may be meant."""
    what = _what(partner)
    where = f"{place.name}()" if place.name and not place.file else place.name or "this file"
    if not place.name or place.file:
        return unknown(f"no {what} in {where}, but it may be meant loosely")
    if (own := own_operation(world, place.name, found.bodies)) != "":
        return unknown(f"{where} has no {what}, but {own}() may be meant")
    if not partner.exact and _called_here(claim, world, place):
        return unknown(f"no barrier found in {where}, which the code here calls")
    if found.others:
        return _other_variables(partner, place, found)
    near = [one for one in alike(world, partner, place) if one != place.name]
    hint = f" {near[0]}() has it." if near else pointed(world, claim)
    return broken(
        f"The comment pairs with {what} in {where}, but {where} has none, nor anything "
        f"stronger, itself or in what it calls.{hint}",
        *(_location(body) for body in found.bodies),
    )


def _hidden(found: Found) -> str:
    """What cannot be looked into, in words."""
    if not found.hidden:
        return "; what it calls needs the index of the tree"
    names = ", ".join(f"{one}" for one in sorted(found.hidden)[:2])
    return f", but what {names} does there cannot be seen"


def _called_here(claim: Claim, world: World, place: Place) -> bool:
    """True if the code under the comment calls the place: its barrier may be anywhere below."""
    anchor = claim.comment.anchor
    return place.name in world.source.identifiers(anchor.start_byte, anchor.end_byte)


def _back(claim: Claim, found: Found) -> str:
    """Whether the comment there points back, for the ledger."""
    if found.call is None or found.call.via:
        return ""
    words = back(claim, found.call.body, found.call)
    return f"; {words}" if words else ""


def _other_variables(partner: Partner, place: Place, found: Found) -> Verdict:
    """What is there is on variables that the code under the comment never touches."""
    first = found.others[0]
    names = sorted({target(one) for one in found.others})[:3]
    return broken(
        f"The comment pairs with {_what(partner)} in {place.name}(), but what {place.name}() has "
        f"of the kind is for {', '.join(names)}, which this side never touches.",
        Location(first.path, first.line, f"{first.name}() is for {target(first)}"),
        *(_location(body) for body in found.bodies),
    )


def _what(partner: Partner) -> str:
    names = (one if order_in_prose(one) else f"{one}()" for one in partner.primitives)
    return " or ".join(names)


def _location(body: Body) -> Location:
    return Location(body.path, body.line, f"{body.name}() is here, without the barrier")


def _moved(claim: Claim, world: World, partner: Partner, place: Place, found: Found) -> Verdict:
    """The barrier is in a function that the named one calls; wrong place if for our variable."""
    call = found.call
    assert call is not None
    variable = variable_of(claim, world)
    if variable and partner.exact and call.via[-1].shared:
        for body in found.bodies:
            if variable in body.source.identifiers(body.start, body.end):
                break
        else:
            spot = barrier_for(call.via[-1], partner, variable)
            if spot is not None:
                shared = call.via[-1]
                return broken(
                    f"The comment pairs with {_what(partner)} in {place.name}(), but the one for "
                    f"{variable} is in {shared.name}(); {place.name}() itself never touches it.",
                    Location(spot.path, spot.line, f"{spot.name}() for {variable}"),
                    *(_location(body) for body in found.bodies),
                    severity=Severity.LOW,
                )
    return unknown(f"the barrier is in {call.via[-1].name}(), which {place.name}() calls")
