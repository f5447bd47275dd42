"""Where a comment stood in the tree before the patch, and whether the patch changes its code."""

from __future__ import annotations

from reviewer.claims.model import Claim
from reviewer.evidence.models.sides import BODIES
from reviewer.evidence.models.trace import code_of
from reviewer.judging.pairing import Place
from reviewer.source.file import SourceFile
from reviewer.source.model import CommentBlock
from reviewer.world import World


def stood(was: World, world: World, claim: Claim) -> CommentBlock | None:
    """The comment of the claim in the file before the patch; None if that cannot be told.

    Of several with the same words it is the one that stands as far down its function as this does.
    """
    before, after = (_alike_in(one, claim) for one in (was.source, world.source))
    if len(before) != len(after):
        return None
    return before[after.index(claim.comment)]


def is_as_it_was(was: World, world: World, claim: Claim, place: Place) -> bool:
    """True if the patch touches no code of either side: a look that spares both models."""
    comment = stood(was, world, claim)
    now = world.source.function_at(claim.comment.start_byte)
    then = was.source.function_at(comment.start_byte) if comment is not None else None
    if now is None or then is None:
        return False
    sides = [
        [code_of(at, at.source, own)]
        + [code_of(at, source, other) for source, other in at.functions(place.name)[:BODIES]]
        for at, own in ((was, then), (world, now))
    ]
    return sides[0] == sides[1]


def _alike_in(source: SourceFile, claim: Claim) -> list[CommentBlock]:
    """The comments of a file with the words and the function of a claim's."""
    return [
        one
        for one in source.comments
        if one.text == claim.comment.text and one.anchor.function == claim.comment.anchor.function
    ]
