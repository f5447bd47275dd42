"""Waits in words: whose they are, and where they stand."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.near import is_stated, sentence_around, sentence_near, sentence_of

_MUST = re.compile(
    r"\b(?:(?:the )?(?:callers?|users?) (?:of (?:this|it|\S+) )?(?:function )?(?:must|should|shall"
    r"|(?:has|have|needs?|is required|are required) to|(?:is|are) responsible (?:for|to))"
    r"(?: also| then| always| later| subsequently| themselves| itself)* "
    r"(?:call|invok|us|do|issu|perform|execut|run)(?:e|ing)?|(?:must|should|has to|needs to) be "
    r"followed by(?: a call to)?) (?:an? |the )?\Z",
    re.I,
)
_LATER = re.compile(
    r"\s*(?:\([^()]*\)\s*)?(?:afterwards?|after (?:this|that|the call|calling|it|return\w*)"
    r"|later|subsequently|(?:and wait )?before (?:it |they )?(?:fre|releas|reus|destroy|kfree)\w*"
    r")\b",
    re.I,
)
_LATER_BEFORE = re.compile(r"\b(?:later|subsequently|then) \S+ (?:an? |the )?\Z|followed by", re.I)
_CALLS = re.compile(
    r"\b(\w+)\(\)(?::\s*|,? (?:which |then |also |that )?)"
    r"(?:invokes?|calls|call|issues|performs|does|uses|executes)\s+(?:an? |the )?\Z",
    re.I,
)
_ANOTHER = re.compile(
    r"\b(?:of|in|inside|within|by|before|after|from|to|with|runs?|calls?|(?:sure|check|ensures?)"
    r"(?: that)?|who\w*|what\w*)(?: the)? \Z",
    re.I,
)
"""What makes the function before the verb another one than the subject: "the caller of f()"."""
_WOULD = re.compile(r"\b(?:would|could|might|can|may|is too|are too|too (?:slow|costly))\b", re.I)
_BELOW = re.compile(r"\bbelow\b|\bfollowing\b|\bnext\b|\bthat follows\b", re.I)
_ABOVE = re.compile(r"\babove\b|\bhere\b", re.I)
_HERE = re.compile(r"\b(?:below|above|here)\b|\b(?:this|following|next) (?:synchronize|call)", re.I)
_ELSEWHERE = re.compile(
    r"\b(?:in|from|by|inside|before|after|see) (?:the )?(?!(?:synchronize|call|k?v?free)_)\w+\(\)",
    re.I,
)


def left_to_callers(claim: Claim) -> bool:
    """True for "callers must call NAME() afterwards", around the mention of a name."""
    before, after = sentence_near(claim)
    if not before.endswith(" "):
        before += " "
    if not (_LATER.match(after) or _LATER_BEFORE.search(before)):
        return False
    return _MUST.search(before) is not None and is_stated(claim)


def who_calls(claim: Claim) -> str:
    """The function of "f() calls NAME()", before the mention of a name; '' if none is said."""
    before = sentence_around(claim)[0]
    said = _CALLS.search(before)
    if said is None or not is_stated(claim) or _ANOTHER.search(before[: said.start()]):
        return ""
    return said[1]


def is_said_to_be_here(claim: Claim) -> bool:
    """True if the words point at the code around them, and at no other function."""
    sentence = sentence_of(claim)
    if not is_stated(claim) or _WOULD.search(sentence_around(claim)[1]):
        return False
    return _HERE.search(sentence) is not None and _ELSEWHERE.search(sentence) is None


def is_of_this_code(claim: Claim) -> bool:
    """True of a wait that the words give to nobody else: "wait for …", "we wait for …".

    "The caller waits for …" and "f() waits for …" say who does, and it may not be this code.
    """
    before = sentence_around(claim)[0]
    if _THIRD.match(claim.quote) and _WE.search(before) is None:
        return False
    return is_stated(claim) and _OURS.fullmatch(before) is not None


_THIRD = re.compile(
    r"(?:(?:is|are|was|has|have|had) \w+ing\b|(?:has |have |had )?wait(?:s|ed)\b)", re.I
)
"""A wait that somebody does who is named before."""
_WE = re.compile(r"\b(?:we|this \S+(?: rcu)?) ?\Z", re.I)


_OURS = re.compile(
    r"(?:(?:.*[,:;(] ?|.*\b(?:and|so|then|that) )?"
    r"(?:we|this (?:synchronize|call|code|function)\w*(?: rcu\b)?(?:\(\))?"
    r"|(?:the )?(?:following|next)|now|then|first|finally|and|so|to|in order to)?"
    r"(?: (?:must|have to|need to|should|will|also|then|now|just|first|explicitly|here))*) ?",
    re.I | re.DOTALL,
)
"""What may stand before a wait that is nobody else's: nothing, or who writes."""


def said_domain(claim: Claim) -> str:
    """The argument that the words give the wait they name: ``&t->srcu``; '' if none."""
    name = claim.object.name.rstrip("()") if claim.object is not None else ""
    given = re.search(rf"\b{re.escape(name)}\s*\(([^()]*)\)", sentence_of(claim)) if name else None
    return given[1].strip() if given is not None else ""


def says_below(claim: Claim) -> bool:
    """True if the words point at the code behind them, and at none before or around."""
    sentence = sentence_of(claim)
    return _BELOW.search(sentence) is not None and _ABOVE.search(sentence) is None
