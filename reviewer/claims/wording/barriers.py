"""Barriers in words: how strong, on which machines, and where else one may stand."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.near import sentence_of

_FULL = re.compile(r"\b(?:full|general|smp_mb|mb)\b|fully ordered", re.I)
_MACHINE = re.compile(
    r"\b(?:on|for) (?:an? |the |most |some |many |all |weakly[- ]ordered |strongly[- ]ordered )*"
    r"(?:x86\w*|i386|amd\w*|intel|arm\w*|powerpc|ppc\w*|mips\w*|sparc\w*|alpha|s390\w*|ia64|risc-?v"
    r"|openrisc|loongarch|parisc|m68k|xtensa|csky|hexagon|tso|\w*arch\w*|machines?|cpus?|smp)\b",
    re.I,
)
_ELSEWHERE = re.compile(
    r"\b(?:impli(?:ed|es|cit|citly)|provided|provides|already|reuse|above|below|callers?|later"
    r"|earlier|before returning)\b",
    re.I,
)
_OTHER_SIDE = re.compile(r"\b(?:in|within|of|from|by|inside)\b")


def asks_for_full(claim: Claim) -> bool:
    """True for words that ask for a full barrier, and no other will do."""
    return _FULL.search(claim.quote) is not None


def names_machines(claim: Claim) -> bool:
    """True if the sentence speaks of some machines only: "on x86"."""
    return _MACHINE.search(sentence_of(claim)) is not None


def pairs_two_others(claim: Claim) -> bool:
    """True for "smp_rmb() in a() pairs with b()": the barriers of two other functions."""
    return _OTHER_SIDE.search(claim.quote.lower().partition("pair")[0]) is not None


def may_stand_elsewhere(claim: Claim) -> bool:
    """True if the comment may speak of a barrier elsewhere in its function."""
    return _ELSEWHERE.search(claim.comment.text) is not None
