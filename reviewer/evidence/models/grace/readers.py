"""Readers of what an updater takes away: where they look at it, and the sections they do it in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from reviewer.evidence.models.grace.always import guarded, is_always_there
from reviewer.evidence.models.grace.outlived import outlived
from reviewer.evidence.models.grace.tracer import (
    ENTER,
    GUARD,
    LEAVE,
    GraceTracer,
    concepts,
    looks,
)
from reviewer.evidence.models.values import Does, Event, Place, Traces
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

FILES_AT_MOST = 12
"""Files looked into for readers, the nearest first: about 0.05 s each."""
READERS_AT_MOST = 12
_CALLERS_AT_MOST = 4
"""Callers of a reader without a section of its own in which one is sought."""
_FAR = 200
"""Files with a name beyond which it tells nothing: ``list``, ``next``."""
_BLOCKS = 3
_CALL = re.compile(rb"\b([a-z_]\w*)\s*\(")
_DEEP = 400
"""Bytes of a call's arguments that are looked at."""
_OTHERS = re.compile(
    rb"\b(?:\w*srcu_(?:read_lock|down_read|dereference)\w*|rcu_read_lock_t(?:asks_t)?race\w*"
    rb"|\w+_for_each\w*_srcu|guard\s*\(\s*srcu\w*)"
)
"""Sections of readers that synchronize_rcu() does not wait for (include/linux/srcu.h)."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A function that looks at a place, on one of its paths.

    ``enter`` and ``leave`` are its section, None if it has none of its own: it is in its caller's
    then, as what it looks with asserts. ``doubt`` says what is amiss, '' if nothing.
    """

    function: str
    look: Event
    enter: Event | None = None
    leave: Event | None = None
    doubt: str = ""


def readers_of(world: World, place: Place) -> Iterator[Reader]:
    """Readers of a place in the tree, those with a section of their own and those without."""
    found = 0
    for source, function, offsets in _lookers(world, place):
        reader = _reader(World(source, world.library), source, function, place, offsets)
        if reader is None:
            continue
        yield reader
        found += 1
        if found >= READERS_AT_MOST:
            return
        if reader.enter is None and not reader.doubt:
            yield from _in_callers(World(source, world.library), function, place)


def _in_callers(world: World, function: Function, place: Place) -> Iterator[Reader]:
    """Callers in the same file that have the section of a reader without one."""
    names = dict.fromkeys(
        site.caller for site in world.callers(function.name) if site.path == world.path
    )
    for name in [one for one in names if one not in ("", function.name)][:_CALLERS_AT_MOST]:
        for caller in world.source.functions_named(name)[:1]:
            at = _spelled(world.source, caller, function.name)
            reader = _reader(world, world.source, caller, place, at)
            if reader is not None and (reader.enter is not None or reader.doubt):
                yield reader


def _spelled(source: SourceFile, function: Function, name: str) -> tuple[int, ...]:
    code = source.code(function.body_start, function.body_end)
    found = re.finditer(rb"\b" + re.escape(name.encode()) + rb"\b", code)
    return tuple(function.body_start + one.start() for one in found)


def _lookers(world: World, place: Place) -> Iterator[tuple[SourceFile, Function, tuple[int, ...]]]:
    """Functions that spell a look at the member, and where, those of near files first."""
    member = place.chain[-1][1]
    paths = [world.path]
    if world.index is not None and place.owner:
        named = [one for one in world.index.files(member) if not one.startswith(OTHER_PROGRAMS)]
        if len(named) > _FAR:
            spelled = set(world.index.files(place.chain[-1][0]))
            named = [one for one in named if one in spelled]
        named.sort(key=partial(_distance, world.path))
        paths += [one for one in named if one != world.path]
    elif world.index is not None:
        named = [one for one in world.index.files(member) if not one.startswith(OTHER_PROGRAMS)]
        paths += sorted(one for one in named if one != world.path)[:FILES_AT_MOST]
    for path in paths[:FILES_AT_MOST]:
        source = world.file(path)
        if source is None:
            continue
        by_function: dict[int, tuple[Function, list[int]]] = {}
        for at in _looks_in(source, member):
            function = source.function_at(at)
            if function is not None and not function.has_error:
                by_function.setdefault(function.start_byte, (function, []))[1].append(at)
        for function, offsets in by_function.values():
            yield source, function, tuple(offsets)


def _distance(path: str, other: str) -> tuple[bool, str]:
    return (path.rpartition("/")[0] != other.rpartition("/")[0], other)


def _looks_in(source: SourceFile, member: str) -> Iterator[int]:
    """Where a file looks at something of that name as readers do."""
    code = source.code()
    word = member.encode()
    if word not in code:
        return
    told = re.compile(rb"(?<!\w)" + re.escape(word) + rb"\b")
    for one in _CALL.finditer(code):
        if not looks(one[1].decode()) and not _is_of_others(one[1].decode()):
            continue
        rest = code[one.end() : one.end() + _DEEP]
        end = re.search(rb"[;{]", rest)
        if told.search(rest, 0, end.start() if end is not None else len(rest)):
            yield one.start()


