"""One finding for what one comment says once: the same name, or a list of names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from reviewer.claims.model import Claim, Kind
from reviewer.finding import LedgerEntry
from reviewer.verdict import Decision, Location, Severity, Tier, unknown

_SURENESS = {Tier.PROVED: 0, Tier.STRONG: 1, Tier.HINT: 2}
_BETWEEN = re.compile(
    r"(?:\(\))?[\"'`)]?\s*(?:[,;/|&+]|\band\b|\bor\b|\s)\s*(?:and|or)?\s*[\"'`(&%@]?"
)
_LETTERS_BETWEEN = 12
_NAMES_TOLD = 5
_TOLD = "a finding on this comment says it"


def once(entries: Iterable[LedgerEntry]) -> Iterator[LedgerEntry]:
    """The entries, with one finding for each name of a comment and for each list of names.

    Of several findings on a name that no code has, the surest is kept, and of those the first;
    names that follow one another with nothing but commas between are told in the finding of the
    first. The others stay in the ledger, not judged.
    """
    entries = list(entries)
    mentions = [at for at, one in enumerate(entries) if _is_absence(one)]
    first: dict[tuple[int, str], int] = {}
    for at in mentions:
        key = entries[at].claim.comment.start_byte, _name(entries[at].claim)
        best = first.get(key)
        if best is None or _SURENESS[entries[at].tier] < _SURENESS[entries[best].tier]:
            first[key] = at
    kept = sorted(first.values(), key=lambda at: (*_place(entries[at].claim), at))
    lists: dict[int, list[int]] = {}
    head = -1
    for before, at in zip([-1, *kept], kept, strict=False):
        if before < 0 or not _follows(entries[before], entries[at]):
            head = at
        lists.setdefault(head, []).append(at)
    said = set(mentions) - set(lists)
    heads = {at: head for head, told in lists.items() for at in told}
    again: dict[int, list[LedgerEntry]] = {}
    for at in said:
        key = entries[at].claim.comment.start_byte, _name(entries[at].claim)
        again.setdefault(heads[first[key]], []).append(entries[at])
    for at, one in enumerate(entries):
        if at in said:
            yield _passed(one)
            continue
        if len(lists.get(at, ())) > 1:
            one = _with(one, [entries[other].claim for other in lists[at][1:]])
        yield _and_again(one, again.get(at, ()))


def _place(claim: Claim) -> tuple[int, int]:
    """Where a claim stands in its file: ``start`` counts from where its comment begins."""
    return claim.comment.start_byte, claim.start


def _is_absence(entry: LedgerEntry) -> bool:
    return entry.verdict.decision is Decision.BROKEN and entry.claim.kind is Kind.REFERS


def _name(claim: Claim) -> str:
    named = claim.object.name if claim.object is not None else claim.quote
    return re.split(r"->|\.(?=\w+\Z)|::", named)[-1] if "/" not in named else named


def _follows(one: LedgerEntry, other: LedgerEntry) -> bool:
    """True if the same rule finds the next name of a list that the first one is in."""
    same = one.rule == other.rule and one.tier is other.tier
    if not same or one.claim.comment.start_byte != other.claim.comment.start_byte:
        return False
    if one.claim.object is not None and one.claim.object.concept == "member":
        return True  # kernel-doc has a line for each
    between = one.claim.comment.text[one.claim.end : other.claim.start]
    return len(between) <= _LETTERS_BETWEEN and _BETWEEN.fullmatch(between) is not None


def _with(entry: LedgerEntry, others: list[Claim]) -> LedgerEntry:
    """The finding on the first name of a list, which tells the others as well."""
    names = [_name(one) for one in others]
    told = ", ".join(names[:_NAMES_TOLD])
    more = f" and {len(names) - _NAMES_TOLD} more" if len(names) > _NAMES_TOLD else ""
    message = f"{entry.verdict.message} So it is with {told}{more}."
    entry = replace(entry, verdict=replace(entry.verdict, message=message))
    return _at_lines(entry, {one.line for one in others}, "has more of them")


def _and_again(entry: LedgerEntry, others: Iterable[LedgerEntry]) -> LedgerEntry:
    """The finding, with the other lines of its comment that have the name."""
    return _at_lines(entry, {one.claim.line for one in others}, "has the name again")


def _at_lines(entry: LedgerEntry, lines: set[int], what: str) -> LedgerEntry:
    claim, evidence = entry.claim, entry.verdict.evidence
    further = sorted(lines - set(range(claim.line, claim.end_line + 1)))
    if not further:
        return entry
    places = tuple(Location(entry.path, line, what) for line in further)
    evidence = replace(evidence, locations=evidence.locations + places)
    return replace(entry, verdict=replace(entry.verdict, evidence=evidence))


def _passed(entry: LedgerEntry) -> LedgerEntry:
    return replace(entry, rule="", family="", severity=Severity.LOW, verdict=unknown(_TOLD))


def is_told(entry: LedgerEntry) -> bool:
    """True if ``once`` left the entry out, as another finding on its comment says it."""
    return entry.verdict.message == _TOLD


def counted(claims: Iterable[Claim]) -> Iterator[tuple[Claim, int, int]]:
    """Each claim with how often its comment has stated it by then in the same words of the same
    member or parameter, and how many claims of its kind it has made."""
    said: Counter[tuple[object, ...]] = Counter()
    kinds: Counter[tuple[int, Kind]] = Counter()
    for claim in claims:
        terms = claim.subject, claim.object
        comment = claim.comment.start_byte
        section = claim.get("section")
        described = section if section.startswith("@") else ""
        key = comment, claim.kind, terms, claim.modality, claim.quote, described
        said[key] += 1
        kinds[comment, claim.kind] += 1
        yield claim, said[key], kinds[comment, claim.kind]
