"""Verdicts of before the patch whose operations it takes away: what they said no longer stands.

A claim that held, or agreed with the code, because of an operation that the patch deletes, and
that is no longer decided after it, has lost its reason. That is a removal, whatever the kind of
claim: it is told as one, with the line that went. The removal is a fact; that nothing else does
the same is not proved, so that the finding is strong and not proved.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from reviewer.evidence.removals import Removed
from reviewer.finding import LedgerEntry
from reviewer.review.model import FileReview, count
from reviewer.rule import Rule
from reviewer.verdict import Breaks, Decision, Location, Tier, Verdict, broken

_TELLS = "removed-by-patch"
"""The rule in whose name a removal is told; other general rules have other reasons."""
_STOOD = frozenset({Decision.HOLDS, Decision.AGREES})


def fallen(
    was: FileReview, now: FileReview, lost: Sequence[Removed], rules: Sequence[Rule]
) -> FileReview:
    """A file's review after a patch, with what has lost its reason broken.

    ``was`` is the review before it, and ``lost`` what the patch takes away; the rule that tells
    of removals has to be one of ``rules``.
    """
    rule = next((one for one in rules if one.name == _TELLS), None)
    if rule is None or not lost:
        return now
    after: dict[_Claim, dict[str, LedgerEntry]] = defaultdict(dict)
    for one in now.entries:
        after[_claim(one)][one.rule] = one
    told = {
        one.claim.comment.start_byte
        for one in now.entries
        if one.verdict.decision is Decision.BROKEN and one.rule == rule.name
    }
    more = []
    for one in was.entries:
        here = after.get(_claim(one))
        if one.verdict.decision not in _STOOD or here is None:
            continue
        same = here.get(one.rule)
        any_ = next(iter(here.values()))
        if any_.claim.comment.start_byte in told or not _fell(one, same):
            continue
        verdict = _removed(one.verdict, lost)
        if verdict is not None:
            told.add(any_.claim.comment.start_byte)
            more.append(
                LedgerEntry(
                    *(now.path, any_.claim, rule.name, rule.family, rule.severity, verdict),
                    Tier.STRONG,
                )
            )
    return _with(now, more) if more else now


_Claim = tuple[str, ...]


def _claim(entry: LedgerEntry) -> _Claim:
    """What tells a claim again in the other image: its words, its comment, what it stands over.

    One list gives many claims of the same words, each with a lock of its own.
    """
    claim = entry.claim
    anchor = claim.comment.anchor
    text = " ".join(claim.comment.text.split())
    terms = [one for one in (claim.subject, claim.object) if one is not None]
    named = [word for one in terms for word in (one.concept, one.name)]
    return claim.kind.value, claim.quote, text, anchor.name, anchor.function, *named


def _fell(was: LedgerEntry, now: LedgerEntry | None) -> bool:
    """True if nothing is decided any more, or what held is at most said: by most places, or by an
    assertion that what the patch takes away had made true."""
    if now is None or now.verdict.decision is Decision.UNKNOWN:
        return True
    return was.verdict.decision is Decision.HOLDS and now.verdict.decision is Decision.AGREES


def _removed(was: Verdict, lost: Sequence[Removed]) -> Verdict | None:
    """The removal of an operation that a verdict rested on; None if all of them stay."""
    for where in was.rests_on or was.evidence.locations:
        for one in lost:
            if (one.was, one.line) != (where.path, where.line) or not _named(one, where.note):
                continue
            the = "the last" if one.last else "the"
            name = f"{one.name.replace(':', '(', 1)})" if ":" in one.name else f"{one.name}()"
            return broken(
                f"This patch removes {the} {name} of {one.function}(), on which it rested that "
                f"{was.message}.",
                Location(one.was, one.line, f"{name}, removed by this patch"),
                breaks=Breaks.RESULT,
            )
    return None


def _named(lost: Removed, note: str) -> bool:
    name = lost.name.partition(":")[0]
    return re.search(rf"\b{re.escape(name)}\b", note) is not None


def _with(review: FileReview, more: Sequence[LedgerEntry]) -> FileReview:
    entries = sorted(
        [*review.entries, *more],
        key=lambda one: (one.claim.line, one.claim.start, one.rule, one.claim.end),
    )
    counted = count(entries)
    stats = replace(
        review.stats,
        holds=counted.holds,
        agrees=counted.agrees,
        broken=counted.broken,
        unknown=counted.unknown,
        unjudged=counted.unjudged,
    )
    return replace(review, entries=tuple(entries), stats=stats)
