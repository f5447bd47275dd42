"""What the comments at the other side of a pair say of their own partners.

A pair is best documented on both sides. Silence there is no fault, and a barrier may have more
partners than its comment lists; so what is found here goes into evidence and the ledger only.
"""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.judging.bodies import Body, Call, bodies_in
from reviewer.judging.pairing import pairings
from reviewer.source.model import CommentBlock
from reviewer.world import World

_WORD = re.compile(r"[A-Za-z_]\w*")
_NEAR = 4
"""Lines between the end of a comment and the barrier it is about, at most."""


def back(claim: Claim, body: Body, call: Call) -> str:
    """What the comment at the other side's barrier says of its partner, as words for a reader.

    '' if no comment there names one.
    """
    here = claim.comment.anchor.function or claim.comment.anchor.name
    named: dict[str, None] = {}
    for comment in body.source.comments_in(body.start, body.end):
        if comment.start_line <= call.line <= comment.end_line + _NEAR:
            for name in _names(comment):
                named.setdefault(name)
    if here and here in named:
        return f"its comment names {here}() back"
    listed = ", ".join(f"{name}()" for name in list(named)[:3])
    return f"its comment names {listed}, not this side" if listed else ""


def pointing_here(world: World, claim: Claim) -> tuple[str, ...]:
    """Functions of the file whose comments say that they pair with the claim's function.

    Those that this function's comments name already are other partners, and left out.
    """
    here = claim.comment.anchor.function
    if not here:
        return ()
    found: dict[str, None] = {}
    for raw in world.source.raw_comments:
        if here.encode() not in world.source.data[raw.start_byte : raw.end_byte]:
            continue
        comment = world.source.block(raw)
        there = comment.anchor.function
        if there and there != here and here in _names(comment):
            found.setdefault(there)
    said = {name for body in bodies_in(world.source, here) for name in _said(body)}
    return tuple(name for name in found if name not in said)


def pointed(world: World, claim: Claim) -> str:
    """The functions that point here as a sentence to add to a finding; '' if there are none."""
    found = [f"{name}()" for name in pointing_here(world, claim)[:2]]
    verb = "say that they pair" if len(found) > 1 else "says that it pairs"
    return f" {' and '.join(found)} {verb} with this function." if found else ""


def _said(body: Body) -> set[str]:
    """Every name in the comments of a body."""
    comments = body.source.comments_in(body.start, body.end)
    return {name for one in comments for name in _WORD.findall(one.text)}


def _names(comment: CommentBlock) -> tuple[str, ...]:
    return tuple(place.name for one in pairings(comment.text) for place in one.places if place.name)
