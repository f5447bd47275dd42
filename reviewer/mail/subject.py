"""What the subject of a mail says of the patch in it: ``[RFC PATCH v3 2/7] title``."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAG = re.compile(r"\[([^\]\[]{1,200})\]")
_PATCHY = re.compile(r"\b(?:PATCH|RFC|RESEND)\w*|\b\d{1,4}/\d{1,4}\b", re.IGNORECASE)
_VERSION = re.compile(r"\b(?:PATCH|RFC)?v(\d{1,3})\b", re.IGNORECASE)
_NUMBER = re.compile(r"\b(\d{1,4})\s*/\s*(\d{1,4})\b")
_REPLY = re.compile(r"^(?:\s*(?:re|aw|sv|fwd?|antw)(?:\[\d+\])?\s*:)+\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SubjectTag:
    """What ``[RFC PATCH v3 2/7]`` in a subject says; a lone patch is 1 of 1."""

    is_patch: bool
    reply: bool
    version: int
    index: int
    total: int
    title: str


def strip_reply(subject: str) -> str:
    """The subject without the ``Re:``, ``Aw:``, ``Fwd:`` in front of it."""
    return _REPLY.sub("", subject)


def parse_subject(subject: str) -> SubjectTag:
    """Read the bracketed prefixes of a subject. Numbers that make no sense count as 1/1."""
    bare = strip_reply(subject)
    is_patch, version, index, total = False, 1, 1, 1
    rest = bare
    while (match := _TAG.match(rest)) is not None:
        inside = match.group(1)
        if _PATCHY.search(inside):
            is_patch = True
            if (found := _VERSION.search(inside)) is not None:
                version = max(1, int(found.group(1)))
            if (number := _NUMBER.search(inside)) is not None:
                index, total = int(number.group(1)), int(number.group(2))
        rest = rest[match.end() :].lstrip()
    if index > total or total == 0:
        index, total = 1, 1
    return SubjectTag(is_patch, bare != subject, version, index, total, rest.strip())
