"""Function definitions found on the layout, before and independent of any parse.

A body is a ``{`` at top level whose header ends in a parameter list. This finds functions behind
macros that no C parser knows (``SYSCALL_DEFINE2(…) {``, ``DEFINE_IDTENTRY(…) {``) and in files
whose ``#if`` branches do not balance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.source.brackets import Bracket
from reviewer.source.layout import Layout
from reviewer.source.words import words

_GROUP = re.compile(rb"([A-Za-z_]\w*+)\s*+\(|[()]")
_IDENT = re.compile(rb"[A-Za-z_]\w*")
_AGGREGATE = re.compile(
    rb"\s*(?:typedef\s+)?(?:(?:static|const|extern|\w+_aligned)\s+)*+(?:struct|union|enum)\b"
)
_POINTED = re.compile(rb"\(\s*\*+\s*(?:const\s+)?([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)?\)")
_COLUMN_ZERO = re.compile(rb"\n\}(?![;,])")
_DESIGNATED = re.compile(rb"\s*\.\w+\s*=")
_HEADER_REACH = 8192


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


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A ``struct``, ``union``, ``enum`` or initializer at top level."""

    keyword: str
    name: str
    start_byte: int
    body_start: int
    body_end: int


@dataclass(frozen=True, slots=True)
class TopLevel:
    """What the braces at top level are, in source order."""

    functions: tuple[Outline, ...]
    aggregates: tuple[Aggregate, ...]


def read_top_level(layout: Layout) -> TopLevel:
    """Functions and aggregates of a file, in source order."""
    functions: list[Outline] = []
    aggregates: list[Aggregate] = []
    last_end = 0
    for bracket in layout.brackets:
        if bracket.parent != -1 or bracket.kind != 0x7B or bracket.open < last_end:
            continue
        start = _header_start(layout, last_end, bracket.open)
        close = _body_end(layout, bracket)
        function = _function(layout, start, bracket.open, close)
        if function is not None:
            functions.append(function)
            last_end = function.end_byte
            continue
        aggregate = _aggregate(layout, start, bracket.open, close)
        if aggregate is not None:
            aggregates.append(aggregate)
            last_end = close
    return TopLevel(tuple(functions), tuple(aggregates))


def _header_start(layout: Layout, last_end: int, brace: int) -> int:
    """Start of the declaration that ends in the ``{`` at ``brace``."""
    code = layout.plain
    floor = max(last_end, brace - _HEADER_REACH)
    start = floor
    for stop in (b";", b"}", b"{"):
        start = max(start, code.rfind(stop, floor, brace) + 1)
    while start < brace and code[start] in b" \t\r\n":
        start += 1
    return start


def _body_end(layout: Layout, bracket: Bracket) -> int:
    """Offset behind the ``}`` of a top-level body.

    A body of several lines that opens in column 0, or behind a header in column 0, ends at a
    ``}`` in column 0: the kernel's style, and safe against branches that do not balance.
    """
    code = layout.plain
    newline = code.find(b"\n", bracket.open)
    close = bracket.close
    if 0 <= close < newline or newline < 0:
        return close + 1 if close >= 0 else len(code)
    if close >= 0 and code[close - 1] == 0x0A:
        return close + 1
    plain_end = _COLUMN_ZERO.search(code, bracket.open)
    column_zero = plain_end.start() if plain_end is not None else -1
    line = code.rfind(b"\n", 0, bracket.open) + 1
    if column_zero >= 0 and (close < 0 or code[line] not in b" \t"):
        following = code.find(b"\n{", bracket.open + 1)
        if close < 0 or following < 0 or column_zero < following:
            return column_zero + 2
    return close + 1 if close >= 0 else len(code)


def _groups(code: bytes, start: int, end: int) -> list[tuple[str, int, int, int]]:
    """Top-level ``name(…)`` and ``(…)`` groups of a header: name, name start, open, close."""
    out: list[tuple[str, int, int, int]] = []
    depth = 0
    name, name_at, opened = "", 0, 0
    for match in _GROUP.finditer(code, start, end):
        if match[0] == b")":
            depth -= 1
            if depth == 0:
                out.append((name, name_at, opened, match.start()))
            elif depth < 0:
                return []
        else:
            if depth == 0:
                name = match[1].decode() if match[1] else ""
                name_at, opened = match.start(), match.end() - 1
            depth += 1
    return out if depth == 0 else []


