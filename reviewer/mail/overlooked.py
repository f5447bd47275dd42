"""What in a mail looks like a diff and was not read as one: its sender may think it was judged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reviewer.mail.model import Message, Patch
from reviewer.mail.quote import quote_level, starts_diff, strip_quote
from reviewer.mail.undress import between_versions

_LEAD = r"^(?:[^\w\n]{0,24}|[ \t]{0,8}\d{1,5}:?[ \t]{1,8})"
"""Marks, blanks or a line number that somebody put in front of every line."""
_LIKE_A_DIFF = re.compile(
    rf"{_LEAD}(?:diff --git \S+ \S+$|@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@|Index: \S+\n=====|"
    rf"\*\*\* \d+(?:,\d+)? \*\*\*\*$|\d+(?:,\d+)?[acd]\d+(?:,\d+)?\n{_LEAD[1:]}[<>] )",
    re.M,
)
_CODED = re.compile(r"^(?:begin [0-7]{3,4} \S.*\nM|-----BEGIN PGP MESSAGE-----$)", re.M)
"""uuencode (POSIX) and OpenPGP (RFC 9580, section 6.2)."""


def overlooked(message: Message) -> Iterator[str]:
    """What of a mail in which no patch was found could not be read, a line each."""
    yield from message.omitted
    yield from _alike(message, message.body)


def beside(message: Message, patches: Sequence[Patch]) -> Iterator[str]:
    """What looks like one more diff in a mail with patches, a line each."""
    lines = message.body.split("\n")
    for patch in patches:
        for file in patch.files:
            for hunk in file.hunks:
                for number in hunk.body_lines:
                    lines[number - 1] = ""
    # what begins as it should was read, or has a note of its own
    lines = ["" if starts_diff(strip_quote(x, quote_level(x))) else x for x in lines]
    yield from _alike(message, "\n".join(lines))


def _alike(message: Message, text: str) -> Iterator[str]:
    if between_versions(text):
        return
    kinds = (_LIKE_A_DIFF, "what looks like a diff"), (_CODED, "coded text")
    for pattern, what in kinds:
        found = pattern.search(text)
        if found is not None:
            line = message.source_line(1 + text.count("\n", 0, found.start()))
            place = f"{message.source}:{line}" if line else message.source
            yield f"{place}: {what} was not read"
