"""Steps in words: on which side of another one must be done."""

from __future__ import annotations

import re
from typing import NamedTuple

from reviewer.claims.model import Claim

_BEFORE = re.compile(r"\bbefore\b|\bprior to\b|\bprecede", re.I)
_AFTER = re.compile(r"\bafter\b|\bonce\b|\bfollow", re.I)
_KINDS = (
    (re.compile(r"\A(?:check|test|compar)"), "check"),
    (re.compile(r"\Ainstalling"), "install"),
    (re.compile(r"\Afreeing"), "free"),
)
_DUTY = re.compile(r"\b(?:must|should|ha(?:s|ve) to|needs?|required)\b", re.I)


def due(claim: Claim) -> str:
    """before or after, for "must be done before …"; '' if no duty or both are said."""
    before, after = _BEFORE.search(claim.quote), _AFTER.search(claim.quote)
    if (before is None) == (after is None) or not _DUTY.search(claim.quote):
        return ""
    return "before" if before is not None else "after"


def kind_of_step(words: str) -> str:
    """check, install, free or '': what a step in plain words does to a page."""
    return next((kind for verb, kind in _KINDS if verb.match(words.lower())), "")


class Steps(NamedTuple):
    """The telling words of two steps, the one that comes first and the one that follows."""

    first: frozenset[str]
    then: frozenset[str]
    here: str
    """Which of the two the comment stands over: the one that its sentence begins with."""


def steps_of(claim: Claim) -> Steps | None:
    """What "do a before doing b" says comes first; None if its words tell no two steps."""
    side = claim.get("step")
    parts = _SIDE.split(claim.quote, maxsplit=1)
    if side not in ("before", "after") or len(parts) != 2:
        return None
    one, two = (_telling(part) for part in (parts[0], _ENDS.split(parts[1], maxsplit=1)[0]))
    if not one or not two or one & two == one or one & two == two:
        return None
    return Steps(one, two, "first") if side == "before" else Steps(two, one, "then")


_SIDE = re.compile(r"\b(?:before|after|prior to)\b", re.I)
_ENDS = re.compile(
    r"[.;,]|\bto (?:avoid|ensure|prevent|make|guarantee|be)\b|\b(?:so|since|because|or|as)\b", re.I
)
_WORD = re.compile(r"[a-z][a-z0-9]+")
_TELLS_NOTHING = re.compile(
    r"a|an|the|this|that|these|those|of|to|in|on|at|by|for|from|with|and|not|is|are|be|it|its"
    r"|our|we|you|they|must|should|need|needs|have|has|to|do|done|doing|sure|make|making|ensure"
    r"|up|out|off|into|onto|only|also|first|then|any|all|here|there|now|will|can|may|been|being|was|were|just|right"
    r"|call|calls|calling|called|actually|even|still|already|other|each|always|when|if"
)


def _telling(text: str) -> frozenset[str]:
    words = _WORD.findall(text.lower().replace("_", " "))
    return frozenset(one for one in words if not _TELLS_NOTHING.fullmatch(one))