def _function(layout: Layout, start: int, brace: int, close: int) -> Outline | None:
    code = layout.plain
    header = code[start:brace]
    if b"(" not in header:
        return None
    groups = _groups(code, start, brace)
    all_groups = list(groups)
    table = words()
    annotations: list[str] = []
    while len(groups) > 1 and (
        table.is_attribute(groups[-1][0])
        or _only_attributes(code[groups[-2][3] + 1 : groups[-1][1]], groups[-1][0])
    ):
        name, name_at, _, stop = groups.pop()
        annotations.append(_squeeze(layout.code[name_at : stop + 1]))
    if not groups:
        return None
    name, name_at, opened, stop = groups[-1]
    tail = code[stop + 1 : brace]
    if b"=" in tail or b"," in tail:
        return None
    behind = [group for group in all_groups if group[1] > stop]
    loose = _words(_outside_groups(code, stop + 1, brace, behind))
    if any(not (table.is_attribute(word) or word.startswith("__")) for word in loose):
        return None
    if not name or name == "__typeof__":
        inner = _POINTED.search(code, start, brace)
        back = code[start:opened].rstrip()
        if not back.endswith(b")"):
            return None
        nested = _groups(code, groups[-2][2] + 1, groups[-2][3]) if len(groups) > 1 else []
        if nested:
            name, name_at, opened, stop = nested[-1]
        elif inner:
            return None
    before = code[start:name_at]
    if not before.strip() and _DESIGNATED.match(code, brace + 1):
        return None
    if b"=" in _outside_groups(code, start, name_at, groups):
        return None
    if re.fullmatch(rb"\s*(?:typedef\s+)?(?:struct|union|enum)\s*", before):
        return None
    if name in ("if", "while", "for", "switch", "sizeof", "do", "else", "return"):
        return None
    start = _declaration_start(code, start, groups, name_at)
    annotations += _attributes(layout, start, name_at)
    annotations += _attributes(layout, stop + 1, brace)
    parameters = _split(layout.code, opened + 1, stop)
    macro = ""
    if table.declares_function(name) or (name.isupper() and not _has_type(code[start:name_at])):
        macro = name
        name, parameters = _declared(name, parameters)
    static = b"static" in code[start:name_at].split() or b"static" in _IDENT.findall(header)
    return Outline(
        name=name,
        start_byte=start,
        end_byte=close,
        body_start=brace,
        body_end=close - 1 if close > brace else close,
        name_byte=name_at,
        parameters=tuple(_parameter_name(one) for one in parameters if one.strip() != "void"),
        annotations=tuple(dict.fromkeys(annotations)),
        static=static,
        macro=macro,
    )


def _only_attributes(between: bytes, name: str) -> bool:
    """True if ``name(…)`` behind another group and only attributes is an attribute too."""
    return (
        name.startswith("__")
        and all(words().is_attribute(w) for w in _words(between))
        and (b"*" not in between)
    )


def _outside_groups(
    code: bytes, start: int, end: int, groups: list[tuple[str, int, int, int]]
) -> bytes:
    """A header's bytes that stand outside all parentheses."""
    out = []
    at = start
    for _, _, opened, stop in groups:
        if stop >= end:
            break
        out.append(code[at:opened])
        at = stop + 1
    out.append(code[at:end])
    return b" ".join(out)


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


def _attributes(layout: Layout, start: int, end: int) -> list[str]:
    """Attribute words of a span, each with its arguments."""
    found: list[str] = []
    arguments = {at: stop for _, at, _, stop in _groups(layout.plain, start, end)}
    for match in _IDENT.finditer(layout.plain, start, end):
        word = match[0].decode()
        if word not in ("inline", "__attribute__") and words().is_attribute(word):
            stop = arguments.get(match.start(), match.end() - 1)
            found.append(_squeeze(layout.code[match.start() : stop + 1]))
    return found


def _has_type(before: bytes) -> bool:
    return any(
        word not in ("static", "inline", "__always_inline") and not words().is_attribute(word)
        for word in _words(before)
    )


def _words(code: bytes) -> list[str]:
    return [word.decode() for word in _IDENT.findall(code)]


def _squeeze(code: bytes) -> str:
    return re.sub(r"\s+", " ", code.decode("latin-1")).strip()


def _split(code: bytes, start: int, end: int) -> list[str]:
    """The text of comma-separated parts at parenthesis depth 0."""
    parts: list[str] = []
    depth, at = 0, start
    for match in re.compile(rb"[(){}\[\],]").finditer(code, start, end):
        char = match[0]
        if char in b"({[":
            depth += 1
        elif char in b")}]":
            depth -= 1
        elif depth == 0:
            parts.append(_squeeze(code[at : match.start()]))
            at = match.end()
    last = _squeeze(code[at:end])
    if last or parts:
        parts.append(last)
    return parts


def _parameter_name(text: str) -> str:
    pointed = re.search(r"\(\s*\*+\s*(?:const\s+)?(\w+)", text)
    if pointed:
        return pointed[1]
    bare = re.sub(r"\[[^\]]*\]", "", text)
    found = [
        word
        for word in re.findall(r"[A-Za-z_]\w*", re.sub(r"\([^)]*\)", "", bare))
        if not words().is_attribute(word)
    ]
    return found[-1] if found else text.strip()


def _aggregate(layout: Layout, start: int, brace: int, close: int) -> Aggregate | None:
    code = layout.plain
    groups = _groups(code, start, brace)
    while groups and words().is_attribute(groups[-1][0]):
        groups.pop()
    if groups and b"=" not in code[start:brace]:
        start = groups[-1][3] + 1
        while start < brace and code[start] in b" \t\r\n":
            start += 1
    header = code[start:brace]
    match = _AGGREGATE.match(header)
    if match and b"=" not in header:
        names = [w for w in _words(header[match.end() :]) if not words().is_attribute(w)]
        name = names[0] if names else ""
        keyword = _words(match[0])[-1]
        if not name:
            tail = code[close : code.find(b";", close) if close >= 0 else close]
            names = [w for w in _words(tail) if not words().is_attribute(w)]
            name = names[0] if names else ""
        return Aggregate(keyword, name, start, brace, close - 1)
    left = header.split(b"=")[0] if b"=" in header else header
    pointed = _POINTED.search(left)
    if pointed is not None:
        return Aggregate("=", pointed[1].decode(), start, brace, close - 1)
    names = [w for w in _words(re.sub(rb"\[[^\]]*\]", b"", left)) if not words().is_attribute(w)]
    return Aggregate("=", names[-1] if names else "", start, brace, close - 1)
