"""What a patch itself puts in the place of a name: its removed lines beside its added ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reviewer.mail.model import Patch

_TOKEN = re.compile(r"\w+|[^\w\s]")
_NAME = re.compile(r"[A-Za-z_]\w*")


def renamed_to(patch: Patch, name: str) -> str:
    """The one name that stands where ``name`` stood, in lines that are the same else; '' if none.

    A path is followed through the patch's renames of files.
    """
    if "/" in name:
        moves = {file.old_path: file.new_path for file in patch.files if not file.copied}
        new = moves.get(name) or ""
        return new if new != name else ""
    found = {
        new
        for file in patch.files
        for hunk in file.hunks
        for old, line in _pairs(hunk.lines)
        for new in _replacement(old, line, name)
    }
    return found.pop() if len(found) == 1 else ""


def _pairs(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Removed lines with the added ones in their place, where there are as many."""
    at = 0
    while at < len(lines):
        first = at
        while at < len(lines) and lines[at][0] == "-":
            at += 1
        middle = at
        while at < len(lines) and lines[at][0] == "+":
            at += 1
        if middle - first == at - middle:
            yield from zip(
                (line[1:] for line in lines[first:middle]),
                (line[1:] for line in lines[middle:at]),
                strict=True,
            )
        at = max(at, first + 1)


def _replacement(old: str, new: str, name: str) -> Iterator[str]:
    """What stands for ``name`` in a line whose other tokens are the same."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if name not in before or len(before) != len(after):
        return
    differing = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    if differing and all(a == name and _NAME.fullmatch(b) for a, b in differing):
        yield from {b for _, b in differing}
