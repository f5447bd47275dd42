"""What findings mean, in plain words that every format uses alike."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind, Term
from reviewer.escape import escape
from reviewer.finding import Finding, Origin
from reviewer.verdict import Breaks, Severity

_COMMENT = {
    Breaks.REASON: "The reason is false: correct the comment.",
    Breaks.RESULT: "The promise can fail: the code is at risk.",
}
_FALSE = "The comment is false: correct it."
_REASONS = (Kind.IMPLIES, Kind.EXCLUDES, Kind.ORDERS, Kind.STABLE, Kind.ATOMIC, Kind.WAITS)
"""Kinds of claims that are given as reasons; the others are facts or duties."""
ORIGIN = {
    Origin.INTRODUCED: "This patch writes it.",
    Origin.EXPOSED: "Made false by this patch.",
    Origin.LEFT_BEHIND: "Made false by this patch, from elsewhere.",
    Origin.EXISTING: "It was so before this patch.",
    Origin.DISCUSSED: "The mail speaks of this code.",
    Origin.STATED: "The mail says so.",
}
_PREMISE = {
    Breaks.REASON: "The premise is false.",
    Breaks.RESULT: "The premise is false, and what rests on it can fail.",
}
_VERB = {
    Kind.IMPLIES: "means",
    Kind.EXCLUDES: "keeps out",
    Kind.ORDERS: "comes before",
    Kind.PAIRS: "pairs with",
    Kind.REQUIRES: "needs",
    Kind.FORBIDS: "must not have",
    Kind.PROTECTED: "is protected by",
    Kind.STABLE: "stays the same against",
    Kind.ATOMIC: "is done in one go against",
    Kind.WAITS: "waits for",
    Kind.REFERS: "names",
    Kind.LEAVES: "ends with",
    Kind.NESTS: "nests inside",
    Kind.NEEDS_NONE: "needs no",
    Kind.SERIALIZED: "is serialized by",
}
_ALONE = {
    Kind.STABLE: "stays the same",
    Kind.ATOMIC: "is done in one go",
    Kind.REFERS: "is named",
}


def consequence(finding: Finding) -> str:
    """What it means that the words are false: of a comment, or of what a mail says."""
    if finding.origin is Origin.STATED:
        return _PREMISE[finding.breaks]
    if finding.breaks is Breaks.REASON and finding.claim.kind not in _REASONS:
        return _FALSE
    return _COMMENT[finding.breaks]


def message(finding: Finding) -> str:
    """The rule's sentence, safe to show on one line."""
    return escape(finding.verdict.message)


def place(finding: Finding) -> str:
    """``path:line``, safe to show."""
    return f"{escape(finding.path)}:{finding.line}"


def understood(claim: Claim) -> str:
    """How the comment was read: its own words, joined by what the claim says of them."""
    subject = _term(claim.subject)
    if claim.object is None:
        return f"{subject} {_ALONE.get(claim.kind, _verb(claim.kind))}"
    return f"{subject} {_verb(claim.kind)} {_term(claim.object)}"


def is_error(finding: Finding) -> bool:
    """True for what tools that know errors and warnings should call an error."""
    return finding.breaks is Breaks.RESULT or finding.severity is Severity.HIGH


def plural(number: int, noun: str) -> str:
    """``1 finding``, ``2 findings``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _verb(kind: Kind) -> str:
    """A kind that is newer than this table is shown by its name."""
    return _VERB.get(kind, kind.value)


def _term(term: Term) -> str:
    return escape(" ".join((term.text or term.name or term.concept).split()))
