"""Check the patches of a series one after another, each on top of those before it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reviewer.errors import PatchError
from reviewer.finding import Finding, Origin
from reviewer.mail.apply import Overlay as Stack
from reviewer.mail.apply import Rebuilt, rebuild_most
from reviewer.mail.model import FileChange, Patch, Series
from reviewer.program.opening import open_program
from reviewer.program.program import Program
from reviewer.review.base import Base, choose_base
from reviewer.review.bench import Bench
from reviewer.review.check import check
from reviewer.review.model import Report, Stats
from reviewer.review.nameless import with_names
from reviewer.review.settle import Settled, settle
from reviewer.tree.model import Listed
from reviewer.tree.overlay import Overlay
from reviewer.tree.trace import forget
from reviewer.unit.build import Report as Compiling
from reviewer.unit.spread import processors, spread
from reviewer.verdict import Tier


@dataclass(frozen=True, slots=True)
class PatchReport:
    """What was found in one patch."""

    patch: Patch
    changes: tuple[FileChange, ...]
    report: Report


def check_series(
    bench: Bench,
    tree: Listed,
    series: Series,
    compiling: Compiling | None = None,
    *,
    last: bool = False,
) -> tuple[PatchReport, ...]:
    """Judge each patch against the tree with the patches before it applied.

    With ``last`` the others are applied and not judged: theirs are reports without findings.

    What does not apply is left out of the patch at hand and told of in ``Report.missing``; what a
    later patch of the series puts right is not reported but noted.
    """
    base = choose_base(series, tree)
    below = base.tree
    program = open_program(below, jobs=os.cpu_count() or 1, report=compiling)
    laid: list[_Laid] = []
    for patch in series.patches:
        patch = with_names(patch, below, program)
        try:
            rebuilt = rebuild_most(patch, below.read)
        except PatchError as error:
            why = f"{error}{_perhaps_earlier(patch, series)}"
            laid.append(_Laid(patch, below, program, Rebuilt((), (why,)), fits=False))
            continue
        laid.append(_Laid(patch, below, program, rebuilt))
        stack = Stack(below.read)
        stack.add(rebuilt.changes)
        over = Overlay(below, stack.changed)
        below, program = over, program.over(over)
    asked = [one for one in (laid[-1:] if last else laid) if one.fits]
    told = spread(lambda number: _judged(bench, asked[number]), len(asked), processors())
    reports = {id(one): report for one, report in zip(asked, told, strict=True)}
    done = [one.reported(reports.get(id(one))) for one in laid]
    settled = settle(
        bench,
        [(one.below, one.program) for one in laid],
        (below, program),
        [(one.patch, one.report) for one in done],
        [one.changes for one in done],
    )
    asking = frozenset(rule.name for rule in bench.rules if rule.tree_wide)
    return tuple(_noted(done, settled, series, base, asking))


@dataclass(frozen=True, slots=True)
class _Laid:
    """A patch on the tree that it is judged in."""

    patch: Patch
    below: Listed
    program: Program
    rebuilt: Rebuilt
    fits: bool = True

    def reported(self, report: Report | None) -> PatchReport:
        """What was found in it, if it was judged, and what was left out."""
        report = report or Report(self.below.name, (), (), Stats())
        omitted = (*self.patch.omitted, *self.rebuilt.omitted, *report.missing)
        return PatchReport(self.patch, self.rebuilt.changes, replace(report, missing=omitted))


def _judged(bench: Bench, laid: _Laid) -> Report:
    forget()  # of the trees with other patches
    started = _started(laid.below, laid.rebuilt)
    return check(bench, started, laid.rebuilt.changes, _over(laid.program, laid.below, started))


def _over(program: Program, tree: Listed, other: Listed) -> Program:
    return program.over(other) if isinstance(other, Overlay) and other is not tree else program


def _started(tree: Listed, rebuilt: Rebuilt) -> Listed:
    """The tree before a patch: not the one at hand where that holds a part of it already."""
    differing = {
        change.old_path: change.pre
        for change in rebuilt.changes
        if change.old_path and not change.skipped and change.pre != tree.read(change.old_path)
    }
    brought: dict[str, bytes | None] = {
        change.new_path: None
        for change in rebuilt.changes
        if change.old_path is None and change.new_path and tree.exists(change.new_path)
    }
    return Overlay(tree, differing | brought) if differing or brought else tree


def _missing(series: Series) -> bool:
    return bool(series.patches) and len(series.patches) < series.patches[0].total


def _perhaps_earlier(patch: Patch, series: Series) -> str:
    if patch.index > 1 and _missing(series):
        return f" (patch {patch.index} of {patch.total}: an earlier one may bring these lines)"
    return ""


def _noted(
    done: Sequence[PatchReport],
    settled: Settled,
    series: Series,
    base: Base,
    asking: frozenset[str],
) -> Iterator[PatchReport]:
    """The reports without what the series itself puts right, and with what is to be said.

    ``asking`` are the rules that ask the whole tree.
    """
    lone = _missing(series)
    for number, one in enumerate(done):
        report = settled.reports[number]
        if one.patch.index > number + 1 and not base.holds_earlier:
            report = replace(report, findings=tuple(_unsure(report.findings, asking)))
        more = list(settled.notes[number])
        if lone and blames(report):
            patch = one.patch
            more.append(
                f"patch {patch.index} of {patch.total} without the others: what it leaves false "
                "may be put right, and what it names may be, in another patch of the series"
            )
        if number == 0:
            more = [*series.notes, *base.notes, *more]
            report = replace(report, missing=(*series.omitted, *report.missing))
        yield replace(one, report=replace(report, notes=(*report.notes, *more)))


def _unsure(findings: Sequence[Finding], asking: frozenset[str]) -> Iterator[Finding]:
    """What a patch writes may speak of what an earlier patch, which is not at hand, brings.

    All seven such findings in 287 mails of seven lists were false: the series defined the name.
    What an older tree had and this one has not is no name that a series brings.
    """
    for one in findings:
        named = one.origin is Origin.INTRODUCED and one.rule in asking
        named = named and one.tier is not Tier.PROVED
        yield replace(one, tier=Tier.HINT) if named else one


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
        missing=tuple(dict.fromkeys(one for each in reports for one in each.report.missing)),
    )


def blames(report: Report) -> bool:
    """True if the patch itself made some claim false."""
    return any(one.origin is not Origin.EXISTING for one in report.findings)
