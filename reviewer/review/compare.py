"""Two trees of one kernel: which comments became stale, which were mended, what is left of proofs.

Nothing is judged here: both trees were scanned with ``Request.told``, and a comment became stale
only if the older tree's own answer about the same words says that they were true there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from reviewer.claims.model import Kind
from reviewer.errors import TreeError
from reviewer.finding import Finding
from reviewer.program.older import Older, open_older
from reviewer.program.opening import open_program
from reviewer.program.program import Program
from reviewer.program.scope import in_sight
from reviewer.review.matching import Group, claims, match, whole
from reviewer.review.model import Selection
from reviewer.review.result import unpacked
from reviewer.review.scan import Progress, Request, scan
from reviewer.review.told import Told, comment_of, words_of
from reviewer.tree.opening import open_tree
from reviewer.unit.build import Report as Compiling
from reviewer.verdict import Decision, Location

Results = Mapping[str, bytes]
"""What each file of a tree came to, packed, by path."""
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
    files = {path: _read(old.get(path), new.get(path)) for path in _differing(old, new)}
    spare = _spare(files)
    became: list[Finding] = []
    mended: list[Finding] = []
    lost: list[Lost] = []
    counts = dict.fromkeys(Before, 0)
    for path in sorted(files):
        file = files[path]
        for finding in file.new_findings:
            group, old_path = file.before(finding), path
            if group is None:
                old_path, group = _moved(spare, file.group(finding))
            before, place = _before(finding, group, old_path, gone, label)
            counts[before] += 1
            if before is Before.TRUE and place is not None:
                became.append(_with(finding, place))
        if path in new:
            mended.extend(file.mended())
        lost.extend(file.lost(path, label))
    return Comparison(
        tuple(became),
        tuple(mended),
        tuple(lost),
        tuple(counts.items()),
        len(new),
        sum(path not in files for path in new),
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
    results: list[dict[str, bytes]] = []
    missing: list[str] = []
    opened = [open_tree(spec) for spec in (trees.old, trees.new)]
    for path in trees.paths:
        if path and not any(tree.exists(path) for tree in opened):
            raise TreeError(f"{path}: neither in {opened[0].name} nor in {opened[1].name}")
    for tree, spec, was in zip(opened, (trees.old, trees.new), ((), (trees.old,)), strict=True):
        paths = tuple(path for path in trees.paths if not path or tree.exists(path))
        found: dict[str, bytes] = {}
        results.append(found)
        if trees.paths and not paths:
            continue
        report = scan(
            Request(spec, paths, replace(trees.selection, was=was), told=True),
            jobs=jobs,
            progress=progress,
            compiling=compiling,
            results=found.__setitem__,
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


def _differing(old: Results, new: Results) -> Iterator[str]:
    """Equal results of a file need no look: nothing became of its comments."""
    for path in old.keys() | new.keys():
        if old.get(path) != new.get(path):
            yield path


class _File:
    """One path in both trees, its claims paired."""

    def __init__(
        self,
        old: tuple[Group, ...],
        new: tuple[Group, ...],
        old_findings: tuple[Finding, ...],
        new_findings: tuple[Finding, ...],
    ) -> None:
        self.old, self.new = old, new
        self.old_findings, self.new_findings = old_findings, new_findings
        self._pairs = match(old, new)
        self._numbers = {_key(group[0]): number for number, group in enumerate(new)}
        self._after = {_key(group[0]): new[number] for number, group in self._pairs.items()}

    def group(self, finding: Finding) -> Group:
        """The answers about a finding's claim in the newer tree."""
        return self.new[self._numbers[_key_of(finding)]]

    def before(self, finding: Finding) -> Group | None:
        """The answers of the older tree about the claim of one of the newer tree's findings."""
        return self._pairs.get(self._numbers[_key_of(finding)])

    def unpaired(self) -> Iterator[Group]:
        """Claims of the older tree whose words the newer file has not."""
        return (group for group in self.old if _key(group[0]) not in self._after)

    def mended(self) -> Iterator[Finding]:
        """Findings of the older tree whose words are gone, or were shown to be true now."""
        for finding in self.old_findings:
            after = self._after.get(_key_of(finding))
            if after is None or any(
                one.decision in _TRUE and one.family == finding.family for one in after
            ):
                yield finding

    def lost(self, path: str, label: str) -> Iterator[Lost]:
        """What rested on operations, and of which the newer tree shows neither one nor the other.

        Only where the words are the same and some rule still reads them.
        """
        for number, before in sorted(self._pairs.items()):
            after = {one.rule: one for one in self.new[number]}
            if any(one.decision is Decision.BROKEN for one in after.values()):
                continue
            for one in before:
                now = after.get(one.rule)
                held = one.decision is Decision.HOLDS and one.rests_on
                if held and now is not None and now.decision is Decision.UNKNOWN:
                    place = Location(path, one.line, f"in {label}: {one.message}")
                    yield Lost(path, now.line, one.rule, place)


def _read(old: bytes | None, new: bytes | None) -> _File:
    sides = [unpacked(data) if data is not None else None for data in (old, new)]
    groups = [claims(one.told) if one is not None else () for one in sides]
    findings = [one.findings if one is not None else () for one in sides]
    return _File(groups[0], groups[1], findings[0], findings[1])


def _key(one: Told) -> Hashable:
    return (one.line, one.words, one.comment, one.name)


def _key_of(finding: Finding) -> Hashable:
    claim = finding.claim
    name = (claim.object or claim.subject).name
    return (claim.line, words_of(claim), comment_of(claim), name)


_Spare = dict[Hashable, list[tuple[str, Group]]]


def _spare(files: Mapping[str, _File]) -> _Spare:
    """Claims that left their file, by what they keep when they move."""
    found: _Spare = defaultdict(list)
    for path in sorted(files):
        for group in files[path].unpaired():
            found[whole(group)].append((path, group))
    return found


def _moved(spare: _Spare, group: Group) -> tuple[str, Group | None]:
    """The one claim that left another file with its whole comment and its function."""
    found = spare.get(whole(group), [])
    return found[0] if len(found) == 1 else ("", None)


def _before(
    finding: Finding, group: Sequence[Told] | None, path: str, gone: Gone, label: str
) -> tuple[Before, Location | None]:
    """What the older tree says of a finding's words, and where."""
    if group is None:
        return Before.UNWRITTEN, None
    family = [one for one in group if one.family == finding.family]
    if any(one.decision is Decision.BROKEN for one in family):
        return Before.STALE, None
    if finding.claim.kind is Kind.REFERS:
        was = gone(finding.claim.object.name, path) if finding.claim.object is not None else None
        if was is None:
            return Before.UNDECIDED, None
        return Before.TRUE, replace(was, note=f"in {label}: {was.note}")
    for one in family:
        if one.decision in _TRUE and one.rule == finding.rule:
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
