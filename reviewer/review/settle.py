"""What a series makes false in one patch and puts right in a later one is not held against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reviewer.finding import Finding, Origin
from reviewer.mail.model import Patch
from reviewer.program.older import Older
from reviewer.program.program import Program
from reviewer.review.findings import findings
from reviewer.review.judge import Bench, Judgement, judge_file
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
    tree: Listed,
    program: Program,
    reviewed: Sequence[tuple[Patch, Report]],
    first: Program,
) -> Settled:
    """Take out what is no longer false in the tree after the whole series.

    ``tree`` and ``program`` are those after the last patch, ``first`` the one before any.
    """
    reports = [report for _, report in reviewed]
    notes: list[tuple[str, ...]] = [() for _ in reports]
    if len(reports) < 2:
        return Settled(tuple(reports), tuple(notes))
    # an open finding of any patch but the last may be cured by those after it
    early = [one for report in reports[:-1] for one in report.findings if _own(one)]
    older = (*bench.older, Older("the tree before this series", first, before_patch=True))
    library = Library(tree, program, bench.machines, older=older)
    still = {path: _false_at(bench, library, path) for path in {one.path for one in early}}
    cured: set[tuple[str, ...]] = set()
    for number, (_, report) in enumerate(reviewed[:-1]):
        gone = [one for one in report.findings if _own(one) and _key(one) not in still[one.path]]
        cured.update(_key(one) for one in gone)
        notes[number] = tuple(_told(one, reviewed, number) for one in gone)
        kept = tuple(one for one in report.findings if one not in gone)
        reports[number] = replace(report, findings=kept)
    for number, report in enumerate(reports):
        # a patch that cures what the series brought has corrected nothing of the tree's
        kept = tuple(one for one in report.corrected if _key(one) not in cured)
        reports[number] = replace(report, corrected=kept)
    return Settled(tuple(reports), tuple(notes))


def _own(one: Finding) -> bool:
    return one.origin is not Origin.EXISTING


def _key(one: Finding) -> tuple[str, ...]:
    """The words that are false and what they speak of, whichever rule says so.

    What one rule proves by the tree before a patch another one may see in the tree alone.
    """
    claim = one.claim
    said = " ".join(one.quote.split()).lower()
    return one.path, claim.kind, said, (claim.object or claim.subject).name


def _false_at(bench: Bench, library: Library, path: str) -> set[tuple[str, ...]]:
    """The findings of a whole file."""
    source = library.source(path)
    if source is None:
        return set()
    entries = judge_file(Judgement(bench, library), source).entries
    return {_key(one) for one in findings(entries)}


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
