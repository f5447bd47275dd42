"""How the lines of a message that a remark stands under are quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reviewer.mail.model import FilePatch, Hunk, Message, Patch
from reviewer.mail.quote import quote_level
from reviewer.report.placing import Anchor

CUT = "[...]"
_ATTRIBUTION = re.compile(r"\S.*\b(?:wrote|writes|said)\s*:\s*$")
_REACH = 16
"""Most lines quoted above the words, back to where their comment opens."""
_SMALL_GAP = 3
"""Patch lines that are quoted rather than replaced by a cut mark."""
_GOES = re.compile(r"\b(?:rename (?:from|to)|deleted file mode)\b")
_HEADERS = 6
"""Lines that git writes at most between ``diff --git`` and what becomes of the file."""
_LONGEST = 900
"""Characters of a quoted line; RFC 5322 allows 998 with quote marks."""


def quoted_part(
    message: Message, anchor: Anchor, after: int, with_file: bool
) -> tuple[list[str], int]:
    """The quoted lines for an anchor and the body line they end at.

    ``after`` is the last body line quoted before (0: none); what is left out between is marked
    ``[...]``. ``with_file`` quotes the file's header too.
    """
    body = message.body.split("\n")
    hunk = anchor.hunk
    last = hunk.body_lines[anchor.last]
    numbers: set[int] = set()
    if after < hunk.patch_line:
        if with_file:
            numbers.update(_header_lines(body, anchor.file, hunk))
        numbers.add(hunk.patch_line)
    first = hunk.body_lines[_opening(hunk, anchor.first)]
    shown = set(hunk.body_lines)
    numbers.update(n for n in range(first, last + 1) if n in shown)
    lines: list[str] = []
    previous = after
    for number in sorted(n for n in numbers if n > after):
        if previous and number != previous + 1:
            gap = range(previous + 1, number)
            if len(gap) <= _SMALL_GAP and shown.issuperset(gap):
                lines.extend(quote(body[n - 1]) for n in gap)
            else:
                lines.append(CUT)
        lines.append(quote(body[number - 1]))
        previous = number
    return lines, max(previous, after)


def _header_lines(body: Sequence[str], file: FilePatch, hunk: Hunk) -> Iterator[int]:
    """``diff --git`` to ``+++``, or up to the file's first hunk if the headers are odd."""
    for number in range(file.patch_line, min(hunk.patch_line, file.patch_line + 8)):
        yield number
        if "+++ " in body[number - 1][: 2 * quote_level(body[number - 1]) + 6]:
            return


def _opening(hunk: Hunk, first: int) -> int:
    """Back from the words to where their comment opens, or a few lines."""
    for index in range(first, max(-1, first - _REACH), -1):
        if "/*" in hunk.lines[index]:
            return index
        if "*/" in hunk.lines[index] and index != first:
            break
    return max(0, first - 3)


def patch_heads(message: Message, patch: Patch, paths: Sequence[str], most: int = 3) -> list[str]:
    """The quoted first lines of the patch's files, for a reply about what it leaves alone.

    A file of ``paths`` is shown alone, with the lines that say where it goes.
    """
    body = message.body.split("\n")
    files = [file for file in patch.files if file.patch_line]
    named = [file for file in files if file.old_path in paths]
    lines: list[str] = []
    for file in (named or files)[:most]:
        lines.append(quote(body[file.patch_line - 1]))
        after = body[file.patch_line : file.patch_line + _HEADERS] if named else []
        ends = [i for i, line in enumerate(after) if _GOES.search(line)]
        lines += [quote(line) for line in after[: ends[-1] + 1]] if ends else []
    return [*lines, CUT]


def nested_attribution(message: Message, patch: Patch) -> list[str]:
    """For a reply that quotes the patch: who wrote what it quotes, quoted once more."""
    if not patch.quoted or not patch.files:
        return []
    lines = message.body.split("\n")[: max(patch.files[0].patch_line - 1, 0)]
    kept: list[str] = []
    for depth in range(patch.depth):
        at_depth = [s for s in lines if len(s) < _LONGEST and quote_level(s) == depth]
        found = next((line for line in reversed(at_depth) if _ATTRIBUTION.search(line)), None)
        if found is not None:
            kept.append(quote(found))
    return kept


def quote(line: str) -> str:
    """A body line quoted once more."""
    if len(line) > _LONGEST:
        line = f"{line[:_LONGEST]} {CUT}"
    return f"> {line}" if line else ">"
