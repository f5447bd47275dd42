"""What of a file can matter to whoever asks for its code: all but comments between statements.

A comment inside a statement or inside parentheses may be part of what is read as an argument or a
condition; one that stands where a statement has ended never is. Lines count: answers name them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from reviewer.source.file import SourceFile
from reviewer.source.layout import Layout

CODE = 8
"""Bytes of a digest: of two versions of one file, which nobody chooses to make alike."""
_ENDS = b";{}"
_BLOCK_END = b"\n}"


def code_digest(file: SourceFile) -> bytes:
    """A digest of a file's bytes without the comments between its statements."""
    lines = b"".join(_pieces(file)).split(b"\n")
    text = b"\n".join([line.rstrip() for line in lines]).rstrip()
    return hashlib.blake2b(text, digest_size=CODE).digest()


def _pieces(file: SourceFile) -> Iterator[bytes]:
    data, code, at = file.data, file.code(), 0
    deep, seen = 0, 0
    for start, end in file.layout.tokens.comments:
        block = code.rfind(_BLOCK_END, seen, start)
        if block >= 0:
            deep, seen = 0, block  # whatever #if made of the parentheses before
        opened = code.count(b"(", seen, start) - code.count(b")", seen, start)
        deep, seen = max(0, deep + opened), start
        if not deep and _is_between(file.layout, start):
            yield data[at:start]
            yield b" " + b"\n" * data.count(b"\n", start, end)
            at = end
    yield data[at:]


def _is_between(layout: Layout, at: int) -> bool:
    """True if a statement, a block or a directive has ended before a place of blanked code.

    A comment in a directive says by its lines how far the directive goes.
    """
    if layout.directive_at(at) is not None:
        return False
    code, before = layout.code, at
    while before and code[before - 1] in b" \t\r\n":
        before -= 1
    return not before or code[before - 1] in _ENDS or layout.directive_at(before - 1) is not None
