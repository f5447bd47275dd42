"""What a review is asked, and what it returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path

from reviewer.finding import Finding, LedgerEntry, NotUnderstood
from reviewer.verdict import Decision


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules run: all on by default, less ``disabled``, plus ``enabled``."""

    folders: tuple[Path, ...] = ()
    """Folders of rules beside kstale's own."""
    only: tuple[str, ...] = ()
    """If given, rule or family names: nothing else runs."""
    enabled: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    """Judge on these machines only; all if empty."""
    was: tuple[str, ...] = ()
    """Older trees of the same kernel, to tell what a name that is gone was."""


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts of one review; adding two gives the counts of both."""

    files: int = 0
    bytes: int = 0
    functions: int = 0
    functions_with_errors: int = 0
    comments: int = 0
    claims: int = 0
    holds: int = 0
    agrees: int = 0
    broken: int = 0
    unknown: int = 0
    unjudged: int = 0
    """Claims that no enabled rule reads, or that the comment does not assert."""
    unread: int = 0
    """Sentences about synchronization that gave no claim and are none of ``told``."""
    told: int = 0
    """Those that tell history, ask, suppose or quote."""
    stated: int = 0
    """Sentences that gave a claim other than a mention of a name."""

    def __add__(self, other: Stats) -> Stats:
        return Stats(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def as_dict(self) -> dict[str, int]:
        """The counts by name, in the order declared."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True, slots=True)
class FileReview:
    """All that was decided in one file; ``seconds`` is time spent by rule name."""

    path: str
    entries: tuple[LedgerEntry, ...]
    stats: Stats
    seconds: tuple[tuple[str, float], ...] = ()
    causes: tuple[str, ...] = ()
    """What could not be judged in it, a line each."""
    unread: tuple[NotUnderstood, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a review, in a stable order.

    ``corrected`` are findings of the pre-image that the patch puts right; ``notes`` tell what a
    reader should know of how the review went (offsets, fuzz, rules that could not run).
    """

    tree: str
    findings: tuple[Finding, ...]
    ledger: tuple[LedgerEntry, ...]
    stats: Stats
    corrected: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """What was not looked at, ``PATH: cause`` or a cause of its own, a line each."""
    seconds: tuple[tuple[str, float], ...] = field(default=(), compare=False)


_WEAKEST = (Decision.BROKEN, Decision.UNKNOWN, Decision.AGREES, Decision.HOLDS)
"""What a claim counts as that several rules judge: it is no better than the worst of them says."""


def count(entries: Iterable[LedgerEntry], **more: int) -> Stats:
    """The verdict counts of ledger entries, each claim once, with further counts by name."""
    decided: dict[int, Decision] = {}
    unjudged: set[int] = set()
    for entry in entries:
        claim, decision = id(entry.claim), entry.verdict.decision
        if not entry.rule:
            unjudged.add(claim)
        elif claim not in decided or _WEAKEST.index(decision) < _WEAKEST.index(decided[claim]):
            decided[claim] = decision
    decisions = Counter(decided.values())
    return Stats(
        holds=decisions[Decision.HOLDS],
        agrees=decisions[Decision.AGREES],
        broken=decisions[Decision.BROKEN],
        unknown=decisions[Decision.UNKNOWN],
        unjudged=len(unjudged - decided.keys()),
        **more,
    )
