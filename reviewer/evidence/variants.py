"""Which variant of its lock each place takes: with interrupts off, or plain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.evidence.sections import sections_of
from reviewer.judging.members import struct_reached
from reviewer.kernel import primitive
from reviewer.kernel.expressions import arguments_of, lock_name
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.model import NameKind
from reviewer.tree.reading import code_file
from reviewer.world import World

_CALL = re.compile(rb"(?<![\w.>])([a-z_]\w*)\s*\(")
_CALLED = re.compile(r"([A-Za-z_]\w*)\([^()]*\)")
_SWITCHES_OFF = re.compile(rb"irq_?(?:save|disable)|_irq\b|guard\w*\((?:\w*_)?irq")
"""What in a function shows that interrupts may be off where it takes a lock."""
_ARGUMENTS_AT_MOST = 160


@dataclass(frozen=True, slots=True)
class Taking:
    """A place that takes a lock: by which call, and whether interrupts may be off there by then."""

    path: str
    line: int
    function: str
    call: str
    irqs_off: bool


def locks_around(world: World, function: Function) -> tuple[tuple[str, str], ...]:
    """The locks that a function takes or asserts itself: struct and member, in that order.

    () if the struct of one of them cannot be told: what is said of locks may be said of that one.
    """
    code = world.source.code(function.body_start, function.body_end)
    found: dict[tuple[str, str], None] = {}
    for match in _CALL.finditer(code):
        known = primitive(match[1].decode())
        if known is None or not (known.does("lock.acquire") or known.does("lock.assert")):
            continue
        given = code[match.end() : match.end() + _ARGUMENTS_AT_MOST].split(b";")[0]
        spelled = next(iter(arguments_of(given.decode("latin-1"))), "").strip().lstrip("&")
        leaf = lock_name(spelled)
        struct = _struct(world, function, spelled[: -len(leaf)].rstrip("->.")) if leaf else ""
        if not struct:
            return ()
        found[struct, leaf] = None
    return tuple(found)


def takings(world: World, leaf: str, struct: str) -> Iterator[Taking]:
    """Every place seen that takes a struct's lock, nearest files first."""
    for section in sections_of(world, leaf, struct):
        called = re.match(rb"\w+", section.text)
        source = world.file(section.path)
        if called is None or source is None:
            continue
        off = _off_before(source, section.function, section.line)
        name = called[0].decode()
        known = primitive(name)
        off = off or "irq" in name or (known is not None and known.does("context.irq_off"))
        yield Taking(section.path, section.line, section.function, name, off)


def _off_before(source: SourceFile, function: str, line: int) -> bool:
    """True if what stands before a line of a function may have switched interrupts off."""
    for one in source.functions_named(function):
        if one.start_line <= line <= one.end_line:
            code = source.code(one.body_start, one.body_end)
            lines = code.split(b"\n")[: line - source.line_of(one.body_start) + 1]
            return _SWITCHES_OFF.search(b"\n".join(lines)) is not None
    return True


def _struct(world: World, function: Function, owner: str) -> str:
    """The struct that an owner is: a variable's, or what the function that it calls gives."""
    called = _CALLED.fullmatch(owner)
    if called is None:
        return struct_reached(world.library, world.source, function, owner)
    index = world.index
    found = index.definitions(called[1]) if index is not None else ()
    told = {
        match[1].decode()
        for one in found
        if one.kind is NameKind.FUNCTION
        and (file := code_file(world.tree, one.path)) is not None
        and (match := _gives(called[1]).search(file.lines(max(1, one.line - 1), one.line)))
    }
    return told.pop() if len(told) == 1 else ""


def _gives(name: str) -> re.Pattern[bytes]:
    return re.compile(rb"\bstruct\s+(\w+)\s*\*\s*" + name.encode() + rb"\s*\(")
