"""Stale comments over releases: how many each section has, which were born and which mended.

Every tree is judged by itself, with the same rules and without an older one beside it, so that the
counts can be compared; from tree to tree claims are matched as ``compare`` does. What was stale,
plus what was born, less what was mended, is what is stale: in every section.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reviewer.errors import TreeError
from reviewer.finding import Finding
from reviewer.review.model import Selection
from reviewer.review.paired import PairedTrees, Side, key
from reviewer.review.request import Request
from reviewer.review.result import findings_in
from reviewer.review.results import Results
from reviewer.review.scan import Progress, scan
from reviewer.review.told import Told
from reviewer.tree.opening import open_tree
from reviewer.unit.build import Report as Compiling

SectionOf = Callable[[str], str]
Counts = Callable[[Finding], bool]
"""Says of a finding whether it is counted at all."""


@dataclass(frozen=True, slots=True)
class Count:
    """Stale comments of one section in one release.

    ``born`` are new since the release before, ``mended`` those of it that are gone: put right,
    rewritten, removed, or moved to another section. Both are 0 in the first release.
    """

    stale: int = 0
    born: int = 0
    mended: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.stale + other.stale, self.born + other.born, self.mended + other.mended)


@dataclass(frozen=True, slots=True)
class Release:
    """One tree; ``name`` is what the user called it."""

    name: str
    sections: Mapping[str, Count]

    @property
    def all(self) -> Count:
        """The sum over the sections."""
        return sum(self.sections.values(), Count())


@dataclass(frozen=True, slots=True)
class Trend:
    """Releases in the order that was asked for; ``missing`` is what was not looked at."""

    releases: tuple[Release, ...]
    missing: tuple[str, ...] = ()

    @property
    def sections(self) -> tuple[str, ...]:
        """Titles, most stale comments in the last release first."""
        titles = {title for one in self.releases for title in one.sections}
        last = self.releases[-1].sections
        return tuple(sorted(titles, key=lambda one: (-last.get(one, Count()).stale, one)))


def trend(
    specs: Sequence[str],
    paths: Sequence[str],
    selection: Selection,
    section_of: SectionOf,
    counts: Counts,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    compiling: Compiling | None = None,
) -> Trend:
    """Judge the trees, as far as kept verdicts do not stand, and count.

    Raises TreeError for a path that no tree has.
    """
    trees = [open_tree(spec) for spec in specs]
    alone = replace(selection, was=())
    for path in paths:
        if not any(tree.exists(path) for tree in trees):
            raise TreeError(f"{path}: in none of {', '.join(tree.name for tree in trees)}")
    releases: list[Release] = []
    missing: list[str] = []
    before: _Stale | None = None
    for tree, spec in zip(trees, specs, strict=True):
        there = [path for path in paths if tree.exists(path)]
        results = Results()
        if there or not paths:
            report = scan(
                Request(spec, tuple(there), alone),
                jobs=jobs,
                progress=progress,
                compiling=compiling,
                results=results,
            )
            missing += (f"{tree.name}: {line}" for line in report.missing)
        now = _Stale(results, counts, before)
        releases.append(Release(spec, _counted(now, before, section_of)))
        before = now
    return Trend(tuple(releases), tuple(missing))


class _Stale:
    """Which findings of one tree are counted, by path; files unlike before are read anew."""

    def __init__(self, results: Results, counts: Counts, before: _Stale | None) -> None:
        self.results = results
        self.found: dict[str, frozenset[int]] = {}
        for path, count in results.by_path(results.heads.findings).items():
            if not count:
                continue
            if before is not None and before.results.get(path) == results[path]:
                some = before.found.get(path, frozenset())
            else:
                found = enumerate(findings_in(results[path]))
                some = frozenset(at for at, finding in found if counts(finding))
            if some:
                self.found[path] = some

    def counted(self, path: str, side: Side) -> Iterator[Told]:
        """The answers of a file that findings tell of which are counted."""
        some = self.found.get(path, frozenset())
        return (one for one in side.broken if one.finding in some)


def _counted(now: _Stale, before: _Stale | None, section_of: SectionOf) -> dict[str, Count]:
    found: dict[str, Count] = defaultdict(Count)
    for path, some in now.found.items():
        found[section_of(path)] += Count(stale=len(some))
    if before is None:
        return dict(found)
    for path in _new(now, before, section_of):
        found[section_of(path)] += Count(born=1)
    old: Counter[str] = Counter()
    for path, some in before.found.items():
        old[section_of(path)] += len(some)
    for title in {*old, *found}:
        one = found[title]
        found[title] = replace(one, mended=old[title] + one.born - one.stale)
    return dict(found)


def _new(now: _Stale, before: _Stale, section_of: SectionOf) -> Iterator[str]:
    """The path of each finding that no finding of the tree before is."""
    trees = PairedTrees(before.results, now.results)
    # Each finding of the older tree goes on as one of the newer tree at most.
    left: Counter[Hashable] = Counter(
        (path, key(one), one.family)
        for path in trees.paths
        if path in before.found
        for one in before.counted(path, trees[path].old)
    )
    for path in filter(now.found.__contains__, trees.paths):
        for one in now.counted(path, trees[path].new):
            group, place = trees[path].before(one), path
            if group is None:
                place, group = trees.source(trees[path].group(one))
            was = (place, key(group[0]), one.family) if group is not None else None
            if was is not None and left[was] and section_of(place) == section_of(path):
                left[was] -= 1
            else:
                yield path
