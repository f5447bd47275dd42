"""Critical sections of a lock: where it is taken, and the names that stand inside.

Read from the code of the files that spell the lock, without a parser: from the call that takes it
to the next that drops it, or to the end of the function.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from reviewer.evidence.fields import FILES_AT_MOST, is_struct
from reviewer.judging.bodies import is_report
from reviewer.judging.meant import handled
from reviewer.kernel import primitive
from reviewer.kernel.expressions import lock_name
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.source.file import SourceFile
from reviewer.tree.model import Index, NameKind
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World

_LONG = 4000
"""Bytes of a section looked at: longer ones hold so much that any word may be among it."""
_NAME = re.compile(rb"[A-Za-z_]\w*")
_INDEX = re.compile(r"\[[^\[\]]*\]\Z")


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its function, where the lock is taken, and the text up to where it is dropped.

    ``owner`` is what the lock is a member of, as spelled there; '' for a variable.
    """

    path: str
    line: int
    function: str
    owner: str
    text: bytes

    def names(self) -> Iterator[str]:
        """The function's name and those inside, each once."""
        yield self.function
        yield from {match.decode("latin-1") for match in _NAME.findall(self.text)}


def only_owner(world: World, lock: str, struct: str) -> bool:
    """True if no other struct has a member of that name, and nothing else a lock."""
    assert world.index is not None
    return _is_only_owner(world.index, lock, struct)


@traced_cache(maxsize=1024, compared=True)
def _is_only_owner(index: Index, lock: str, struct: str) -> bool:
    return all(
        one.owner == struct
        for one in index.each_sense(lock)
        if one.kind in (NameKind.FIELD, NameKind.LOCK, NameKind.VARIABLE)
        and not one.path.startswith(OTHER_PROGRAMS)
    )


def sections_of(
    world: World, lock: str, struct: str, inside: tuple[str, ...] = ()
) -> Iterator[Section]:
    """Sections of a struct's lock, or of a variable (``struct`` is ''), nearest files first.

    ``inside`` are members of the struct that lead to the lock: ``pond->queue.lock``.
    """
    if world.index is None:
        return
    only = only_owner(world, lock, struct)
    for path in _paths(world, lock, struct):
        source = world.file(path)
        if source is not None:
            yield from _sections(world.library, source, lock, "" if only else struct, inside)


def _paths(world: World, lock: str, struct: str) -> tuple[str, ...]:
    """The files that may use a lock, nearest first, as many as are looked at."""
    return () if world.index is None else _nearest(world.index, world.path, lock, struct)


@traced_cache(maxsize=1024, compared=True)
def _nearest(index: Index, home: str, lock: str, struct: str) -> tuple[str, ...]:
    only = _is_only_owner(index, lock, struct)
    paths = [path for path in index.files(lock) if not path.startswith(OTHER_PROGRAMS)]
    spelled = set[str]()
    if struct and not only:
        spelled, beside = set(index.files(struct)), home.rpartition("/")[0]
        paths = [path for path in paths if path in spelled or _is_below(path, beside)]
        # what has the struct as a member (``priv->ports.lock``) need not spell it
    if not struct and not only:
        paths = [path for path in paths if path == home]
    paths.sort(key=lambda path: (*_far(path, home), path not in spelled, path))
    return tuple(paths[:FILES_AT_MOST])


def handed_on(world: World, lock: str, struct: str) -> Iterator[Section]:
    """Where a lock is given to another object as its own, as ``handler->lock = &pond->lock;`` does.

    Or to a call, which is not of the lock's: ``dma_fence_init(&fence->base, ops, &fence->lock)``.
    What takes it then is not called by its name. ``text`` is that statement.
    """
    paths = _paths(world, lock, struct)
    given = re.compile(rb"[^;{}]*&\s*((?:\w+(?:->|\.))*%b)\b[^;{}]*;" % lock.encode())
    only = only_owner(world, lock, struct) if world.index is not None else False
    for path in paths:
        source = world.file(path)
        for found in given.finditer(source.code()) if source is not None else ():
            assert source is not None
            function = source.function_at(found.start(1))
            text = found[0].strip()
            call = _CALLED.match(text)
            if function is None or (call is None and _GIVEN.search(text) is None):
                continue
            if call is not None and not _may_keep(call[1]):
                continue
            owner = found[1][: -len(lock)].rstrip(b"->.").decode("latin-1")
            told = only or not struct
            if not (told or is_struct(world.library, source, function, owner, struct)):
                continue
            line = source.line_of(found.start(1))
            rest = _STRING.sub(b"", text.replace(found[1], b"", 1))
            yield Section(source.path, line, "", owner, rest)


def _may_keep(name: bytes) -> bool:
    """True unless a call does something to the lock itself, or only reports of it."""
    if _OF_THE_LOCK.search(name) is not None or is_report(name.decode("latin-1")):
        return False
    return primitive(name.decode("latin-1")) is None


_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_CALLED = re.compile(rb"(?:[\w>.-]+\s*=\s*)?(\w+)\s*\(")
_GIVEN = re.compile(rb"(?:->|\.)\w*(?:lock|mutex)\w*\s*=\s*&")
_OF_THE_LOCK = re.compile(
    rb"lock|mutex|sem|rwsem|init_waitqueue|kfree|^(?:if|while|return|memset)$"
)


def _ends_with(owner: str, member: str) -> bool:
    return re.search(rf"(?:->|\.){re.escape(member)}\Z", owner) is not None


def _is_below(path: str, folder: str) -> bool:
    """True for a file of a folder that is no folder of headers for all."""
    return not folder.startswith("include") and path.rpartition("/")[0] == folder


def _far(path: str, other: str) -> tuple[bool, int]:
    """How little a file has to do with another: its folder, then how much of its name is alike.

    What include/linux/pond-types.h declares is used in lib/pond.c before any other place.
    """
    folder, _, name = path.rpartition("/")
    beside, _, called = other.rpartition("/")
    pairs = zip(name.partition(".")[0], called.partition(".")[0], strict=False)
    return folder != beside, -sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _sections(
    library: Library, source: SourceFile, lock: str, struct: str, inside: tuple[str, ...]
) -> Iterator[Section]:
    """The sections in one file; of that struct's lock if ``struct`` has to be told."""
    every = [one for one in handled(source) if lock_name(one[1]) == lock]
    for at, spelled, tag in every:
        if not tag.startswith("lock.acquire"):
            continue
        function = source.function_at(at)
        if function is None:
            continue
        owner = _INDEX.sub("", spelled)[: -len(lock)].rstrip("->.")
        around = owner
        for one in reversed(inside):
            around = around.removesuffix(one).rstrip("->.") if _ends_with(around, one) else ""
        if inside and not around:
            continue
        if struct and not is_struct(library, source, function, around, struct):
            continue
        ends = (
            other
            for other, name, what in every
            if other > at and name == spelled and what.startswith("lock.release")
        )
        end = min(next(ends, function.body_end), function.body_end, at + _LONG)
        text = source.code(at, end).replace(spelled.encode("latin-1"), b"", 1)
        yield Section(source.path, source.line_of(at), function.name, owner, text)
