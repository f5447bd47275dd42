"""Lockless walkers in words."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.near import sentence_around, sentence_of

_IRQS_OFF = re.compile(
    r"\b(?:interrupts?|irqs?) (?:are |is |being |locally )?(?:disabled|off)\b"
    r"|\bdisabl\w+\b[^.;]{0,16}\b(?:interrupts?|irqs?)\b|\birqs?[- ](?:off|disabl\w+)",
    re.IGNORECASE,
)


_DENIED = re.compile(r"(?:\bnot|n't|\bnever|\bwithout|\bwhether)\b", re.IGNORECASE)


def says_irqs_off(claim: Claim) -> bool:
    """True if the sentence says that something runs with interrupts off."""
    sentence = sentence_of(claim)
    return _IRQS_OFF.search(sentence) is not None and _DENIED.search(sentence) is None


_SYNCS = re.compile(r"\b(?:sync|seriali[sz]|wait|sufficient|enough)", re.IGNORECASE)


def waits_for(claim: Claim) -> bool:
    """True for "synchronize with", "wait for": whoever is inside is let out.

    That nobody new comes in ("no GUP-fast can start") is another claim.
    """
    return _SYNCS.search(claim.quote) is not None


_LEFT_OUT = re.compile(
    r"\b(?:except\w*|other than|apart from|but not|save for|not)\b", re.IGNORECASE
)


def leaves_out(claim: Claim) -> bool:
    """True for "prevent all access with the exception of gup_fast": that one is not kept out.

    And for "we used to synchronize with it", "the caller must": it is not the code that does.
    """
    said = _LEFT_OUT.search(claim.quote) or _ONCE.search(sentence_of(claim))
    return said is not None


_ONCE = re.compile(
    r"\b(?:we|it|they|this|that|code) used to\b|\bno longer\b|\bcallers?\b", re.IGNORECASE
)


_REASON = re.compile(r"\b(?:since|because|as|thanks to|by|via|using|through)\b(.*)", re.IGNORECASE)
_MEANS = re.compile(r"\w*lock\b|\bmutex|\bsem\b|\w+_sem\b|semaphore|\bflush", re.IGNORECASE)
_LOOKS_AGAIN = re.compile(
    r"\bback(?:s|ing)? (?:off|out)\b|\bre-?check|\bdetect|\b(?:look|read|check)\w* .*\bagain\b"
    r"|\bre-?read|\bdrop",
    re.IGNORECASE,
)


def for_another_reason(claim: Claim) -> bool:
    """True if the sentence says why, and that is a lock or a flush: what a model shows is not that.

    "Parallel GUP-fast is fine since it will back off" gives the reason that there is.
    """
    reason = _REASON.search(" ".join(sentence_of(claim).split()))
    if reason is None or _LOOKS_AGAIN.search(reason[1]):
        return False
    return _MEANS.search(reason[1]) is not None


_AHEAD = re.compile(
    r"\b(?:with|for|against|from|all|any|every|the|parallel|concurrent|running|lockless|software)"
    r"[\s-]*\Z",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"\W*(?:walk(?:er)?s?\b|itself\b)?\W*(?:on (?:all|every|each)(?: the)? cpus?\b)?\W*"
    r"(?:(?:which|that|who|running|walking)\b(?P<which>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_LIMITS = re.compile(r"\bonly\b|\bcpus?\b|\bprocessors?\b", re.IGNORECASE)


def means_all(claim: Claim) -> bool:
    """True if nothing beside the walker says which are meant, but that they have interrupts off.

    "On one CPU", "that starts later", "with interrupts enabled", "and slow GUP" do.
    """
    assert claim.object is not None
    before, after = sentence_around(claim)
    ahead, _, behind = claim.quote.partition(claim.object.text)
    which = _BEHIND.fullmatch(behind + after)
    if which is None or _LIMITS.search(before) or _AHEAD.search(ahead) is None:
        return False
    said = which["which"]
    return said is None or (says_irqs_off(claim) and _LIMITS.search(said) is None)
