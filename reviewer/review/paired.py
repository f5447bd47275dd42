"""One path in two trees, its claims paired; and claims that left their file for another one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping

from reviewer.finding import Finding
from reviewer.review.matching import Group, claims, match, whole
from reviewer.review.result import unpacked
from reviewer.review.told import Told, comment_of, words_of

Results = Mapping[str, bytes]
"""What each file of a tree came to, packed, by path."""


def differing(old: Results, new: Results) -> Iterator[str]:
    """Paths in no order whose results differ: nothing became of the comments of the others."""
    for path in old.keys() | new.keys():
        if old.get(path) != new.get(path):
            yield path


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


class Movers:
    """Claims that left their file, by what they keep when they move."""

    def __init__(self, files: Mapping[str, PairedFile]) -> None:
        self._found: dict[Hashable, list[tuple[str, Group]]] = defaultdict(list)
        for path in sorted(files):
            for group in files[path].unpaired():
                self._found[whole(group)].append((path, group))

    def source(self, group: Group) -> tuple[str, Group | None]:
        """The one claim that left another file with its whole comment and its function."""
        found = self._found.get(whole(group), [])
        return found[0] if len(found) == 1 else ("", None)
