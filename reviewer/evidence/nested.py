"""Structs without a tag inside of others: through what member a lock in one is reached."""

from __future__ import annotations

import re

from reviewer.source.file import SourceFile

_BRACE = re.compile(rb"[{}]")
_NAME = re.compile(rb"\s*(\w+)\s*;")
_FAR = 12_000
"""Bytes of a struct's body looked at before and behind a member."""


def member_around(source: SourceFile, at: int) -> str:
    """The member that is the innermost struct without a tag around an offset; '' if there is none.

    Also '' where it has no name, so that what is in it is a member of the outer one, and where it
    is inside of another.
    """
    start = max(0, at - _FAR)
    before = source.code(start, at)
    head = max(before.rfind(b"\n}"), 0)
    opened: list[bool] = []
    for brace in _BRACE.finditer(before, head + 2 if head else 0):
        if brace[0] == b"{":
            opened.append(before[: brace.start()].rstrip().endswith((b"struct", b"union")))
        elif opened:
            opened.pop()
    if len(opened) != 2 or not opened[-1]:
        return ""
    depth = 1
    for brace in _BRACE.finditer(behind := source.code(at, at + _FAR)):
        depth += 1 if brace[0] == b"{" else -1
        if not depth:
            name = _NAME.match(behind, brace.end())
            return name[1].decode() if name is not None else ""
    return ""
