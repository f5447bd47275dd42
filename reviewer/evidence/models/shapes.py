"""What two stretches of code forbid together: the cycle of four accesses around two barriers.

One side touches x and then y, the other y and then x. If each side is seen in its order, the
outcome that closes the cycle cannot happen: message passing, store buffering, load buffering and
their kin differ only in which of the four accesses read and which write.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.evidence.models.values import Event, Place
from reviewer.evidence.models.windows import Window, Windows

CANDIDATES = 24
"""Pairs of windows that are tried, the nearest to the barriers first."""
_NAMES = {
    ("W", "W", "R", "R"): "message passing",
    ("R", "R", "W", "W"): "message passing",
    ("W", "R", "W", "R"): "store buffering",
    ("R", "W", "R", "W"): "load buffering",
    ("W", "W", "W", "R"): "R",
    ("W", "R", "W", "W"): "R",
    ("W", "W", "R", "W"): "S",
    ("R", "W", "W", "W"): "S",
    ("W", "W", "W", "W"): "2+2W",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Two windows on the same two places, and as what each access counts: R or W."""

    own: Window
    other: Window
    kinds: tuple[str, str, str, str]
    """Of the own side's first and last access and of the other's."""

    @property
    def name(self) -> str:
        """What the field calls it."""
        return _NAMES.get(self.kinds, "cycle")


@dataclass(frozen=True, slots=True)
class Candidate:
    """All variants of the windows between the same four pieces of code."""

    own: tuple[Window, ...]
    other: tuple[Window, ...]
    kinds: tuple[str, str, str, str]
    rank: tuple[int, ...]

    @property
    def shape(self) -> Shape:
        """The first variant."""
        return Shape(self.own[0], self.other[0], self.kinds)


def candidates(own: Windows, other: Windows, said: frozenset[str]) -> tuple[Candidate, ...]:
    """Cycles that the two sides' windows close, likeliest first.

    ``said`` are the words of the comment: accesses to what it names come first.
    """
    found: list[Candidate] = []
    by_role: dict[tuple[str, str], list[tuple[Window, ...]]] = {}
    for theirs in other.values():
        first, last = _place(theirs[0].first), _place(theirs[0].last)
        by_role.setdefault((_member(first), _member(last)), []).append(theirs)
    for ours in own.values():
        first, last = _place(ours[0].first), _place(ours[0].last)
        if first.key == last.key or first.role == last.role or _one_word(first, last):
            continue
        for theirs in by_role.get((_member(last), _member(first)), ()):
            back, forth = _place(theirs[0].first), _place(theirs[0].last)
            if not (last.same(back) and first.same(forth)):
                continue
            if (first.base == last.base) != (back.base == forth.base):
                continue
            for kinds in _kinds(ours[0], theirs[0]):
                found.append(Candidate(ours, theirs, kinds, _rank(ours[0], theirs[0], kinds, said)))
    found.sort(key=lambda one: one.rank)
    return tuple(found[:CANDIDATES])


def _place(event: Event) -> Place:
    assert event.place is not None
    return event.place


def _one_word(one: Place, other: Place) -> bool:
    """True for two bits of one word: they are one location to the machine."""
    return one.member.partition("#")[0] == other.member.partition("#")[0]


def _member(place: Place) -> str:
    """The innermost member: what two sides must agree on at the least."""
    return place.chain[-1][1]


def _kinds(ours: Window, theirs: Window) -> Iterator[tuple[str, str, str, str]]:
    """The ways in which the four accesses can conflict; a read-modify-write may count as either."""
    for a in _ways(ours.first):
        for b in _ways(ours.last):
            for c in _ways(theirs.first):
                for d in _ways(theirs.last):
                    if "W" in (b, c) and "W" in (a, d):
                        yield (a, b, c, d)


def _ways(event: Event) -> tuple[str, ...]:
    return ("W",) * event.writes + ("R",) * event.reads


def _rank(
    ours: Window, theirs: Window, kinds: tuple[str, str, str, str], said: frozenset[str]
) -> tuple[int, ...]:
    named = sum(
        any(part in said for part in _place(event).member.replace("#", ".").split("."))
        for event in (ours.first, ours.last)
    )
    unusual = kinds not in _NAMES or _NAMES[kinds] in ("R", "S", "2+2W")
    return (-named, int(unusual), ours.distance + theirs.distance)
