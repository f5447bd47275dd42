"""One path in two trees, its claims paired; and claims that left their file for another one.

Results are read whole only where something is asked of them; most of a tree's never are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property

from reviewer.finding import Finding
from reviewer.review.head import Head, digest_of
from reviewer.review.matching import Group, claims, match, whole
from reviewer.review.result import head, unpacked
from reviewer.review.told import Told, comment_of, words_of

Results = Mapping[str, bytes]
"""What each file of a tree came to, packed, by path."""


def key_of(finding: Finding) -> Hashable:
    """What tells a finding's claim from all others of its file."""
    claim = finding.claim
    name = (claim.object or claim.subject).name
    return (claim.line, words_of(claim), comment_of(claim), name)


def key(one: Told) -> Hashable:
    """The same for an answer."""
    return (one.line, one.words, one.comment, one.name)


class PairedFile:
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
        self.pairs = match(old, new)
        self._numbers = {key(group[0]): number for number, group in enumerate(new)}
        self._after = {key(group[0]): new[number] for number, group in self.pairs.items()}

    @staticmethod
    def of(old: bytes | None, new: bytes | None) -> PairedFile:
        """The file from its packed results, None where a tree has none."""
        sides = [unpacked(data) if data is not None else None for data in (old, new)]
        groups = [claims(one.told) if one is not None else () for one in sides]
        findings = [one.findings if one is not None else () for one in sides]
        return PairedFile(groups[0], groups[1], findings[0], findings[1])

    def group(self, finding: Finding) -> Group:
        """The answers about a finding's claim in the newer tree."""
        return self.new[self._numbers[key_of(finding)]]

    def before(self, finding: Finding) -> Group | None:
        """The answers of the older tree about the claim of one of the newer tree's findings."""
        return self.pairs.get(self._numbers[key_of(finding)])

    def after(self, finding: Finding) -> Group | None:
        """The answers of the newer tree about the claim of one of the older tree's findings."""
        return self._after.get(key_of(finding))

    def unpaired(self) -> Iterator[Group]:
        """Claims of the older tree whose words the newer file has not."""
        return (group for group in self.old if key(group[0]) not in self._after)


class PairedTrees:
    """The files of two trees whose results differ, each paired when it is first asked for.

    Nothing became of the comments of the others.
    """

    def __init__(self, old: Results, new: Results) -> None:
        self._old, self._new = old, new
        both = sorted(old.keys() | new.keys())
        self.paths = tuple(path for path in both if not self._same(path))
        self._files: dict[str, PairedFile] = {}

    def __getitem__(self, path: str) -> PairedFile:
        if path not in self._files:
            self._files[path] = PairedFile.of(self._old.get(path), self._new.get(path))
        return self._files[path]

    def _same(self, path: str) -> bool:
        old, new = self._old.get(path), self._new.get(path)
        if old is None or new is None:
            return False
        return old == new or head(old).digest == head(new).digest

    @property
    def known(self) -> int:
        """Findings of the other files: each is one of the older tree too."""
        same = self._new.keys() - set(self.paths)
        return sum(head(self._new[path]).findings for path in same)

    def telling(self) -> Iterator[str]:
        """Paths with findings in either tree, or with an answer that rested on operations."""
        for path in self.paths:
            heads = [head(all_[path]) for all_ in (self._old, self._new) if path in all_]
            if any(one.findings for one in heads) or _lost(*heads):
                yield path

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
        """Files of the older tree by what each of their claims keeps when it moves."""
        found: dict[int, list[str]] = defaultdict(list)
        for path in self.paths:
            if (data := self._old.get(path)) is not None:
                for digest in set(head(data).wholes):
                    found[digest].append(path)
        return found


def _lost(old: Head, new: Head | None = None) -> bool:
    """True if something that rested on operations may be undecided in the newer tree."""
    return new is not None and not set(old.rested).isdisjoint(new.unsure)
