"""As scripts/checkpatch.pl prints it (with --show-types), for tools that parse that."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.escape import escape
from reviewer.report.stream import Stream, Style, Summary, Tally
from reviewer.report.words import is_error, message, place

SUMMARY = "the layout of scripts/checkpatch.pl, for tools that parse it"


def render(stream: Stream, style: Style) -> Iterator[str]:
    """A block a finding (type, message, place, words), then checkpatch's line of totals."""
    tally = Tally(style)
    errors = warnings = 0
    for event in stream:
        if isinstance(event, Summary):
            total = f"total: {errors} errors, {warnings} warnings"
            yield f"{total}, {event.stats.claims} claims checked\n"
        elif tally.shows(event) and not event.corrected:
            one = event.finding
            error = is_error(one)
            errors, warnings = errors + error, warnings + (not error)
            kind = one.rule.upper().replace("-", "_")
            yield f"{'ERROR' if error else 'WARNING'}:{kind}: {message(one)}\n"
            yield f"#{one.line}: FILE: {place(one)}:\n"
            yield "".join(f"+{escape(line.strip())}\n" for line in one.quote.splitlines())
            yield "\n"
