"""Findings for people at a terminal: a few lines each, grouped by comment; all of it with -v."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from reviewer.claims.model import Kind
from reviewer.claims.sentences import around
from reviewer.escape import escape, escape_text
from reviewer.finding import Finding, Origin
from reviewer.report.paint import Paint
from reviewer.report.sections import SectionCount, counted, grouped
from reviewer.report.stream import Item, PatchName, Stream, Style, Summary, Tally
from reviewer.report.words import ORIGIN, consequence, message, place, plural, understood
from reviewer.review.missing import by_cause

if TYPE_CHECKING:
    from reviewer.review.compare import Comparison

SUMMARY = "for people: a few lines a finding, everything with -v (the default)"

WIDTH = 78
_LINES = 6
"""A finding takes no more without -v, unless its own sentence is longer."""
_RULES = 3
"""Rules that the table of sections names, those with most findings."""
_INDENT = "  "
_ROOM = 2 * (WIDTH - 8)
"""Characters of a sentence that two lines hold."""


def render(stream: Stream, style: Style) -> Iterator[str]:
    """Findings grouped by patch and comment, notes, and sums that add up."""
    paint = Paint(style.colour)
    tally = Tally(style)
    patch: PatchName | None = None
    above: Item | None = None
    sections: tuple[SectionCount, ...] = ()
    if style.by_section:
        events = list(stream)
        items = [event for event in events if isinstance(event, Item)]
        sections = counted(items, style)
        ends = [event for event in events if isinstance(event, Summary)]
        stream = [*grouped(items, style), *ends]
    headings = _headings(sections)
    for event in stream:
        if isinstance(event, Summary):
            if headings:
                yield _table(sections, paint)
            yield from _end(event, tally, style, paint)
            continue
        if not tally.shows(event):
            continue
        if not event.corrected and (above is None or above.section != event.section):
            yield headings.get(event.section, "")
        if event.patch != patch and event.patch is not None and event.patch.total > 1:
            yield paint.bold(f"== {escape(event.patch.subject)}") + "\n\n"
        patch = event.patch
        if event.corrected and not (above and above.corrected and above.patch == event.patch):
            words = "by this patch (was stale before it)"
            since = f"since {escape(style.since)}"
            yield f"Mended {since}:\n\n" if style.since else f"Corrected {words}:\n\n"
        stated = style.patch and event.finding.origin is Origin.STATED
        if stated and not (above and above.finding.origin is Origin.STATED):
            yield "The mail itself says:\n\n"
        before = above if above is not None and _of_one_comment(above, event) else None
        yield "".join(f"{line}\n" for line in _finding(event, style, paint, before=before))
        yield "\n"
        above = event


def _headings(sections: tuple[SectionCount, ...]) -> dict[str, str]:
    """A line above each section's findings, where the findings have several."""
    if len(sections) < 2:
        return {}
    return {
        one.title: f"== {escape(one.heading)}: {plural(one.findings, 'finding')}\n\n"
        for one in sections
    }


def _table(sections: tuple[SectionCount, ...], paint: Paint) -> str:
    """How many findings each section has, the worst first."""
    lines = [paint.bold("findings  at risk  section")]
    for one in sections:
        some = [f"{name} {count}" for name, count in one.rules[:_RULES]]
        rules = ", ".join([*some, "…"] if len(one.rules) > _RULES else some)
        lines.append(f"{one.findings:8}  {one.at_risk:7}  {escape(one.heading)} ({rules})")
    return "".join(f"{line}\n" for line in lines) + "\n"


def _of_one_comment(above: Item, item: Item) -> bool:
    return (above.patch, above.corrected, above.finding.path, above.finding.claim.comment) == (
        item.patch,
        item.corrected,
        item.finding.path,
        item.finding.claim.comment,
    )


