"""Findings and the ledger: a claim, what was decided of it, and where it came from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum

from reviewer.claims.model import Claim
from reviewer.claims.reading import Unread
from reviewer.verdict import Breaks, Evidence, MachineVerdicts, Severity, Tier, Verdict


class Origin(StrEnum):
    """How a finding relates to the patch under review (EXISTING for a scan)."""

    INTRODUCED = "introduced"
    """The patch writes or changes the words."""
    EXPOSED = "exposed"
    """The words stay, the patch changes code so that they no longer hold."""
    LEFT_BEHIND = "left-behind"
    """The words stand outside the functions the patch touches, and it takes away what they need."""
    EXISTING = "existing"
    """The words were false before the patch too."""
    DISCUSSED = "discussed"
    """No patch: the words stand in the tree, at a function that a mail speaks of."""
    STATED = "stated"
    """No patch: a mail says it of the code."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A sentence about synchronization that gave no claim; it stands in the ledger too."""

    path: str
    sentence: Unread


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One claim met with what a rule decided; ``rule`` is '' if none reads such claims."""

    path: str
    claim: Claim
    rule: str
    family: str
    severity: Severity
    verdict: Verdict
    tier: Tier = Tier.STRONG


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken claim, ready to be reported."""

    rule: str
    family: str
    severity: Severity
    path: str
    line: int
    end_line: int
    quote: str
    claim: Claim
    verdict: Verdict
    origin: Origin
    fingerprint: str
    tier: Tier = Tier.STRONG

    @property
    def breaks(self) -> Breaks:
        """Which link fails; a rule that does not say has broken the claim's reason."""
        return self.verdict.breaks or Breaks.REASON

    @property
    def evidence(self) -> Evidence:
        """What the finding rests on."""
        return self.verdict.evidence

    @property
    def machines(self) -> MachineVerdicts:
        """On which machines it breaks, holds or is unknown."""
        return self.verdict.machines

    def with_origin(self, origin: Origin) -> Finding:
        """The same finding with another origin."""
        return replace(self, origin=origin)


def finding_of(entry: LedgerEntry, ordinal: int = 0, origin: Origin = Origin.EXISTING) -> Finding:
    """The finding of a broken ledger entry; ``ordinal`` tells apart equal ones in one file."""
    return Finding(
        rule=entry.rule,
        family=entry.family,
        severity=entry.severity,
        path=entry.path,
        line=entry.claim.line,
        end_line=entry.claim.end_line,
        quote=entry.claim.quote,
        claim=entry.claim,
        verdict=entry.verdict,
        origin=origin,
        fingerprint=fingerprint(entry, ordinal),
        tier=entry.tier,
    )


def fingerprint(entry: LedgerEntry | Finding, ordinal: int = 0) -> str:
    """A digest of rule, file and words: it survives moved lines, white space, a renamed function.

    The function around is left out for that reason; equal words in one file are told apart by
    their order (``ordinal``).
    """
    anchor = entry.claim.comment.anchor
    subject = entry.claim.subject
    named = subject.name if subject.name not in (anchor.name, anchor.function) else ""
    parts = (
        entry.rule,
        entry.path,
        " ".join(entry.claim.quote.split()).lower(),
        named or subject.concept,
        str(ordinal),
    )
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]
