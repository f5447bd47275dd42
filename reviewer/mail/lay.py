"""Hunks laid onto a file's lines, with the white space put back that a mail took from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from reviewer.mail import whitespace
from reviewer.mail.indent import Indenter
from reviewer.mail.locate import Spot, Text

_LOOK_BACK = 60
"""Lines read before a hunk to know what they leave open."""


class Damage(Enum):
    """What happened to a hunk's white space; the value is the note, '' for nothing."""

    NONE = ""
    LOST = "white space was lost in the mail, indentation put back from the code around"
    EXPANDED = "tabs had become blanks in the mail"
    CRLF = "the file has CRLF line ends, the mail lost them"
    OTHER = "white space differs from the tree"


@dataclass(frozen=True, slots=True)
class Located:
    """A hunk (or a piece of one) with the place found for it; positions are 0-based."""

    hunk: int
    """Number of the hunk in its file, from 1."""
    lines: tuple[str, ...]
    spot: Spot
    stated: int
    """Where the patch says that it starts."""

    @property
    def start(self) -> int:
        """First line of the file that it covers."""
        return self.spot.start

    @property
    def end(self) -> int:
        """First line behind it."""
        return self.spot.start + sum(line[0] != "+" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Placement:
    """Lines [start, end) of the file become ``lines``; indexes are 0-based and relative."""

    hunk: int
    start: int
    end: int
    lines: tuple[str, ...]
    removed: tuple[int, ...]
    """Indexes of removed lines, counted from ``start``."""
    added: tuple[int, ...]
    """Indexes of added lines in ``lines``."""
    notes: tuple[str, ...]


def lay_hunks(text: Text, located: Sequence[Located], suspect: bool) -> list[Placement]:
    """The post-image of every hunk. Damage seen in one hunk is damage of the whole file's patch."""
    each = [_damage(text, item) for item in located]
    flat = not any(
        whitespace.width(whitespace.indent_of(line[1:])) > 1 and line[1:].strip()
        for item in located
        for line in item.lines
    )
    overall = Damage.NONE
    if flat and (suspect or Damage.LOST in each):
        overall = Damage.LOST
    elif Damage.EXPANDED in each:
        overall = Damage.EXPANDED
    elif Damage.CRLF in each:
        overall = Damage.CRLF
    return [
        _lay(text, item, own if overall is Damage.NONE else overall)
        for item, own in zip(located, each, strict=True)
    ]


def _damage(text: Text, item: Located) -> Damage:
    """What a hunk's old lines tell when they are held against the tree's."""
    old = [line[1:] for line in item.lines if line[0] != "+"]
    added = [line[1:] for line in item.lines if line[0] == "+"]
    checked = slice(item.spot.fuzz_before, len(old) - item.spot.fuzz_after)
    old, tree = old[checked], text.lines[item.start : item.end][checked]
    if old == tree:
        return Damage.NONE
    if [f"{line}\r" for line in old] == tree:
        return Damage.CRLF
    if whitespace.lost(old, tree, added):
        return Damage.LOST
    return Damage.EXPANDED if whitespace.tabs_became_blanks(old, tree) else Damage.OTHER


def _lay(text: Text, item: Located, damage: Damage) -> Placement:
    tree = text.lines[item.start : item.end]
    indenter = None
    if damage is Damage.LOST:
        indenter = Indenter.after(text.lines[max(0, item.start - _LOOK_BACK) : item.start], tree)
    result: list[str] = []
    removed: list[int] = []
    added: list[int] = []
    at = 0
    for line in item.lines:
        if line[0] == "+":
            added.append(len(result))
            result.append(_mended(line[1:], at, damage, indenter))
            continue
        if line[0] == "-":
            removed.append(at)
        else:
            result.append(tree[at])
            if indenter is not None:
                indenter.keep(tree[at])
        at += 1
    return Placement(
        item.hunk, item.start, item.end, tuple(result), tuple(removed), tuple(added),
        _notes(text, item, damage if added or damage is Damage.OTHER else Damage.NONE),
    )  # fmt: skip


def _mended(line: str, at: int, damage: Damage, indenter: Indenter | None) -> str:
    if indenter is not None:
        return indenter.place(line, at)
    if damage is Damage.EXPANDED:
        return whitespace.tabify(line)
    return f"{line}\r" if damage is Damage.CRLF else line


def _notes(text: Text, item: Located, damage: Damage) -> tuple[str, ...]:
    notes: list[str] = []
    number, spot, away = item.hunk, item.spot, item.start - item.stated
    if text.lines and item.start == item.end:
        notes.append(f"hunk {number} has no context: placed by line number")
    if away:
        notes.append(f"hunk {number} placed at line {item.start + 1} ({away:+d})")
    if spot.others and away:
        notes.append(f"hunk {number} fits more than one place, the nearest was taken")
    if spot.fuzz_before or spot.fuzz_after:
        fuzz = max(spot.fuzz_before, spot.fuzz_after)
        notes.append(f"hunk {number} placed with fuzz {fuzz}: outer context lines differ")
    if damage is not Damage.NONE:
        notes.append(f"hunk {number}: {damage.value}")
    return tuple(notes)
