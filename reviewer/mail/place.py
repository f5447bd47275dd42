"""The hunks of one file laid onto its lines; damaged lines get their white space back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from reviewer.mail import whitespace
from reviewer.mail.locate import Spot, Text, closest, find, trims
from reviewer.mail.model import Hunk

_SHOWN = 60
"""Characters of a line shown in an error."""


class Missed(Exception):  # noqa: N818 - a result that travels up, turned into PatchError there
    """A hunk (1-based) that fits nowhere, and why."""

    def __init__(self, hunk: int, why: str) -> None:
        super().__init__(why)
        self.hunk = hunk
        self.why = why


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


def place_hunks(
    text: Text, hunks: Sequence[Hunk], fuzz: int, ends_with_newline: bool = True
) -> list[Placement]:
    """Place all hunks of a file. Raises Missed for the first that fits nowhere."""
    placed: list[Placement] = []
    shift = 0
    for number, hunk in enumerate(hunks, 1):
        low = max((item.end for item in placed), default=0)
        taken = [(item.start, item.end) for item in placed]
        pieces, shift = _place(text, hunk, number, fuzz, low, taken, shift, ends_with_newline)
        placed.extend(pieces)
    return placed


def _place(
    text: Text,
    hunk: Hunk,
    number: int,
    fuzz: int,
    low: int,
    taken: list[tuple[int, int]],
    shift: int,
    ends_with_newline: bool,
) -> tuple[list[Placement], int]:
    wanted = hunk.old_lines
    stated = hunk.old_start - 1 if wanted else hunk.old_start
    hint = stated + shift
    if not wanted:
        start = min(max(hint, 0), len(text.lines))
        lines = tuple(line[1:] for line in hunk.lines)
        notes = ("no context: placed by line number",) if text.lines else ()
        added = tuple(range(len(lines)))
        return [Placement(number, start, start, lines, (), added, notes)], shift
    at_end = hunk.old_no_newline and not ends_with_newline
    spot = _search(text, hunk.lines, hint, low, taken, fuzz, at_end)
    if spot is None and at_end:
        spot = _search(text, hunk.lines, hint, low, taken, fuzz, False)
    if spot is not None:
        placement = _lay(text, hunk, hunk.lines, number, spot, stated)
        return [placement], spot.start - stated
    if hunk.cuts:
        return _place_pieces(text, hunk, number, hint, low, taken), shift
    raise Missed(number, _why(text, hunk, hint))


def _search(
    text: Text,
    lines: Sequence[str],
    hint: int,
    low: int,
    taken: Sequence[tuple[int, int]],
    fuzz: int,
    at_end: bool,
) -> Spot | None:
    """Exact before white space before fuzz; behind the last hunk before anywhere."""
    for level in range(fuzz + 1):
        trimmed = trims(lines, level) if level else (0, 0)
        if trimmed is None:
            continue
        before, after = trimmed
        wanted = [line[1:] for line in lines[before : len(lines) - after] if line[0] != "+"]
        for exact in (True, False):
            for lowest in (low, 0) if low else (0,):
                found = find(
                    text, wanted, hint + before, low=lowest + before, taken=taken, exact=exact,
                    at_end=at_end and not after,
                )  # fmt: skip
                if found is not None and _fits(text, found[0] - before, lines, taken):
                    return Spot(found[0] - before, exact, before, after, found[1])
    return None


def _fits(text: Text, start: int, lines: Sequence[str], taken: Sequence[tuple[int, int]]) -> bool:
    """The whole hunk, trimmed lines included, lies inside the file and on no other hunk."""
    end = start + sum(line[0] != "+" for line in lines)
    if start < 0 or end > len(text.lines):
        return False
    return not any(start < b and a < end for a, b in taken)


def _lay(
    text: Text, hunk: Hunk, lines: Sequence[str], number: int, spot: Spot, stated: int
) -> Placement:
    count = sum(line[0] != "+" for line in lines)
    tree = text.lines[spot.start : spot.start + count]
    mender = _Mender.of(text, spot, lines, tree)
    result: list[str] = []
    removed: list[int] = []
    added: list[int] = []
    at = 0
    for line in lines:
        if line[0] == "+":
            added.append(len(result))
            result.append(mender.added(line[1:], at))
            continue
        if line[0] == "-":
            removed.append(at)
        else:
            result.append(mender.kept(tree[at]))
        at += 1
    notes = _notes(number, spot, stated, mender.note)
    return Placement(
        number, spot.start, spot.start + count, tuple(result), tuple(removed), tuple(added), notes
    )


def _notes(number: int, spot: Spot, stated: int, mended: str) -> tuple[str, ...]:
    notes: list[str] = []
    if spot.start != stated:
        notes.append(f"hunk {number} placed at line {spot.start + 1} ({spot.start - stated:+d})")
    if spot.others and spot.start != stated:
        notes.append(f"hunk {number} fits more than one place, the nearest was taken")
    if spot.fuzz_before or spot.fuzz_after:
        fuzz = max(spot.fuzz_before, spot.fuzz_after)
        notes.append(f"hunk {number} placed with fuzz {fuzz}: outer context lines differ")
    if mended:
        notes.append(f"hunk {number}: {mended}")
    return tuple(notes)


class _Mender:
    """Turns a hunk's added lines into what they were before the mail was damaged."""

    def __init__(self, note: str, indenter: whitespace.Indenter | None, tabs: bool, cr: bool):
        self.note = note
        self.indenter = indenter
        self.tabs = tabs
        self.cr = cr

    @classmethod
    def of(cls, text: Text, spot: Spot, lines: Sequence[str], tree: Sequence[str]) -> _Mender:
        old = [line[1:] for line in lines if line[0] != "+"]
        added = [line[1:] for line in lines if line[0] == "+"]
        before, after = spot.fuzz_before, len(old) - spot.fuzz_after
        pairs = list(zip(old, tree, strict=True))[before:after]
        if all(a == b for a, b in pairs):
            return cls("", None, False, False)
        olds, trees = [a for a, _ in pairs], [b for _, b in pairs]
        if [f"{a}\r" for a in olds] == trees:
            return cls("the file has CRLF line ends, the mail lost them", None, False, True)
        if whitespace.lost(olds, trees, added):
            indenter = whitespace.Indenter()
            indenter.learn(tree)
            start = max(0, spot.start - 40)
            state = whitespace.Indenter()
            for line in text.lines[start : spot.start]:
                state.keep(line)
            indenter.statement, indenter.last = state.statement, state.last
            indenter.opened, indenter.single = state.opened, state.single
            note = "white space was lost in the mail, indentation put back from the code around"
            return cls(note, indenter, False, False)
        if whitespace.tabs_became_blanks(olds, trees):
            return cls("tabs had become blanks in the mail", None, True, False)
        return cls("white space differs from the tree", None, False, False)

    def kept(self, line: str) -> str:
        if self.indenter is not None:
            self.indenter.keep(line)
        return line

    def added(self, line: str, position: int) -> str:
        if self.indenter is not None:
            return self.indenter.place(line, position)
        if self.tabs:
            return whitespace.tabify(line)
        return line + "\r" if self.cr else line


