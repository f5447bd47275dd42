"""What counts of what was found: configuration, suppressions, baseline, sections."""

from __future__ import annotations

import datetime
import difflib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from reviewer.errors import KstaleError
from reviewer.finding import Finding, LedgerEntry
from reviewer.kernel.folders import SOURCES
from reviewer.settings.config import Config, Suppression
from reviewer.settings.inline import OwnLine, own_lines
from reviewer.tree import maintainers
from reviewer.tree.maintainers import Maintainers, Section
from reviewer.tree.model import Tree
from reviewer.verdict import Tier

_TIERS = (Tier.HINT, Tier.STRONG, Tier.PROVED)


@dataclass(frozen=True, slots=True)
class Waiver:
    """Why a finding does not count: ``by`` is config, comment, baseline or tier."""

    by: str
    reason: str = ""


@dataclass
class Policy:
    """Decides finding by finding, and says at the end what was of no use.

    ``scanned`` are the paths that were looked at as a whole ('' is the tree); suppressions below
    them that met no finding are unused. None if only a patch was looked at.
    """

    config: Config = field(default_factory=Config)
    baseline: frozenset[str] = frozenset()
    sections: tuple[Section, ...] = ()
    """Findings in other sections are left out; all count if empty."""
    tree: Tree | None = None
    today: datetime.date = datetime.date.min
    scanned: tuple[str, ...] | None = None
    _met: set[str] = field(default_factory=set)
    _own_met: set[tuple[str, int, str]] = field(default_factory=set)
    _own_seen: dict[tuple[str, int, str], OwnLine] = field(default_factory=dict)

    def includes(self, path: str) -> bool:
        """True if all findings in a file are wanted."""
        if not self.sections:
            return True
        return any(one.has(path) for one in self.sections)

    def wants(self, finding: Finding) -> bool:
        """True if a finding is in a file of the wanted sections, or its comment has their words.

        What else the file has does not count: a word that stands somewhere makes no file anybody's
        (get_maintainer.pl leaves ``K:`` out for files too, unless told otherwise).
        """
        if self.includes(finding.path):
            return True
        return any(one.speaks_of(finding.claim.comment.text) for one in self.sections)

    def narrowed(self, paths: Sequence[str], *, own: bool = False) -> Sequence[str]:
        """The files of the wanted sections below some paths; the paths if no section is asked for.

        Files that may have words of a section's ``K:`` lines are among them unless only a section's
        ``own`` are wanted. Raises KstaleError if no file is left.
        """
        if not self.sections or self.tree is None:
            return paths
        found = {
            path
            for under in paths or ("",)
            for path in self.tree.files(under)
            if path.endswith(SOURCES)
            and (self.includes(path) or (not own and self._mentions(path)))
        }
        if not found:
            raise KstaleError("no C file lies in that section and below these paths")
        return sorted(found)

    def _mentions(self, path: str) -> bool:
        """True if a comment of the file may have words of a wanted section."""
        worded = [one for one in self.sections if one.get("K")]
        if not worded or self.tree is None:
            return False
        text = (self.tree.read(path) or b"").decode("utf-8", "replace")
        return any(one.speaks_of(text) for one in worded)

    def section(self, path: str) -> str:
        """The title of the file's section, '' if there is none."""
        return self.maintainers.title_of(path) if self.maintainers is not None else ""

    def section_of(self, path: str) -> Section | None:
        """The file's section, None if there is none."""
        found = self.maintainers.all_of(path) if self.maintainers is not None else ()
        return found[0] if found else None

    def settled(self, finding: Finding) -> Finding:
        """The finding with the severity that the configuration gives its rule."""
        own = dict(self.config.severity).get(finding.rule)
        return finding if own is None else replace(finding, severity=own)

    def waiver(self, finding: Finding) -> Waiver | None:
        """Why a finding does not count, None if it does."""
        for one in own_lines(finding.claim.comment):
            key = (finding.path, finding.claim.comment.start_line, one.rule)
            if one.rule == finding.rule and not one.wrong:
                self._own_met.add(key)
                if not self._expired(one.expires):
                    return Waiver("comment", one.reason)
        for entry in self.config.suppressions:
            if entry.fingerprint == finding.fingerprint:
                self._met.add(entry.fingerprint)
                if not self._expired(entry.expires):
                    return Waiver("config", entry.reason)
        if finding.fingerprint in self.baseline:
            return Waiver("baseline", "known already")
        least = self.config.tier
        if least is not None and _TIERS.index(finding.tier) < _TIERS.index(least):
            return Waiver("tier", f"the evidence is weaker than {least.value}")
        return None

    def saw(self, entries: Iterable[LedgerEntry]) -> None:
        """Tell of what was judged, so that lines in comments that met nothing are known."""
        for entry in entries:
            comment = entry.claim.comment
            for one in own_lines(comment):
                self._own_seen[entry.path, comment.start_line, one.rule] = one

    def notes(self) -> Iterator[str]:
        """Suppressions that expired, met nothing, or are written wrong, one line each."""
        for key, one in sorted(self._own_seen.items()):
            place = f"{key[0]}:{key[1]}: the suppression of {one.rule}"
            if one.wrong:
                yield f"{place} {one.wrong}"
            elif self._expired(one.expires):
                yield f"{place} expired on {one.expires}"
            elif key not in self._own_met:
                yield f"{place} is not used: take it out"
        for entry in self.config.suppressions:
            place = f"{entry.origin}: the suppression {entry.fingerprint}"
            if self._expired(entry.expires):
                yield f"{place} expired on {entry.expires} ({entry.reason})"
            elif entry.fingerprint not in self._met and self._looked_at(entry):
                yield f"{place} is not used ({entry.path}): take it out"

    @cached_property
    def maintainers(self) -> Maintainers | None:
        """The tree's MAINTAINERS, None if it has none."""
        return read_maintainers(self.tree) if self.tree is not None else None

    def _expired(self, expires: datetime.date | None) -> bool:
        return expires is not None and expires < self.today

    def _looked_at(self, entry: Suppression) -> bool:
        if self.scanned is None or not entry.path or not self.includes(entry.path):
            return False
        return any(
            not path or entry.path == path or entry.path.startswith(f"{path}/")
            for path in self.scanned
        )


