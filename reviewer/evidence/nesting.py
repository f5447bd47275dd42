"""The orders in which code takes two locks: which one it certainly holds when it takes the other.

Only functions that take both are looked at, in the files that spell both names. A lock that is
only tried for can be taken in any order, and one that is taken under a subclass of its own is
told apart by lockdep: neither counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.evidence.fields import FILES_AT_MOST
from reviewer.judging.callsites import Site
from reviewer.judging.holding import GENERIC, Lock
from reviewer.judging.lockstate import Held, Wanted, is_meant, lock_at
from reviewer.judging.meant import handled
from reviewer.judging.members import struct_reached
from reviewer.kernel.expressions import lock_name, normal
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.source.file import SourceFile
from reviewer.source.model import Function, Operation
from reviewer.tree.model import Index, NameKind
from reviewer.tree.trace import traced_cache
from reviewer.world import World

_FUNCTIONS_AT_MOST = 48
"""Functions followed for one claim, what it may cost: no pair of 6.12 is taken together in more."""
_LOCKS = (NameKind.FIELD, NameKind.LOCK, NameKind.VARIABLE)


@dataclass(frozen=True, slots=True)
class Taken:
    """A function that takes a lock while it holds another one."""

    path: str
    function: str
    held: Operation
    taken: Operation


@dataclass(frozen=True, slots=True)
class Orders:
    """Where the inner lock is taken inside the outer one, and where it is the other way round."""

    as_said: tuple[Taken, ...] = ()
    reversed: tuple[Taken, ...] = ()
    why: str = ""
    """Why it cannot be told at all, or ''."""


def orders_of(world: World, outer: Lock, inner: Lock) -> Orders:
    """The orders in which the tree takes two locks, as far as it is sure which locks they are."""
    if world.index is None or world.path.startswith(OTHER_PROGRAMS):
        return Orders(why="no index of the tree says where the locks are taken")
    if (outer.owner, outer.name) == (inner.owner, inner.name):
        return Orders(why="both locks have one name")
    first, second = _meant(world, outer), _meant(world, inner)
    if first is None or second is None:
        lock = outer if first is None else inner
        return Orders(why=f"several locks are called {lock.name}")
    as_said: list[Taken] = []
    other_way: list[Taken] = []
    near = bool(first.wanted.exact or second.wanted.exact)
    for number, (source, function) in enumerate(_both(world, outer.name, inner.name, near=near)):
        if number == _FUNCTIONS_AT_MOST:
            break
        as_said += _within(world, source, function, first, second)
        other_way += _within(world, source, function, second, first)
    return Orders(tuple(as_said), tuple(other_way))


@dataclass(frozen=True, slots=True)
class _Meant:
    """A lock as code spells it, and the struct it must be a member of; None if any will do."""

    wanted: Wanted
    struct: str | None = None

    def at(self, world: World, source: SourceFile, function: Function, spelled: str) -> bool:
        """True if an expression is certainly that lock."""
        if not is_meant(spelled, self.wanted) or lock_name(spelled) != self.wanted.name:
            return False
        owner = normal(spelled)[: -len(self.wanted.name)].rstrip("->.")
        if self.struct is None or not (owner or self.struct):
            return True
        return struct_reached(world.library, source, function, owner) == self.struct


def _meant(world: World, lock: Lock) -> _Meant | None:
    """How code spells a lock: by its name, if that is one struct's as seen from the comment's file.

    Else as the comment does, with its owner.
    """
    assert world.index is not None
    if lock.prose:
        return None
    if lock.name not in GENERIC:
        near = _structs_near(world.index, lock.name, world.path)
        if near:
            return _Meant(Wanted(lock.name, "", any_owner=True), *near)
    return _Meant(Wanted(lock.name, f"{lock.owner}->{lock.name}")) if lock.owner else None


@traced_cache(maxsize=1024, compared=True)
def _structs_near(index: Index, name: str, path: str) -> tuple[str | None, ...]:
    """The one struct whose lock a name is as seen from a file, None if any will do; () if it is
    not told."""
    senses = [
        one
        for one in index.senses(name)
        if one.kind in _LOCKS and not one.path.startswith(OTHER_PROGRAMS)
    ]
    if len({one.owner for one in senses}) == 1:
        return (None,)
    for near in (path, f"{path.rpartition('/')[0]}/", "include/linux/", "include/"):
        owners = {one.owner for one in senses if one.path.startswith(near)}
        if owners:
            return (owners.pop(),) if len(owners) == 1 else ()
    return ()


def _both(
    world: World, outer: str, inner: str, *, near: bool
) -> Iterator[tuple[SourceFile, Function]]:
    """Functions that take two locks by name; of the comment's own file only if ``near``."""
    assert world.index is not None
    paths = [world.path]
    if not near:
        spelled = set(world.index.files(inner))
        folder = world.path.rpartition("/")[0]
        others = {p for p in world.index.files(outer) if p in spelled and p != world.path}
        ranked = sorted(others, key=lambda path: (path.rpartition("/")[0] != folder, path))
        paths += [path for path in ranked if not path.startswith(OTHER_PROGRAMS)]
    for path in paths[:FILES_AT_MOST]:
        source = world.file(path)
        if source is None:
            continue
        taken: dict[int, set[str]] = {}
        for at, spelled_so, tag in handled(source):
            name = lock_name(spelled_so)
            function = source.function_at(at) if name in {outer, inner} else None
            if function is not None and tag.startswith("lock.acquire"):
                taken.setdefault(function.start_byte, set()).add(name)
        for start, names in taken.items():
            function = source.function_at(start)
            if len(names) > 1 and function is not None and not function.has_error:
                yield source, function


def _within(
    world: World, source: SourceFile, function: Function, held: _Meant, taken: _Meant
) -> Iterator[Taken]:
    """Where a function takes one lock and certainly holds the other one."""
    facts = world.caller_facts(function, source)
    here = World(source, world.library)
    for number, operation in enumerate(facts.operations):
        if operation.via or "nested" in operation.name:
            continue
        if not any(taken.at(world, source, function, one) for one in _acquired(operation)):
            continue
        state = lock_at(here, Site(source, function, facts, number), held.wanted)
        if state.held is not Held.YES or state.operation is None:
            continue
        if any(held.at(world, source, function, one) for one in _acquired(state.operation)):
            yield Taken(source.path, function.name, state.operation, operation)


def _acquired(operation: Operation) -> Iterator[str]:
    """The locks that an operation waits for until it has them."""
    for tag, spelled in operation.objects:
        if spelled and tag.startswith("lock.acquire") and not tag.endswith(".try"):
            yield spelled
