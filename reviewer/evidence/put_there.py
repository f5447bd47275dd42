"""What a patch puts below a comment that stood there before it, and said that none is needed."""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.claims.model import Claim
from reviewer.source.model import Function, Operation
from reviewer.world import World


def is_put_there(taken: Operation, claim: Claim, function: Function, world: World) -> bool:
    """True if the patch under review puts an operation below a comment that was there before."""
    was = world.before
    if was is None:
        return False
    said = " ".join(claim.comment.text.split())
    if all(" ".join(one.text.split()) != said for one in was.source.comments):
        return False
    former = was.source.functions_named(function.name)
    if len(former) != 1 or former[0].has_error:
        return False
    before, now = was.function_facts(former[0]), world.function_facts(function)
    return _times(taken, before.operations) < _times(taken, now.operations)


def _times(taken: Operation, operations: Iterable[Operation]) -> int:
    """How often a function does the same thing with the same."""
    alike = (taken.name, taken.objects)
    return sum((one.name, one.objects) == alike for one in operations if not one.via)
