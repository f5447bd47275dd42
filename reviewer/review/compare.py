"""Two trees of one kernel: which comments became stale, which were mended, what is left of proofs.

Nothing is judged here: both trees were scanned, and a comment became stale only if the older tree's
own answer about the same words says that they were true there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from reviewer.claims.model import Kind
from reviewer.errors import TreeError
from reviewer.finding import Finding
from reviewer.program.older import Older, open_older
from reviewer.program.opening import open_program, opened_once
from reviewer.program.program import Program
from reviewer.program.scope import in_sight
from reviewer.review.model import Selection
from reviewer.review.paired import PairedFile, PairedTrees
from reviewer.review.request import Request
from reviewer.review.results import Results
from reviewer.review.scan import Progress, scan
from reviewer.review.told import Told
from reviewer.tree.opening import open_tree
from reviewer.unit.build import Report as Compiling
from reviewer.unit.collecting import uncollected
from reviewer.verdict import Decision, Location

Gone = Callable[[str, str], Location | None]
"""Where the older tree had a name that the newer one has no more: as a definition in sight of one
of its files, in the code of that file, or as the path of a file; else None."""
_OWNER = re.compile(r"->|\.|::")
_TRUE = (Decision.HOLDS, Decision.AGREES)


class Before(StrEnum):
    """What the older tree says of a claim that is broken in the newer one."""

    TRUE = "true"
    """It held there, or the name that it speaks of was there: it became stale."""
    STALE = "stale"
    UNDECIDED = "undecided"
    """Nothing was shown of it there."""
    UNWRITTEN = "unwritten"
    """The older tree has no such words: they were false when they were written."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A claim that was shown to hold in the older tree and is not decided in the newer one."""

    path: str
    line: int
    rule: str
    before: Location
    """Where the comment stood, and what it held by."""


