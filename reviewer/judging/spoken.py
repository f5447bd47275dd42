"""Which function a claim about "the function" speaks of, and in which file it is defined.

Beside the one that a comment documents: the one that a prototype under it declares, and the one
that the claim names. Only the single definition of a tree will do, since a prototype may have one
for each architecture.
"""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.claims.model import Claim
from reviewer.judging.holding import documented
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.source.model import AnchorKind, Function
from reviewer.world import World

_NAMED = ("function", "identifier")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A function that a claim speaks of, with the World of the file that defines it."""

    function: Function
    world: World
    here: bool = True
    """True if its own comment says it: above it, or above its prototype."""


def spoken_of(claim: Claim, world: World) -> Spoken | None:
    """The function whose callers, or whose ways out, a claim speaks of; None if none is certain."""
    function = documented(claim, world)
    if function is not None:
        return Spoken(function, world)
    anchor = claim.comment.anchor
    if claim.subject.concept == "code":
        return _defined(anchor.name, world, here=True) if _is_prototype(claim) else None
    name = claim.subject.name.rstrip("()")
    if claim.subject.concept not in _NAMED or not name.isidentifier():
        return None
    return _defined(name, world, here=_is_prototype(claim) and name == anchor.name)


def _is_prototype(claim: Claim) -> bool:
    anchor = claim.comment.anchor
    return anchor.kind is AnchorKind.PROTOTYPE and not anchor.function


def _defined(name: str, world: World, *, here: bool) -> Spoken | None:
    found = [
        (source, one)
        for source, one in world.functions(name)
        if not source.path.startswith(OTHER_PROGRAMS) or source.path == world.path
    ]
    if len(found) > 1:  # beside it the empty inline of a configuration without it
        found = [one for one in found if not (one[0].path.endswith(".h") and one[1].static)]
    if len(found) != 1:
        return None
    source, function = found[0]
    there = world if source.path == world.path else World(source, world.library)
    return Spoken(function, there, here)
