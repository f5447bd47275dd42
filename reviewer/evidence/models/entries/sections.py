"""Where code walks page tables with interrupts off: in stretches of its own, or as it asserts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

_ASSERTED = re.compile(
    rb"\b\w*(?:WARN|BUG)\w*\s*\(\s*!\s*\w*irqs_disabled\s*\(\s*\)"
    rb"|\blockdep_assert_irqs_disabled\s*\("
)
_SECTION = re.compile(rb"\blocal_irq_(?:save|disable)\s*\(")
_ON = re.compile(rb"\b\w*(?:irq_(?:restore|enable)|unlock_irq(?:restore)?)\s*\(")
_CALL = rb"\b(?!(?:if|while|for|switch|sizeof|likely|unlikely)\b)[A-Za-z_]\w*\s*\("
_GUP = "mm/gup.c"
_CALLERS = 48
"""Calls of a walker that are looked at."""


def sections_of(world: World, name: str) -> tuple[tuple[str, int], ...]:
    """Where a walker turns interrupts off, or asserts that they are; () if that is not seen.

    ``name`` is a function, or '' for GUP-fast: of mm/gup.c, what calls a function that nothing
    there calls with interrupts on. A function asserts it itself, or every one that calls it does.
    """
    if not name:
        source = world.file(_GUP)
        found = [(source, one) for one in source.functions] if source is not None else []
        return tuple(at for one in found for at in _turned_off(*one))[:1]
    own = [_asserted(*one, _CALL) for one in world.functions(name)]
    return _each(own) or _each(list(_callers_assert(world, name)))


def _callers_assert(world: World, name: str) -> Iterator[tuple[str, int] | None]:
    """Where each caller of a function asserts it, in front of the call."""
    call = rb"\b%b\s*\(" % name.encode()
    for number, site in enumerate(world.callers(name)):
        file = world.file(site.path)
        known = file.functions_named(site.caller) if file is not None else ()
        if file is None or not known or number > _CALLERS:
            yield None
            return
        yield from (_asserted(file, one, call) for one in known)


def _each(places: list[tuple[str, int] | None]) -> tuple[tuple[str, int], ...]:
    """The places, each once, if none is lacking."""
    known = tuple(dict.fromkeys(one for one in places if one is not None))
    return known if None not in places else ()


def reached_with_irqs_off(source: SourceFile) -> frozenset[str] | None:
    """What may run with interrupts off as the file itself turns them off; None if it nowhere does.

    From where it does on to the end of a function, and all that is called from there.
    """
    words = {one: source.identifiers(one.body_start, one.body_end) for one in source.functions}
    waiting: set[str] = set()
    for function in words:
        off = _SECTION.search(source.code(function.body_start, function.body_end))
        if off is not None:
            waiting |= source.identifiers(function.body_start + off.start(), function.body_end)
    reached: set[str] = set()
    while waiting:
        reached |= waiting
        waiting = {
            word for one, called in words.items() if one.name in waiting for word in called
        } - reached
    return frozenset(reached) or None


def _asserted(source: SourceFile, function: Function, call: bytes) -> tuple[str, int] | None:
    """Where a function asserts that interrupts are off, in front of such calls, for all of it."""
    code = source.code(function.body_start, function.body_end)
    match = _ASSERTED.search(code)
    if match is None or not _always(source, function, function.body_start + match.start()):
        return None
    if re.search(call, code[: match.start()]) or _ON.search(code):
        return None
    return source.path, source.line_of(function.body_start + match.start())


def _always(source: SourceFile, function: Function, at: int) -> bool:
    """True of a statement that stands on no branch, in every configuration."""
    ahead = source.code(function.body_start, at)
    whole = source.conditions_at(function.start_byte)
    return (
        ahead.count(b"{") == ahead.count(b"}") + 1
        and _ENDS.search(ahead) is not None
        and source.conditions_at(at) == whole
    )


_ENDS = re.compile(rb"[;{}]\s*\Z")
"""What stands in front of a statement that is not an arm of another."""


def _turned_off(source: SourceFile, function: Function) -> Iterator[tuple[str, int]]:
    """Where interrupts are turned off around a call of another function of the file.

    That one is a walker with interrupts off only if nothing in the file calls it otherwise.
    """
    stretch = _off_in(source, function)
    between = source.code(stretch.start, stretch.stop) if stretch else b""
    for word in re.findall(rb"\b([A-Za-z_]\w*)\s*\(", between):
        if source.functions_named(word.decode()) and _only_so(source, word):
            yield source.path, source.line_of(stretch.start)
            return


def _off_in(source: SourceFile, function: Function) -> range:
    """The first stretch of a function that certainly runs with interrupts off."""
    code = source.code(function.body_start, function.body_end)
    off = _SECTION.search(code)
    if off is None or not _always(source, function, function.body_start + off.start()):
        return range(0)
    on = _ON.search(code, off.end())
    at = function.body_start
    return range(at + off.start(), at + on.start()) if on is not None else range(0)


def _only_so(source: SourceFile, name: bytes) -> bool:
    """True if each call of a function in its file, but its own, is made with interrupts off."""
    call = re.compile(rb"\b" + name + rb"\s*\(")
    for function in source.functions:
        code = source.code(function.body_start, function.body_end)
        calls = [function.body_start + one.start() for one in call.finditer(code)]
        if not calls or function.name == name.decode():
            continue
        off = _off_in(source, function)
        if any(at not in off for at in calls):
            return False
    return True