@dataclass(frozen=True, slots=True)
class Trees:
    """What is to be compared, and which rules are to judge it."""

    old: str
    new: str
    paths: tuple[str, ...] = ()
    """Files and folders of either tree; all of both if empty."""
    selection: Selection = field(default_factory=Selection)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two trees; every list is in the order of paths and lines."""

    became: tuple[Finding, ...]
    """Findings of the newer tree whose last location says why they were true in the older one."""
    mended: tuple[Finding, ...]
    """Findings of the older tree that the newer one no longer has, though it has the file."""
    lost: tuple[Lost, ...]
    counts: tuple[tuple[Before, int], ...]
    """Findings of the newer tree by what the older one says of them."""
    files: int
    """Files of the newer tree that were judged."""
    same: int
    """Those of which both trees say the same."""
    label: str = ""
    """What the older tree is called."""
    missing: tuple[str, ...] = ()
    """What was not looked at, in either tree."""


def compare(old: Results, new: Results, gone: Gone, label: str) -> Comparison:
    """Compare the results of two trees; ``label`` is what the older one is called."""
    with uncollected():
        return _told(PairedTrees(old, new), gone, label)


def _told(trees: PairedTrees, gone: Gone, label: str) -> Comparison:
    became: list[Finding] = []
    mended: list[Finding] = []
    lost: list[Lost] = []
    counts = dict.fromkeys(Before, 0) | {Before.STALE: trees.known}
    for path in trees.telling():
        file = trees[path]
        for one in file.new.broken:
            group, old_path = file.before(one), path
            if group is None:
                old_path, group = trees.source(file.group(one))
            before, place = _before(one, group, old_path, gone, label)
            counts[before] += 1
            if before is Before.TRUE and place is not None:
                became.append(_with(file.new.finding(one), place))
        if path in trees.new:
            mended.extend(_mended(file))
        lost.extend(_lost(file, path, label))
    return Comparison(
        tuple(became),
        tuple(mended),
        tuple(lost),
        tuple(counts.items()),
        len(trees.new),
        len(trees.new) - sum(path in trees.new for path in trees.paths),
        label,
    )


def compare_trees(
    trees: Trees,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    compiling: Compiling | None = None,
) -> Comparison:
    """Scan both trees, as far as kept verdicts do not stand, and compare what they came to.

    The older tree is also what tells that a name was there (``gone-since-release``). Raises
    TreeError for a path that neither tree has.
    """
    with opened_once():
        return _compared(trees, jobs, progress, compiling)


def _compared(
    trees: Trees, jobs: int, progress: Progress | None, compiling: Compiling | None
) -> Comparison:
    results: list[Results] = []
    missing: list[str] = []
    opened = [open_tree(spec) for spec in (trees.old, trees.new)]
    for path in trees.paths:
        if path and not any(tree.exists(path) for tree in opened):
            raise TreeError(f"{path}: neither in {opened[0].name} nor in {opened[1].name}")
    for tree, spec, was in zip(opened, (trees.old, trees.new), ((), (trees.old,)), strict=True):
        paths = tuple(path for path in trees.paths if not path or tree.exists(path))
        found = Results()
        results.append(found)
        if trees.paths and not paths:
            continue
        report = scan(
            Request(spec, paths, replace(trees.selection, was=was)),
            jobs=jobs,
            progress=progress,
            compiling=compiling,
            results=found,
        )
        missing += (f"{tree.name}: {line}" for line in report.missing)
    older = open_older((trees.old,))[0]
    gone = gone_names(older, open_program(opened[1]))
    return replace(compare(results[0], results[1], gone, older.label), missing=tuple(missing))


def gone_names(older: Older, newer: Program) -> Gone:
    """Tells of names and paths that the older tree had and the newer one has not.

    That the older tree's code has the word somewhere, as another rule may say of it, is not enough:
    a driver's struct of that name is not what a comment far from it meant.
    """

    def gone(name: str, path: str) -> Location | None:
        if "/" in name:
            there = older.program.tree.exists(name) and not newer.tree.exists(name)
            return Location(name, 0, "is a file there") if there else None
        plain = _OWNER.split(name)[-1]
        if any(in_sight(path, one) for one in newer.definitions(plain)):
            return None
        was = next(iter(older.defined(plain, path)), None)
        if was is not None:
            return Location(was.path, was.line, f"{plain} is a {was.kind.value} there")
        if path in older.program.files(plain) and path not in newer.files(plain):
            return Location(path, 0, f"{plain} is in the code there")
        return None

    return gone


def _mended(file: PairedFile) -> Iterator[Finding]:
    """Findings of the older tree whose words are gone, or were shown to be true now."""
    for was in file.old.broken:
        after = file.after(was)
        if after is None or any(
            one.decision in _TRUE and one.family == was.family for one in after
        ):
            yield file.old.finding(was)


def _lost(file: PairedFile, path: str, label: str) -> Iterator[Lost]:
    """What rested on operations, and of which the newer tree shows neither one nor the other.

    Only where the words are the same and some rule still reads them.
    """
    for number, before in sorted(file.pairs.items()):
        after = {one.rule: one for one in file.new.groups[number]}
        if any(one.decision is Decision.BROKEN for one in after.values()):
            continue
        for one in before:
            now = after.get(one.rule)
            held = one.decision is Decision.HOLDS and one.rests_on
            if held and now is not None and now.decision is Decision.UNKNOWN:
                place = Location(path, one.line, f"in {label}: {one.message}")
                yield Lost(path, now.line, one.rule, place)


def _before(
    broken: Told, group: Sequence[Told] | None, path: str, gone: Gone, label: str
) -> tuple[Before, Location | None]:
    """What the older tree says of the words of a broken claim, and where."""
    if group is None:
        return Before.UNWRITTEN, None
    family = [one for one in group if one.family == broken.family]
    if any(one.decision is Decision.BROKEN for one in family):
        return Before.STALE, None
    if broken.kind is Kind.REFERS:
        was = gone(broken.name, path) if broken.name else None
        if was is None:
            return Before.UNDECIDED, None
        return Before.TRUE, replace(was, note=f"in {label}: {was.note}")
    for one in family:
        if one.decision in _TRUE and one.rule == broken.rule:
            return Before.TRUE, Location(path, one.line, f"in {label}: {one.message}")
    return Before.UNDECIDED, None


def _with(finding: Finding, place: Location) -> Finding:
    """The finding with one more location at its end, unless its own evidence has it."""
    verdict = finding.verdict
    known = [(one.path, one.line) for one in finding.evidence.locations[1:]]
    if (place.path, place.line) in known:
        return finding
    evidence = replace(verdict.evidence, locations=(*verdict.evidence.locations, place))
    return replace(finding, verdict=replace(verdict, evidence=evidence))
