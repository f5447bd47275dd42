"""What a rule says about a claim, and the evidence it says it on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Decision(StrEnum):
    """The four answers; UNKNOWN is always a good one."""

    HOLDS = "holds"
    """Checked: it rests on named operations, and falls if one of them is deleted."""
    AGREES = "agrees"
    """Comment and code say the same, and nothing more was shown."""
    BROKEN = "broken"
    UNKNOWN = "unknown"


STANDS = frozenset({Decision.HOLDS, Decision.AGREES})
"""The answers by which a comment stands."""


class Tier(StrEnum):
    """How sure the kind of evidence is that a finding rests on."""

    PROVED = "proved"
    """A witness, a fact on every path, a removal by this patch, a name that an older tree had."""
    STRONG = "strong"
    """A rule measured at 95 % or more right on a fresh draw over a whole tree."""
    HINT = "hint"
    """The rest: never in the hook, and off by default in text."""


class Breaks(StrEnum):
    """Which link of the argument fails: its reason (mend the comment) or its result (a bug)."""

    REASON = "reason"
    RESULT = "result"


class Severity(StrEnum):
    """How much a reader should care."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Location:
    """A fact in the source: where it is and what it shows. ``line`` is 1-based, 0 for a file."""

    path: str
    line: int
    note: str


@dataclass(frozen=True, slots=True)
class WitnessEvidence:
    """An execution that the simulator found, ready to be drawn and to be reproduced."""

    machine: str
    scenario: str
    litmus: str
    """The program as litmus text; ``kstale simulate`` reproduces the verdict from it."""
    drawing: str
    """The race in CPU columns, at most 78 characters wide."""
    execution: str
    """The execution as JSON: events and relations."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Static facts, a witness, or both."""

    locations: tuple[Location, ...] = ()
    witness: WitnessEvidence | None = None


@dataclass(frozen=True, slots=True)
class MachineVerdicts:
    """Names of the machines a claim was judged on; all empty for rules not about machines."""

    broken: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's answer for one claim.

    ``message`` is one or two sentences for the reader of a report; for UNKNOWN it says why.
    ``severity`` overrides the rule's own. ``bounded`` is true when a larger unroll bound or
    budget could change the answer; such a verdict is never HOLDS.
    """

    decision: Decision
    message: str
    breaks: Breaks | None = None
    evidence: Evidence = Evidence()
    machines: MachineVerdicts = MachineVerdicts()
    severity: Severity | None = None
    bounded: bool = False
    rests_on: tuple[Location, ...] = ()
    """For HOLDS: the operations without any of which the claim would not hold."""
    tier: Tier | None = None
    """Overrides the rule's own tier."""
    partial: bool = False
    """For AGREES: true if only most of the places that were looked at are certainly so."""


def holds(message: str, *rests_on: Location) -> Verdict:
    """A claim that was checked and is true, with each operation that it rests on."""
    return Verdict(Decision.HOLDS, message, evidence=Evidence(rests_on), rests_on=rests_on)


def agrees(message: str, *locations: Location, partial: bool = False) -> Verdict:
    """Code that says what the comment says, where nothing more was shown."""
    return Verdict(Decision.AGREES, message, evidence=Evidence(locations), partial=partial)


def unknown(why: str) -> Verdict:
    """A claim that could not be decided, with the reason that the ledger shows."""
    return Verdict(Decision.UNKNOWN, why)


def broken(
    message: str,
    *locations: Location,
    breaks: Breaks = Breaks.REASON,
    severity: Severity | None = None,
    tier: Tier | None = None,
) -> Verdict:
    """A claim that the locations prove false.

    Raises ValueError without a location: kstale never says broken on no evidence.
    """
    if not locations:
        raise ValueError("a broken claim needs evidence")
    return Verdict(
        Decision.BROKEN,
        message,
        breaks=breaks,
        evidence=Evidence(locations),
        severity=severity,
        tier=tier,
    )
