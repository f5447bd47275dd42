"""Operations in words: how a comment speaks of what it stands over."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim

_WORDS = {
    "barrier": re.compile(r"barrier|fence|\border|acquire|release|pair|_mb\b|_[rw]mb\b", re.I),
    "flush": re.compile(r"flush|tlb|invalidat", re.I),
    "wait": re.compile(r"wait|grace|synchroni|drain|quiesc", re.I),
    "wake-up": re.compile(r"wak(?:e|ing)|kick|notif", re.I),
    "context": re.compile(r"irq|interrupt|preempt|\bbh\b|softirq|bottom hal", re.I),
    "re-check": re.compile(r"check|recheck|changed|same|again", re.I),
}


def speaks_of_operation(claim: Claim, kind: str) -> bool:
    """True if a claim has words of a kind of operation (``evidence.removals``), if not its name."""
    words = _WORDS.get(kind)
    return words is not None and words.search(claim.quote) is not None
