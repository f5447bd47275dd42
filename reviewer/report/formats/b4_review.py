"""JSON for b4's ``review-perpatch-check-cmd`` and ``review-series-check-cmd``.

b4 0.16 (review/checks.py, _run_external_cmd) wants a list of objects with tool, status (pass,
warn, fail), summary and details; details may be JSON text with a list of status and description.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from reviewer.report.stream import Stream, Style, only_new
from reviewer.report.words import is_error, message, place, plural

SUMMARY = "JSON for b4.review-perpatch-check-cmd and b4.review-series-check-cmd"


def render(stream: Stream, style: Style) -> Iterator[str]:
    """One result; its status is the worst of the findings."""
    details = []
    for item in only_new(stream, style):
        if item.counts or style.hints:
            one = item.finding
            status = "fail" if is_error(one) else "warn"
            words = f"{place(one)}: {message(one)} [{one.rule}]"
            details.append({"status": status, "description": words})
    status = min((one["status"] for one in details), default="pass")
    result = {
        "tool": "kstale",
        "status": status,
        "summary": plural(len(details), "false comment") if details else "no comment made false",
    }
    if details:
        result["details"] = json.dumps(details)
    yield json.dumps([result], indent=2) + "\n"
