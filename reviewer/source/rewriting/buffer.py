"""A stretch of C as tokens over bytes that can be overwritten but not moved."""

from __future__ import annotations

import re

from reviewer.source.rewriting.vocabulary import KEYWORDS
from reviewer.source.words import Words

_TOKEN = re.compile(
    rb"[A-Za-z_]\w*+|[0-9][\w.]*+|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?"
    rb"|\.\.\.|->|\+\+|--|<<=?|>>=?|&&|\|\||[-+*/%&|^=!<>]=|[^\s\w]",
    re.S,
)


class TokenBuffer:
    """The tokens of a stretch of C, and its bytes as rewritten so far.

    ``text[i]`` is the token at ``original[start[i]:end[i]]``, empty once dropped; ``match`` has
    the index of the other bracket. ``rewrites`` are the words whose meaning was replaced, by
    offset; ``keep`` is the offset of a name that is not to be taken for an attribute, or -1.
    """

    def __init__(self, code: bytes, table: Words, keep: int) -> None:
        self.table = table
        self.keep = keep
        self.out = bytearray(code)
        self.original = code
        self.rewrites: dict[int, str] = {}
        self.text: list[bytes] = []
        self.start: list[int] = []
        self.end: list[int] = []
        for match in _TOKEN.finditer(code):
            self.text.append(match[0])
            self.start.append(match.start())
            self.end.append(match.end())
        self.match = self._brackets()

    def _brackets(self) -> dict[int, int]:
        """Index of the closing token by that of the opening one, and back."""
        pairs = {b")": b"(", b"]": b"[", b"}": b"{"}
        found: dict[int, int] = {}
        stack: list[int] = []
        for index, token in enumerate(self.text):
            if token in (b"(", b"[", b"{"):
                stack.append(index)
            elif token in pairs and stack and self.text[stack[-1]] == pairs[token]:
                opened = stack.pop()
                found[opened] = index
                found[index] = opened
        return found

    def blank(self, start: int, end: int) -> None:
        """Overwrite bytes with spaces; newlines stay."""
        for at in range(start, end):
            if self.out[at] != 0x0A:
                self.out[at] = 0x20

    def drop(self, first: int, last: int) -> None:
        """Blank tokens ``first`` to ``last`` inclusive and forget them."""
        self.blank(self.start[first], self.end[last])
        for index in range(first, last + 1):
            self.text[index] = b""

    def put(self, index: int, word: bytes) -> bool:
        """Overwrite token ``index`` with a word that is not longer."""
        start, end = self.start[index], self.end[index]
        if len(word) > end - start or b"\n" in self.out[start : start + len(word)]:
            return False
        self.blank(start, end)
        self.out[start : start + len(word)] = word
        self.text[index] = word
        return True

    def next(self, index: int) -> int:
        """Index of the next token that was not dropped, or the number of tokens."""
        index += 1
        while index < len(self.text) and not self.text[index]:
            index += 1
        return index

    def previous(self, index: int) -> int:
        """Index of the last token before ``index`` that was not dropped, or -1."""
        index -= 1
        while index >= 0 and not self.text[index]:
            index -= 1
        return index

    def at(self, index: int) -> bytes:
        """A token; empty if it was dropped or if there is none."""
        return self.text[index] if 0 <= index < len(self.text) else b""

    def is_name(self, index: int) -> bool:
        """True for an identifier or type word, false for other keywords."""
        token = self.at(index)
        return (token[:1].isalpha() or token[:1] == b"_") and token not in KEYWORDS
