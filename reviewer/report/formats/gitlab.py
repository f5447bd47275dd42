"""GitLab's Code Quality report, https://docs.gitlab.com/ci/testing/code_quality/."""

from __future__ import annotations

import json
from collections.abc import Iterator

from reviewer.report.stream import Stream, Style, only_new
from reviewer.report.words import message
from reviewer.verdict import Severity

SUMMARY = "a Code Quality report for GitLab"
_SEVERITY = {Severity.HIGH: "critical", Severity.MEDIUM: "major", Severity.LOW: "minor"}


def render(stream: Stream, style: Style) -> Iterator[str]:
    """One JSON array."""
    before = "["
    for item in only_new(stream, style):
        one = item.finding
        entry = {
            "description": message(one),
            "check_name": one.rule,
            "fingerprint": one.fingerprint,
            "severity": _SEVERITY[one.severity],
            "location": {"path": one.path, "lines": {"begin": one.line, "end": one.end_line}},
        }
        yield f"{before}\n{json.dumps(entry)}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"
