"""Lock order drawn as a table: a heading, then a lock a line, indented below its outer one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from reviewer.claims.folding import Lines
from reviewer.claims.model import Claim, Kind, Modality, Role, Term
from reviewer.claims.terms import Found, Tagged
from reviewer.source.model import CommentBlock

_HEAD = re.compile(
    r"^[^\n]{0,60}\block(?:s|ing)?\b[^\n]{0,40}"
    r"\b(?:order|ordering|hierarchy|nesting|ranking)\b[^\n]{0,40}:[ \t]{0,8}\n",
    re.IGNORECASE | re.MULTILINE,
)
_PLAIN_LINE = 6
"""Words of a line that is no row of the table but prose, which ends it."""
_MOST_ELSE = 3
"""Short lines without a lock that a table may hold in a row: what a lock is taken for, goes on."""
_FEWEST = 2
"""Rows of a table; a single lock below a heading is none."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: its lock, where it stands in the comment's text, and its indentation."""

    lock: Term
    start: int
    end: int
    indent: int


@dataclass(frozen=True, slots=True)
class LockTable:
    """The claims of a comment's tables, and the spans of text they were read from."""

    claims: tuple[Claim, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()

    def holds(self, position: int) -> bool:
        """True if a place of the text lies in a table."""
        return any(start <= position < end for start, end in self.spans)


EMPTY = LockTable()


def lock_table(
    comment: CommentBlock, text: str, lines: Lines, tag: Callable[[str, str], Tagged]
) -> LockTable:
    """``nests(inner, outer)`` for each lock and the one it is indented below."""
    claims: list[Claim] = []
    spans: list[tuple[int, int]] = []
    at = 0
    while head := _HEAD.search(text, at):
        rows, at = _rows(text, head.end(), tag)
        if sum(row is not None for row in rows) < _FEWEST:
            continue
        found = list(_nested(comment, rows, lines))
        if found:
            claims += found
            spans.append((head.start(), at))
    return LockTable(tuple(claims), tuple(spans)) if claims else EMPTY


def _rows(text: str, at: int, tag: Callable[[str, str], Tagged]) -> tuple[list[Row | None], int]:
    """The rows from a place on, None for a blank line, and where the table ends."""
    rows: list[Row | None] = []
    end = at
    other = 0
    while at < len(text):
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        line = text[at:stop].expandtabs(8)
        bare = line.strip()
        lock = _lock(bare, tag) if bare else None
        if lock is not None:
            found, words = lock
            start = at + text[at:stop].index(words[:1])
            term = Term(found.concept, words[found.start : found.end], found.name)
            rows.append(Row(term, start, stop, len(line) - len(line.lstrip())))
            end = stop
            other = 0
        elif not bare:
            rows.append(None)
        else:
            other += 1
            if other > _MOST_ELSE or len(bare.split()) > _PLAIN_LINE or bare[0].isupper():
                break
        at = stop + 1
    return rows, max(end, at if at >= len(text) else end)


def _lock(bare: str, tag: Callable[[str, str], Tagged]) -> tuple[Found, str] | None:
    """The lock that a line begins with, and the words of the line without its bullet."""
    words = bare.lstrip("*- >") if bare[0] in "*-" else bare
    if not words:
        return None
    tagged = tag(words, words.lower())
    first = tagged.terms[0] if tagged.terms else None
    return (first, words) if first and first.start == 0 and first.sort == "lock" else None


def _nested(comment: CommentBlock, rows: list[Row | None], lines: Lines) -> list[Claim]:
    found: list[Claim] = []
    above: list[Row] = []
    for row in rows:
        if row is None:
            above = []
            continue
        while above and above[-1].indent >= row.indent:
            above.pop()
        if above and above[-1].lock != row.lock:
            outer = above[-1]
            found.append(
                Claim(
                    kind=Kind.NESTS,
                    said_subject=row.lock,
                    object=outer.lock,
                    modality=Modality.ASSERTED,
                    role=Role.PLAIN,
                    start=row.start,
                    end=row.end,
                    line=lines.line(row.start),
                    end_line=lines.line(row.end - 1),
                    quote=comment.text[row.start : row.end],
                    pattern="lock-table",
                    comment=comment,
                )
            )
        above.append(row)
    return found