def _is_of_others(name: str) -> bool:
    return "srcu" in name and bool(concepts(name) & {"rcu.dereference", "rcu.traverse"})


_OF_OTHERS = "its section is of another kind"


def _reader(
    world: World, source: SourceFile, function: Function, place: Place, offsets: tuple[int, ...]
) -> Reader | None:
    """A function as a reader of a place; None if no path of it is seen to look there."""
    for at in offsets:
        name = _CALL.match(source.code(at, at + _DEEP))
        if name is not None and _is_of_others(name[1].decode()):
            line = source.line_of(at)
            look = Event(Does.ACCESS, name[1].decode(), source.path, line, line)
            return Reader(function.name, look, doubt=_OF_OTHERS)
    words = frozenset((place.chain[-1][1],))
    traces = GraceTracer(world, words).traces(source, function)
    whole = bool(traces.traces)
    parts = [traces] if whole else [
        GraceTracer(world, words).around(source, function, at) for at in offsets[:_BLOCKS]
    ]  # fmt: skip
    best: Reader | None = None
    others = _OTHERS.search(source.code(function.body_start, function.body_end)) is not None
    for part in parts:
        found = _on_paths(function, part, place, whole=whole)
        if found is not None and (best is None or found.doubt or best.enter is None):
            best = found
        if best is not None and best.enter is None and others:
            return replace(best, doubt=_OF_OTHERS)
        if best is not None and best.doubt:
            return best
    if best is not None and best.enter is not None:
        steps = [one for one in (best.enter, best.leave) if one is not None]
        if not all(is_always_there(world.library, source, function, one) for one in steps):
            return replace(best, doubt="some configurations have no section there")
        if best.enter.name == GUARD and not _in_guard(source, function, best, offsets):
            return replace(best, doubt="it looks inside a section and outside")
    if best is not None and best.enter is not None and outlived(source, function, best.look):
        return replace(best, doubt="it uses what it found behind its section")
    return best


def _in_guard(
    source: SourceFile, function: Function, reader: Reader, offsets: tuple[int, ...]
) -> bool:
    """True if a function looks in the blocks of its guards only, or in the helper that has one."""
    enter, look = reader.enter, reader.look
    if enter is None or enter.path != source.path or enter.line != enter.top:
        return enter is not None and look.top == enter.top
    blocks = [
        range(function.body_start + start, function.body_start + end)
        for start, end in guarded(source, function)
    ]
    lines = [range(source.line_of(one[0]), source.line_of(one[-1]) + 1) for one in blocks]
    return any(look.top in one for one in lines) and all(
        any(at in one for one in blocks) for at in offsets
    )


def _on_paths(function: Function, traces: Traces, place: Place, *, whole: bool) -> Reader | None:
    """The look with its section; in doubt if some path has it and another has not."""
    seen: list[Reader] = []
    for trace in traces.traces:
        if _is_resumed(trace.events):
            seen += [Reader(function.name, one) for one in trace.events if _is_look(one, place)]
            continue
        opened: list[Event] = []
        pending: list[tuple[Event, Event]] = []
        for event in trace.events:
            if event.statement == ENTER:
                opened.append(event)
            elif event.statement == LEAVE:
                if not opened:
                    if whole:
                        return Reader(
                            function.name, event, doubt="it leaves a section that it did not enter"
                        )
                    continue
                last = opened.pop()
                seen += [Reader(function.name, look, last, event)
                         for look, enter in pending if enter is last]  # fmt: skip
                pending = [one for one in pending if one[1] is not last]
            elif _is_look(event, place):
                if opened:
                    pending.append((event, opened[0]))
                else:
                    seen.append(Reader(function.name, event))
        for look, enter in pending:
            if enter.name == GUARD:
                seen.append(Reader(function.name, look, enter, enter))
            elif whole:
                return Reader(function.name, look, doubt="its section does not end in it")
    if any(one.enter is None for one in seen) and any(one.enter is not None for one in seen):
        bare = next(one for one in seen if one.enter is None)
        return Reader(function.name, bare.look, doubt="it looks inside a section and outside")
    return seen[0] if seen else None


def _is_resumed(events: tuple[Event, ...]) -> bool:
    """True of a path that leaves its caller's section for a while, and enters one again."""
    depth = least = 0
    for event in events:
        depth += (event.statement == ENTER) - (event.statement == LEAVE)
        least = min(least, depth)
    return least < 0 and depth == 0


def _is_look(event: Event, place: Place) -> bool:
    return (
        event.does is Does.ACCESS
        and event.reads
        and event.place is not None
        and event.place.same(place)
        and looks(event.name)
    )
