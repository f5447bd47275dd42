"""The units of a tree side by side: which of the store's units are live in it, and where."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from heapq import merge

from reviewer.kernel.folders import OTHER_PROGRAMS, is_kernel
from reviewer.tree.pasting import Shape
from reviewer.unit.hashing import name_hash
from reviewer.unit.record import Record
from reviewer.unit.segment import KEY, ROLE_BITS, ROLES, Segment
from reviewer.unit.taking import NOWHERE, PLACE
from reviewer.unit.wordlists import count_in, unit_in

KERNEL, OTHER = 1, 2
"""What a live unit belongs to, as bits: the kernel proper, other programs of the tree."""
_NUMBER = (1 << PLACE) - 1
_ONCE_MORE, _LIVE_AT_MOST = 4, 0xFF
"""Added to what a unit belongs to for each file of the kernel that has it beside the first."""
_NONE, _SEVERAL = 0xFFFFFFFF, 0xFFFFFFFE
"""In place of the path of a unit: that no file of the tree has it, and that several have."""


def program_of(path: str) -> int:
    """Whether a file is the kernel's or another program's: a bit."""
    return KERNEL if is_kernel(path) else OTHER


def _with(state: int, path: str) -> int:
    """What a unit is live in, one file more having it."""
    bit = program_of(path)
    if bit & state & KERNEL:
        return state + _ONCE_MORE if state + _ONCE_MORE <= _LIVE_AT_MOST else state
    return state | bit


class Linked:
    """Segments with what is live of them."""

    def __init__(
        self,
        segments: tuple[Segment, ...],
        paths: Sequence[str],
        places: array[int],
    ) -> None:
        """``paths`` are the code files of the tree, sorted; ``places`` as of ``unit.snapshot``."""
        self.segments = segments
        self.paths = paths
        self.places = places
        self._under: Linked | None = None
        self._changed: Mapping[str, int | None] = {}
        self._pastes = True

    @cached_property
    def _live(self) -> list[bytearray]:
        """Of each segment's units, which programs of the tree have them, and how many files."""
        live = [bytearray(one.count) for one in self.segments]
        of = [OTHER if one.startswith(OTHER_PROGRAMS) else KERNEL for one in self.paths]
        for program, place in zip(of, self.places, strict=True):  # as _with(), in a tenth of a call
            if place != NOWHERE:
                units, number = live[place >> PLACE], place & _NUMBER
                state = units[number]
                if not program & state & KERNEL:
                    units[number] = state | program
                elif state + _ONCE_MORE <= _LIVE_AT_MOST:
                    units[number] = state + _ONCE_MORE
        return live

    def over(self, changed: Mapping[str, int | None], segment: Segment) -> Linked:
        """The same with some files replaced by units of one more segment; None takes one away."""
        new = len(self.segments) << PLACE
        paths, places = list(self.paths), array("Q", self.places)
        live = [*map(bytearray, self._live), bytearray(segment.count)]
        pastes = bool(segment.shapes)
        for path, number in changed.items():
            at = bisect_left(paths, path)
            if at < len(paths) and paths[at] == path:
                before = places[at]
                del paths[at], places[at]
                if before != NOWHERE:
                    # Another file may have the same content: then its unit lives on.
                    left = (one for one in self._paths_of(before) if one not in changed)
                    live[before >> PLACE][before & _NUMBER] = reduce(_with, left, 0)
                    pastes |= before & _NUMBER in self.segments[before >> PLACE].pasting
            if number is not None:
                paths.insert(at, path)
                places.insert(at, new | number)
                live[-1][number] = _with(live[-1][number], path)
        linked = Linked((*self.segments, segment), paths, places)
        linked._live = live
        linked._under, linked._changed, linked._pastes = self, changed, pastes
        return linked

    @cached_property
    def digest(self) -> str:
        """What two trees with the same code have in common."""
        digest = hashlib.sha256()
        for path, place in zip(self.paths, self.places, strict=True):
            key = b"" if place == NOWHERE else self._key(place)
            digest.update(path.encode("utf-8", "surrogateescape") + b"\0" + key)
        return digest.hexdigest()

    def _key(self, place: int) -> bytes:
        at = (place & _NUMBER) * KEY
        return bytes(self.segments[place >> PLACE].keys[at : at + KEY])

    def _paths_of(self, place: int) -> list[str]:
        """The paths of a place: a content may stand in several files."""
        if self._under is not None:
            if place >> PLACE == len(self.segments) - 1:
                number = place & _NUMBER
                return sorted(path for path, one in self._changed.items() if one == number)
            return [one for one in self._under._paths_of(place) if one not in self._changed]
        first, several = self._by_place
        at = first[place >> PLACE][place & _NUMBER]
        if at == _SEVERAL:
            return [self.paths[one] for one in several[place]]
        return [] if at == _NONE else [self.paths[at]]

    @cached_property
    def _by_place(self) -> tuple[list[array[int]], dict[int, list[int]]]:
        """Of each segment's units, which of the paths has it; the paths of those that more have."""
        first = [array("I", [_NONE]) * one.count for one in self.segments]
        several: dict[int, list[int]] = {}
        for at, place in enumerate(self.places):
            if place == NOWHERE:
                continue
            numbers, number = first[place >> PLACE], place & _NUMBER
            if numbers[number] == _NONE:
                numbers[number] = at
                continue
            if numbers[number] != _SEVERAL:
                several[place] = [numbers[number]]
                numbers[number] = _SEVERAL
            several[place].append(at)
        return first, several

    def roles(self, name: str, *, kernel_only: bool = False) -> int:
        """All roles a name has in any live unit."""
        return self._roles(name_hash(name.encode("utf-8", "surrogateescape")), kernel_only)

    def _roles(self, hashed: int, kernel_only: bool = False) -> int:
        roles = 0
        for segment, live in zip(self.segments, self._live, strict=True):
            for one in segment.postings(hashed):
                state = live[one >> ROLE_BITS]
                if state & KERNEL or (state and not kernel_only):
                    roles |= one & ROLES
        return roles

    def roles_but(self, hashed: int, changed: Container[str]) -> dict[int, int]:
        """All roles of a name in files but the ``changed`` ones, by the program these are of."""
        found = {KERNEL: 0, OTHER: 0}
        for at, (segment, live) in enumerate(zip(self.segments, self._live, strict=True)):
            for one in segment.postings(hashed):
                if live[one >> ROLE_BITS]:
                    for path in self._paths_of(at << PLACE | one >> ROLE_BITS):
                        if path not in changed:
                            found[program_of(path)] |= one & ROLES
        return found

    def with_role(self, names: Iterable[str], role: int) -> Iterator[str]:
        """Those of many names, most of which nothing has, that have a role in a live unit."""
        may = [segment.may_have for segment in self.segments]
        for name in names:
            data = name.encode("utf-8", "surrogateescape")
            hashed = name_hash(data)
            if any(each(hashed) for each in may) and self._roles(hashed) & role:
                yield name

    def places_of(self, name: str, roles: int) -> Iterator[int]:
        """The live units in which a name has one of the roles."""
        hashed = name_hash(name.encode("utf-8", "surrogateescape"))
        for at, (segment, live) in enumerate(zip(self.segments, self._live, strict=True)):
            high = at << PLACE
            for one in segment.postings(hashed):
                if one & roles and live[one >> ROLE_BITS]:
                    yield high | one >> ROLE_BITS

    def path_at(self, place: int) -> str:
        """The first file that has a unit."""
        return self._paths_of(place)[0]

    def files(self, name: str, roles: int) -> list[str]:
        """Paths of the files in which a name has one of the roles, sorted."""
        paths: list[str] = []
        for one in self.places_of(name, roles):
            paths += self._paths_of(one)
        paths.sort()
        return paths

    def record(self, path: str) -> Record | None:
        """What a file defines; None if it is no code file of the tree."""
        at = bisect_left(self.paths, path)
        if at == len(self.paths) or self.paths[at] != path:
            return None
        place = self.places[at]
        if place == NOWHERE:
            return None
        return self.segments[place >> PLACE].record(place & _NUMBER)

    @cached_property
    def shapes(self) -> frozenset[Shape]:
        """What the live units paste."""
        if self._under is not None and not self._pastes:
            return self._under.shapes  # no file that pastes is another one
        return frozenset(
            shape
            for segment, live in zip(self.segments, self._live, strict=True)
            for number, shape in segment.shapes
            if live[number]
        )

    def names_from(self, prefix: str) -> Iterator[str]:
        """Names that begin so, sorted, of any tree in the store: ask ``roles`` which are live."""
        last = ""
        for name in merge(*(segment.names_from(prefix) for segment in self.segments)):
            if name != last:
                yield name
            last = name

    def names_that_define(self, word: str) -> int:
        """How many names with a word the files of the kernel define, each counted for itself."""
        found = 0
        for segment, live in zip(self.segments, self._live, strict=True):
            for one in segment.counts(word):
                state = live[unit_in(one)]
                if state & KERNEL:
                    found += count_in(one) * (1 + state // _ONCE_MORE)
        return found

    def names_with_all(self, words: Sequence[str]) -> Iterator[str]:
        """Names that have each of these words, of any tree in the store; none for no words."""
        for segment in self.segments if words else ():
            first, *others = (segment.numbers_with(word) for word in words)
            yield from segment.names_at(sorted(set(first).intersection(*others)))

    def names_with(self, words: Sequence[str]) -> Iterator[str]:
        """Names that may be meant by one of these words, of any tree in the store.

        All that have the first word, and those that have two.
        """
        for segment in self.segments:
            lists = [segment.numbers_with(word) for word in words]
            wanted = set(lists[0]) if lists else set()
            seen: set[int] = set()
            for one in lists[1:]:
                wanted.update(seen.intersection(one))
                seen.update(one)
            yield from segment.names_at(sorted(wanted))
