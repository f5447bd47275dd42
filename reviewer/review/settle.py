"""What a series makes false in one patch and puts right in a later one is not held against it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from reviewer.evidence.removals import Removed, removed
from reviewer.finding import Finding, LedgerEntry, Origin
from reviewer.kernel.folders import SOURCES
from reviewer.mail.model import FileChange, Patch
from reviewer.program.older import Older
from reviewer.program.program import Program
from reviewer.review.bench import Bench
from reviewer.review.fallen import fallen
from reviewer.review.findings import findings
from reviewer.review.judge import Judgement, judge_file, left_out
from reviewer.review.model import Report
from reviewer.tree.model import Listed
from reviewer.world import Library


@dataclass(frozen=True, slots=True)
class Settled:
    """The reports of a series' patches in order, and what is noted of each."""

    reports: tuple[Report, ...]
    notes: tuple[tuple[str, ...], ...]


def settle(
    bench: Bench,
    before: Sequence[tuple[Listed, Program]],
    after: tuple[Listed, Program],
    reviewed: Sequence[tuple[Patch, Report]],
    changes: Sequence[Sequence[FileChange]],
) -> Settled:
    """Take out what is no longer false in the tree after the whole series.

    ``before`` are the trees that the patches apply to, ``after`` the one after the last,
    ``changes`` those of each patch. A patch is judged as if it were one with all after it: what it
    takes away may be what an earlier one brought.
    """
    reports = [report for _, report in reviewed]
    notes: list[tuple[str, ...]] = [() for _ in reports]
    # an open finding of any patch but the last may be cured by those after it
    cured: set[tuple[str, ...]] = set()
    for number, (_, report) in enumerate(reviewed[:-1]):
        paths = sorted({one.path for one in report.findings if _own(one)})
        if not paths:
            continue
        whole = _Whole(bench, before[number], after, chain.from_iterable(changes[number:]))
        still = {path: whole.false_at(path) for path in paths}
        gone = [one for one in report.findings if _own(one) and _said(one) not in still[one.path]]
        cured.update(_key(one) for one in gone)
        notes[number] = tuple(_told(one, reviewed, number) for one in gone)
        kept = tuple(one for one in report.findings if one not in gone)
        reports[number] = replace(report, findings=kept)
    for number, report in enumerate(reports):
        # a patch that cures what the series brought has corrected nothing of the tree's
        kept = tuple(one for one in report.corrected if _key(one) not in cured)
        reports[number] = replace(report, corrected=kept)
    return Settled(tuple(reports), tuple(notes))


class _Whole:
    """A patch and those after it taken for one: what it removes, and what it leaves false."""

    def __init__(
        self,
        bench: Bench,
        before: tuple[Listed, Program],
        after: tuple[Listed, Program],
        changes: Iterable[FileChange],
    ) -> None:
        (tree, first), (now, last) = before, after
        changes = [one for one in changes if not one.skipped]
        self._bench = bench
        self._moved = _moved(changes)
        self._first = {path: old for path, old in _origins(changes).items() if now.exists(path)}
        self._old = Library(tree, first, bench.machines, older=bench.older)
        found = Library(now, last)
        self._lost: list[Removed] = []
        for path, old_path in self._first.items():
            old = self._old.source(old_path) if old_path else None
            new = found.source(path)
            if old is not None and new is not None:
                self._lost += removed(old, new)
        older = (*bench.older, Older("the tree before this patch", first, before_patch=True))
        self._new = Library(
            now, last, bench.machines, removals=tuple(self._lost), older=older, before=self._old
        )

    def false_at(self, path: str) -> set[tuple[str, ...]]:
        """What is false in a whole file, wherever a later patch has moved it.

        What nobody looked at, behind the most claims that a comment may make, may be false too.
        """
        path = self._moved.get(path, path)
        source = self._new.source(path)
        if source is None:
            return set()
        review = judge_file(Judgement(self._bench, self._new), source)
        old_path = self._first.get(path, path)
        old = self._old.source(old_path) if old_path and self._lost else None
        if old is not None:
            was = judge_file(Judgement(self._bench, self._old), old)
            review = fallen(was, review, self._lost, self._bench.rules)
        unseen = {_said(one) for one in review.entries if left_out(one)}
        return unseen | {_said(one) for one in findings(review.entries)}


def _origins(changes: Iterable[FileChange]) -> dict[str, str | None]:
    """For each file that the patches change, its path before any of them; None for a new one."""
    found: dict[str, str | None] = {}
    for one in changes:
        if one.new_path and one.new_path.endswith(SOURCES):
            old = one.old_path
            found[one.new_path] = found.get(old, old) if old is not None else None
    return found


def _moved(changes: Iterable[FileChange]) -> dict[str, str]:
    """Where each file that the patches move is after all of them."""
    found: dict[str, str] = {}
    for one in changes:
        if one.old_path and one.new_path and one.old_path != one.new_path and not one.copied:
            for path, now in found.items():
                if now == one.old_path:
                    found[path] = one.new_path
            found[one.old_path] = one.new_path
            found.pop(one.new_path, None)
    return found


def _own(one: Finding) -> bool:
    return one.origin is not Origin.EXISTING


def _key(one: Finding) -> tuple[str, ...]:
    return one.path, *_said(one)


def _said(one: Finding | LedgerEntry) -> tuple[str, ...]:
    """The words that are false and what they speak of, whichever rule says so.

    What one rule proves by the tree before a patch another one may see in the tree alone.
    """
    claim = one.claim
    said = " ".join(claim.quote.split()).lower()
    return claim.kind, said, (claim.object or claim.subject).name


def _told(one: Finding, reviewed: Sequence[tuple[Patch, Report]], number: int) -> str:
    later = next(
        (
            patch
            for patch, report in reviewed[number + 1 :]
            if any(_key(other) == _key(one) for other in report.corrected)
        ),
        None,
    )
    which = f"patch {later.index} of {later.total}" if later else "a later patch"
    this = reviewed[number][0]
    return (
        f"{one.path}:{one.line}: false after patch {this.index} of {this.total} [{one.rule}], "
        f"put right by {which}"
    )
