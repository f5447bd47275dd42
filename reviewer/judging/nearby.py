"""What may be meant instead where a named function has not the barrier that a comment names."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.judging.barriers import Order, order_of
from reviewer.judging.bodies import Body, Call, calls
from reviewer.judging.pairing import Partner
from reviewer.tree.model import NameKind
from reviewer.world import World

_ALIKE = 12
"""Likest names that are looked at for an operation of the folder's own."""
_LAST_NAME = re.compile(r"([A-Za-z_]\w*)(?:\[[^\]]*\])?\s*[,)]")


def own_operation(world: World, name: str, found: tuple[Body, ...]) -> str:
    """A function of the comment's folder that does what a far one of that name does, or ''.

    Who writes "bind()" in an implementation of sockets means its own, ``xsk_bind()``. Three of the
    four wrong findings in all of 6.12 were so (docs/judged-outside.tsv).
    """
    folder = _folder(world.path)
    if world.index is None or any(_folder(body.path) == folder for body in found):
        return ""
    own = [one.name for one in world.source.top_level.functions]
    for one in (*own, *world.index.similar(name, _ALIKE)):
        if one.endswith("_" + name) and any(
            each.kind is NameKind.FUNCTION and _folder(each.path) == folder
            for each in world.index.senses(one)
        ):
            return one
    return ""


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def variable_of(claim: Claim, world: World) -> str:
    """The variable or field that the first marked access of the comment's code is to."""
    anchor = claim.comment.anchor
    code = Body(world.source, "", anchor.start_byte, anchor.end_byte, anchor.start_line, False)
    for call in calls(code):
        order = order_of(call.name)
        if order is not None and order & (Order.READ | Order.WRITE) and call.arguments:
            match = _LAST_NAME.search(call.arguments)
            return match[1] if match else ""
    return ""


def barrier_for(body: Body, partner: Partner, variable: str) -> Call | None:
    """The operation of a body that serves a partner and is on a variable; None if none is."""
    for call in calls(body):
        order = order_of(call.name)
        if order is None or partner.want is None or not order & partner.want:
            continue
        if re.search(rf"\b{re.escape(variable)}\b", call.arguments.split(";")[0]):
            return call
    return None
