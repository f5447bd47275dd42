"""What a function can return: NULL, an error pointer, or nothing at all.

Read from its return statements; a call that is returned is followed. A pointer that was just
found not to be NULL is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.verdict import Location
from reviewer.world import World

_DEEP = 3
_RETURN = re.compile(rb"\breturn\b([^;]*);")
_CALL = re.compile(rb"(\w+)\s*\((?:[^()]++|\((?:[^()]++|\([^()]*+\))*+\))*+\)")
_ERROR = re.compile(rb"(?:ERR_PTR|ERR_CAST)\s*\((.*)\)", re.S)
_NUMBER = re.compile(rb"\s*-\s*E[A-Z0-9]+\s*")
_TOLD = 200
"""Bytes before a return in which the variable is found not to be NULL, white space folded: where
a comment stood there are blanks."""
_BLANK_AT_MOST = 4000
_HEAD = re.compile(rb"\bvoid\s+(?!\*)(?:\w+\s+)*?(\w+)\s*\(")


@dataclass(slots=True)
class Results:
    """What is certain of a function's results."""

    errors: list[Location] = field(default_factory=list)
    """Where it returns an error pointer."""
    null: bool = False
    """True if it may return NULL, or that cannot be told."""


def returns_nothing(source: SourceFile, function: Function) -> bool:
    """True for a void function."""
    head = source.code(function.start_byte, function.body_start)
    named = _HEAD.search(head)
    return named is not None and named[1].decode() == function.name


def results_of(world: World, source: SourceFile, function: Function) -> Results:
    """The pointers that a function may return."""
    found = Results()
    _collect(world, source, function, found, _DEEP)
    return found


def _collect(
    world: World, source: SourceFile, function: Function, found: Results, depth: int
) -> None:
    code = source.code(function.body_start, function.body_end)
    if function.has_error or not depth:
        found.null = True
        return
    for match in _RETURN.finditer(code):
        value = match[1].strip()
        at = function.body_start + match.start()
        call = _CALL.fullmatch(value)
        error = _ERROR.fullmatch(value)
        if error is not None:
            if not _fails(_ahead(code, match.start()), error[1].strip()):
                found.null = True  # ERR_PTR(0) and ERR_CAST(NULL) are NULL
            where = Location(source.path, source.line_of(at), f"return {value.decode('latin-1')}")
            found.errors.append(where)
        elif call is not None:
            others = world.functions(call[1].decode())
            if len(others) != 1:
                found.null = True
                continue
            _collect(world, *others[0], found, depth - 1)
        elif not _checked(_ahead(code, match.start()), value):
            found.null = True


def _ahead(code: bytes, at: int) -> bytes:
    """What stands right before an offset."""
    return re.sub(rb"\s+", b" ", code[max(0, at - _BLANK_AT_MOST) : at])[-_TOLD:]


def _checked(before: bytes, value: bytes) -> bool:
    """True if the statement right before leaves where the variable is NULL."""
    if not re.fullmatch(rb"[A-Za-z_]\w*", value):
        return False
    tested = rb"if\s*\(\s*!\s*" + value + rb"\s*\)\s*return\b[^;]*;\s*\Z"
    return re.search(tested, before) is not None


def _fails(before: bytes, value: bytes) -> bool:
    """True if a value is an error's number, or was just found to be an error."""
    if _NUMBER.fullmatch(value):
        return True
    named = re.fullmatch(rb"(?:PTR_ERR\s*\(\s*)?([A-Za-z_]\w*)(?:\s*\))?", value)
    if named is None:
        return False
    name = named[1]
    tested = rb"if\s*\(\s*(?:unlikely\s*\(\s*)?(?:%b(?:\s*<\s*0)?|IS_ERR\s*\(\s*%b\s*\))" % (
        name,
        name,
    )
    return re.search(tested + rb"\s*\)*\s*(?:\{[^{}]*)?\Z", before) is not None
