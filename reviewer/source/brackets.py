"""Which bracket closes which, also where ``#if`` branches and macros do not balance."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.source.directives import Directive

_LINKAGE = re.compile(rb"\bextern\s*\" *\"\s*$")
_CLOSES = {0x29: 0x28, 0x5D: 0x5B, 0x7D: 0x7B}


@dataclass(frozen=True, slots=True)
class Brackets:
    """The brackets of a file by the order in which they open: a list for each thing about them."""

    opens: list[int]
    closes: list[int]
    """Where each closes; -1: nowhere."""
    parents: list[int]
    """Index of the enclosing bracket; -1 at top level."""
    kinds: list[int]
    """The opening character."""


_BRACKET = re.compile(rb"[(){}\[\]]")
_NONE = -1


def match_brackets(code: bytes, directives: tuple[Directive, ...]) -> Brackets:
    """Match the brackets of ``code``, its directives blanked, in one pass.

    ``#else`` goes on from the state at its ``#if``; a ``}`` in column 0 closes everything, so
    that one bad macro cannot swallow a file.
    """
    opens: list[int] = []
    closes: list[int] = []
    parents: list[int] = []
    kinds: list[int] = []
    braces: list[int] = []  # the innermost open brace at or below each
    top = _NONE  # the stack is its top: what lies below is its parent, so that ``#if`` can keep it
    saved: list[tuple[int, int, bool]] = []
    branches = iter([d for d in directives if d.keyword.startswith(("if", "el", "endif"))])
    upcoming = next(branches, None)
    for match in _BRACKET.finditer(code):
        at = match.start()
        while upcoming is not None and upcoming.start < at:
            top = _branch(upcoming, top, saved, parents, closes)
            upcoming = next(branches, None)
        char = code[at]
        if char == 0x7B and top == _NONE and _LINKAGE.search(code, max(0, at - 32), at):
            continue
        if char in (0x28, 0x5B, 0x7B):
            number = len(opens)
            opens.append(at)
            closes.append(_NONE)
            parents.append(top)
            kinds.append(char)
            braces.append(number if char == 0x7B else _NONE if top == _NONE else braces[top])
            top = number
        elif char == 0x7D and _ends_chunk(code, at):
            _discard(top, _NONE, at, parents, closes)
            top = _NONE
        elif top != _NONE:
            if char == 0x7D and (brace := braces[top]) != _NONE:
                _discard(top, brace, at, parents, closes)
                top = brace
            if kinds[top] == _CLOSES[char]:
                if closes[top] < 0:
                    closes[top] = at
                top = parents[top]
    return Brackets(opens, closes, parents, kinds)


def _ends_chunk(code: bytes, at: int) -> bool:
    """True for a ``}`` in column 0 that is not the end of an initializer or type."""
    return (at == 0 or code[at - 1] == 0x0A) and code[at + 1 : at + 2] not in (b";", b",")


def _branch(
    directive: Directive,
    top: int,
    saved: list[tuple[int, int, bool]],
    parents: list[int],
    closes: list[int],
) -> int:
    """The stack to go on with behind a branch directive; ``saved`` holds (at #if, first, seen)."""
    if directive.keyword.startswith("if"):
        saved.append((top, _NONE, False))
        return top
    if not saved:
        return top
    before, first, seen = saved[-1]
    if seen:
        _discard(top, before, directive.start, parents, closes)
    if directive.keyword == "endif":
        saved.pop()
        return first if seen else top
    if not seen:
        saved[-1] = (before, top, True)
    return before


def _discard(top: int, until: int, at: int, parents: list[int], closes: list[int]) -> None:
    """Close at ``at`` what is still open above ``until``."""
    while top not in (_NONE, until):
        if closes[top] < 0:
            closes[top] = at
        top = parents[top]
