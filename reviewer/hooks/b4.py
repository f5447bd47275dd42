"""What ``b4 review`` tells its check commands beyond the mail on standard input.

b4 0.16 (review_tui/_common.py) runs ``b4.review-series-check-cmd`` with the cover letter, and names
in B4_TRACKING_FILE a file that has the metadata of the review branch: the patches lie from
``first-patch-commit`` up to the branch's last commit, which holds the metadata themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

_VARIABLE = "B4_TRACKING_FILE"
_MOST = 10_000_000
"""Bytes of a tracking file that are read; those of long threads have some 100 kB."""
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


def tracked_range(environ: Mapping[str, str]) -> str:
    """The commits of the series under review as ``A..B``, '' if nothing tells of them."""
    name = environ.get(_VARIABLE)
    if not name:
        return ""
    try:
        with Path(name).open(encoding="utf-8") as file:
            series = json.loads(file.read(_MOST)).get("series", {})
        first, change = series["first-patch-commit"], series["change-id"]
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return ""
    if not isinstance(first, str) or not isinstance(change, str):
        return ""
    if not _COMMIT.fullmatch(first) or not _NAME.fullmatch(change):
        return ""
    return f"{first}~1..b4/review/{change}~1"
