"""Check the patches of a series one after another, each on top of those before it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviewer.finding import Origin
from reviewer.mail.apply import rebuild
from reviewer.mail.model import FileChange, Patch
from reviewer.program.opening import open_program
from reviewer.review.check import check
from reviewer.review.judge import Bench
from reviewer.review.model import Report, Stats
from reviewer.tree.model import Listed
from reviewer.tree.overlay import Overlay
from reviewer.unit.build import Report as Compiling


@dataclass(frozen=True, slots=True)
class PatchReport:
    """What was found in one patch."""

    patch: Patch
    changes: tuple[FileChange, ...]
    report: Report


def check_patches(
    bench: Bench,
    tree: Listed,
    patches: Sequence[Patch],
    compiling: Compiling | None = None,
) -> Iterator[PatchReport]:
    """Judge each patch against the tree with the patches before it applied.

    Raises PatchError for the first patch that does not apply; what came before was yielded.
    """
    below = tree
    program = open_program(tree, jobs=os.cpu_count() or 1, report=compiling)
    for patch in patches:
        changes = rebuild(patch, below.read)
        report = check(bench, below, changes, program)
        yield PatchReport(patch, tuple(changes), report)
        replaced: dict[str, bytes | None] = {}
        for change in changes:
            if change.skipped:
                continue
            if change.old_path and change.old_path != change.new_path and not change.copied:
                replaced[change.old_path] = None
            if change.new_path:
                replaced[change.new_path] = change.post
        over = Overlay(below, replaced)
        below, program = over, program.over(over)


def merge(tree: str, reports: Sequence[PatchReport]) -> Report:
    """One report of several patches, findings in the order of the patches."""
    return Report(
        tree=tree,
        findings=tuple(one for each in reports for one in each.report.findings),
        ledger=tuple(one for each in reports for one in each.report.ledger),
        stats=sum((each.report.stats for each in reports), Stats()),
        corrected=tuple(one for each in reports for one in each.report.corrected),
        notes=tuple(
            dict.fromkeys(
                note for each in reports for note in (*each.patch.notes, *each.report.notes)
            )
        ),
    )


def blames(report: Report) -> bool:
    """True if the patch itself made some claim false."""
    return any(one.origin is not Origin.EXISTING for one in report.findings)
