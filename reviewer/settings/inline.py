"""Suppressions that stand in a comment: ``kstale: suppress RULE: REASON (until DATE)``."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from reviewer.source.model import CommentBlock

_OWN_LINE = re.compile(r"kstale:[ \t]*suppress[ \t]+([a-z0-9-]+)(?:[ \t]*:[ \t]*(.*))?")
_UNTIL = re.compile(r"[ \t]*\(?\buntil[ \t]+(\d{4}-\d\d-\d\d)\)?[ \t.]*$")


@dataclass(frozen=True, slots=True)
class OwnLine:
    """``kstale: suppress RULE: reason (until DATE)`` in a comment."""

    rule: str
    reason: str
    expires: datetime.date | None
    wrong: str = ""
    """What is wrong with it, '' if nothing."""


def own_lines(comment: CommentBlock) -> tuple[OwnLine, ...]:
    """The suppressions that stand in a comment, each on a line of its own."""
    found = (_OWN_LINE.fullmatch(line) for line in comment.instructions)
    return tuple(_own_line(match[1], (match[2] or "").strip()) for match in found if match)


def _own_line(rule: str, rest: str) -> OwnLine:
    until = _UNTIL.search(rest)
    reason = rest[: until.start()].strip() if until else rest
    expires, wrong = None, ""
    if until:
        try:
            expires = datetime.date.fromisoformat(until[1])
        except ValueError:
            wrong = f"has no date: {until[1]}"
    if not reason:
        wrong = "has no reason: write kstale: suppress RULE: REASON"
    return OwnLine(rule, reason, expires, wrong)
