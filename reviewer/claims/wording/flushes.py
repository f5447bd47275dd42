"""Flushes in words: which of them are limited, which are meant, who is interrupted."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.near import clause_of, sentence_of

_LIMITED = re.compile(
    r"\b(?:if|when|unless|except|may|might|can|could|some|other|rest|remaining|before|again|also"
    r"|local|remote\w*|first|except|only|already|mostly|usually)\b",
    re.IGNORECASE,
)
_SAFE = re.compile(
    r"\b(?:safe|cannot race|can't race|no race|harmless|cannot see|can't see|cannot miss)\b"
    r"[^.]{0,80}\b(?:mprotect|munmap|madvise|mremap|parallel|other flush\w*)\b",
    re.IGNORECASE,
)
_FLUSH = re.compile(r"flush|invalidat|shootdown", re.IGNORECASE)
_SORTED = re.compile(
    r"\b(?:local|remote\w*|other|global\w*|all|full|whole|entire|range|individual|per[- ]\w+|each"
    r"|secondary|kernel|user\w*|if|when|unless|until|while|for(?! (?:that|this|it)\b)|except|most"
    r"|some|cpus?|processors?|hardware|arch\w*|book3\w+|spurious|fault|yet|now|later|immediately|double"
    r"|twice|again|already|before|after|because|since|caller\w*)\b",
    re.IGNORECASE,
)
_LEADING = re.compile(r"\W*(?:for|in|on|at|with|without|while|during|here)\b", re.IGNORECASE)
_SOME = re.compile(r"(?:flush|shootdown|invalidat)\w* (?:that|which)\b", re.IGNORECASE)
_SENDS = re.compile(
    r"(?:flush|shootdown|invalidat)\w*\b[^.;]{0,60}?"
    r"\b(?:send|impl|involv|rais|caus|trigger|generat|broadcast|includ|issu|requir|interrupt|use)"
    r"\w*\b[^.;]{0,40}?\b(?:IPI|interrupt)"
    r"|(?:flush|shootdown|invalidat)\w*\b[^.;]{0,30}?\binterrupts?\b[^.;]{0,40}?"
    r"\b(?:CPU|processor|core)s?\b",
    re.IGNORECASE | re.DOTALL,
)


def limit_of_flush(claim: Claim) -> str:
    """The word by which "the flush comes later" is said of some flushes only, or ''."""
    found = _LIMITED.search(sentence_of(claim))
    return found[0] if found else ""


def limit_of_none(claim: Claim) -> str:
    """The word by which "no flush is needed" is said of one sort, place or moment, or ''."""
    found = _SORTED.search(clause_of(claim)) or _LEADING.match(sentence_of(claim))
    return found[0].strip() if found else ""


def promises_safety(claim: Claim) -> bool:
    """True if the sentence says that a late flush is safe against parallel changes."""
    return _SAFE.search(sentence_of(claim)) is not None


def speaks_of_more_flushes(claim: Claim) -> bool:
    """True if the comment speaks of a flush outside the words of the claim."""
    return len(_FLUSH.findall(claim.comment.text)) > len(_FLUSH.findall(claim.quote))


def says_that_it_interrupts(claim: Claim) -> bool:
    """True if the flush comes first and a verb follows: "an IPI for flushing" is no claim, nor is
    "flushes that send an IPI", which says of some what they are."""
    if claim.object is None or _SOME.search(claim.quote):
        return False
    return _SENDS.search(claim.quote) is not None
