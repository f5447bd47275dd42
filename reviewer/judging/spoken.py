"""Which function a claim about "the function" speaks of, and in which file it is defined.

Beside the one that a comment documents: the one that a prototype under it declares, and the one
that the claim names. Only the single definition that the file can see will do, since a prototype
may have one for each architecture, and another driver's static function is its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.claims.model import Claim
from reviewer.judging.holding import documented
from reviewer.program.scope import in_sight
from reviewer.source.file import SourceFile
from reviewer.source.model import AnchorKind, Function
from reviewer.tree.model import NameKind
from reviewer.world import World

_NAMED = ("function", "identifier")
_DEFINITIONS_AT_MOST = 8


@dataclass(frozen=True, slots=True)
class Spoken:
    """A function that a claim speaks of, with the World of the file that defines it."""

    function: Function
    world: World
    here: bool = True
    """True if its own comment says it: above it, or above its prototype. Of a macro it is not asked
    too much: a caller's variables may be its own."""


def spoken_of(claim: Claim, world: World) -> Spoken | None:
    """The function whose callers, or whose ways out, a claim speaks of; None if none is certain."""
    if claim.get("held_by") == "others":
        return None  # "the other task is holding it"
    function = documented(claim, world)
    if function is not None:
        return Spoken(function, world)
    anchor = claim.comment.anchor
    if anchor.kind is AnchorKind.MACRO and claim.subject.concept == "code" and not anchor.function:
        macro = world.source.definition(anchor.name)
        return Spoken(macro, world, here=False) if macro is not None and macro.macro else None
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
    found = _definitions(name, world)
    if len(found) > 1:  # beside it the empty inline of a configuration without it
        found = [one for one in found if not _is_stub(*one)]
    if len(found) != 1:
        return None
    source, function = found[0]
    there = world if source.path == world.path else World(source, world.library)
    return Spoken(function, there, here)


def _definitions(name: str, world: World) -> list[tuple[SourceFile, Function]]:
    """All that the name may mean in the World's file; none if one of them cannot be read."""
    own = [(world.source, one) for one in world.source.functions_named(name)]
    if world.index is None or (own and not world.path.endswith(".h")):
        return own
    paths = {
        one.path
        for one in world.index.senses(name)
        if one.kind is NameKind.FUNCTION and in_sight(world.path, one)
    } - {world.path}
    if len(paths) > _DEFINITIONS_AT_MOST:
        return []
    for path in sorted(paths):
        source = world.file(path)
        functions = source.functions_named(name) if source is not None else ()
        if source is None or not functions:
            return []
        own += [(source, one) for one in functions]
    return own


def _is_stub(source: SourceFile, function: Function) -> bool:
    """True for a static function of a header that does no more than to return something."""
    if not (source.path.endswith(".h") and function.static):
        return False
    return source.code(function.body_start, function.body_end).count(b";") <= 1
