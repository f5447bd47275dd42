"""Input made to hang or exhaust: time must stay in proportion to the bytes."""

from __future__ import annotations

import time

import pytest

from reviewer.source.file import SourceFile

N = 20_000
BODY = b"int f(void)\n{\n\t%s\n}\n"
CASES = {
    "open parentheses": BODY % (b"(" * N),
    "nested parentheses": BODY % (b"x = " + b"(" * N + b"1" + b")" * N + b";"),
    "nested blocks": BODY % (b"{" * N + b"}" * N),
    "braces at top level": b"{}" * N,
    "comments on one line": b"/**/" * N,
    "comments on lines": b"/**/\n" * N,
    "comments without statements": BODY % (b"/* a */ x\n" * (N // 8)),
    "unclosed comment": b"/*" * N,
    "quotes": b'"' * N + b"'" * N + b'"' + b"\\" * N,
    "conditions": b"#if A\n" * N,
    "branches": b"#if A\n" + b"#elif B\nint x; /* c */\n" * (N // 8) + b"#endif\n",
    "macros": b"/* x */\n#define A 1\n" * (N // 8),
    "one expression": BODY % (b"a+" * N + b"1;"),
    "one condition": BODY % (b"if (a) " * N + b"x();"),
    "else chain": BODY % (b"if (a) x(); else " * (N // 8) + b"x();"),
    "ternaries": BODY % (b"a?b:" * N + b"x;"),
    "do": BODY % (b"do " * N + b"x();"),
    "attributes": BODY % (b"__attribute__((" * (N // 8)),
    "macro bombs": b"".join(
        b"#define a%d(x) a%d(x) a%d(x)\n" % (i, i + 1, i + 1) for i in range(60)
    ) + BODY % b"a0(x);",
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_hostile_input_ends_soon(name: str) -> None:
    started = time.process_time()
    file = SourceFile.parse("hostile.c", CASES[name])
    assert all(block.anchor is not None for block in file.comments)
    for function in file.functions:
        file.facts(function)
    assert time.process_time() - started < 5


def test_functions_nested_too_deeply_are_abstained_from() -> None:
    file = SourceFile.parse("deep.c", CASES["nested blocks"])
    (function,) = file.functions
    assert function.has_error
    assert not file.facts(function).complete
