"""Reasons and results: "we do A, so B cannot happen, so C is safe" as one chain of claims."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from reviewer.claims.model import Claim, Kind, Modality, Role

_FORWARD = re.compile(
    r"\b(?:so|so that|therefore|thus|hence|thereby|consequently|which means|that means|this means"
    r"|(?:this|that|which|it) (?:will )?(?:assures?|ensures?|guarantees?|prevents?|makes sure|implies|avoids?)"
    r"|meaning|as a result|this way|that way|ensuring|guaranteeing|preventing|in order to|to (?:make sure"
    r"|ensure|assure|guarantee|prevent|avoid))\b",
    re.IGNORECASE,
)
_BACKWARD = re.compile(
    r"\b(?:because|since|as (?:we|the|it|this|there)|due to|thanks to|given that|for the reason)\b",
    re.IGNORECASE,
)
_REACH = 160
"""Characters between two claims that one connector can join."""


def link(text: str, claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Number the arguments of a comment and give their claims the role of reason or result.

    Two neighbouring claims belong together when the words between them (or at the edge of one)
    hold a connector. A claim that results from one and supports another is a reason. ``refers``
    claims and claims that are not asserted take no part.
    """
    out = list(claims)
    chain = [
        i
        for i, c in enumerate(claims)
        if c.kind is not Kind.REFERS and c.modality in {Modality.ASSERTED, Modality.CONDITIONAL}
    ]
    number = 0
    previous = -1
    for index in chain:
        claim = out[index]
        if previous < 0:
            previous = index
            continue
        before = out[previous]
        direction = _direction(text, before, claim)
        if direction:
            if not before.argument:
                number += 1
                before = replace(before, argument=number)
            if direction > 0:
                out[previous] = replace(before, role=Role.REASON)
                out[index] = replace(claim, argument=before.argument, role=Role.RESULT)
            else:
                role = Role.RESULT if before.role is not Role.REASON else Role.REASON
                out[previous] = replace(before, role=role)
                out[index] = replace(claim, argument=before.argument, role=Role.REASON)
        elif _overlap(before, claim) and before.argument:
            out[index] = replace(claim, argument=before.argument, role=before.role)
        previous = index
    return tuple(out)


def _overlap(first: Claim, second: Claim) -> bool:
    return second.start < first.end


def _direction(text: str, first: Claim, second: Claim) -> int:
    """1: first is the reason of second; -1: the other way round; 0: no connector."""
    if _overlap(first, second):
        return 0
    if second.start - first.end > _REACH:
        return 0
    between = text[first.end : second.start]
    if between.count("\n\n"):
        return 0
    edge = between + " " + text[second.start : min(second.end, second.start + 30)]
    if _BACKWARD.search(between):
        return -1
    return 1 if _FORWARD.search(edge) else 0