def _finding(item: Item, style: Style, paint: Paint, *, before: Item | None) -> Iterator[str]:
    """The lines of one finding; ``before`` is the one above it, if that is of the same comment."""
    one = item.finding
    head = [*_headline(one, paint)]
    yield from head
    if style.verbose:
        yield from (f"    | {escape(line.strip())}" for line in one.quote.splitlines())
        yield from _details(item, style)
        return
    body: list[str] = []
    if before is None:
        body.extend(paint.dim(line) for line in _quoted(one))
    weight = _weight(item, style)
    if weight and (before is None or weight != _weight(before, style)):
        body.append(weight)
    witness = one.evidence.witness
    places = list(_places(one, own=False))
    room = max(0, _LINES - len(head) - len(body) - bool(witness))
    body.extend(places[:room])
    if witness:
        left = f"; {plural(len(places) - room, 'more place')}" if len(places) > room else ""
        body.append(f"-v draws the race on {escape(witness.machine)}{left}")
    yield from (_INDENT + line for line in body)


def _quoted(one: Finding) -> list[str]:
    """The words of the comment; of a name the sentence it stands in, in two lines at most."""
    said = " ".join(one.quote.split())
    if one.claim.kind is not Kind.REFERS:
        short = textwrap.shorten(said, WIDTH - 4, placeholder=" …")
        return [f'"{escape(short)}"']
    whole = " ".join(around(one.claim.comment.text, one.claim.start, one.claim.end).split())
    at = max(0, whole.find(said))
    if at + len(said) > _ROOM:  # the name is to be seen
        whole = "… " + whole[whole.rfind(" ", 0, at - _ROOM // 3) + 1 :]
    return textwrap.wrap(
        f'"{escape(whole)}"',
        WIDTH - 2,
        subsequent_indent=" ",
        max_lines=2,
        placeholder=' …"',
        break_on_hyphens=False,
    )


def _weight(item: Item, style: Style) -> str:
    """What it means for the reader: mend what, and who made it so; '' if that goes without saying.

    That a comment with a name that is gone wants another one need not be said.
    """
    one = item.finding
    means = "" if one.claim.kind is Kind.REFERS else consequence(one)
    if style.patch and not item.corrected and one.origin is not Origin.STATED:
        return f"{means} {ORIGIN[one.origin]}".strip()
    return means


def _headline(one: Finding, paint: Paint) -> Iterator[str]:
    severity = one.severity.value
    start = f"{place(one)}: {severity}: "
    lines = textwrap.wrap(
        f"{start}{message(one)} [{one.rule}]",
        WIDTH,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    painted = f"{paint.bold(place(one))}: {paint.severity(one.severity)}: "
    for line in lines:
        yield line.replace(start, painted, 1).replace(f"[{one.rule}]", paint.dim(f"[{one.rule}]"))


def _places(one: Finding, *, own: bool = True) -> Iterator[str]:
    """Where the evidence is; without ``own`` the place of the finding itself is left out."""
    for found in one.evidence.locations:
        if not own and (found.path, found.line) == (one.path, one.line):
            continue
        at = f"{escape(found.path)}:{found.line}" if found.line else escape(found.path)
        yield f"see {at}: {escape(found.note)}"


def _details(item: Item, style: Style) -> Iterator[str]:
    one = item.finding
    yield f"{_INDENT}read as: {understood(one.claim)}"
    yield _INDENT + _weight(item, style)
    for label, names in (
        ("false on", one.machines.broken),
        ("true on", one.machines.holds),
        ("unknown on", one.machines.unknown),
    ):
        if names:
            yield from textwrap.wrap(
                ", ".join(names),
                WIDTH,
                initial_indent=f"{_INDENT}{label}: ",
                subsequent_indent=" " * (len(label) + 4),
                break_on_hyphens=False,
            )
    yield from (_INDENT + line for line in _places(one))
    if witness := one.evidence.witness:
        yield f"{_INDENT}race on {escape(witness.machine)}, scenario {escape(witness.scenario)}:"
        yield ""
        for line in escape_text(witness.drawing).splitlines():
            yield f"    {line}".rstrip()
        yield ""
    section = f", {escape(item.section)}" if item.section else ""
    yield f"{_INDENT}evidence: {one.tier.value}; fingerprint: {one.fingerprint}{section}"


def _end(summary: Summary, tally: Tally, style: Style, paint: Paint) -> Iterator[str]:
    if summary.missing:
        lines = by_cause(summary.missing)
        yield "".join(f"not looked at: {escape(line)}\n" for line in lines) + "\n"
    if summary.notes:
        yield "".join(f"note: {escape(note)}\n" for note in summary.notes) + "\n"
    for one in summary.orderings:
        from reviewer.report.ordering import text

        yield "".join(f"{line}\n" for line in text(one, WIDTH)) + "\n"
    yield paint.bold(_found(tally)) + "\n"
    if summary.compared is not None:
        yield from _compared(summary.compared, style)
    else:
        yield _claims(summary, tally) + "\n"
    if style.stats:
        yield "\n" + "\n".join(_stats(summary)) + "\n"


def _found(tally: Tally) -> str:
    """What was found, and what is kept back and why."""
    if tally.style.patch:
        words = [f"{plural(tally.new - tally.stated, 'finding')} by this patch"]
        words += [f"{tally.stated} in what the mail says"] if tally.stated else []
        words += [f"{tally.existing} that existed before"] if tally.existing else []
    elif since := escape(tally.style.since):
        words = [f"{plural(tally.new, 'finding')} became stale since {since}"]
    else:
        words = [plural(tally.new, "finding")]
    done = "mended" if tally.style.since else "corrected"
    words += [f"{tally.corrected} {done}"] if tally.corrected else []
    if tally.hints:
        words.append(f"{plural(tally.hints, 'hint')} not shown (--hints)")
    names = {
        "config": "suppressed",
        "comment": "suppressed in the comment",
        "baseline": "known already",
        "tier": "of weaker evidence than asked for",
    }
    words += [f"{count} {names.get(by, by)}" for by, count in sorted(tally.waived.items())]
    return ", ".join(words)


def _claims(summary: Summary, tally: Tally) -> str:
    """What was read and, as important, what could not be decided."""
    counts = summary.stats
    broken = f"{counts.broken} broken"
    if counts.broken != tally.told:
        broken += f" (told in {plural(tally.told, 'finding')})"
    return (
        f"{plural(counts.claims, 'claim')} read in {plural(counts.files, 'file')}: "
        f"{counts.holds} hold, {counts.agrees} agree, {broken}, {counts.unknown} unknown, "
        f"{counts.unjudged} not judged"
    )


def _compared(found: Comparison, style: Style) -> Iterator[str]:
    """What else the two trees say, and what no longer is shown to hold."""
    from reviewer.review.compare import Before  # only a comparison needs it

    counts = dict(found.counts)
    yield (
        f"{plural(found.files, 'file')} judged, {found.same} with nothing new; other findings: "
        f"{counts[Before.STALE]} stale before,\n{counts[Before.UNWRITTEN]} written since, "
        f"{counts[Before.UNDECIDED]} not shown to be true before\n"
    )
    if found.lost:
        more = "" if style.verbose else " (-v)"
        yield f"{plural(len(found.lost), 'claim')} held and can no longer be decided{more}\n"
    for one in found.lost if style.verbose else ():
        at = f"{escape(one.before.path)}:{one.before.line}"
        yield f"{_INDENT}{escape(one.path)}:{one.line}: {one.rule}\n"
        yield f"{_INDENT * 2}{at}: {escape(one.before.note)}\n"


def _stats(summary: Summary) -> Iterable[str]:
    counts = summary.stats
    yield "Statistics:"
    for name, value in counts.as_dict().items():
        yield f"  {name.replace('_', ' '):24}{value:>12,}"
    if counts.functions:
        clean = 100 * (1 - counts.functions_with_errors / counts.functions)
        yield f"  {'functions parsed clean':24}{clean:>11.2f}%"
    sentences = counts.stated + counts.told + counts.unread
    if sentences:
        yield f"  {'sentences understood':24}{100 * counts.stated / sentences:>11.2f}%"
    for rule, seconds in summary.seconds:
        yield f"  time in {rule:32}{seconds:>9.3f} s"
