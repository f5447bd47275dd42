"""What flows to a format: items as they are found, and at the end one summary."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reviewer.finding import Finding, Origin
from reviewer.mail.model import Patch
from reviewer.review.model import Report, Stats
from reviewer.settings.policy import Policy, Waiver
from reviewer.verdict import Tier

if TYPE_CHECKING:  # what a comparison needs is a scan: most commands do without
    from reviewer.review.compare import Comparison

if TYPE_CHECKING:  # the simulator comes with it, which a patch seldom needs
    from reviewer.review.talk import Ordering, Talk

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class PatchName:
    """Which patch of a series a finding is about; fields that are not known are ''."""

    number: int
    total: int
    subject: str
    message_id: str
    commit: str

    @staticmethod
    def of(patch: Patch) -> PatchName:
        """The name of a patch that was read from a mail or a commit."""
        message = patch.message
        commit = message.source if _COMMIT.fullmatch(message.source) else ""
        return PatchName(patch.index, patch.total, message.subject, message.message_id, commit)


@dataclass(frozen=True, slots=True)
class Item:
    """One finding on its way to a reader; ``corrected`` if the patch puts it right."""

    finding: Finding
    patch: PatchName | None = None
    corrected: bool = False
    section: str = ""
    """The MAINTAINERS section of its file, '' if unknown."""
    waiver: Waiver | None = None

    @property
    def counts(self) -> bool:
        """True if it decides the exit status: new, evident, and not waived."""
        if self.corrected or self.waiver is not None or self.finding.tier is Tier.HINT:
            return False
        return self.patch is None or self.finding.origin is not Origin.EXISTING


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known once everything was judged; ``seconds`` is time by rule."""

    tree: str
    stats: Stats
    notes: tuple[str, ...] = ()
    seconds: tuple[tuple[str, float], ...] = ()
    missing: tuple[str, ...] = ()
    """What was not looked at: ``PATH: cause``, or a cause of its own."""
    compared: Comparison | None = None
    """What two trees were found to differ in; the stats then count nothing."""
    orderings: tuple[Ordering, ...] = ()
    """What the lists of steps in mails without a patch come to."""


Stream = Iterable[Item | Summary]
"""Items in the order they are to be shown, then exactly one Summary."""


@dataclass(frozen=True, slots=True)
class Style:
    """How the user wants it: what a format has no use for it ignores."""

    patch: bool = False
    """A patch is under review, so that origins matter."""
    verbose: bool = False
    colour: bool = False
    hints: bool = False
    stats: bool = False
    since: str = ""
    """What the older tree of a comparison is called; '' if nothing is compared."""
    by_section: bool = False
    """Findings are to be grouped by section of MAINTAINERS, the worst first."""
    source: Callable[[str], bytes | None] | None = None
    """Reads a file of the tree that findings are about, for formats that show code."""


@dataclass(slots=True)
class Tally:
    """Counts items as they pass and says which of them are shown."""

    style: Style
    new: int = 0
    stated: int = 0
    """Of ``new``: what a mail says itself."""
    existing: int = 0
    corrected: int = 0
    hints: int = 0
    waived: dict[str, int] = field(default_factory=dict)

    def shows(self, item: Item) -> bool:
        """Count an item; True if people should see it."""
        if item.waiver is not None:
            self.waived[item.waiver.by] = self.waived.get(item.waiver.by, 0) + 1
            return False
        if item.finding.tier is Tier.HINT and not self.style.hints:
            self.hints += 1
            return False
        if item.corrected:
            self.corrected += 1
        elif self.style.patch and item.finding.origin is Origin.EXISTING:
            self.existing += 1
        else:
            self.new += 1
            self.stated += item.finding.origin is Origin.STATED
        return True

    @property
    def told(self) -> int:
        """Findings in all, shown or not, that are broken in the code as it is now."""
        return self.new + self.existing + self.hints + sum(self.waived.values())


def only_new(stream: Stream, style: Style) -> Iterator[Item]:
    """The items that people are asked to act on: shown, and not what the patch puts right."""
    tally = Tally(style)
    for event in stream:
        if isinstance(event, Item) and tally.shows(event) and not event.corrected:
            yield event


def items_of(report: Report, policy: Policy, patch: PatchName | None = None) -> Iterator[Item]:
    """The findings of a review, then what the patch puts right, as the policy wants them."""
    policy.saw(report.ledger)
    for corrected, findings in ((False, report.findings), (True, report.corrected)):
        for one in findings:
            if policy.wants(one):
                waiver = None if corrected else policy.waiver(one)
                yield Item(policy.settled(one), patch, corrected, policy.section(one.path), waiver)


def items_of_talk(talk: Talk, policy: Policy) -> Iterator[Item]:
    """What is false of what a mail without a patch says, then of the comments it speaks of."""
    policy.saw(talk.ledger)
    for told in (*talk.premises, *talk.comments):
        one = told.finding
        if policy.includes(told.topic.source.path):
            section = policy.section(told.topic.source.path)
            yield Item(policy.settled(one), None, False, section, policy.waiver(one))


def summary_of(report: Report, policy: Policy) -> Summary:
    """The summary of a finished report."""
    notes = (*report.notes, *policy.notes())
    return Summary(report.tree, report.stats, notes, report.seconds, report.missing)


def compared_items(found: Comparison, policy: Policy) -> Iterator[Item]:
    """What became stale, then what was mended, as the policy wants them."""
    for mended, findings in ((False, found.became), (True, found.mended)):
        for one in findings:
            if policy.wants(one):
                waiver = None if mended else policy.waiver(one)
                section = policy.section(one.path)
                yield Item(policy.settled(one), None, mended, section, waiver)


def compared_summary(found: Comparison, tree: str, policy: Policy) -> Summary:
    """The summary of a comparison."""
    return Summary(tree, Stats(), tuple(policy.notes()), (), found.missing, found)
