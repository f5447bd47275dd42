"""Findings for people at a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from reviewer.finding import Finding, Origin
from reviewer.review.model import Report, Stats

WIDTH = 78
_ORIGINS = {
    Origin.INTRODUCED: "introduced by this patch",
    Origin.EXPOSED: "made false by this patch, which does not touch the comment",
    Origin.LEFT_BEHIND: "left behind elsewhere by this patch",
    Origin.EXISTING: "was already so before this patch",
}


def render(report: Report, *, patch: bool = False, stats: bool = False) -> str:
    """The report as text; ``patch`` says how each finding relates to the patch under review."""
    parts: list[str] = []
    for one in report.findings:
        parts.append("\n".join(_finding(one, patch=patch)))
    if report.corrected:
        parts.append("Corrected by this patch (was stale before it):")
        parts.extend("\n".join(_finding(one, patch=False)) for one in report.corrected)
    if report.notes:
        parts.append("\n".join(f"note: {note}" for note in report.notes))
    parts.append(summary(report, patch=patch))
    if stats:
        parts.append("\n".join(_stats(report)))
    return "\n\n".join(parts) + "\n"


def summary(report: Report, *, patch: bool) -> str:
    """One line: what was found and, as important, what could not be decided."""
    counts = report.stats
    existing = sum(one.origin is Origin.EXISTING for one in report.findings)
    new = len(report.findings) - existing
    if patch:
        head = f"{_plural(new, 'finding')} by this patch"
        if existing:
            head += f", {existing} that existed before"
        if report.corrected:
            head += f", {len(report.corrected)} corrected"
    else:
        head = _plural(len(report.findings), "finding")
    return (
        f"{head}; {_plural(counts.claims, 'claim')} read in "
        f"{_plural(counts.files, 'file')}: {counts.holds} hold, {counts.agrees} agree, "
        f"{counts.broken} broken, {counts.unknown} unknown, {counts.unjudged} not judged"
    )


def _finding(one: Finding, *, patch: bool) -> Iterator[str]:
    yield f"{one.path}:{one.line}: {one.severity.value}: {one.verdict.message} [{one.rule}]"
    for line in one.quote.splitlines():
        yield f"    | {line.strip()}"
    claim = one.claim
    subject = claim.subject.name or claim.subject.concept
    understood = f"{claim.kind.value}({subject}"
    if claim.object:
        understood += f", {claim.object.name or claim.object.concept}"
    yield f"  read as: {understood})"
    consequence = {
        "reason": "the reason given is false: correct the comment",
        "result": "what the comment promises can fail: the code is at risk",
    }[one.breaks.value]
    yield f"  breaks:  {one.breaks.value} ({consequence})"
    if patch:
        yield f"  origin:  {one.origin.value} ({_ORIGINS[one.origin]})"
    for label, names in (
        ("broken on", one.machines.broken),
        ("holds on", one.machines.holds),
        ("unknown on", one.machines.unknown),
    ):
        if names:
            yield from textwrap.wrap(
                ", ".join(names),
                WIDTH,
                initial_indent=f"  {label}: ",
                subsequent_indent=" " * (len(label) + 4),
                break_on_hyphens=False,
            )
    for place in one.evidence.locations:
        at = f"{place.path}:{place.line}" if place.line else place.path
        yield f"  see {at}: {place.note}"
    if witness := one.evidence.witness:
        yield f"  witness on {witness.machine}, scenario {witness.scenario}:"
        yield ""
        for line in witness.drawing.splitlines():
            yield f"    {line}".rstrip()
        yield ""
    yield f"  fingerprint: {one.fingerprint}"


def _stats(report: Report) -> Iterator[str]:
    counts: Stats = report.stats
    yield "Statistics:"
    for name, value in counts.as_dict().items():
        yield f"  {name.replace('_', ' '):24}{value:>12,}"
    if counts.functions:
        clean = 100 * (1 - counts.functions_with_errors / counts.functions)
        yield f"  {'functions parsed clean':24}{clean:>11.2f}%"
    for rule, seconds in report.seconds:
        yield f"  time in {rule:32}{seconds:>9.3f} s"


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
