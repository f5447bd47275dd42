"""The JSON contract: added keys are fine, changed meanings are not (docs/json.md)."""

from __future__ import annotations

import json
from typing import Any

from reviewer.claims.model import Claim, Term
from reviewer.finding import Finding, LedgerEntry
from reviewer.review.model import Report
from reviewer.verdict import Evidence, Location, MachineVerdicts

VERSION = 1


def render(report: Report) -> str:
    """The whole report as one JSON object, keys in a stable order, ending in a newline."""
    document: dict[str, Any] = {
        "version": VERSION,
        "tree": report.tree,
        "stats": report.stats.as_dict(),
        "findings": [finding(one) for one in report.findings],
        "corrected": [finding(one) for one in report.corrected],
        "notes": list(report.notes),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def ledger_line(entry: LedgerEntry) -> str:
    """One claim and what was decided of it, as one line of JSON without its newline."""
    document = {
        "path": entry.path,
        "line": entry.claim.line,
        "end_line": entry.claim.end_line,
        "quote": entry.claim.quote,
        "claim": _claim(entry.claim),
        "anchor": _anchor(entry.claim),
        "rule": entry.rule,
        "verdict": entry.verdict.decision.value,
        "why": entry.verdict.message,
        "machines": _machines(entry.verdict.machines),
        "rests_on": _places(entry.verdict.rests_on),
        "evidence": _evidence(entry.verdict.evidence),
    }
    return json.dumps(document, ensure_ascii=False)


def finding(one: Finding) -> dict[str, Any]:
    """One finding as the contract has it."""
    return {
        "rule": one.rule,
        "family": one.family,
        "severity": one.severity.value,
        "path": one.path,
        "line": one.line,
        "end_line": one.end_line,
        "quote": one.quote,
        "claim": _claim(one.claim),
        "verdict": one.verdict.decision.value,
        "tier": one.tier.value,
        "breaks": one.breaks.value,
        "origin": one.origin.value,
        "machines": _machines(one.machines),
        "evidence": _evidence(one.evidence),
        "fingerprint": one.fingerprint,
        "message": one.verdict.message,
        "anchor": _anchor(one.claim),
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "kind": claim.kind.value,
        "subject": _term(claim.subject),
        "object": _term(claim.object) if claim.object else None,
        "modality": claim.modality.value,
        "role": claim.role.value,
        "pattern": claim.pattern,
        "detail": dict(claim.detail),
    }


def _term(term: Term) -> dict[str, str]:
    return {"concept": term.concept, "text": term.text, "name": term.name}


def _anchor(claim: Claim) -> dict[str, Any]:
    anchor = claim.comment.anchor
    return {
        "kind": anchor.kind.value,
        "name": anchor.name,
        "function": anchor.function,
        "line": anchor.start_line,
        "end_line": anchor.end_line,
        "conditions": list(anchor.conditions),
    }


def _machines(machines: MachineVerdicts) -> dict[str, list[str]]:
    return {
        "broken": list(machines.broken),
        "holds": list(machines.holds),
        "unknown": list(machines.unknown),
    }


def _places(places: tuple[Location, ...]) -> list[dict[str, Any]]:
    return [{"path": place.path, "line": place.line, "note": place.note} for place in places]


def _evidence(evidence: Evidence) -> dict[str, Any]:
    witness = evidence.witness
    return {
        "locations": _places(evidence.locations),
        "witness": None
        if witness is None
        else {
            "machine": witness.machine,
            "scenario": witness.scenario,
            "litmus": witness.litmus,
            "drawing": witness.drawing,
            "execution": json.loads(witness.execution) if witness.execution else None,
        },
    }
