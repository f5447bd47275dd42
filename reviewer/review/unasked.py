"""Why no rule looks at a claim, told by what it speaks of and by where it stands."""

from __future__ import annotations

from reviewer.claims.model import CODE, Claim
from reviewer.source.model import AnchorKind

_NO_CODE = frozenset({AnchorKind.FILE, AnchorKind.CONDITIONAL})
_NO_BODY = frozenset(
    {
        AnchorKind.STRUCT,
        AnchorKind.FIELD,
        AnchorKind.DECLARATION,
        AnchorKind.PROTOTYPE,
        AnchorKind.MACRO,
    }
)


def why_unasked(claim: Claim) -> str:
    """The one thing that keeps every rule from a claim, as the ledger says it."""
    if claim.about == "data":
        return "it speaks of something in plain words, which cannot be looked up"
    if claim.about == "step":
        return "it orders steps in plain words, over no code that takes them"
    if claim.about != CODE:
        return "no rule asks such a thing of what it names"
    if claim.comment.anchor.kind in _NO_CODE:
        return "the comment stands over no code"
    if claim.comment.anchor.kind in _NO_BODY:
        return "no rule asks such a thing of what has no body of code"
    return "no rule reads such a claim"
