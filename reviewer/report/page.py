"""What a page of the HTML report shows, as data: foreign text in it is safe to show as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reviewer.escape import escape, escape_text
from reviewer.finding import Finding
from reviewer.report.excerpt import excerpt, line_of
from reviewer.report.race import race_of
from reviewer.report.stream import Item, Style, Summary, Tally
from reviewer.report.words import ORIGIN, consequence, message, plural, understood

Data = dict[str, Any]
"""What becomes the JSON of a page."""


def shown(items: Iterable[Item], tally: Tally) -> list[Item]:
    """The items that people should see, counted as they pass."""
    return [one for one in items if tally.shows(one)]


def heading(summary: Summary, tally: Tally) -> Data:
    """What stands above and below the findings of a page: title, sums, notes."""
    return {
        "title": f"kstale: {escape(summary.tree)}",
        "sums": _sums(summary, tally),
        "notes": [escape(note) for note in summary.notes],
        "more": list(_more(summary)),
    }


def entries(items: Sequence[Item], style: Style) -> list[Data]:
    """The findings of a page, in the order of the items."""
    return [entry(one, style) for one in items]


def entry(item: Item, style: Style) -> Data:
    """All that a page tells of one finding."""
    one = item.finding
    witness = one.evidence.witness
    race = race_of(escape_text(witness.drawing)) if witness else None
    return {
        "path": escape(one.path),
        "line": one.line,
        "rule": one.rule,
        "severity": one.severity.value,
        "tier": one.tier.value,
        "state": state(item, style),
        "section": escape(item.section),
        "message": message(one),
        "quote": escape_text(one.quote),
        "comment": escape_text(one.claim.comment.text),
        "code": excerpt(one, style.source) if style.source is not None else [],
        "understood": understood(one.claim),
        "weight": _weight(item, style),
        "breaks": one.breaks.value,
        "places": [_place(one, at, style) for at in range(len(one.evidence.locations))],
        "machines": {
            "broken": one.machines.broken,
            "holds": one.machines.holds,
            "unknown": one.machines.unknown,
        },
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


def state(item: Item, style: Style) -> str:
    """What became of the words since an older tree, or by a patch; '' where nothing is compared."""
    if style.since:
        return "mended" if item.corrected else "became stale"
    if style.patch:
        return "corrected" if item.corrected else item.finding.origin.value
    return ""


def _weight(item: Item, style: Style) -> str:
    weight = consequence(item.finding)
    if style.patch and not item.corrected:
        return f"{weight} {ORIGIN[item.finding.origin]}"
    return weight


def _place(one: Finding, at: int, style: Style) -> Data:
    found = one.evidence.locations[at]
    elsewhere = style.source is not None and found.path != one.path and found.line > 0
    return {
        "at": f"{escape(found.path)}:{found.line}" if found.line else escape(found.path),
        "note": escape(found.note),
        "line": line_of(found, style.source) if elsewhere and style.source else "",
    }


def _sums(summary: Summary, tally: Tally) -> str:
    counts = summary.stats
    told = f"{tally.hints:,} hints and {sum(tally.waived.values()):,} suppressed not shown"
    if summary.compared is not None:
        since = escape(tally.style.since)
        return (
            f"{plural(tally.new, 'finding')} became stale since {since}, {tally.corrected:,} "
            f"mended; {summary.compared.files:,} files judged; {told}"
        )
    return (
        f"{counts.claims:,} claims read in {counts.files:,} files: {counts.holds:,} hold, "
        f"{counts.agrees:,} agree, {counts.broken:,} broken, {counts.unknown:,} unknown, "
        f"{counts.unjudged:,} not judged; {told}"
    )


def _more(summary: Summary) -> Iterable[Data]:
    if summary.compared is not None and summary.compared.lost:
        lines = [
            f"{escape(one.path)}:{one.line}: {one.rule}; "
            f"{escape(one.before.path)}:{one.before.line}: {escape(one.before.note)}"
            for one in summary.compared.lost
        ]
        yield {"title": "Held before, and can no longer be decided", "lines": lines}
    if summary.missing:
        yield {"title": "Not looked at", "lines": [escape(line) for line in summary.missing]}
    for one in summary.orderings:
        from reviewer.report.ordering import text

        yield {"title": "Of the steps in the mail", "lines": list(text(one, _WIDTH))}


_WIDTH = 100
"""Columns of prose that the ordering of a mail is written in."""
