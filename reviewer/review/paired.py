"""One path in two trees, its claims paired; and claims that left their file for another one.

Results are read whole only where something is asked of them; most of a tree's never are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property
from operator import attrgetter

from reviewer.finding import Finding
from reviewer.review.head import digest_of
from reviewer.review.matching import Group, claims, match, whole
from reviewer.review.result import findings_in, head, told_in
from reviewer.review.results import Packed, Results
from reviewer.review.told import Told

_FINDING = attrgetter("finding")


def key(one: Told) -> Hashable:
    """What tells an answer's claim from all others of its file."""
    return (one.line, one.words, one.comment, one.name)


class Side:
    """What the claims of a file came to in one tree; nothing in a tree that has not got it."""

    def __init__(self, packed: Packed | None) -> None:
        self._packed = packed
        told = told_in(packed) if packed is not None else ()
        self.groups = claims(told)
        self.broken = tuple(sorted((one for one in told if one.finding >= 0), key=_FINDING))
        """The answers that findings tell of, in their order."""

    def finding(self, one: Told) -> Finding:
        """The finding that tells of an answer."""
        return self._findings[one.finding]

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        """Read when the first is asked for: of most files only the answers are."""
        return findings_in(self._packed) if self._packed is not None else ()


class PairedFile:
    """One path in both trees, its claims paired."""

    def __init__(self, old: Packed | None, new: Packed | None) -> None:
        """The packed results of the file, None where a tree has none."""
        self.old, self.new = Side(old), Side(new)
        self.pairs = match(self.old.groups, self.new.groups)
        self._numbers = {key(group[0]): at for at, group in enumerate(self.new.groups)}
        self._after = {key(old[0]): self.new.groups[at] for at, old in self.pairs.items()}

    def group(self, one: Told) -> Group:
        """All answers about the claim of one of the newer tree."""
        return self.new.groups[self._numbers[key(one)]]

    def before(self, one: Told) -> Group | None:
        """The answers of the older tree about the claim of one of the newer tree."""
        return self.pairs.get(self._numbers[key(one)])

    def after(self, one: Told) -> Group | None:
        """The answers of the newer tree about the claim of one of the older tree."""
        return self._after.get(key(one))

    def unpaired(self) -> Iterator[Group]:
        """Claims of the older tree whose words the newer file has not."""
        return (group for group in self.old.groups if key(group[0]) not in self._after)


class PairedTrees:
    """The files of two trees whose results differ, each paired when it is first asked for.

    Nothing became of the comments of the others.
    """

    def __init__(self, old: Results, new: Results) -> None:
        self.old, self.new = old, new
        digests = (one.by_path(one.heads.digests).items() for one in (old, new))
        self._same = {path for path, _ in frozenset.intersection(*map(frozenset, digests))}
        self.paths = tuple(sorted((old.keys() | new.keys()) - self._same))
        self._findings = tuple(one.by_path(one.heads.findings) for one in (old, new))
        self._rested = old.by_path(old.heads.rested)
        self._files: dict[str, PairedFile] = {}

    def __getitem__(self, path: str) -> PairedFile:
        if path not in self._files:
            self._files[path] = PairedFile(self.old.get(path), self.new.get(path))
        return self._files[path]

    @property
    def known(self) -> int:
        """Findings of the other files: each is one of the older tree too."""
        return sum(map(self._findings[1].__getitem__, self._same))

    def telling(self) -> Iterator[str]:
        """Paths with findings in either tree, or with an answer that rested on operations."""
        for path in self.paths:
            if any(one.get(path) for one in self._findings) or self._lost(path):
                yield path

    def _lost(self, path: str) -> bool:
        """True if something that rested on operations may be undecided in the newer tree."""
        old, new = self.old.get(path), self.new.get(path)
        if old is None or new is None or not self._rested[path]:
            return False
        return not set(head(old).rested).isdisjoint(head(new).unsure)

    def source(self, group: Group) -> tuple[str, Group | None]:
        """The one claim that left another file with its whole comment and its function."""
        key = whole(group)
        found = [
            (path, one)
            for path in self._places.get(digest_of(*key), ())
            for one in self[path].unpaired()
            if whole(one) == key
        ]
        return found[0] if len(found) == 1 else ("", None)

    @cached_property
    def _places(self) -> Mapping[int, list[str]]:
        """Files of the older tree that have a claim which is broken in the newer and new there.

        By what it keeps when it moves.
        """
        wanted = {
            digest_of(*whole(file.group(one)))
            for file in map(self.__getitem__, self.telling())
            for one in file.new.broken
            if file.before(one) is None
        }
        found: dict[int, list[str]] = defaultdict(list)
        for path in self.paths:
            if (data := self.old.get(path)) is not None:
                for digest in wanted.intersection(head(data).wholes):
                    found[digest].append(path)
        return found
