"""Contexts in words: what qualifies one."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.near import sentence_near

_QUALIFIED = re.compile(r"\s*,?\s*(?:that|which|where|allow|permit|except|but|other than|if)\b")


def is_qualified(claim: Claim) -> bool:
    """True for "any context that can sleep", "except from NMI": less than the context is meant."""
    return _QUALIFIED.match(sentence_near(claim)[1]) is not None
