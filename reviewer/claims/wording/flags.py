"""Flags in words: whether the code around a comment is said to pass one."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.near import is_stated, sentence_around

_WE_PASS = re.compile(
    r"(?:\bwe(?: must| have to| need to)?(?: always| also| still| therefore)?"
    r"|(?:\A\W*|[.:;]\s+)(?:(?:always|also|here|so|must|therefore),? ){0,2})"
    r"\s*pass(?: in)?(?: down)?(?: (?:the|a|an))?(?: magic)?(?: flags?)?\s*\Z",
    re.I,
)
_SOMETIMES = re.compile(r"\b(?:only|just for|where|might|would|could|may be|is not|isn't)\b", re.I)


def we_pass_it(claim: Claim) -> bool:
    """True for "we pass FLAG", said of the code around without condition, denial or doubt."""
    before, after = sentence_around(claim)
    if _WE_PASS.search(before) is None or _SOMETIMES.search(f"{before} {after}"):
        return False
    return is_stated(claim)
