"""How a function is entered from outside: as an interrupt handler, a timer, a work item, a thread.

What the code says of it is where its name stands without a call: as an argument of what registers
it, or as a member of an operations table. Callers are followed up to such places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from reviewer.judging.callsites import sites_of
from reviewer.judging.tables import handed_to
from reviewer.kernel.entry_points import entered_by_call, entered_by_member, enters_apart, typed
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.verdict import Location
from reviewer.world import World

_UP = 3
_FUNCTIONS_AT_MOST = 24
_BACK = 400
_MEMBER = re.compile(rb"\.\s*(\w+)\s*=\s*&?\s*\Z")


@dataclass(slots=True)
class Entries:
    """Contexts a function is entered in, each with the places that show it."""

    shown: dict[str, list[Location]] = field(default_factory=dict)
    unknown: int = 0
    """Mentions and calls of which it is not known in what context they are made."""


def entries_of(world: World, function: Function, up: int = _UP) -> Entries:
    """The contexts in which a function of the World's file is entered, ``up`` callers followed."""
    found = Entries()
    _collect(world, function, found, set(), up)
    return found


def _collect(
    world: World, function: Function, found: Entries, seen: set[tuple[str, str]], depth: int
) -> None:
    key = (world.path, function.name)
    if key in seen:
        return
    seen.add(key)
    if len(seen) > _FUNCTIONS_AT_MOST or world.index is None:
        found.unknown += 1
        return
    told = 0
    told_by_type = _by_type(world, function)
    if told_by_type:
        note = f"{function.name}() is entered in {_WORDS[told_by_type]}, as its type says"
        where = Location(world.path, function.start_line, note)
        found.shown.setdefault(told_by_type, []).append(where)
    for mention in world.callers(function.name):
        if not mention.mention or (function.static and mention.path != world.path):
            continue
        source = world.file(mention.path)
        context = _context(source, function.name, mention.line) if source is not None else ""
        told += bool(context or told_by_type)
        if context:
            note = f"{function.name}() is entered in {_WORDS[context]}"
            found.shown.setdefault(context, []).append(Location(mention.path, mention.line, note))
    sites = sites_of(world, function)
    found.unknown += max(0, sites.unread - told) + bool(sites.why)
    if not told and not told_by_type and not sites.known:
        found.unknown += 1
    for site in sites.known:
        if depth == 0:
            found.unknown += 1
            continue
        here = world if site.path == world.path else World(site.source, world.library)
        _collect(here, site.caller, found, seen, depth - 1)


def registered(world: World, function: Function) -> Location | None:
    """Where a function is handed to a call that has it entered with no lock of others."""
    for mention in world.callers(function.name):
        if not mention.mention or (function.static and mention.path != world.path):
            continue
        source = world.file(mention.path)
        place = _stands(source, function.name, mention.line) if source is not None else None
        if place is not None and place.apart:
            note = f"{function.name}() is entered in {_WORDS[place.context]}"
            return Location(mention.path, mention.line, note)
    return None


def _by_type(world: World, function: Function) -> str:
    """The context that the type of a function tells, '' if none."""
    head = world.source.code(function.start_byte, function.body_start)
    for one in typed():
        alike = (
            rf"\benum\s+{one.returns}\s+{function.name}\s*"
            rf"\(\s*struct\s+{one.given}\s*\*\s*\w+\s*\)"
        )
        if re.search(alike.encode(), head) is None:
            continue
        if not any(one.unless.encode() in code for code in _arming(world, function)):
            return one.context
    return ""


def _arming(world: World, function: Function) -> Iterator[bytes]:
    """The code of the files that may hand a function on: its own, and those that name it."""
    yield world.source.code()
    calls = () if function.static else world.callers(function.name)
    for path in sorted({one.path for one in calls if one.mention} - {world.path}):
        if (source := world.file(path)) is not None:
            yield source.code()


_WORDS = {
    "hardirq": "interrupt context",
    "softirq": "softirq context",
    "process-context": "process context",
}


@dataclass(frozen=True, slots=True)
class _Place:
    context: str
    """'' if none is known."""
    apart: bool = False
    """True if no lock is held for it by what has it entered; False for a table's entry."""


def _context(source: SourceFile, name: str, line: int) -> str:
    """The context that the place gives at which a function's name stands without a call."""
    return _stands(source, name, line).context


def _stands(source: SourceFile, name: str, line: int) -> _Place:
    start = source.layout.lines[line - 1]
    code = source.code(start, source.layout.line_end(start))
    match = re.search(rb"\b" + re.escape(name.encode()) + rb"\b(?!\s*\()", code)
    if match is None:
        return _Place("")
    before = source.code(max(0, start + match.start() - _BACK), start + match.start())
    member = _MEMBER.search(before)
    if member is not None:
        return _Place(entered_by_member(member[1].decode()))
    by, number, _ = handed_to(source, name, line)
    return _Place(entered_by_call(by, number), apart=enters_apart(by, number))
