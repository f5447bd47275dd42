"""Lines for b4's ``prep-perpatch-check-cmd`` and ``am-perpatch-check-cmd``.

b4 0.16 (LoreMessage.run_local_check) takes each line of stdout as a warning, as a failure if it
has ``ERROR:``, each line of stderr as a failure, and silence with status 0 as success.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.report.stream import Stream, Style, only_new
from reviewer.report.words import is_error, message, place

SUMMARY = "one line a finding for b4.prep-perpatch-check-cmd and b4.am-perpatch-check-cmd"


def render(stream: Stream, style: Style) -> Iterator[str]:
    """What the patch itself makes false; what was stale before is not the sender's business."""
    for item in only_new(stream, style):
        if not item.counts and not style.hints:
            continue
        one = item.finding
        flag = "ERROR" if is_error(one) else "WARNING"
        yield f"{place(one)}: {flag}: {message(one)} [{one.rule}]\n"
