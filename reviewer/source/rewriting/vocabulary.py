"""Words and signs of C that decide what a token is."""

from __future__ import annotations

CONTROL = frozenset(
    {b"if", b"else", b"while", b"for", b"do", b"switch", b"return", b"goto", b"break", b"continue"}
)
KEYWORDS = CONTROL | {b"case", b"default", b"sizeof", b"typedef"}
TYPE_WORDS = frozenset(
    {
        b"struct", b"union", b"enum", b"unsigned", b"signed", b"int", b"char", b"long", b"short",
        b"void", b"float", b"double", b"_Bool", b"const", b"volatile", b"register", b"static",
    }
)  # fmt: skip
OPERATORS = frozenset(
    {
        b"+", b"-", b"*", b"/", b"%", b"&", b"|", b"^", b"<", b">", b"=", b"!", b"==", b"!=",
        b"<=", b">=", b"&&", b"||", b"+=", b"-=", b"|=", b"&=", b"<<", b">>", b"^=", b"*=",
        b"->", b".", b"<<=", b">>=", b"++", b"--", b"~", b"...", b"#", b"?",
    }
)  # fmt: skip
