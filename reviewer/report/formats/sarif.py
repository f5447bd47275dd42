"""SARIF 2.1.0 (OASIS), for code scanning services and editors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from reviewer import __version__
from reviewer.escape import escape
from reviewer.finding import Finding
from reviewer.report.race import race_of
from reviewer.report.stream import Item, Stream, Style, Summary
from reviewer.report.words import consequence, message
from reviewer.settings.policy import Waiver
from reviewer.verdict import Location, Severity

SUMMARY = "SARIF 2.1.0, with a thread flow for each CPU of a race"
SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVEL = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
_ROOT = "%SRCROOT%"


def render(stream: Stream, style: Style) -> Iterator[str]:
    """One run; what the patch corrects is told as results of state ``absent``."""
    rules: dict[str, str] = {}
    before = ""
    yield f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [{{\n"columnKind": '
    yield '"unicodeCodePoints",\n"results": ['
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    for event in stream:
        if isinstance(event, Summary):
            notes, missing = event.notes, event.missing
            continue
        rules.setdefault(event.finding.rule, event.finding.family)
        yield f"{before}\n{json.dumps(_result(event, style))}"
        before = ","
    yield "],\n"
    driver = {
        "name": "kstale",
        "version": __version__,
        "rules": [_rule(name, family) for name, family in sorted(rules.items())],
    }
    invocation = {
        "executionSuccessful": not missing,
        "toolExecutionNotifications": [
            {"level": level, "message": {"text": escape(words)}}
            for level, told in (("error", missing), ("note", notes))
            for words in told
        ],
    }
    yield f'"invocations": {json.dumps([invocation])},\n'
    yield f'"originalUriBaseIds": {json.dumps({_ROOT: {"description": {"text": "the tree"}}})},\n'
    yield f'"tool": {json.dumps({"driver": driver})}\n}}]}}\n'


def _rule(name: str, family: str) -> dict[str, Any]:
    words = name.replace("-", " ")
    return {
        "id": name,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "shortDescription": {"text": f"The comment takes for granted: {words}."},
        "help": {"text": f"kstale explain {name}"},
        "properties": {"tags": [family]},
    }


def _result(item: Item, style: Style) -> dict[str, Any]:
    one = item.finding
    result: dict[str, Any] = {
        "ruleId": one.rule,
        "level": _LEVEL[one.severity],
        "message": {"text": f"{message(one)}. {consequence(one)}"},
        "locations": [_place(one.path, one.line, one.end_line, snippet=one.quote)],
        "partialFingerprints": {"kstale/v2": one.fingerprint},
        "relatedLocations": [
            {**_evidence(found), "id": number}
            for number, found in enumerate(one.evidence.locations, 1)
        ],
        "properties": {
            "tier": one.tier.value,
            "breaks": one.breaks.value,
            "origin": one.origin.value,
            "brokenOn": list(one.machines.broken),
            "holdsOn": list(one.machines.holds),
        },
    }
    if style.patch:
        states = {"existing": "unchanged"}
        state = "absent" if item.corrected else states.get(one.origin.value, "new")
        result["baselineState"] = state
    if item.waiver is not None:
        result["suppressions"] = [_suppression(item.waiver)]
    if flow := _flow(one):
        result["codeFlows"] = [flow]
    return result


def _suppression(waiver: Waiver) -> dict[str, str]:
    kind = "inSource" if waiver.by == "comment" else "external"
    return {"kind": kind, "status": "accepted", "justification": waiver.reason or waiver.by}


def _place(path: str, line: int, end_line: int = 0, snippet: str = "") -> dict[str, Any]:
    physical: dict[str, Any] = {
        "artifactLocation": {
            "uri": quote(path.encode("utf-8", "surrogateescape")),
            "uriBaseId": _ROOT,
        }
    }
    if line:
        physical["region"] = {"startLine": line, "endLine": max(line, end_line)}
        if snippet:
            physical["region"]["snippet"] = {"text": snippet}
    return {"physicalLocation": physical}


def _evidence(found: Location) -> dict[str, Any]:
    return {**_place(found.path, found.line), "message": {"text": escape(found.note)}}


def _flow(one: Finding) -> dict[str, Any] | None:
    """The race: a thread flow a CPU, the order of execution across them."""
    witness = one.evidence.witness
    race = race_of(witness.drawing) if witness is not None else None
    if witness is None or race is None:
        return None
    threads = []
    for cpu in race.cpus:
        steps = [
            {
                "executionOrder": order,
                "location": {"message": {"text": escape(f"{step.text} {step.notes}".strip())}},
            }
            for order, step in enumerate(race.steps, 1)
            if step.cpu == cpu
        ]
        if steps:
            threads.append({"id": f"CPU {cpu}", "locations": steps})
    words = f"On {witness.machine}, {race.start or 'from any state'}, {race.outcome}"
    return {"message": {"text": escape(words)}, "threadFlows": threads} if threads else None
