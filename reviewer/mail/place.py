"""Where the hunks of one file belong, tried from the exact place to ever looser ones."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise, takewhile

from reviewer.mail.lay import Located, Placement, lay_hunks
from reviewer.mail.locate import Spot, Text, closest, find, trims
from reviewer.mail.model import Hunk
from reviewer.mail.whitespace import folded

_SHOWN = 60
"""Characters of a line shown in an error."""
_LEAD = 20
"""Characters shown before two lines begin to differ."""


class Missed(Exception):  # noqa: N818 - a result that travels up, turned into PatchError there
    """A hunk (1-based) that fits nowhere, and why."""

    def __init__(self, hunk: int, why: str) -> None:
        super().__init__(why)
        self.hunk = hunk
        self.why = why


def place_hunks(
    text: Text,
    hunks: Sequence[Hunk],
    fuzz: int,
    ends_with_newline: bool = True,
    suspect: bool = False,
    missed: list[Missed] | None = None,
) -> list[Placement]:
    """Place all hunks of a file. Raises Missed for the first that fits nowhere.

    With ``missed`` such hunks are put there and the others placed.

    ``suspect`` says that the mail lost white space elsewhere, so that lines without indentation
    are not to be believed even where no context line tells.
    """
    located: list[Located] = []
    taken: list[tuple[int, int]] = []
    shift = 0
    for number, hunk in enumerate(hunks, 1):
        at_end = hunk.old_no_newline and not ends_with_newline
        try:
            pieces, shift = _locate(text, hunk, number, fuzz, taken, shift, at_end)
        except Missed as one:
            if missed is None:
                raise
            missed.append(one)
            continue
        located.extend(pieces)
        taken.extend((piece.start, piece.end) for piece in pieces)
    return lay_hunks(text, located, suspect)


def _locate(
    text: Text,
    hunk: Hunk,
    number: int,
    fuzz: int,
    taken: Sequence[tuple[int, int]],
    shift: int,
    at_end: bool,
) -> tuple[list[Located], int]:
    """Where a hunk stands (in pieces if it was quoted with gaps), and how far off that is."""
    wanted = hunk.old_lines
    stated = hunk.old_start - 1 if wanted else hunk.old_start
    hint = stated + shift
    if not wanted:
        start = min(max(hint, 0), len(text.lines))
        return [Located(number, hunk.lines, Spot(start, True, 0, 0, False), start)], shift
    low = max((end for _, end in taken), default=0)
    lines = hunk.lines
    spot = _search(text, lines, hint, low, taken, fuzz, at_end)
    if spot is None and at_end:
        spot = _search(text, lines, hint, low, taken, fuzz, False)
    if spot is None and hunk.partial:
        for mend in (_refilled, _resigned):
            lines = mend(text, hunk.lines, hint)
            if lines != hunk.lines:
                spot = _search(text, lines, hint, low, taken, fuzz, False)
            if spot is not None:
                break
    if spot is not None:
        return [Located(number, lines, spot, stated)], spot.start - stated
    if hunk.cuts:
        return _locate_pieces(text, hunk, number, hint, low, taken), shift
    raise Missed(number, _why(text, hunk, hint))


def _refilled(text: Text, lines: tuple[str, ...], hint: int) -> tuple[str, ...]:
    """Blank context lines that an archive dropped, put back from the tree.

    Where lines were added at such a place they come behind the blank line.
    """
    dense, places = text.dense
    kept = [line for line in lines if line[1:].strip() or line[0] == "+"]
    wanted = [line[1:] for line in kept if line[0] != "+"]
    found = find(dense, wanted, bisect_left(places, hint), exact=False)
    if found is None:
        return lines
    at = found[0]
    end = at + len(wanted)
    filled: list[str] = []
    for line in kept:
        filled.append(line)
        if line[0] != "+":
            at += 1
            gap = places[at] - places[at - 1] - 1 if at < end else 0
            filled.extend([" "] * gap)
    return tuple(filled)


_MOST_RESIGNED = 4


def _resigned(text: Text, lines: tuple[str, ...], hint: int) -> tuple[str, ...]:
    """Context lines that start with an operator and lost their blank, told by what the tree has.

    ``- SHIFT`` and ``+ BIAS`` as context then look like removed and added lines.
    """
    for _ in range(_MOST_RESIGNED):
        old = [(index, line) for index, line in enumerate(lines) if line[0] != "+"]
        start, at = closest(text, [line[1:] for _, line in old], hint)
        if not 0 <= start + at < len(text.keys) or at >= len(old):
            return lines
        found = text.keys[start + at]
        end = old[at][0]
        begin = old[at - 1][0] + 1 if at else 0
        near = [index for index in range(begin, end + 1) if lines[index][0] != " "]
        change = next((index for index in near if folded(lines[index]) == found), None)
        if change is None:
            return lines
        lines = (*lines[:change], f" {lines[change]}", *lines[change + 1 :])
    return lines


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
                # nothing was placed from ``low`` on
                others = taken if lowest < low else ()
                found = find(
                    text, wanted, hint + before, low=lowest + before, taken=others, exact=exact,
                    at_end=at_end and not after,
                )  # fmt: skip
                if found is not None and _fits(text, found[0] - before, lines, others):
                    return Spot(found[0] - before, exact, before, after, found[1])
    return None


def _fits(text: Text, start: int, lines: Sequence[str], taken: Sequence[tuple[int, int]]) -> bool:
    """The whole hunk, trimmed lines included, lies inside the file and on no other hunk."""
    end = start + sum(line[0] != "+" for line in lines)
    if start < 0 or end > len(text.lines):
        return False
    return not any(start < b and a < end for a, b in taken)


def _locate_pieces(
    text: Text, hunk: Hunk, number: int, hint: int, low: int, taken: Sequence[tuple[int, int]]
) -> list[Located]:
    """A quoted hunk with lines cut out of its middle: each piece is placed on its own, in order."""
    bounds = [0, *(cut for cut in hunk.cuts if 0 < cut < len(hunk.lines)), len(hunk.lines)]
    located: list[Located] = []
    for first, last in pairwise(bounds):
        lines = hunk.lines[first:last]
        if all(line[0] == " " for line in lines):
            continue
        spot = _search(text, lines, max(hint, low), low, taken, 0, False)
        if spot is None or not any(char.isalnum() for line in lines for char in line[1:]):
            raise Missed(number, f"quoted with gaps, and {_why(text, hunk, hint)}")
        piece = Located(number, lines, spot, spot.start)
        located.append(piece)
        low = piece.end
        taken = [*taken, (piece.start, piece.end)]
    if not located:
        raise Missed(number, "no changed line of it was quoted")
    return located


def _why(text: Text, hunk: Hunk, hint: int) -> str:
    """Expected and found, at the place where most of the hunk's lines stand."""
    start, index = closest(text, hunk.old_lines, hint)
    place = start + index
    wanted = hunk.old_lines[index].strip()
    there = text.lines[place].strip() if 0 <= place < len(text.lines) else None
    alike = (one == other for one, other in zip(wanted, there or "", strict=False))
    same = sum(1 for _ in takewhile(bool, alike))
    found = "the end of the file" if there is None else _shown(there, same)
    return f"expected {_shown(wanted, same)} at line {max(place + 1, 1)}, found {found}"


def _shown(text: str, same: int) -> str:
    """A line in quotes, cut if it is long, with what comes after its first ``same`` characters."""
    if not text:
        return "a blank line"
    if len(text) > _SHOWN and same > _SHOWN - _LEAD:
        text = "..." + text[same - _LEAD + 3 :]
    cut = text[: _SHOWN - 3] + "..." if len(text) > _SHOWN else text
    return f"'{cut}'"
