"""Attribute words, blanked with their arguments."""

from __future__ import annotations

from reviewer.source.rewriting.buffer import TokenBuffer
from reviewer.source.rewriting.vocabulary import OPERATORS


def blank_annotations(code: TokenBuffer) -> None:
    """Blank attribute words with their arguments, and stray backslashes."""
    is_attribute = code.table.is_attribute
    index = 0
    while index < len(code.text):
        token = code.text[index]
        if token == b"\\":
            code.drop(index, index)
        elif (
            (token[:1].isalpha() or token[:1] == b"_")
            and is_attribute(token.decode())
            and code.start[index] != code.keep
            and code.at(code.previous(index)) not in (b".", b"->")
        ):
            last = index
            close = code.match.get(index + 1, -1) if code.at(index + 1) == b"(" else -1
            adjacent = close >= 0 and code.start[index + 1] == code.end[index]
            if close >= 0 and (adjacent or token.startswith((b"__attribute", b"__section"))):
                last = close
            if last > index and _is_called(code, index, close):
                index += 1
                continue
            code.drop(index, last)
            index = last
        index += 1


def _is_called(code: TokenBuffer, index: int, close: int) -> bool:
    """True if an attribute's name stands where only a call can: it is a function then."""
    before = code.at(code.previous(index))
    if before in (b"return", b"else", b"do"):
        return True
    if before in (b"(", b","):
        following = code.at(code.next(close))
        return following in (b",", b")") or following in OPERATORS - {b"*"}
    return before in OPERATORS - {b"*", b"&", b"."}
