"""Arguments of macros, made expressions."""

from __future__ import annotations

from reviewer.source.rewriting.buffer import TokenBuffer
from reviewer.source.rewriting.vocabulary import KEYWORDS, OPERATORS, TYPE_WORDS


def rewrite_arguments(code: TokenBuffer) -> None:
    """Make every macro argument an expression."""
    for index, token in enumerate(code.text):
        if token != b"(" or index not in code.match:
            continue
        before = code.at(code.previous(index))
        if not (before[:1].isalpha() or before[:1] == b"_"):
            continue
        if before in (b"sizeof", b"for", b"return", b"case", b"switch", b"_Alignof"):
            continue
        if before in TYPE_WORDS or code.start[code.previous(index)] == code.keep:
            continue
        _call(code, index, code.match[index])


def _call(code: TokenBuffer, opened: int, closed: int) -> None:
    """Rewrite the arguments of one call, all in one walk over its own tokens."""
    first = code.next(opened)
    if first >= closed:
        return
    argument: list[int] = []
    index = first
    while index <= closed:
        token = code.text[index]
        if index == closed or token in (b",", b";"):
            if token == b";":
                code.put(index, b",")
            _argument(code, argument, index, opened, closed)
            argument = []
        elif token:
            argument.append(index)
            if token in (b"(", b"[", b"{") and index in code.match:
                index = code.match[index]
                argument.append(index)
        index = index + 1 if index == closed else code.next(index)


def _argument(code: TokenBuffer, tokens: list[int], stop: int, opened: int, closed: int) -> None:
    if not tokens:
        if stop != closed:
            code.drop(stop, stop)
        else:
            before = code.previous(stop)
            if code.at(before) == b",":
                code.drop(before, before)
        return
    text = [code.text[index] for index in tokens]
    if text[0] in (b"return", b"goto"):
        code.drop(tokens[0], tokens[0])
        return
    if text[0] in (b"break", b"continue") and len(text) == 1:
        code.put(tokens[0], b"0")
    elif text[0] == b"{" and len(text) == 2:
        _wrap_block(code, tokens[0], tokens[1])
    elif all(token in OPERATORS for token in text):
        _replace(code, tokens, b"0")
    elif _is_type(text):
        _replace(code, tokens, b"T")
    elif text[0] == b"." or (len(text) > 2 and code.is_name(tokens[0]) and code.is_name(tokens[1])):
        code.drop(tokens[0], tokens[0])


def _replace(code: TokenBuffer, tokens: list[int], word: bytes) -> None:
    """Overwrite a whole argument."""
    code.blank(code.start[tokens[0]], code.end[tokens[-1]])
    start = code.start[tokens[0]]
    code.out[start : start + len(word)] = word
    for index in range(tokens[0], tokens[-1] + 1):
        code.text[index] = b""
    code.text[tokens[0]] = word


def _wrap_block(code: TokenBuffer, opened: int, closed: int) -> None:
    """``{ … }`` among arguments becomes ``({ … })`` if there is room for it."""
    before, after = code.start[opened] - 1, code.end[closed]
    if after < len(code.out) and code.out[before] == 0x20 and code.out[after] == 0x20:
        code.out[before] = 0x28
        code.out[after] = 0x29


def _is_type(text: list[bytes]) -> bool:
    """True for the tokens of a type name, such as no expression could have."""
    words_seen = 0
    for token in text:
        if token in (b"*", b"[", b"]", b"(", b")"):
            continue
        if not (token[:1].isalpha() or token[:1] == b"_") or token in KEYWORDS:
            return False
        words_seen += 1
    if not words_seen:
        return False
    if text[0] in TYPE_WORDS or (len(text) > 1 and text[1] in TYPE_WORDS):
        return True
    return text[-1] == b"*" or (words_seen > 1 and b"(" not in text and b"[" not in text)