def _place_pieces(
    text: Text, hunk: Hunk, number: int, hint: int, low: int, taken: list[tuple[int, int]]
) -> list[Placement]:
    """A quoted hunk with lines cut out of its middle: each piece is placed on its own, in order."""
    bounds = [0, *(cut for cut in hunk.cuts if 0 < cut < len(hunk.lines)), len(hunk.lines)]
    placed: list[Placement] = []
    for first, last in pairwise(bounds):
        lines = hunk.lines[first:last]
        if all(line[0] == " " for line in lines):
            continue
        spot = _search(text, lines, max(hint, low), low, taken, 0, False)
        if spot is None or not any(char.isalnum() for line in lines for char in line[1:]):
            raise Missed(number, f"quoted with gaps, and {_why(text, hunk, hint)}")
        placement = _lay(text, hunk, lines, number, spot, spot.start)
        placed.append(placement)
        low = placement.end
        taken = [*taken, (placement.start, placement.end)]
    if not placed:
        raise Missed(number, "no changed line of it was quoted")
    return placed


def _why(text: Text, hunk: Hunk, hint: int) -> str:
    """Expected and found, at the place where most of the hunk's lines stand."""
    start, index = closest(text, hunk.old_lines, hint)
    place = start + index
    expected = _shown(hunk.old_lines[index])
    found = _shown(text.lines[place]) if 0 <= place < len(text.lines) else "the end of the file"
    return f"expected {expected} at line {max(place + 1, 1)}, found {found}"


def _shown(line: str) -> str:
    text = line.strip()
    cut = text[: _SHOWN - 3] + "..." if len(text) > _SHOWN else text
    printable = "".join(char if char.isprintable() else "?" for char in cut)
    return f"'{printable}'" if printable else "a blank line"
