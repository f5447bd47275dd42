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


@dataclass(slots=True)
class _Open:
    """An open bracket on the stack, which is a linked list so that ``#if`` can keep it."""

    index: int
    kind: int
    below: _Open | None
    brace: _Open | None
    """The innermost open brace at or below this one."""


def match_brackets(code: bytes, directives: tuple[Directive, ...]) -> Brackets:
    """Match the brackets of ``code``, its directives blanked, in one pass.

    ``#else`` goes on from the state at its ``#if``; a ``}`` in column 0 closes everything, so
    that one bad macro cannot swallow a file.
    """
    opens: list[int] = []
    closes: list[int] = []
    parents: list[int] = []
    kinds: list[int] = []
    top: _Open | None = None
    saved: list[tuple[_Open | None, _Open | None, bool]] = []
    branches = iter([d for d in directives if d.keyword.startswith(("if", "el", "endif"))])
    upcoming = next(branches, None)
    for match in re.finditer(rb"[(){}\[\]]", code):
        at = match.start()
        while upcoming is not None and upcoming.start < at:
            top = _branch(upcoming, top, saved, closes)
            upcoming = next(branches, None)
        char = code[at]
        if char == 0x7B and top is None and _LINKAGE.search(code, max(0, at - 32), at):
            continue
        if char in (0x28, 0x5B, 0x7B):
            opens.append(at)
            closes.append(-1)
            parents.append(top.index if top else -1)
            kinds.append(char)
            opened = _Open(len(opens) - 1, char, top, top.brace if top else None)
            if char == 0x7B:
                opened.brace = opened
            top = opened
        elif char == 0x7D and _ends_chunk(code, at):
            _discard(top, None, at, closes)
            top = None
        else:
            wanted = _CLOSES[char]
            if char == 0x7D and top is not None and top.brace is not None:
                _discard(top, top.brace, at, closes)
                top = top.brace
            if top is not None and top.kind == wanted:
                if closes[top.index] < 0:
                    closes[top.index] = at
                top = top.below
    return Brackets(opens, closes, parents, kinds)


def _ends_chunk(code: bytes, at: int) -> bool:
    """True for a ``}`` in column 0 that is not the end of an initializer or type."""
    return (at == 0 or code[at - 1] == 0x0A) and code[at + 1 : at + 2] not in (b";", b",")


def _branch(
    directive: Directive,
    top: _Open | None,
    saved: list[tuple[_Open | None, _Open | None, bool]],
    closes: list[int],
) -> _Open | None:
    """The stack to go on with behind a branch directive; ``saved`` holds (at #if, first, seen)."""
    if directive.keyword.startswith("if"):
        saved.append((top, None, False))
        return top
    if not saved:
        return top
    before, first, seen = saved[-1]
    if seen:
        _discard(top, before, directive.start, closes)
    if directive.keyword == "endif":
        saved.pop()
        return first if seen else top
    if not seen:
        saved[-1] = (before, top, True)
    return before


def _discard(top: _Open | None, until: _Open | None, at: int, closes: list[int]) -> None:
    """Close at ``at`` what is still open above ``until``."""
    while top is not None and top is not until:
        if closes[top.index] < 0:
            closes[top.index] = at
        top = top.below
