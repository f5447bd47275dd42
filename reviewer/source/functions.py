"""Function definitions found on the layout, before and independent of any parse.

A body is a ``{`` at top level whose header ends in a parameter list. This finds functions behind
macros that no C parser knows (``SYSCALL_DEFINE2(…) {``, ``DEFINE_IDTENTRY(…) {``) and in files
whose ``#if`` branches do not balance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.source.header_text import (
    POINTED,
    attributes,
    groups_of,
    names_in,
    only_attributes,
    outside_groups,
    parameter_name,
    split_arguments,
    squeeze,
)
from reviewer.source.layout import Layout
from reviewer.source.words import words

_DESIGNATED = re.compile(rb"\s*\.\w+\s*=")


@dataclass(frozen=True, slots=True)
class Outline:
    """A function definition as the layout shows it; the tree may know more."""

    name: str
    start_byte: int
    end_byte: int
    body_start: int
    body_end: int
    name_byte: int
    parameters: tuple[str, ...]
    annotations: tuple[str, ...]
    static: bool
    macro: str
    """The macro that declares it (``SYSCALL_DEFINE3``), or ''."""


def read_function(layout: Layout, start: int, brace: int, close: int) -> Outline | None:
    """The function whose header starts at ``start`` and whose body is ``brace`` to ``close``.

    None if the braces are something else's, as far as the header tells.
    """
    code = layout.plain
    header = code[start:brace]
    if b"(" not in header:
        return None
    groups = groups_of(code, start, brace)
    all_groups = list(groups)
    table = words()
    annotations: list[str] = []
    while len(groups) > 1 and (
        table.is_attribute(groups[-1][0])
        or only_attributes(code[groups[-2][3] + 1 : groups[-1][1]], groups[-1][0])
    ):
        name, name_at, _, stop = groups.pop()
        annotations.append(squeeze(layout.code[name_at : stop + 1]))
    if not groups:
        return None
    name, name_at, opened, stop = groups[-1]
    tail = code[stop + 1 : brace]
    if b"=" in tail or b"," in tail:
        return None
    behind = [group for group in all_groups if group[1] > stop]
    loose = names_in(outside_groups(code, stop + 1, brace, behind))
    if any(not (table.is_attribute(word) or word.startswith("__")) for word in loose):
        return None
    if not name or name == "__typeof__":
        inner = POINTED.search(code, start, brace)
        back = code[start:opened].rstrip()
        if not back.endswith(b")"):
            return None
        nested = groups_of(code, groups[-2][2] + 1, groups[-2][3]) if len(groups) > 1 else []
        if nested:
            name, name_at, opened, stop = nested[-1]
        elif inner:
            return None
    before = code[start:name_at]
    if not before.strip() and _DESIGNATED.match(code, brace + 1):
        return None
    if b"=" in outside_groups(code, start, name_at, groups):
        return None
    if re.fullmatch(rb"\s*(?:typedef\s+)?(?:struct|union|enum)\s*", before):
        return None
    if name in ("if", "while", "for", "switch", "sizeof", "do", "else", "return"):
        return None
    start = _declaration_start(code, start, groups, name_at)
    annotations += attributes(layout, start, name_at)
    annotations += attributes(layout, stop + 1, brace)
    parameters = split_arguments(layout.code, opened + 1, stop)
    macro = ""
    if table.declares_function(name) or (name.isupper() and not _has_type(code[start:name_at])):
        macro = name
        name, parameters = _declared(name, parameters)
    static = b"static" in code[start:name_at].split() or "static" in names_in(header)
    return Outline(
        name=name,
        start_byte=start,
        end_byte=close,
        body_start=brace,
        body_end=close - 1 if close > brace else close,
        name_byte=name_at,
        parameters=tuple(parameter_name(one) for one in parameters if one.strip() != "void"),
        annotations=tuple(dict.fromkeys(annotations)),
        static=static,
        macro=macro,
    )


def _declaration_start(
    code: bytes, start: int, groups: list[tuple[str, int, int, int]], name_at: int
) -> int:
    """Skip macro invocations without semicolon (``EXPORT_SYMBOL(x)``) before a function."""
    for name, first, _, stop in groups[:-1]:
        if stop >= name_at or name in ("__attribute__", "__typeof__", "typeof", "__section"):
            continue
        newline = code.find(b"\n", stop)
        if 0 <= newline < name_at and not code[stop + 1 : newline].strip():
            line = code.rfind(b"\n", 0, first) + 1
            rest = code[newline:name_at]
            if not code[line:first].strip() and (rest.strip() or not words().is_attribute(name)):
                start = newline + 1
    while start < name_at and code[start] in b" \t\r\n":
        start += 1
    return start


def _declared(macro: str, arguments: list[str]) -> tuple[str, list[str]]:
    """Name and parameters of a function that a macro declares."""
    first = arguments[0].strip() if arguments else ""
    found = re.search(r"[A-Za-z_]\w*$", first)
    name = found[0] if found else macro
    rest = arguments[1:]
    if "SYSCALL_DEFINE" in macro:
        prefix = "compat_sys_" if macro.startswith("COMPAT") else "sys_"
        return prefix + name, rest[1::2]
    if macro.startswith("BPF_CALL_"):
        return name, rest[1::2]
    return name, rest


def _has_type(before: bytes) -> bool:
    return any(
        word not in ("static", "inline", "__always_inline") and not words().is_attribute(word)
        for word in names_in(before)
    )
