"""The JSON contract: added keys are fine, changed meanings are not (docs/json.md).

Everything is written in ASCII, so that no text of a mail or a file reaches a terminal raw, and
yet comes back exactly.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from reviewer.claims.comments import read_file
from reviewer.claims.extract import Reader
from reviewer.claims.model import Claim, Kind, Term
from reviewer.claims.reading import Unread
from reviewer.finding import Finding, LedgerEntry, NotUnderstood
from reviewer.report.sections import SectionCount, counted
from reviewer.report.stream import Item, Stream, Style, Summary
from reviewer.source.file import SourceFile
from reviewer.verdict import Evidence, Location, MachineVerdicts

if TYPE_CHECKING:
    from reviewer.review.compare import Comparison

SUMMARY = "everything, for programs (docs/json.md)"
VERSION = 1


def render(stream: Stream, style: Style) -> Iterator[str]:
    """One object; findings are written as they come, what is known at the end follows them.

    Hints and findings that are waived are there too: ``tier`` and ``suppressed`` tell.
    """
    corrected: list[str] = []
    sections: Counter[str] = Counter()
    seen: list[Item] = []
    before = "\n"
    yield f'{{\n"version": {VERSION},\n"findings": ['
    for event in stream:
        if isinstance(event, Summary):
            yield "],\n" if before == "\n" else "\n],\n"
            if event.compared is not None:
                yield from _compared(event.compared)
            yield f'"corrected": [{",".join(corrected)}],\n'
            yield from _members(
                tree=event.tree,
                stats=event.stats.as_dict(),
                sections=dict(sections.most_common()),
                by_section=[_section(one) for one in counted(seen, Style(hints=True))],
                notes=list(event.notes),
                missing=list(event.missing),
                **({"orderings": list(_orderings(event))} if event.orderings else {}),
            )
        elif event.corrected:
            corrected.append("\n" + json.dumps(item(event), indent=2))
        else:
            seen.append(event)
            if event.section:
                sections[event.section] += 1
            yield before + json.dumps(item(event), indent=2)
            before = ",\n"


def _section(one: SectionCount) -> dict[str, Any]:
    """What is counted of a section; what is suppressed does not count, hints do."""
    return {
        "title": one.title,
        "findings": one.findings,
        "at_risk": one.at_risk,
        "severities": dict(one.severities),
        "rules": dict(one.rules),
    }


def _compared(found: Comparison) -> Iterator[str]:
    """What ``compare`` has beside findings; ``corrected`` holds what was mended."""
    document = {
        "since": found.label,
        "before": {before.value: count for before, count in found.counts},
        "files": found.files,
        "same": found.same,
        "no_longer_decided": [
            {
                "path": one.path,
                "line": one.line,
                "rule": one.rule,
                "before": _places((one.before,))[0],
            }
            for one in found.lost
        ],
    }
    yield f'"compared": {json.dumps(document, indent=2)},\n'


def _orderings(summary: Summary) -> Iterator[dict[str, Any]]:
    for one in summary.orderings:
        from reviewer.report.ordering import document

        yield document(one)


def _members(**values: Any) -> Iterator[str]:
    """The last members of the object, and its end."""
    members = (f'"{key}": {json.dumps(value, indent=2)}' for key, value in values.items())
    yield ",\n".join(members) + "\n}\n"


def ledger_line(entry: LedgerEntry | NotUnderstood) -> str:
    """One claim and what was decided of it, as one line of JSON without its newline.

    A sentence that gave no claim has ``claim`` null, and ``told`` says whether it is history,
    hypothesis, question or quotation.
    """
    if isinstance(entry, NotUnderstood):
        return json.dumps(_not_understood(entry))
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
    return json.dumps(document)


def claim_objects(source: SourceFile, reader: Reader, *, references: bool = False) -> Iterator[str]:
    """One object a line for each claim of a file, and for each sentence not understood.

    ``references`` also gives plain mentions of names.
    """
    for reading in read_file(source, reader):
        for claim in reading.claims:
            if not references and claim.kind is Kind.REFERS:
                continue
            scope = claim.scope
            document = {
                "path": source.path,
                "line": claim.line,
                "end_line": claim.end_line,
                "quote": claim.quote,
                "claim": _claim(claim),
                "argument": claim.argument,
                "duty": claim.duty.value,
                "scope": {
                    "when": scope.when.value,
                    "until": scope.until,
                    "unless": scope.unless,
                    "condition": scope.condition,
                    "place": scope.place,
                },
                "alternative": claim.alternative,
                "anchor": _anchor(claim),
            }
            yield json.dumps(document)
        for sentence in reading.unread:
            yield json.dumps(_unread(source.path, sentence))


def _unread(path: str, sentence: Unread) -> dict[str, Any]:
    return {
        "path": path,
        "line": sentence.line,
        "end_line": sentence.end_line or sentence.line,
        "quote": sentence.quote,
        "claim": None,
        "told": sentence.modality.value if sentence.told else None,
        "why": "told, not claimed" if sentence.told else "not understood",
    }


def _not_understood(entry: NotUnderstood) -> dict[str, Any]:
    return {**_unread(entry.path, entry.sentence), "verdict": "unknown"}


def item(one: Item) -> dict[str, Any]:
    """A finding with what is known of it beyond its file: patch, section, suppression."""
    patch, waiver = one.patch, one.waiver
    return {
        **finding(one.finding),
        "section": one.section,
        "counts": one.counts,
        "suppressed": None if waiver is None else {"by": waiver.by, "reason": waiver.reason},
        "patch": None
        if patch is None
        else {
            "number": patch.number,
            "total": patch.total,
            "subject": patch.subject,
            "message_id": patch.message_id,
            "commit": patch.commit,
        },
    }


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
