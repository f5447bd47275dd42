"""White space that mail damages: compared loosely, and put back where the code around tells how."""

from __future__ import annotations

import re
from collections.abc import Sequence

TAB = 8
"""Columns of a tab in kernel style (Documentation/process/coding-style.rst, section 1)."""

_MASKED = re.compile(r"(?<=[\w.+-])@[\w.\-]+")


def folded(line: str) -> str:
    """The line with white space runs as one blank and mail domains (archives mask them) gone."""
    text = " ".join(line.split())
    return _MASKED.sub("@", text) if "@" in text else text


def indent_of(line: str) -> str:
    """The leading blanks and tabs."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def width(indent: str) -> int:
    """Columns of an indentation."""
    return len(indent.expandtabs(TAB))


def indent_to(column: int) -> str:
    """Tabs, then blanks, up to a column."""
    return "\t" * (column // TAB) + " " * (column % TAB)


def lost(old: Sequence[str], tree: Sequence[str], added: Sequence[str]) -> bool:
    """True if the patch's lines have no indentation where the tree's lines have it."""
    if any(width(indent_of(line)) > 1 for line in (*old, *added) if line.strip()):
        return False
    return any(width(indent_of(line)) > 1 for line in tree if line.strip())


def tabs_became_blanks(old: Sequence[str], tree: Sequence[str]) -> bool:
    """True if the patch's lines are the tree's with tabs expanded."""
    differ = [(a, b) for a, b in zip(old, tree, strict=True) if a != b]
    return bool(differ) and all(
        "\t" not in a and a.rstrip() == b.expandtabs(TAB).rstrip() for a, b in differ
    )


def tabify(line: str) -> str:
    """Leading columns as tabs and blanks."""
    return indent_to(width(indent_of(line))) + line.lstrip(" \t")
