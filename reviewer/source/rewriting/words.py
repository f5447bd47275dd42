"""Words and forms of kernel C that a C parser does not know, each replaced by one it does."""

from __future__ import annotations

import re

from reviewer.source.rewriting.buffer import TokenBuffer
from reviewer.source.rewriting.vocabulary import TYPE_WORDS

_TYPEOF = frozenset(
    {
        b"typeof", b"__typeof__", b"__typeof", b"typeof_unqual", b"__unqual_scalar_typeof",
        b"typeof_member", b"__unsigned_scalar_typeof", b"TYPEOF_UNQUAL", b"__rcu_typeof",
    }
)  # fmt: skip
_ALIGNOF = frozenset({b"__alignof__", b"__alignof", b"_Alignof", b"alignof"})
_ASM = frozenset({b"asm", b"__asm__", b"__asm", b"asm_inline", b"asm_volatile_goto"})
_ASM_WORDS = frozenset(
    {b"volatile", b"__volatile__", b"__volatile", b"goto", b"inline", b"asm_inline"}
)
_NUMBER = re.compile(
    rb"(?:0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)[uUlL]*|[0-9]*\.?[0-9]*(?:[eE][0-9]+)?[fFlL]?"
)


def rewrite_words(code: TokenBuffer) -> None:
    """``typeof(…)`` to a type word, ``asm`` to a call without operands, and the like."""
    for index, token in enumerate(code.text):
        if token in _TYPEOF:
            following = code.next(index)
            close = code.match.get(following, -1) if code.at(following) == b"(" else -1
            if close >= 0:
                code.drop(following, close)
                code.put(index, b"int")
        elif token in (b"__auto_type", b"__label__"):
            code.put(index, b"int")
        elif token == b"offsetof":
            code.put(index, b"Offsetof")
        elif token in _ALIGNOF:
            code.put(index, b"Alignof")
        elif token[:1].isdigit() and not _NUMBER.fullmatch(token):
            code.put(index, b"0")
        elif token == b"case":
            _case_range(code, index)
        elif token == b"do":
            _do_while(code, index)
        elif token == b"{" and code.at(code.previous(index)) == b"=":
            _initializer(code, index)
        elif token in _ASM:
            following = code.next(index)
            while code.at(following) in _ASM_WORDS:
                code.drop(following, following)
                following = code.next(following)
            close = code.match.get(following, -1) if code.at(following) == b"(" else -1
            before = code.previous(index)
            if close >= 0 and code.is_name(before):
                code.drop(index, close)
            elif close >= 0:
                if close > following + 1:
                    code.drop(following + 1, close - 1)
                code.put(index, b"ASM")
                code.rewrites[code.start[index]] = "asm"


def _case_range(code: TokenBuffer, index: int) -> None:
    """``case A ... B:`` keeps its first value."""
    dots = -1
    at = code.next(index)
    for _ in range(64):
        token = code.at(at)
        if token in (b"", b";", b"{", b"}"):
            return
        if token == b":":
            if dots >= 0:
                code.drop(dots, at - 1)
            return
        if token == b"...":
            dots = at
        if token == b"(" and at in code.match:
            at = code.match[at]
        at = code.next(at)


def _do_while(code: TokenBuffer, index: int) -> None:
    """``do { … } while_each_x(…);`` ends in a plain ``while``."""
    opened = code.next(index)
    if code.at(opened) != b"{" or opened not in code.match:
        return
    closer = code.next(code.match[opened])
    if code.is_name(closer) and code.at(code.next(closer)) == b"(":
        start, word = code.start[closer], code.text[closer].decode("latin-1")
        if code.put(closer, b"while"):
            code.rewrites[start] = word


def _initializer(code: TokenBuffer, opened: int) -> None:
    """Names side by side in an initializer are macros that bring their own commas."""
    close = code.match.get(opened, opened)
    at = code.next(opened)
    while at < close:
        following = code.next(at)
        if code.at(at) in (b"(", b"{", b"[") and at in code.match:
            following = code.next(code.match[at])
        elif code.is_name(at) and code.is_name(following) and code.text[at] not in TYPE_WORDS:
            code.drop(at, at)
        at = following
