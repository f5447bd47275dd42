"""Structs without a tag inside of others: through what member a lock in one is reached."""

from __future__ import annotations

import re

from reviewer.source.file import SourceFile

_BRACE = re.compile(rb"[{}]")
_NAME = re.compile(rb"\s*(\w+)\s*;")
_FAR = 60_000
"""Bytes of a struct's body looked at before and behind a member."""


def members_around(source: SourceFile, at: int) -> tuple[str, ...]:
    """The members that are the structs without a tag around an offset, outermost first.

    One that has no name is passed by: what is in it is a member of the outer one.
    """
    before = source.code(max(0, at - _FAR), at)
    head = before.rfind(b"\n}")
    opened: list[bool] = []
    for brace in _BRACE.finditer(before, head + 2 if head >= 0 else 0):
        if brace[0] == b"{":
            opened.append(before[: brace.start()].rstrip().endswith((b"struct", b"union")))
        elif opened:
            opened.pop()
    if not all(opened[1:]):
        return ()
    found: list[str] = []
    depth = len(opened)
    for brace in _BRACE.finditer(behind := source.code(at, at + _FAR)):
        depth += 1 if brace[0] == b"{" else -1
        if depth < len(opened) and brace[0] == b"}":
            if len(opened) == 1:
                break
            opened.pop()
            name = _NAME.match(behind, brace.end())
            found += [name[1].decode()] if name is not None else []
    return tuple(reversed(found))
