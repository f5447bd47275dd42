"""Findings by section of MAINTAINERS, the worst section first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reviewer.report.stream import Item, Style, Tally
from reviewer.verdict import Breaks, Severity

NONE = "no section of MAINTAINERS"
"""How findings of files are headed that no section but THE REST has."""


@dataclass(frozen=True, slots=True)
class SectionCount:
    """What is shown of one section; ``title`` is '' for files that have none."""

    title: str
    findings: int
    at_risk: int
    """Findings whose result fails: not the comment alone, the code is wrong."""
    severities: tuple[tuple[str, int], ...]
    rules: tuple[tuple[str, int], ...]
    """Most findings first."""

    @property
    def heading(self) -> str:
        """The title, or words for its absence."""
        return self.title or NONE


def counted(items: Iterable[Item], style: Style) -> tuple[SectionCount, ...]:
    """Sections of the findings that are shown, worst first.

    Worst is where most code is at risk, then where most findings are.
    """
    tally = Tally(style)
    found: dict[str, list[Item]] = {}
    for item in items:
        if tally.shows(item) and not item.corrected:
            found.setdefault(item.section, []).append(item)
    sections = (_count(title, some) for title, some in found.items())
    return tuple(sorted(sections, key=lambda one: (-one.at_risk, -one.findings, one.title)))


def grouped(items: Iterable[Item], style: Style) -> list[Item]:
    """The items in the order of their sections, else as they were; what is corrected comes last."""
    every = list(items)
    order = {one.title: at for at, one in enumerate(counted(every, style))}
    return sorted(every, key=lambda one: (one.corrected, order.get(one.section, len(order))))


def _count(title: str, items: list[Item]) -> SectionCount:
    severities = Counter(item.finding.severity for item in items)
    rules = Counter(item.finding.rule for item in items)
    return SectionCount(
        title,
        len(items),
        sum(item.finding.breaks is Breaks.RESULT for item in items),
        tuple((one.value, severities[one]) for one in reversed(Severity) if severities[one]),
        tuple(sorted(rules.items(), key=lambda one: (-one[1], one[0]))),
    )
