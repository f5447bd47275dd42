"""The place in a function that a comment inside it speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.claims.model import Claim, Kind
from reviewer.judging.callsites import Site
from reviewer.judging.lockstate import Wanted, is_meant
from reviewer.judging.proof import Proof, is_of_one, shown
from reviewer.kernel.expressions import lock_name, normal
from reviewer.source.file import SourceFile
from reviewer.source.model import CommentBlock, Function, Operation
from reviewer.world import World

_INTO = re.compile(rb"(?:\s|\{|\}|\belse\b|\b(?:if|while|for|switch|do)\b\s*\(?|\()+")
"""What stands before the first expression of a statement: flow is followed from one to the next."""
_NEAR = 2  # statements of the anchor in which "take X" may be done


def function_around(claim: Claim, world: World) -> Function | None:
    """The function whose body a comment stands in; None for one above a function."""
    comment = claim.comment
    function = world.source.function_at(comment.start_byte)
    if function is None or comment.start_byte < function.body_start:
        return None
    return function


def place_of(claim: Claim, function: Function, world: World) -> Site | None:
    """The first expression of the code that a comment in a body speaks of."""
    anchor = claim.comment.anchor
    start = max(anchor.start_byte, function.body_start)
    code = world.source.code(start, function.body_end)
    into = _INTO.match(code)
    at = start + (into.end() if into is not None else 0)
    if at >= function.body_end:
        return None
    facts = world.caller_facts(function, world.source)
    return Site(world.source, function, facts, -1, at)


def is_right_above(comment: CommentBlock, at: int, source: SourceFile) -> bool:
    """True if code begins on the next line behind a comment: none that it trails is meant."""
    between = source.data[comment.end_byte : at]
    return between.count(b"\n") == 1


def taken_in(claim: Claim, site: Site, wanted: Wanted) -> Proof | None:
    """The acquire, or assertion, that the first statements of the anchored code begin with.

    What may fail, is not the very first and on every way, or only asserts it, is only said.
    """
    for operation in first_done(claim, site):
        for tag, spelled in operation.objects:
            head = tag.split(".")[:2]
            if head not in _TAKEN or lock_name(spelled) != wanted.name:
                continue
            if tag.endswith(".try") and claim.kind is Kind.REQUIRES:
                continue  # who has to try does not say that it is held
            named = is_meant(spelled, wanted)
            if named or _ends_so(spelled, wanted):
                ahead = site.source.code(site.at, operation.start_byte)
                sure = named and _STRAIGHT.search(ahead) is None and certain(operation, tag)
                sure = sure and is_of_one(site, operation, wanted)
                return Proof((shown(site, operation),), said=not sure)
    return None


def first_done(claim: Claim, site: Site, *, helpers: bool = False) -> Iterator[Operation]:
    """The operations of the first statements of the anchored code, with those of ``helpers``."""
    anchor = claim.comment.anchor
    stretch = site.source.code(site.at, max(anchor.end_byte, site.at))
    ends = [m.end() for m in re.finditer(rb";", stretch)]
    until = site.at + (ends[min(len(ends), _NEAR) - 1] if ends else len(stretch))
    for operation in site.facts.operations:
        if site.at <= operation.start_byte < until and (helpers or not operation.via):
            yield operation


def _ends_so(spelled: str, wanted: Wanted) -> bool:
    """True for ``farm->lake.pond.lock`` where the comment has ``pond.lock``: likely the same."""
    path = normal(spelled).replace(".", "->")
    return bool(wanted.exact) and path.endswith("->" + wanted.exact.replace(".", "->"))


_TAKEN = (["lock", "acquire"], ["lock", "assert"])
_STRAIGHT = re.compile(rb"[;?{):]|&&|\|\||\b(?:if|else|for|while|switch|do)\b")
"""What makes something behind it no longer the first that is done, or done on some ways only."""


def certain(operation: Operation, tag: str) -> bool:
    """True if an acquire of that tag cannot fail, and no configuration goes without it."""
    return tag in ("lock.acquire", "lock.acquire.read", "lock.acquire.write") and not (
        operation.conditions
    )
