"""Marks of quoting other than ``>``, as some mail programs set them, made plain ones."""

from __future__ import annotations

import re

_OUTER = r"^((?:> ?){0,8})"
_MARK = re.compile(
    _OUTER + r"(\||[A-Za-z]{1,4}>)"
    r"(?= ?(?:[>|] ?)*(?:diff --git \S|@@ -\d|--- \S.*\n\1\2 ?\+\+\+ ))",
    re.M,
)
"""``| `` or the writer's initials (``AO> ``) before a line that begins a diff."""
_MOST = 3
"""Marks of one mail that are taken for such."""


def plainly_quoted(body: str) -> str:
    """The body with such marks made ``>``; as it is if no diff is quoted with them."""
    marks = dict.fromkeys(match[2] for match in _MARK.finditer(body))
    if not marks or len(marks) > _MOST:
        return body
    either = "|".join(map(re.escape, marks))
    return re.sub(rf"{_OUTER}(?:{either})", r"\1>", body, flags=re.M)
