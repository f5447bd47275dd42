"""Operations on a lock of the wanted name that is certainly not the wanted one.

``ring->lock`` is no ``nhi->lock`` where the two are of different structs, which have each a lock
and no pointer to one. Of two objects of one struct either may be the other; but a thread that takes
a lock has not got it already, and what it drops as it took it (the same expression, on the way to
it, and nothing in it changed between) is what it took.
"""

from __future__ import annotations

import re
from enum import StrEnum

from reviewer.judging.callerside import assignments
from reviewer.judging.callsites import Site
from reviewer.judging.members import is_embedded, struct_reached
from reviewer.kernel.expressions import lock_name, normal
from reviewer.source.model import Operation
from reviewer.world import World


class Apart(StrEnum):
    """What is known of a lock that is spelled otherwise than the wanted one."""

    UNKNOWN = ""
    ANOTHER = "another"
    """It is another one, whatever the state."""
    BESIDE = "beside"
    """It is another one if the wanted one is held."""


def apart(world: World, site: Site, op: Operation, spelled: str, exact: str) -> Apart:
    """Tell the lock of an operation of a caller from the one that ``exact`` names there."""
    if op.via or not exact or not spelled:
        return Apart.UNKNOWN
    mine, theirs = (_struct(world, site, one) for one in (exact, spelled))
    if mine and theirs and mine != theirs:
        ends = [re.split(r"->|\.", one)[-1] for one in (exact, spelled)]
        inside = [is_embedded(world.library, *o) for o in zip((mine, theirs), ends, strict=True)]
        if all(inside):
            return Apart.ANOTHER
    if op.about("lock.acquire") or _taken_before(site, op, spelled):
        return Apart.BESIDE
    return Apart.UNKNOWN


def _struct(world: World, site: Site, spelled: str) -> str:
    owner = spelled[: -len(re.split(r"->|\.", spelled)[-1])].rstrip("->.")
    return struct_reached(world.library, site.source, site.caller, owner) if owner else ""


def _taken_before(site: Site, op: Operation, spelled: str) -> bool:
    """True if the last that was done with this expression on the way here was to take the lock."""
    before = [
        one
        for one in site.facts.operations
        if one.start_byte < op.start_byte
        and one.arms == op.arms[: len(one.arms)]
        and not one.conditions
        and any(normal(text) == spelled for text in one.about("lock"))
    ]
    if not before or before[-1].via:
        return False
    taken = before[-1]
    tags = [tag for tag, text in taken.objects if lock_name(text) == lock_name(spelled)]
    if not any(tag in _TAKES for tag in tags):
        return False
    changed = (point.at for point in assignments(site, {spelled}))
    return not any(taken.start_byte < at < op.start_byte for at in changed)


_TAKES = ("lock.acquire", "lock.acquire.write", "lock.acquire.read")
