"""One page that carries everything and loads nothing: filters, charts, races to step through."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from reviewer.data import data_folder
from reviewer.escape import escape, escape_text
from reviewer.report.race import race_of
from reviewer.report.stream import Item, Stream, Style, Summary, Tally
from reviewer.report.words import ORIGIN, consequence, message, understood

SUMMARY = "one page for a browser, without network: filters, charts, races step by step"
_LINES = 14
"""Lines of code that are shown beside a comment."""
_IN_SCRIPT = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"})
"""Inside a script element nothing may look like markup."""


def render(stream: Stream, style: Style) -> Iterator[str]:
    """The template with the findings as data, by section, the one with most findings first."""
    tally = Tally(style)
    shown: list[dict[str, Any]] = []
    document: dict[str, Any] = {}
    for event in stream:
        if isinstance(event, Summary):
            counts = event.stats
            document = {
                "tree": escape(event.tree),
                "notes": [escape(note) for note in event.notes],
                "sums": f"{counts.claims:,} claims read in {counts.files:,} files: "
                f"{counts.holds:,} hold, {counts.agrees:,} agree, {counts.broken:,} broken, "
                f"{counts.unknown:,} unknown, {counts.unjudged:,} not judged; "
                f"{tally.hints:,} hints and {sum(tally.waived.values()):,} suppressed not shown",
            }
        elif tally.shows(event) and not event.corrected:
            shown.append(_entry(event, style))
    sizes: dict[str, int] = {}
    for one in shown:
        sizes[one["section"]] = sizes.get(one["section"], 0) + 1
    shown.sort(key=lambda one: (-sizes[one["section"]], one["section"]))
    data = json.dumps({**document, "findings": shown}).translate(_IN_SCRIPT)
    template = (data_folder("templates") / "report.html").read_text(encoding="utf-8")
    before, after = template.split("@DATA@")
    yield from (before, data, after)


def _entry(item: Item, style: Style) -> dict[str, Any]:
    one = item.finding
    comment = one.claim.comment
    witness = one.evidence.witness
    race = race_of(escape_text(witness.drawing)) if witness else None
    weight = consequence(one)
    line = comment.anchor.start_line
    return {
        "path": escape(one.path),
        "line": one.line,
        "rule": one.rule,
        "severity": one.severity.value,
        "tier": one.tier.value,
        "section": escape(item.section),
        "message": message(one),
        "quote": escape_text(one.quote),
        "comment": escape_text(comment.text),
        "code": _code(one.path, line, comment.anchor.end_line, style),
        "code_line": line,
        "understood": understood(one.claim),
        "weight": f"{weight} {ORIGIN[one.origin]}" if style.patch else weight,
        "places": [
            f"{escape(found.path)}:{found.line}: {escape(found.note)}"
            for found in one.evidence.locations
        ],
        "machines": {"broken": one.machines.broken, "holds": one.machines.holds},
        "machine": escape(witness.machine) if witness else "",
        "race": None
        if race is None
        else {
            "start": race.start,
            "cpus": race.cpus,
            "steps": [{"cpu": s.cpu, "text": s.text, "notes": s.notes} for s in race.steps],
            "outcome": race.outcome,
        },
        "fingerprint": one.fingerprint,
    }


def _code(path: str, first: int, last: int, style: Style) -> str:
    """The first lines of the code that the comment speaks of, '' where it is not at hand."""
    data = style.source(path) if style.source is not None else None
    if data is None or first < 1:
        return ""
    lines = data.decode("utf-8", "replace").split("\n")[first - 1 : min(last, first + _LINES - 1)]
    return escape_text("\n".join(lines))
