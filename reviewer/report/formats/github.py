"""Workflow commands that GitHub shows as annotations at the lines of a pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.escape import escape
from reviewer.report.stream import Stream, Style, only_new
from reviewer.report.words import consequence, message
from reviewer.verdict import Severity

SUMMARY = "annotations in a workflow of GitHub"
_LEVEL = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "notice"}


def render(stream: Stream, style: Style) -> Iterator[str]:
    """One command a finding; commas and colons are escaped in properties, not in the message."""
    for item in only_new(stream, style):
        one = item.finding
        where = f"file={_property(one.path)},line={one.line},endLine={one.end_line}"
        words = _data(f"{message(one)}. {consequence(one)}")
        yield f"::{_LEVEL[one.severity]} {where},title={_property(one.rule)}::{words}\n"


def _data(text: str) -> str:
    return escape(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
