"""What a patch puts right: words that were false before it and are false no longer.

Words that still stand, and of which it can no longer be said whether they are true, are not put
right: the code became one that kstale cannot follow. To call that a correction would be praise
for nothing, so it is a note.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from reviewer.claims.model import Claim
from reviewer.finding import Finding, LedgerEntry
from reviewer.review.model import FileReview
from reviewer.verdict import Decision

_TRUE = frozenset({Decision.HOLDS, Decision.AGREES})


def corrected(
    gone: Iterable[Finding], now: Sequence[FileReview], moved: dict[str, str]
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """The findings that are put right, and a note on each that is only no longer decided.

    ``gone`` are findings of the tree before the patch that the one after it has not, ``now`` what
    was judged after it, ``moved`` the new path of each old one.
    """
    decisions: dict[tuple[str, ...], list[LedgerEntry]] = defaultdict(list)
    for review in now:
        for entry in review.entries:
            decisions[_key(review.path, entry.claim)].append(entry)
    right: list[Finding] = []
    notes: list[str] = []
    for one in sorted(gone, key=lambda each: (each.path, each.line, each.rule)):
        path = moved.get(one.path, one.path)
        said = _said(one, decisions.get(_key(path, one.claim), ()))
        if not said or said & _TRUE:
            right.append(one)
        elif Decision.BROKEN not in said:  # else another rule tells of it
            words = " ".join(one.quote.split())
            notes.append(f'{path}: "{words}" was false, and is not decided after the patch')
    return tuple(right), tuple(notes)


def _said(one: Finding, entries: Sequence[LedgerEntry]) -> set[Decision]:
    """What is decided of the words after the patch: at the same code, by the same rule."""
    place = _place(one.claim)
    here = [each for each in entries if _place(each.claim) == place] or entries
    by_rule = [each for each in here if each.rule == one.rule] or here
    return {each.verdict.decision for each in by_rule}


def _place(claim: Claim) -> tuple[str, str]:
    anchor = claim.comment.anchor
    return anchor.function, anchor.name


def _key(path: str, claim: Claim) -> tuple[str, ...]:
    """The words of a claim and what they speak of."""
    said = " ".join(claim.quote.split()).lower()
    return path, claim.kind, said, (claim.object or claim.subject).name
