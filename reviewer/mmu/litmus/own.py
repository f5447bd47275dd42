"""What a litmus file defines itself: functions, structures, enums, macros."""

from __future__ import annotations

import re

from reviewer.errors import LitmusError
from reviewer.mmu.litmus.definitions import Definition, end_of_block, parse_definition
from reviewer.mmu.litmus.definitions import define as take

_SPACE = re.compile(r"[\s;]*")
_MACRO = re.compile(r"#\s*define\s+(?P<name>\w+)(?P<params>\([\w\s,]*\))?[ \t]+(?P<text>[^\n]*)")
_ENUM = re.compile(r"enum\s*\w*\s*(?=\{)")
_MEMBER = re.compile(r"(\w+)\s*(?:=\s*(-?\w+))?$")
_STARTS = re.compile(
    r"struct\s+\w+\s*\{|(?!if\b|for\b|while\b|switch\b|return\b|exists\b|forall\b|filter\b|locations\b)"
    r"(?:\w+[\s*]+)+\w+\s*\([^()]*\)\s*\{"
)


def own_definition(text: str, at: int, path: str, found: dict[str, Definition]) -> int | None:
    """Takes the definition that starts at ``at`` into ``found``; the offset behind it, None where
    none starts. Raises LitmusError."""
    at = _past(text, at)
    line = text.count("\n", 0, at) + 1
    macro = _MACRO.match(text, at)
    if macro is not None:
        name, listed = macro["name"], macro["params"]
        kind = "constant" if listed is None else "macro"
        names = tuple(word.strip() for word in (listed or "()")[1:-1].split(",") if word.strip())
        define(found, Definition(name, names, macro["text"].strip(), path, line, kind))
        return _past(text, macro.end())
    enum = _ENUM.match(text, at)
    if enum is not None:
        end = end_of_block(text, enum.end(), path)
        _members(text[enum.end() + 1 : end], path, line, found)
        return _past(text, end + 1)
    if _STARTS.match(text, at) is None:
        return None
    definition, end = parse_definition(text, at, path)
    define(found, definition)
    return _past(text, end)


def define(found: dict[str, Definition], definition: Definition) -> None:
    """Takes one in. Raises LitmusError for a second one of its name."""
    key = f"struct {definition.name}" if definition.kind == "struct" else definition.name
    if key in found:
        raise LitmusError(definition.path, definition.line, f"{key} is defined twice")
    take(found, definition)


def _past(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _members(text: str, path: str, line: int, found: dict[str, Definition]) -> None:
    value = 0
    for part in text.split(","):
        member = _MEMBER.match(part.strip())
        if member is None:
            if part.strip():
                what = f"expected NAME = NUMBER in an enum, found '{part.strip()[:40]}'"
                raise LitmusError(path, line, what)
            continue
        if member.group(2) is not None:
            try:
                value = int(member.group(2), 0)
            except ValueError:
                what = f"expected a number for {member.group(1)}, found '{member.group(2)}'"
                raise LitmusError(path, line, what) from None
        define(found, Definition(member.group(1), (), str(value), path, line, "constant"))
        value += 1
