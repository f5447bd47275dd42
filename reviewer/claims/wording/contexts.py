"""Contexts in words: what qualifies one."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.near import sentence_near

_QUALIFIED = re.compile(r"\s*,?\s*(?:that|which|where|allow|permit|except|but|other than|if)\b")

_OF_CALLERS = re.compile(
    r"\b(?:call\w*|hold\w*|held|must|under|within|inside|invoked|locks?)\b", re.I
)
_OUTSIDE = re.compile(r"\boutside\b", re.I)
_NOUN = re.compile(r"blocks|schedules|sleeps|waits|locks")
_SECOND_HALF = re.compile(r"(?:'s)?[\s(]*(?:the )?(?:bottom[- ]half|bh\b|(?:\w+ )?thread)", re.I)

_OF_A_DEVICE = re.compile(
    r"\b(?:own|its|our|their|these|\w+'s) interrupts?\b|\b(?!(?:with|hard|soft|local|cpu|of|and|or"
    r"|when|while|disabled?|disabling|enabled?|enabling|all|an|the|in|that|if|hardware|timer)\b)"
    r"\w+ (?:interrupt|irq)\b(?! (?:context|flags?|state|handlers?|disabled|enabled))"
    r"|\b(?!(?:soft|hard|non|local|cpu|in)-)\w+-irq\b(?! (?:context|flags?|state|handlers?))",
    re.I,
)
_CHANGES = re.compile(r"\b(?:enabl|re-?enabl|turns?|return|restor|unless|exit)\w*", re.I)


def is_second_half(claim: Claim) -> bool:
    """True for "ISR bottom half", "irq handler thread": no longer in the interrupt."""
    return _SECOND_HALF.match(sentence_near(claim)[1]) is not None


def is_qualified(claim: Claim) -> bool:
    """True for "any context that can sleep", "except from NMI": less than the context is meant."""
    return _QUALIFIED.match(sentence_near(claim)[1]) is not None


def is_outside(claim: Claim) -> bool:
    """True for "from outside an interrupt context": any other one is meant."""
    return _OUTSIDE.search(claim.quote) is not None


def speaks_of_callers(claim: Claim) -> bool:
    """True if a word says where the code is called from: "called under", "must hold"."""
    return _OF_CALLERS.search(claim.quote) is not None


def is_noun(claim: Claim) -> bool:
    """True for a word that is as often a noun ("the blocks of a file") as what a function does."""
    return _NOUN.fullmatch(claim.quote.strip().lower()) is not None


def of_a_device(claim: Claim) -> bool:
    """True if the words may speak of a device's interrupt, which the device switches off itself."""
    text = claim.comment.text
    near = text[max(0, claim.start - 24) : claim.end + 24]
    return _OF_A_DEVICE.search(" ".join(near.split())) is not None


def speaks_of_change(claim: Claim) -> bool:
    """True if the comment may speak of a context that the call itself changes, or asks for."""
    return _CHANGES.search(claim.comment.text) is not None
