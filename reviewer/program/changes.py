"""Which questions have other answers in one tree than in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reviewer.program.linked import KERNEL, OTHER, Linked, program_of
from reviewer.tree.likeness import halves_of_slips
from reviewer.tree.trace import Asked, key, key_of_hash
from reviewer.tree.words import parts
from reviewer.unit.model import Role
from reviewer.unit.segment import KEY, ROLE_BITS, ROLES, Segment
from reviewer.unit.snapshot import PLACE, Snapshot

_MUCH = 4
"""If more than a part of so many of all files differs, it costs less to ask everything again."""


def changed_keys(
    before: Snapshot, after: Snapshot, linked: Linked, keys: Mapping[bytes, tuple[int, int]]
) -> frozenset[int] | None:
    """Keys (``tree.trace``) of the questions whose answers may differ; None for too many.

    ``linked`` is of the tree ``after``; ``keys`` finds the units of both in its segments. None also
    where the store has not got a unit of ``before`` any more.
    """
    old = dict(zip(before.paths, range(len(before.paths)), strict=True))
    new = dict(zip(after.paths, range(len(after.paths)), strict=True))
    paths = [
        path
        for path in old.keys() | new.keys()
        if path not in old or path not in new or before.key(old[path]) != after.key(new[path])
    ]
    found: set[int] = set()
    if before.names != after.names:
        found.add(key(Asked.PATHS))
    if not paths:
        return frozenset(found)
    if len(paths) * _MUCH > len(new):
        return None
    found.update(key(Asked.FILE, path) for path in paths)
    sides = []
    for snapshot, places in ((before, old), (after, new)):
        side = _units(snapshot, [(path, places[path]) for path in paths if path in places], keys)
        if side is None:
            return None
        sides.append(side)
    found.update(_names(linked.segments, *sides))
    found.update(_words(linked.segments, *sides))
    return frozenset(found)


_Side = dict[int, list[str]]
"""Units of the files that differ, by place, each with the files it is."""


def _units(
    snapshot: Snapshot,
    files: Iterable[tuple[str, int]],
    keys: Mapping[bytes, tuple[int, int]],
) -> _Side | None:
    side: _Side = {}
    for path, at in files:
        unit = snapshot.key(at)
        if unit == bytes(KEY):
            continue
        place = keys.get(unit)
        if place is None:
            return None
        number = place[0] << PLACE | place[1]
        side.setdefault(number, []).append(path)
    return side


def _names(segments: Iterable[Segment], old: _Side, new: _Side) -> Iterator[int]:
    """Keys of the names in the units of either side; PLACES and EXISTS where roles differ."""
    found: dict[int, tuple[dict[str, int], dict[str, int]]] = {}
    for at, segment in enumerate(segments):
        high = at << PLACE
        here = {place - high for place in {*old, *new} if place >> PLACE == at}
        for hashed, postings in segment.rows(0, 1 << 64) if here else ():
            for one in postings:
                if one >> ROLE_BITS not in here:
                    continue
                place = high | one >> ROLE_BITS
                # The two units of a file mostly lie in two segments.
                for side, units in zip(found.setdefault(hashed, ({}, {})), (old, new), strict=True):
                    for path in units.get(place, ()):
                        side[path] = one & ROLES
    for hashed, (before, after) in found.items():
        yield key_of_hash(Asked.DETAIL, hashed)
        if any(roles & Role.DEFINED for roles in (*before.values(), *after.values())):
            yield key_of_hash(Asked.DEFINITION, hashed)
        if before != after:
            yield key_of_hash(Asked.PLACES, hashed)
            if _everywhere(before) != _everywhere(after):
                yield key_of_hash(Asked.EXISTS, hashed)


def _everywhere(roles: Mapping[str, int]) -> dict[int, int]:
    """All roles of a name in the files of the kernel, and in those of other programs."""
    found = {KERNEL: 0, OTHER: 0}
    for path, some in roles.items():
        found[program_of(path)] |= some
    return found


def _words(segments: tuple[Segment, ...], old: _Side, new: _Side) -> Iterable[int]:
    """Keys of the words of names that only one side defines, and what goes with them."""
    records = [
        [segments[place >> PLACE].record(place & ((1 << PLACE) - 1)) for place in side]
        for side in (old, new)
    ]
    before, after = ({one.name for unit in side for one in unit.definitions} for side in records)
    if before != after:
        yield key(Asked.NAMES)
    for name in before ^ after:
        for word in parts(name):
            yield key(Asked.WORD, word)
        for half in halves_of_slips(name):
            yield key(Asked.SLIP, half)
    if any(unit.partial for side in records for unit in side):
        yield key(Asked.SLIP)
    shapes = [
        {
            shape
            for at, segment in enumerate(segments)
            for number, shape in segment.shapes
            if at << PLACE | number in side
        }
        for side in (old, new)
    ]
    if shapes[0] != shapes[1]:
        yield key(Asked.SHAPES)
