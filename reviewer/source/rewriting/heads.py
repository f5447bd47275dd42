"""Macros that stand where a statement starts: iterators, guards, declarations."""

from __future__ import annotations

from reviewer.source.rewriting.buffer import TokenBuffer
from reviewer.source.rewriting.vocabulary import CONTROL, KEYWORDS, TYPE_WORDS

_STARTS = frozenset({b";", b"{", b"}", b":"})


def rewrite_heads(code: TokenBuffer) -> None:
    """Iterators, guards and macros that a statement or block follows."""
    for index, token in enumerate(code.text):
        if not token or not (token[:1].isalpha() or token[:1] == b"_") or token in KEYWORDS:
            continue
        before = code.previous(index)
        if before < 0 or not _starts_statement(code, before):
            continue
        opened = code.next(index)
        if token == b"static" and _declares_by_macro(code, opened):
            code.drop(index, index)
        elif code.at(opened) == b"(" and opened in code.match:
            close = code.match[opened]
            following = code.next(close)
            if _heads_statement(code, token, close, following):
                _head(code, index, opened, close)
            elif code.at(following) == b"=" and code.at(code.next(following)) == b"{":
                code.drop(opened, close)
                code.put(index, b"int x")
        elif _stands_alone(code, index, opened):
            code.drop(index, index)


def _declares_by_macro(code: TokenBuffer, index: int) -> bool:
    """True for ``NAME(…);`` behind ``static``: a macro that declares a variable."""
    opened = code.next(index)
    if not code.is_name(index) or code.at(opened) != b"(" or opened not in code.match:
        return False
    return code.at(code.next(code.match[opened])) == b";"


def _stands_alone(code: TokenBuffer, index: int, following: int) -> bool:
    """True for a macro that is a statement by itself, without parentheses and semicolon."""
    if not code.is_name(index) or code.text[index] in TYPE_WORDS:
        return False
    if following >= len(code.text):
        return False
    gap = code.original[code.end[index] : code.start[following]]
    if code.text[following] in CONTROL or code.text[following] == b"}":
        return b"\n" in gap
    return gap.count(b"\n") > 1 and code.is_name(following)


def _starts_statement(code: TokenBuffer, before: int) -> bool:
    token = code.text[before]
    if token in _STARTS or token in (b"else", b"do"):
        return True
    if token != b")" or before not in code.match:
        return False
    head = code.previous(code.match[before])
    return code.at(head) in (b"if", b"while", b"for", b"switch")


def _heads_statement(code: TokenBuffer, token: bytes, close: int, following: int) -> bool:
    """True if ``token(…)`` is followed by the statement it governs."""
    nxt = code.at(following)
    if nxt == b"{" or nxt in CONTROL:
        return True
    word = token.decode("latin-1")
    if not (nxt[:1].isalpha() or nxt[:1] in (b"_", b"(", b"*", b"+", b"-")) or not nxt:
        return False
    if word in code.table.loops or word in code.table.once:
        return nxt != b"->"
    if not (nxt[:1].isalpha() or nxt[:1] == b"_") or token in TYPE_WORDS:
        return False
    gap = code.original[code.end[close] : code.start[following]]
    return b"\n" in gap


def _head(code: TokenBuffer, index: int, opened: int, close: int) -> None:
    """Turn ``name(…)`` into ``while(…)``, or ``if(…)`` where it runs at most once."""
    word = code.text[index].decode("latin-1")
    once = word in code.table.once or (word not in code.table.loops and word.isupper())
    start = code.start[index]
    if once or not code.put(index, b"while"):
        code.put(index, b"if")
    code.rewrites[start] = word
    if code.next(opened) == close:
        _fill_empty(code, index, opened, close)


def _fill_empty(code: TokenBuffer, index: int, opened: int, close: int) -> None:
    """``while ( )`` needs a condition: write one into whatever room there is."""
    start, end = code.start[index], code.end[close]
    word = code.text[index]
    room = end - start
    if b"\n" in code.out[start:end] or room < len(word) + 3:
        return
    code.out[start:end] = word + b"(0)" + b" " * (room - len(word) - 3)
