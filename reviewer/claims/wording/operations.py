"""Operations in words: how a comment speaks of what it stands over."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.near import sentence_of

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


_SPARED = re.compile(
    r"\b(?:not|n't|never|no longer) (?:be )?(?:needed|required|necessary)\b|\bunnecessary\b"
    r"|\bno need (?:to|for)\b|\b(?:needn't|need not|(?:don't|doesn't|do not|does not) need)\b",
    re.I,
)


def spares_an_operation(claim: Claim) -> bool:
    """True if the sentence says that something is not needed: what stands there is not for it.

    "Nobody can free it here, so that no lock is needed" over a lock is no reason for that lock.
    """
    return _SPARED.search(sentence_of(claim)) is not None


_CPUS = re.compile(
    r"\bcpus?\b|\btlbs?\b|\bipis?\b|shootdown|translation|walkers?\b|\bcores?\b", re.I
)


def speaks_of_cpus(claim: Claim) -> bool:
    """True if what is waited for can be CPUs: their TLBs, interrupts that they take."""
    return _CPUS.search(sentence_of(claim)) is not None


def speaks_of_grace(claim: Claim) -> bool:
    """True if a claim has the words "grace period"."""
    return _GRACE.search(claim.quote) is not None


_GRACE = re.compile(r"\bgrace[- ]period", re.I)
