"""What a claim came to, small enough to be kept for a whole tree and found again in another one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reviewer.claims.model import Claim
from reviewer.finding import LedgerEntry
from reviewer.verdict import Decision, Location, Tier

_DIGITS = 16
"""Hex digits of a digest: two claims of one file never meet by chance."""
_AROUND = 400
"""Letters of a sentence on either side of a claim that count; none is longer."""
_STOP = re.compile(r"[.!?;](?=\s|\Z)|\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Told:
    """A claim with one rule's answer.

    ``words`` is a digest of the sentence with the claim's own words, ``comment`` one of the whole
    comment: neither changes with lines, indentation or the name of the function around.
    ``name`` is the C name that the claim is about, '' if none.
    """

    words: str
    comment: str
    anchor: str
    line: int
    name: str
    rule: str
    family: str
    decision: Decision
    tier: Tier
    message: str
    rests_on: tuple[Location, ...] = ()


def told_of(entries: Iterable[LedgerEntry]) -> Iterator[Told]:
    """The entries of a file's ledger as what they came to; claims that no rule read are left out.

    A message is kept where something was decided: what is unknown is only counted.
    """
    for entry in entries:
        if not entry.rule:
            continue
        claim, verdict = entry.claim, entry.verdict
        anchor = claim.comment.anchor
        term = claim.object or claim.subject
        yield Told(
            words_of(claim),
            comment_of(claim),
            anchor.function or anchor.name,
            claim.line,
            term.name,
            entry.rule,
            entry.family,
            verdict.decision,
            entry.tier,
            verdict.message if verdict.decision is not Decision.UNKNOWN else "",
            verdict.rests_on,
        )


def words_of(claim: Claim) -> str:
    """A digest of a claim's kind, its words, and the sentence that they stand in."""
    text = claim.comment.text
    low, high = max(0, claim.start - _AROUND), min(len(text), claim.end + _AROUND)
    low = max((one.end() for one in _STOP.finditer(text, low, claim.start)), default=low)
    after = _STOP.search(text, claim.end, high)
    high = after.start() if after else high
    return _digest(claim.kind.value, claim.quote, text[low:high])


def comment_of(claim: Claim) -> str:
    """A digest of the comment that a claim stands in."""
    return _digest(claim.comment.text)


def _digest(*texts: str) -> str:
    folded = "\0".join(" ".join(text.split()) for text in texts)
    return hashlib.sha256(folded.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]
