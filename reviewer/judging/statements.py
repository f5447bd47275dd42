"""The statement next to a call, read from the code bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.source.file import SourceFile

_REACH = 500
_NAMES = re.compile(rb"(?<![\w>.])([A-Za-z_]\w*+)[ \t\n]*+\(")
_NEXT = re.compile(rb"[\s]*+([^;{}]*+)([;{}])")
_BLOCKS = (b"if", b"else", b"for", b"while", b"do", b"switch", b"case", b"default")


@dataclass(frozen=True, slots=True)
class Statement:
    """A simple statement: its calls in order and its line; ``text`` with white space folded."""

    text: str
    calls: tuple[str, ...]
    line: int


def following(source: SourceFile, byte: int) -> Statement | None:
    """The simple statement, or the condition, that begins behind an offset; None if none does."""
    code = source.code(byte, byte + _REACH)
    match = _NEXT.match(code)
    if match is None or match[2] == b"}" or b"#" in match[1]:
        return None
    if match[2] == b"{" and not match[1].lstrip().startswith((b"if", b"while", b"switch")):
        return None
    return _statement(source, byte + match.start(1), match[1])


def preceding(source: SourceFile, byte: int) -> Statement | None:
    """The simple statement that ends before an offset; None if a block, label or branch does."""
    first = max(0, byte - _REACH)
    code = source.code(first, byte).rstrip()
    if not code.endswith(b";"):
        return None
    begin = max(code.rfind(mark, 0, len(code) - 1) for mark in (b";", b"{", b"}")) + 1
    if begin == 0:
        return None
    text = code[begin:-1]
    if b"#" in text or text.lstrip().startswith(_BLOCKS) or re.search(rb"^\s*\w+\s*:", text):
        return None
    return _statement(source, first + begin + len(text) - len(text.lstrip()), text)


def _statement(source: SourceFile, byte: int, text: bytes) -> Statement:
    return Statement(
        " ".join(text.decode("utf-8", "replace").split()),
        tuple(name.decode() for name in _NAMES.findall(text)),
        source.line_of(byte),
    )
