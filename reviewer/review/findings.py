"""The findings of a file: what is broken, each fact told once."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from reviewer.claims.model import Claim, Kind
from reviewer.finding import Finding, LedgerEntry, Origin, finding_of
from reviewer.verdict import Decision, Tier

_PARAGRAPH = re.compile(r"\n[ \t]*\n|\n[ \t]*(?:@\w+:|[-*o][ \t]|\(?\w{1,2}[.)][ \t])")


def findings(entries: Sequence[LedgerEntry]) -> Iterator[Finding]:
    """The broken entries of one file as findings, equal ones numbered.

    Several claims of one comment that break on the same fact make one finding, the first; but a
    name that is gone is told of in each paragraph and list item, which are mended one by one. A
    mention of a name stands back where another rule says of a statement with the same words that
    the name is gone, and whatever is not proved where it is proved.
    """
    seen: Counter[str] = Counter()
    told: set[tuple[str, int, int, str]] = set()
    stated: dict[int, list[LedgerEntry]] = defaultdict(list)
    proved = {
        (entry.claim.comment.start_byte, entry.claim.start)
        for entry in entries
        if entry.verdict.decision is Decision.BROKEN and entry.tier is Tier.PROVED
    }
    for entry in entries:
        if entry.verdict.decision is Decision.BROKEN and entry.claim.kind is not Kind.REFERS:
            stated[entry.claim.comment.start_byte].append(entry)
    for entry in entries:
        if entry.verdict.decision is Decision.BROKEN:
            if _mentioned_only(entry, stated[entry.claim.comment.start_byte]):
                continue
            comment = entry.claim.comment.start_byte
            if entry.tier is not Tier.PROVED and (comment, entry.claim.start) in proved:
                continue
            fact = (entry.rule, comment, _paragraph(entry.claim), entry.verdict.message)
            if fact in told:
                continue
            told.add(fact)
            first = finding_of(entry)
            ordinal = seen[first.fingerprint]
            seen[first.fingerprint] += 1
            yield finding_of(entry, ordinal, Origin.EXISTING) if ordinal else first


def _paragraph(claim: Claim) -> int:
    """Which paragraph or list item of its comment a mention stands in; 0 for any other claim."""
    if claim.kind is not Kind.REFERS:
        return 0
    return sum(1 for _ in _PARAGRAPH.finditer(claim.comment.text, 0, claim.start))


def _mentioned_only(entry: LedgerEntry, stated: Iterable[LedgerEntry]) -> bool:
    """True if the entry is a mention whose name a finding about the same words already tells of."""
    claim = entry.claim
    if claim.kind is not Kind.REFERS or claim.object is None:
        return False
    name = re.compile(rf"\b{re.escape(claim.object.name.rpartition('>')[2])}\b")
    return any(
        other.claim.start < claim.end
        and claim.start < other.claim.end
        and name.search(other.verdict.message)
        for other in stated
    )
