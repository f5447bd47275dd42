"""Where a comment stood in the tree before the patch under review."""

from __future__ import annotations

from reviewer.claims.model import Claim
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


def _alike_in(source: SourceFile, claim: Claim) -> list[CommentBlock]:
    """The comments of a file with the words and the function of a claim's."""
    return [
        one
        for one in source.comments
        if one.text == claim.comment.text and one.anchor.function == claim.comment.anchor.function
    ]
