"""Tokens of cat files (herdtools7 lib/modelLexer.mll), and a cursor over them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.errors import LitmusError

_KEYWORDS = frozenset(
    [
        "let",
        "rec",
        "and",
        "in",
        "fun",
        "procedure",
        "call",
        "end",
        "acyclic",
        "irreflexive",
        "empty",
        "as",
        "show",
        "unshow",
        "include",
        "with",
        "from",
        "try",
        "if",
        "then",
        "else",
        "not",
        "flag",
        "undefined_unless",
        "assert",
        "requires",
        "enum",
        "instructions",
        "default",
        "match",
        "forall",
        "do",
        "when",
        "begin",
        "debug",
        "variant",
    ]
)
_TOKEN = re.compile(
    r"""[ \t\r]+|(?P<nl>\n)|(?P<line>(?://|\#)[^\n]*)|(?P<open>\(\*)
    |(?P<str>"[^"]*")|(?P<tag>'[A-Za-z][\w.-]*)
    |(?P<op>->|\|\||\+\+|&&|\^-1|[()\[\]{}|;,&\\*+?~=^])
    |(?P<zero>0(?![\w]))|(?P<any>_(?![\w]))
    |(?P<name>[A-Za-z_][A-Za-z0-9_.]*(?:-+[A-Za-z0-9_.]+)*)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    line: int


def _tokens(text: str, path: str) -> list[Token]:
    found: list[Token] = []
    at, line = 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise LitmusError(path, line, f"expected cat, found '{text[at]}'")
        kind = match.lastgroup
        at = match.end()
        if kind == "nl":
            line += 1
        elif kind == "open":
            depth = 1
            start = line
            while depth:
                if at >= len(text):
                    raise LitmusError(path, start, "this comment is never closed")
                if text.startswith("(*", at):
                    depth, at = depth + 1, at + 2
                elif text.startswith("*)", at):
                    depth, at = depth - 1, at + 2
                else:
                    line += text[at] == "\n"
                    at += 1
        elif kind is not None and kind != "line":
            word = match.group()
            if kind == "name" and word in _KEYWORDS:
                kind = "key"
            found.append(Token(kind, word, line))
    found.append(Token("eof", "the end", line))
    return found


class Cursor:
    """A place among the tokens of a file; the parsers move it on."""

    def __init__(self, text: str, path: str) -> None:
        self.path = path
        self.tokens = _tokens(text, path)
        self.at = 0

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    def ahead(self, text: str, distance: int = 0) -> bool:
        token = self.tokens[min(self.at + distance, len(self.tokens) - 1)]
        return token.text == text and token.kind in ("op", "key", "zero", "any")

    def take(self, text: str) -> bool:
        if self.ahead(text):
            self.at += 1
            return True
        return False

    def need(self, text: str) -> None:
        if not self.take(text):
            raise self.error(f"'{text}'")

    def error(self, expected: str) -> LitmusError:
        return LitmusError(
            self.path, self.now.line, f"expected {expected}, found '{self.now.text}'"
        )

    def name(self) -> str:
        if self.now.kind == "any":
            self.at += 1
            return "_"
        if self.now.kind != "name":
            raise self.error("a name")
        self.at += 1
        return self.tokens[self.at - 1].text

    def string(self) -> str:
        if self.now.kind != "str":
            raise self.error("a string")
        self.at += 1
        return self.tokens[self.at - 1].text[1:-1]
