"""Functions that may count on what a patch takes from another function, by the calls between them.

What a function waited for, flushed or ordered, its callers did too. What it held, or had switched
off, the functions that it calls were entered with, and those that these call. What a lock protects
is said where it is declared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reviewer.evidence.removals import Kind, Removed
from reviewer.judging.holding import GENERIC
from reviewer.judging.members import struct_reached
from reviewer.source.file import SourceFile
from reviewer.tree.model import Index, NameKind
from reviewer.world import Library

_ENTERED = frozenset({Kind.LOCK, Kind.CONTEXT, Kind.ANNOTATION, Kind.ASSERTION, Kind.CALL})
_GIVEN = frozenset(
    {Kind.BARRIER, Kind.FLUSH, Kind.WAIT, Kind.WAKE, Kind.UNLOCK, Kind.CHECK, Kind.CALL}
)
_CALLERS_AT_MOST = 20
"""Nobody names in a comment what a helper with more callers does for them."""
_CALLED_AT_MOST = 80
_DEEP = 3
"""Callers are asked what they hold four up (``judging.proof``); the last level is seldom met."""
_SAID_AT_MOST = 8
"""Headers that speak of a lock beyond which it is the kernel's, as mmap_lock is."""
_FILES_AT_MOST = 24
"""Files read for what a patch may take from them, nearest to its own first."""


def leaning(library: Library, lost: Iterable[Removed]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Names of functions and locks, and the files that define them.

    ``library`` is of the pre-image.
    """
    lost = tuple(lost)
    names: dict[str, set[str]] = {}
    near: set[str] = set()
    for path, function, kind in sorted({(one.was, one.function, one.kind) for one in lost}):
        near.add(path.rpartition("/")[0])
        if kind in _ENTERED:
            for name, defined in _entered(library, path, function):
                names.setdefault(defined, set()).add(name)
        if kind in _GIVEN:
            for name, defined in _callers(library, function):
                names.setdefault(defined, set()).add(name)
    for one in lost:
        for name, declared in _declared(library, one) if one.kind is Kind.LOCK else ():
            names.setdefault(declared, set()).add(name)
    files = sorted(names, key=lambda one: (one.rpartition("/")[0] not in near, one))
    files = files[:_FILES_AT_MOST]
    return frozenset(name for path in files for name in names[path]), tuple(files)


def _declared(library: Library, lost: Removed) -> Iterator[tuple[str, str]]:
    """The name of a lock that is its own, or of the struct that it is a member of with what stands
    beside it there, and the file of the declaration: the data beside it say what protects them.

    So may data of other structs, in headers whose comments have the lock's name."""
    index = library.index
    owner, lock = _parts(lost.object)
    if index is None or not lock:
        return
    source = library.source(lost.was)
    here = () if source is None else source.functions_named(lost.function)
    struct = ""
    if source is not None and len(here) == 1:
        struct = struct_reached(library, source, here[0], owner)
    found = [one for one in index.definitions(lock) if one.kind in (NameKind.FIELD, NameKind.LOCK)]
    if struct:
        found = [one for one in found if one.owner == struct]
        for path in {one.path for one in found}:
            yield struct, path
            for member in index.members(struct):
                yield f"{struct}.{member}", path
    elif lock not in GENERIC and len({(one.path, one.owner) for one in found}) == 1:
        yield f"{found[0].owner}.{lock}", found[0].path
    if found and lock not in GENERIC:
        said = {path for path in index.mentions(lock) if path.endswith(".h")}
        for path in {one.path for one in found} | (said if len(said) <= _SAID_AT_MOST else set()):
            yield lock, path


def _parts(spelled: str) -> tuple[str, str]:
    """What a lock is a member of, and its own name."""
    *owner, lock = re.split(r"->|\.", spelled)
    return "->".join(owner), lock


def _callers(library: Library, function: str) -> Iterator[tuple[str, str]]:
    """Callers of a function with their files."""
    sites = library.index.callers(function) if library.index is not None else ()
    if len(sites) <= _CALLERS_AT_MOST:
        yield from ((site.caller, site.path) for site in sites if site.caller)


def _entered(library: Library, path: str, function: str) -> Iterator[tuple[str, str]]:
    """Functions that a function calls, and those that these call, with their files."""
    if library.index is None:
        return
    seen = {function}
    level = [(path, function)]
    for _ in range(_DEEP):
        below = []
        for here, caller in level:
            source = library.source(here)
            for name in _called(source, caller) if source is not None else ():
                if name in seen or len(seen) > _CALLED_AT_MOST:
                    continue
                seen.add(name)
                assert source is not None
                place = here if source.functions_named(name) else _defined(library.index, name)
                if place:
                    below.append((place, name))
                    yield name, place
        level = below


def _defined(index: Index, name: str) -> str:
    """The only file that defines a function, or ''."""
    found = {one.path for one in index.definitions(name) if one.kind is NameKind.FUNCTION}
    return found.pop() if len(found) == 1 else ""


def _called(source: SourceFile, function: str) -> Iterator[str]:
    for one in source.functions_named(function):
        if not one.has_error:
            for operation in source.facts(one).operations:
                if not operation.concepts and not operation.via:
                    yield operation.name