def read_maintainers(tree: Tree) -> Maintainers | None:
    """The sections of a tree, None if it has no MAINTAINERS."""
    data = tree.read(maintainers.FILE)
    return maintainers.parse(data.decode("utf-8", "replace")) if data else None


def wanted_sections(
    tree: Tree, titles: Iterable[str], addresses: Iterable[str]
) -> tuple[Section, ...]:
    """The sections of these names, and those of these people.

    Raises KstaleError for a name or address that MAINTAINERS does not have.
    """
    titles, addresses = tuple(titles), tuple(addresses)
    if not titles and not addresses:
        return ()
    known = read_maintainers(tree)
    if known is None:
        raise KstaleError(f"{tree.name} has no {maintainers.FILE}, so there are no sections")
    found: dict[str, Section] = {}
    for title in titles:
        named = known.named(title)
        if not named:
            near = difflib.get_close_matches(title.upper(), [s.title for s in known.sections], n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise KstaleError(f"{maintainers.FILE} has no section {title}{hint}")
        found.update((one.title, one) for one in named)
    for address in addresses:
        own = known.of_person(address)
        if not own:
            raise KstaleError(f"{maintainers.FILE} has no section of {address}")
        found.update((one.title, one) for one in own)
    return tuple(found.values())


def today() -> datetime.date:
    """The day that decides what has expired; SOURCE_DATE_EPOCH fixes it, for repeatable runs."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdigit():
        return datetime.datetime.fromtimestamp(int(epoch), datetime.UTC).date()
    return datetime.datetime.now(datetime.UTC).date()
