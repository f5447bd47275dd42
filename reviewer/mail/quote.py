"""Quoting levels in a mail body: which lines belong to a patch quoted ``> > `` deep."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from reviewer.mail.limits import MAX_DEPTH

_LEVELS = re.compile(r" ?>(?: ?>)*")
_STARTS = re.compile(r"diff --git \S|@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@|--- \S.*[^-\s]$")
_CUT = re.compile(
    r"\s*(?:\[\s*(?:\.{2,}|…|snip\b.*|cut\b.*|trim\w*|skip\w*.*)\s*\]|<\s*snip\b.*>|\.{3,}|…"
    r"|[-=~]*\s*(?:8<|>8)\s*[-=~].*|snip)\s*",
    re.IGNORECASE,
)

_CUT_AT_MOST = 120


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """A line of the patch's quoting level with the quote marks taken off."""

    number: int
    """1-based line in the message body."""
    text: str
    interrupted: bool = False
    """True when lines of another level, or a cut mark, stood before it."""


def quote_level(line: str) -> int:
    """How many ``>`` a line starts with, at most one blank between them."""
    match = _LEVELS.match(line)
    return match.group().count(">") if match else 0


def is_cut(text: str) -> bool:
    """True for ``[...]``, ``[snip]`` and their kin, which stand for lines left out."""
    return len(text) <= _CUT_AT_MOST and _CUT.fullmatch(text) is not None


def strip_quote(line: str, depth: int, spaced: bool = True) -> str:
    """Take ``depth`` quote marks off a line, and one blank after them if ``spaced``."""
    position = 0
    for _ in range(depth):
        at = line.find(">", position, position + 2)
        if at < 0:
            return line[position:]
        position = at + 1
    if spaced and line.startswith(" ", position):
        position += 1
    return line[position:]


def starts_diff(text: str) -> bool:
    """True for a line, its quote marks taken off, that begins a file's diff or a hunk."""
    return _STARTS.match(text) is not None


def patch_depths(lines: list[str]) -> tuple[int, ...]:
    """The quoting depths at which a diff starts, ascending."""
    found: set[int] = set()
    for index, line in enumerate(lines):
        level = min(quote_level(line), MAX_DEPTH)
        if level in found:
            continue
        text = strip_quote(line, level).lstrip() if level else line
        if not starts_diff(text):
            continue
        if text.startswith("--- "):
            after = lines[index + 1] if index + 1 < len(lines) else ""
            if not strip_quote(after, level).lstrip().startswith("+++ "):
                continue
        found.add(level)
    return tuple(sorted(found))


_RESTS = 3
"""Lines that a mailer makes of the end of one line; more are a remark."""


def _rest(lines: list[str], start: int, depth: int, before: str) -> str:
    """The unquoted lines from ``start`` on if they are the end of the quoted line before them.

    A mailer folded it when it quoted. They are that, and no remark, if they stand without a blank
    line between quoted ones and close the comment or string that the line left open; else ''.
    """
    end = start
    while end < min(len(lines), start + _RESTS + 1):
        if quote_level(lines[end]) >= depth:
            break
        if not lines[end].strip():
            return ""
        end += 1
    if not 0 < start < end < len(lines) or end - start > _RESTS:
        return ""
    if quote_level(lines[start - 1]) < depth:
        return ""
    rest = " ".join(line.strip() for line in lines[start:end])
    if before.rfind("/*") > before.rfind("*/"):
        return rest if "*/" in rest else ""
    return rest if before.count('"') % 2 == rest.count('"') % 2 == 1 else ""


def lines_at(lines: list[str], depth: int) -> list[QuotedLine]:
    """The lines quoted at least ``depth`` deep, with what interrupts them marked."""
    if depth == 0:
        return [QuotedLine(number, text) for number, text in enumerate(lines, 1)]
    spaced = not any(
        quote_level(line) >= depth
        and re.match(r"@@ -\d|diff --git |[+-]\S", strip_quote(line, depth, spaced=False))
        for line in lines
    )
    found: list[QuotedLine] = []
    interrupted = False
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if quote_level(line) < depth:
            if found and not interrupted and (
                rest := _rest(lines, number - 1, depth, found[-1].text)
            ):  # fmt: skip
                found[-1] = replace(found[-1], text=f"{found[-1].text.rstrip()} {rest}")
                while quote_level(lines[number]) < depth:
                    number += 1
                continue
            interrupted = interrupted or bool(line.strip(" >"))
            continue
        found.append(QuotedLine(number, strip_quote(line, depth, spaced), interrupted))
        interrupted = False
    return found
