"""Which questions have other answers in one tree than in another."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import Protocol

from reviewer.program.linked import KERNEL, OTHER, Linked, program_of
from reviewer.tree.compared import COVERED
from reviewer.tree.likeness import halves_of_slips
from reviewer.tree.pasting import Shape, known_by
from reviewer.tree.trace import BEGINNING, Asked, key, key_of_hash
from reviewer.tree.words import parts
from reviewer.unit.hashing import name_hash
from reviewer.unit.model import Defined, Role, Unit
from reviewer.unit.record import Record
from reviewer.unit.segment import KEY, ROLE_BITS, ROLES, Segment
from reviewer.unit.snapshot import Snapshot, differing
from reviewer.unit.taking import PLACE

_NOWHERE: Mapping[int, int] = {}
_MUCH = 4
"""If more than a part of so many of all files differs, it costs less to ask everything again."""


def changed_keys(
    before: Snapshot,
    after: Snapshot,
    linked: Linked,
    keys: Mapping[bytes, tuple[int, int]],
    same: Container[str] = (),
) -> frozenset[int] | None:
    """Keys (``tree.trace``) of the questions whose answers may differ; None for too many.

    ``linked`` is of the tree ``after``; ``keys`` finds the units of both in its segments. None also
    where the store has not got a unit of ``before`` any more. Files in ``same`` have the same code
    in the same lines, and other comments.
    """
    old = dict(zip(before.paths, range(len(before.paths)), strict=True))
    new = dict(zip(after.paths, range(len(after.paths)), strict=True))
    paths = differing(before, after)
    found: set[int] = set()
    if before.names != after.names:
        found.update(_moved(before, after))
    if not paths:
        return frozenset(found)
    if len(paths) * _MUCH > len(new):
        return None
    found.update(key(Asked.TEXT, path) for path in paths)
    found.update(key(Asked.CODE, path) for path in paths if path not in same)
    sides = []
    for snapshot, places in ((before, old), (after, new)):
        side = _units(snapshot, [(path, places[path]) for path in paths if path in places], keys)
        if side is None:
            return None
        sides.append(side)
    records = [_records(linked.segments, side) for side in sides]
    partial = frozenset(
        path
        for side in records
        for path, one in side.items()
        if one.partial and path not in same  # which has the same definitions in the same lines
    )
    found.update(_names(linked, sides[0], sides[1], partial, same))
    found.update(_definitions(*records))
    found.update(_words(records[0], records[1], partial))
    found.update(_shapes(linked.segments, *sides))
    return frozenset(found)


def changed_by(
    old: Mapping[str, Unit | None], new: Mapping[str, Unit | None], moved: Iterable[str]
) -> frozenset[int]:
    """As ``changed_keys``, of the files that a patch changes: each before and after it by its path,
    None for one that is no code. ``moved`` are those that it adds or removes.

    Of a name at another line all that asked for its definitions are told, and what was compared is
    not asked again: an answer that is not kept in a file may hold any line.
    """
    found = {key(kind, path) for path in (*old, *new) for kind in (Asked.TEXT, Asked.CODE)}
    found.add(key(Asked.PATCH))
    parts = {part for path in moved for part in path.split("/")}  # their folders may be new
    if parts:
        found.update(key(Asked.PATHS, part) for part in ("", *parts))
    sides = [{path: one for path, one in side.items() if one is not None} for side in (old, new)]
    names: dict[int, tuple[dict[str, int], dict[str, int]]] = {}
    for at, side in enumerate(sides):
        for path, unit in side.items():
            for name, role in unit.roles.items():
                roles = names.setdefault(name_hash(name), ({}, {}))[at]
                roles[path] = roles.get(path, 0) | role
    partial = frozenset(path for side in sides for path, one in side.items() if one.partial)
    found.update(_of_names(names, partial, ()))
    found.update(_definitions(*sides, moved=True))
    found.update(_words(sides[0], sides[1], partial))
    shapes = [{shape for unit in side.values() for shape in unit.shapes} for side in sides]
    found.update(_of_shapes(*shapes))
    return frozenset((*found, *(one | COVERED for one in found)))


def _moved(before: Snapshot, after: Snapshot) -> Iterator[int]:
    """Keys of the last parts of files and folders that only one tree has."""
    yield key(Asked.PATHS)
    sides = [one.every_path() for one in (before, after)]
    folders = [{folder for path in side for folder in _above(path)} for side in sides]
    for path in (sides[0] ^ sides[1]) | (folders[0] ^ folders[1]):
        yield key(Asked.PATHS, path.rpartition("/")[2])


def _above(path: str) -> Iterator[str]:
    """The folders that a file lies in."""
    while path := path.rpartition("/")[0]:
        yield path


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


def _names(
    linked: Linked, old: _Side, new: _Side, partial: frozenset[str], same: Container[str]
) -> Iterator[int]:
    """Keys of the names in the units of either side; PLACES and EXISTS where roles differ.

    ``partial`` are files whose records do not have all their definitions: any may be another.
    Those in ``same`` have the same code.
    """
    found: dict[int, tuple[dict[str, int], dict[str, int]]] = {}
    for at, segment in enumerate(linked.segments):
        high = at << PLACE
        here = {place - high for place in {*old, *new} if place >> PLACE == at}
        for hashed, one in segment.names_of(here) if here else ():
            place = high | one >> ROLE_BITS
            # The two units of a file mostly lie in two segments.
            for side, units in zip(found.setdefault(hashed, ({}, {})), (old, new), strict=True):
                for path in units.get(place, ()):
                    side[path] = one & ROLES
    changed = frozenset(path for side in (old, new) for paths in side.values() for path in paths)
    return _of_names(found, partial, same, lambda hashed: linked.roles_but(hashed, changed))


def _of_names(
    found: Mapping[int, tuple[Mapping[str, int], Mapping[str, int]]],
    partial: frozenset[str],
    same: Container[str],
    elsewhere: Callable[[int], Mapping[int, int]] = lambda _: {},
) -> Iterator[int]:
    """The same from the roles that each name has in the files before and after, by its hash.

    ``elsewhere`` tells of a name its roles in all other files, by program.
    """
    for hashed, (before, after) in found.items():
        if any(path not in same for path in (*before, *after)):
            yield key_of_hash(Asked.DETAIL, hashed)
        if any(
            roles & Role.DEFINED and path in partial
            for path, roles in (*before.items(), *after.items())
        ):
            for kind in (Asked.DEFINITION, Asked.EXTENT, Asked.SENSE):
                yield key_of_hash(kind, hashed)
        if before == after:
            continue
        for kind, role in ((Asked.PLACES, Role.CODE), (Asked.MENTIONS, Role.COMMENT)):
            if _having(before, role) != _having(after, role):
                yield key_of_hash(kind, hashed)
        if _everywhere(before) != _everywhere(after):
            others = elsewhere(hashed)
            if _everywhere(before, others) != _everywhere(after, others):
                yield key_of_hash(Asked.EXISTS, hashed)


def _having(roles: Mapping[str, int], role: int) -> set[str]:
    return {path for path, some in roles.items() if some & role}


def _everywhere(roles: Mapping[str, int], others: Mapping[int, int] = _NOWHERE) -> dict[int, int]:
    """All roles of a name in the files of the kernel, and in those of other programs."""
    found = {KERNEL: 0, OTHER: 0, **others}
    for path, some in roles.items():
        found[program_of(path)] |= some
    return found


class _Defining(Protocol):
    """A record, or a unit."""

    @property
    def definitions(self) -> tuple[Defined, ...]: ...

    @property
    def partial(self) -> bool: ...


_Records = Mapping[str, _Defining]
"""What each file that differs defines, by path."""


def _records(segments: tuple[Segment, ...], side: _Side) -> _Records:
    found: dict[str, Record] = {}
    for place, paths in side.items():
        record = segments[place >> PLACE].record(place & ((1 << PLACE) - 1))
        found.update(dict.fromkeys(paths, record))
    return found


def _definitions(old: _Records, new: _Records, *, moved: bool = False) -> Iterator[int]:
    """Keys of the names whose definitions in some file are others; SENSE if not by line alone.

    EXTENT too where their lengths differ, or if they only ``moved`` to other lines.
    """
    for path in old.keys() | new.keys():
        before, after = (_by_name(side.get(path)) for side in (old, new))
        for name in before.keys() | after.keys():
            sides = before.get(name, []), after.get(name, [])
            if sides[0] == sides[1]:
                continue
            yield key(Asked.DEFINITION, name)
            yield key(Asked.LINE, f"{path}:{name}")
            lengths = [[one.end - one.line for one in side] for side in sides]
            senses = [[(one.kind, one.owner, one.static) for one in side] for side in sides]
            if moved or senses[0] != senses[1] or lengths[0] != lengths[1]:
                yield key(Asked.EXTENT, name)
            if senses[0] != senses[1]:
                yield key(Asked.SENSE, name)
                for owner in {one.owner for side in sides for one in side if one.owner}:
                    yield key(Asked.SENSE, owner)  # its members


def _by_name(record: _Defining | None) -> dict[str, list[Defined]]:
    found: dict[str, list[Defined]] = {}
    for one in record.definitions if record is not None else ():
        found.setdefault(one.name, []).append(one)
    return found


def _words(old: _Records, new: _Records, partial: Container[str]) -> Iterator[int]:
    """Keys of what leads to names that only one side defines.

    Of words also where the file that defines a name is another one: how common a word is, is
    counted by files.
    """
    files: list[dict[str, set[str]]] = [
        {path: {one.name for one in unit.definitions} for path, unit in side.items()}
        for side in (old, new)
    ]
    before, after = (set[str]().union(*side.values()) for side in files)
    for name in before ^ after:
        for letters in range(BEGINNING + 1):
            yield key(Asked.NAMES, name[:letters])
        for half in halves_of_slips(name):
            yield key(Asked.SLIP, half)
    moved = (files[0].get(path, set()) ^ files[1].get(path, set()) for path in {*old, *new})
    for word in {word for name in set[str]().union(*moved) for word in parts(name)}:
        yield key(Asked.WORD, word)
    if any(path in partial for path in (*old, *new)):
        yield key(Asked.SLIP)


def _shapes(segments: tuple[Segment, ...], old: _Side, new: _Side) -> Iterator[int]:
    """Keys of what pasting forms, where it differs."""
    shapes = [
        {
            shape
            for at, segment in enumerate(segments)
            for number, shape in segment.shapes
            if at << PLACE | number in side
        }
        for side in (old, new)
    ]
    return _of_shapes(*shapes)


def _of_shapes(before: set[Shape], after: set[Shape]) -> Iterator[int]:
    for text in {one.text for one in before ^ after}:
        for one in known_by(text):
            yield key(Asked.SHAPES, one)
