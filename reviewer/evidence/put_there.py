"""What a patch puts below a comment that stood there before it, and said that none is needed."""

from __future__ import annotations

from collections.abc import Callable

from reviewer.claims.model import Claim
from reviewer.source.model import Function, Operation
from reviewer.world import World


def is_put_there(
    alike: Callable[[Operation], bool], claim: Claim, function: Function, world: World
) -> bool:
    """True if a patch has a function do something more often, below a comment that was there.

    ``alike`` is true of all that the comment says is not needed: what takes the place of another
    such operation is not put there.
    """
    was = world.before
    if was is None:
        return False
    former = was.source.functions_named(function.name)
    if len(former) != 1 or former[0].has_error:
        return False
    said = " ".join(claim.comment.text.split())
    within = range(former[0].body_start, former[0].body_end)
    comments = (one for one in was.source.comments if one.start_byte in within)
    if all(" ".join(one.text.split()) != said for one in comments):
        return False
    before, now = was.function_facts(former[0]), world.function_facts(function)
    times = [sum(not one.via and alike(one) for one in facts.operations) for facts in (before, now)]
    return times[0] < times[1]
