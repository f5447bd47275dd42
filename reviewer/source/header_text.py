"""The text of a declaration's header: its groups, names, attributes and parameters."""

from __future__ import annotations

import re

from reviewer.source.layout import Layout
from reviewer.source.words import words

_GROUP = re.compile(rb"([A-Za-z_]\w*+)\s*+\(|[()]")
_IDENT = re.compile(rb"[A-Za-z_]\w*")
POINTED = re.compile(rb"\(\s*\*+\s*(?:const\s+)?([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)?\)")
"""The ``(*name)`` of a pointer to a function or of an array of them."""


def groups_of(code: bytes, start: int, end: int) -> list[tuple[str, int, int, int]]:
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


def outside_groups(
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


def names_in(code: bytes) -> list[str]:
    """Identifiers and keywords, in source order."""
    return [word.decode() for word in _IDENT.findall(code)]


def squeeze(code: bytes) -> str:
    """The text of code on one line, runs of space as one."""
    return re.sub(r"\s+", " ", code.decode("latin-1")).strip()


def split_arguments(code: bytes, start: int, end: int) -> list[str]:
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
            parts.append(squeeze(code[at : match.start()]))
            at = match.end()
    last = squeeze(code[at:end])
    if last or parts:
        parts.append(last)
    return parts


def attributes(layout: Layout, start: int, end: int) -> list[str]:
    """Attribute words of a span, each with its arguments."""
    is_attribute = words().is_attribute
    found = [
        match
        for match in _IDENT.finditer(layout.plain, start, end)
        if (word := match[0].decode()) not in ("inline", "__attribute__") and is_attribute(word)
    ]
    if not found:
        return []
    arguments = {at: stop for _, at, _, stop in groups_of(layout.plain, start, end)}
    return [
        squeeze(layout.code[one.start() : arguments.get(one.start(), one.end() - 1) + 1])
        for one in found
    ]


def only_attributes(between: bytes, name: str) -> bool:
    """True if ``name(…)`` behind another group and only attributes is an attribute too."""
    return (
        name.startswith("__")
        and all(words().is_attribute(w) for w in names_in(between))
        and (b"*" not in between)
    )


def parameter_name(text: str) -> str:
    """The name of a parameter as written, also of a pointer to a function."""
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
