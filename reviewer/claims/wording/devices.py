"""Words that leave open if a sentence speaks of code at all, or of what a device does."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind, Term
from reviewer.claims.wording.near import sentence_of

_CODE = re.compile(
    r"\b(?:rac(?:e[sd]?|ing|y)|concurren\w+|simultaneous\w*|parallel|threads?|tasks?|workers?|cpus?"
    r"|cores?|kthreads?|readers?|writers?|callers?|handlers?|isrs?|callbacks?|tasklets?|softirqs?"
    r"|bh|nmis?|preempt\w*|(?:spin)?locks?|locked|locking|mutex\w*|semaphores?|barriers?|fences?"
    r"|rcu|page.?tables?|visible|order(?:ed|ing)?|reorder\w*|memory|ram|dma|descriptors?|atomic\w*|posted)\b"
    r"|\w\(\)|\w->\w|\bx86|\blocal (?:irqs?|interrupts?)\b",
    re.I,
)
"""Other code, its locks and its memory; what a device reads there is ordered by barriers too."""
_AGAINST = re.compile(
    r"(?:\w+ )?rac(?:e|es|ing)(?: conditions?)?(?: with| against)? (?:the |our )?"
    r"(?:devices?|chip|hc|hardware|hw|firmware|fw|controller|nic|asic|bmc)\b(?! driver)",
    re.I,
)
"""A race whose other side is no code."""
_CONTEXT = frozenset({"irq-off", "irq-on"})
_SHARED = ("lock", "barrier", "rcu", "tlb", "function", "field", "parameter", "struct", "pte")


def may_be_of_a_device(claim: Claim) -> bool:
    """True for an order, a wait, a purpose or an interrupt off whose words name no other code."""
    if claim.kind is Kind.ORDERS:
        fits = not any(_is_shared(one) for one in (claim.subject, claim.object))
    elif claim.kind is Kind.WAITS:
        fits = claim.about == "data" and claim.object is not None and claim.object.concept == "wait"
    elif claim.kind is Kind.EXCLUDES:
        fits = claim.about == "code" and not _is_shared(claim.object)
    elif claim.kind in {Kind.REQUIRES, Kind.FORBIDS, Kind.LEAVES}:
        fits = claim.object is not None and claim.object.concept in _CONTEXT
    else:
        return False
    return fits and _CODE.search(sentence_of(claim)) is None


def is_against_a_device(claim: Claim) -> bool:
    """True for "avoid a race with the chip": nothing that runs here is kept out."""
    told = claim.object.text if claim.object is not None else ""
    return claim.kind is Kind.EXCLUDES and _AGAINST.match(told) is not None


def _is_shared(term: Term | None) -> bool:
    """True for what code shares; a constant in capitals may be a register or one of its bits."""
    if term is None:
        return False
    if term.concept == "identifier":
        return not term.name.isupper()
    return term.concept.startswith(_SHARED)
