"""One line a finding, as compilers write it, and nothing when there is none."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.report.stream import Stream, Style, only_new
from reviewer.report.words import message, place

SUMMARY = "path:line: severity: message [rule], for editors and scripts; silent when clean"


def render(stream: Stream, style: Style) -> Iterator[str]:
    """Lines that vim's default errorformat, emacs and grep-like tools read."""
    for item in only_new(stream, style):
        one = item.finding
        yield f"{place(one)}: {one.severity.value}: {message(one)} [{one.rule}]\n"
