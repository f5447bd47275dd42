"""Reasons and results: "we do A, so B cannot happen, so C is safe" as one chain of claims."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from reviewer.claims.model import Claim, Kind, Modality, Role

_FORWARD = re.compile(
    r"\b(?:so|therefore|thus|hence|thereby|consequently|which means|that means|this means"
    r"|(?:this|that|which|it) (?:will )?"
    r"(?:assures?|ensures?|guarantees?|prevents?|makes sure|implies|avoids?)"
    r"|meaning|as a result|this way|that way|ensuring|guaranteeing|preventing|in order to"
    r"|to (?:make sure|ensure|assure|guarantee|prevent|avoid))\b",
    re.IGNORECASE,
)
_BACKWARD = re.compile(
    r"\b(?:because|since|as (?:we|the|it|this|there)|due to|thanks to|given that)\b", re.IGNORECASE
)
_PREMISE = re.compile(
    r"[;,]\s+(?:something\s+)?(?:which|that)\s+(?:we|is|are|this|it)\b", re.IGNORECASE
)
_SAFE = re.compile(
    r"\b(?:we(?:'re| are)|it(?:'s| is)|this is|that's|that is)\s+(?:all\s+)?"
    r"(?:safe|ok|okay|fine)\b",
    re.IGNORECASE,
)
_GOAL = re.compile(
    r"\b(?:must|to|we)\s+(?:ensure|guarantee|make sure)\b[^.;:]{0,60}\Z", re.IGNORECASE
)
_REACH = 160
"""Characters between two claims that one connector can join."""
_ASSERTING = frozenset({Modality.ASSERTED, Modality.CONDITIONAL})


@dataclass(slots=True)
class _Step:
    """Claims read from the same words, and their place in an argument."""

    start: int
    end: int
    members: list[int] = field(default_factory=list)
    argument: int = 0
    role: Role = Role.PLAIN


def link(text: str, claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Number the arguments of a comment and give their claims the role of reason or result.

    Two neighbouring claims belong together when the words between them hold a connector ("so",
    "because"). A claim that results from one and supports another is a reason. A goal ("we must
    ensure that …") is the result of an argument of the same comment that has none. ``refers``
    claims and claims that are not asserted take no part.
    """
    steps = _steps(claims)
    if len(steps) > 1:
        _chain(text, steps)
        _goals(text, steps, claims)
    out = list(claims)
    for step in steps:
        if step.argument:
            for index in step.members:
                out[index] = replace(out[index], argument=step.argument, role=step.role)
    return tuple(out)


def _steps(claims: Sequence[Claim]) -> list[_Step]:
    steps: list[_Step] = []
    for index, claim in enumerate(claims):
        if claim.kind is Kind.REFERS or claim.modality not in _ASSERTING:
            continue
        if not steps or (steps[-1].start, steps[-1].end) != (claim.start, claim.end):
            steps.append(_Step(claim.start, claim.end))
        steps[-1].members.append(index)
    return steps


def _chain(text: str, steps: list[_Step]) -> None:
    number = 0
    for first, second in pairwise(steps):
        link_kind = _relation(text, first, second)
        if not link_kind:
            continue
        if not first.argument:
            number += 1
            first.argument = number
        second.argument = first.argument
        if link_kind == "so":
            first.role, second.role = Role.REASON, Role.RESULT
        elif link_kind == "premise":
            first.role = second.role = Role.REASON
        else:
            first.role = Role.RESULT if first.role is not Role.REASON else first.role
            second.role = Role.REASON


def _relation(text: str, first: _Step, second: _Step) -> str:
    """``so``: first is the reason of second; ``because``: the other way round; ``premise``."""
    if second.start < first.end:
        if second.end <= first.end:
            return ""
        words = text[first.start : second.end]
        return "so" if _FORWARD.search(words) else ""
    if second.start - first.end > _REACH:
        return ""
    between = text[first.end : second.start]
    if "\n\n" in between:
        return ""
    edge = text[second.start : min(second.end, second.start + 30)]
    if _PREMISE.search(between[-14:] + edge) or _PREMISE.search(between):
        return "premise"
    if _BACKWARD.search(between):
        return "because"
    return "so" if _FORWARD.search(between + " " + edge) else ""


def _goals(text: str, steps: list[_Step], claims: Sequence[Claim]) -> None:
    """Join goals and "because …, we are safe" to the argument of the comment, if it has one."""
    reasons = [step for step in steps if step.argument and step.role is Role.REASON]
    if not reasons:
        return
    number = reasons[0].argument
    for step in steps:
        if step.argument:
            continue
        kind = claims[step.members[0]].kind
        before = text[max(0, step.start - 90) : step.start]
        if kind in {Kind.ATOMIC, Kind.STABLE} and _GOAL.search(before):
            step.argument, step.role = number, Role.RESULT
        elif re.search(r"\b(?:because|since)\s+\Z", before, re.IGNORECASE) and _SAFE.search(
            text, step.end, step.end + 80
        ):
            step.argument, step.role = number, Role.REASON
