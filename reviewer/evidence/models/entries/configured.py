"""Whether every configuration has what an answer rests on, and the way that leads to it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from reviewer.evidence.models.entries.operations import operations
from reviewer.program.scope import in_sight
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.model import NameKind
from reviewer.world import World

_SAME = re.compile(r"p(?:te|md|ud)_same")
_CODE = (NameKind.FUNCTION, NameKind.MACRO)
Followed = Mapping[tuple[str, int], tuple[SourceFile, Function]]
"""Functions that were looked into, by file and place."""


def lacking(
    places: Collection[tuple[str, int]], followed: Followed, world: World, top: Function
) -> str:
    """A function in which some configuration lacks a way to one of the places, '' if none does.

    Or of which another configuration has a second definition; not so ``top``, the one asked about.
    Or an operation of the table that the file defines anew.
    """
    for source, function in followed.values():
        for path, line in places:
            if path == source.path and function.start_line <= line <= function.end_line:
                own = _own(source, line)
                if own:
                    return own
    reaching = set(places)
    waiting = list(followed.values())
    names: set[str] = set()
    while True:
        new = [
            (source, function)
            for source, function in waiting
            if any(
                path == source.path and function.start_line <= line <= function.end_line
                for path, line in reaching
            )
            or names & source.identifiers(function.body_start, function.body_end)
        ]
        if not new:
            return ""
        for source, function in new:
            waiting.remove((source, function))
            names.add(function.name)
            if _differs(source, function, reaching, names):
                return function.name
            if function != top and _twice(function, world):
                return function.name


def _own(source: SourceFile, line: int) -> str:
    """An operation on a line that the file defines itself: it may be another than the table's."""
    text = source.data.split(b"\n")[line - 1]
    for called in re.finditer(rb"\b[A-Za-z_]\w*(?=\s*\()", text):
        name = called[0].decode()
        if (name in operations() or _SAME.fullmatch(name)) and (
            source.functions_named(name)
            or re.search(rb"^[ \t]*#[ \t]*define[ \t]+%b\b" % called[0], source.data, re.M)
        ):
            return name
    return ""


def _twice(function: Function, world: World) -> bool:
    """True if the tree has another function of the name in sight."""
    senses = world.index.senses(function.name) if world.index is not None else ()
    return len([one for one in senses if one.kind in _CODE and in_sight(world.path, one)]) > 1


def _differs(
    source: SourceFile, function: Function, reaching: set[tuple[str, int]], names: set[str]
) -> bool:
    """True if a configuration leaves out the way to a place."""
    whole = source.conditions_at(function.start_byte)
    code = source.code(function.body_start, function.body_end)
    for one in re.finditer(rb"\b[A-Za-z_]\w*\b", code):
        at = function.body_start + one.start()
        leads = one[0].decode() in names or (source.path, source.line_of(at)) in reaching
        if leads and source.conditions_at(at) != whole:
            return True
    return False
