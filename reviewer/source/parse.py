"""One function's syntax tree, from its normalised bytes.

Each function is parsed by itself, so that a macro nobody knows costs one function and not the
file. Where ``#if`` cuts through it, both branches are kept if that parses, else one of them, and
the result says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import pairwise

import tree_sitter_c
from tree_sitter import Language, Node, Parser

from reviewer.source.comments import blank
from reviewer.source.directives import Directive
from reviewer.source.functions import Outline
from reviewer.source.layout import Layout
from reviewer.source.model import Function
from reviewer.source.normalise import Normalised, normalise

_STATEMENT = re.compile(rb"[;{}]")
_LONG_RUN = 4096  # bytes without brace or semicolon that may hide deep nesting
_BRACKET = re.compile(rb"[(){}\[\]]")
_OPENING = (b"(", b"[", b"{")
MAX_NESTING = 256
"""Brackets inside each other beyond which kstale abstains; clang stops at 256 as well."""
MAX_DEPTH = 1024
"""Levels of a function's tree beyond which kstale abstains."""
MAX_FUNCTION = 1 << 20
"""Bytes of a function beyond which kstale abstains instead of parsing."""


class Branches(StrEnum):
    """Which preprocessor branches inside a function its tree holds."""

    NONE = "none"
    BOTH = "both"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A function's tree; add ``base`` to a node's offsets to get those of the file."""

    root: Node | None
    base: int
    text: bytes
    rewrites: dict[int, str]
    branches: Branches
    has_error: bool
    plain_header: bool = False
    """True if the declaration was replaced by one that every C parser knows."""


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_c.language()))


def parse_function(layout: Layout, function: Outline | Function) -> Parsed:
    """Parse one function, at most six times: with each choice of branches and of header."""
    start, end = function.start_byte, function.end_byte
    if end - start > MAX_FUNCTION or _nests_deep(layout.plain, start, end):
        return Parsed(None, start, b"", {}, Branches.NONE, True)
    best: Parsed | None = None
    name_byte = function.name_byte if isinstance(function, Outline) else -1
    bare = isinstance(function, Outline) and bool(function.macro)
    for branches, text in _choices(layout, start, end):
        for header in (True, False) if bare else (False, True):
            source = text
            if header:
                source = _plain_header(text, function.body_start - start)
            parsed = parse_text(normalise(source, keep=name_byte - start), start, branches)
            if not parsed.has_error:
                return replace(parsed, plain_header=header)
            best = best or parsed
    assert best is not None
    return best


def _nests_deep(code: bytes, start: int, end: int) -> bool:
    """True if brackets stand inside each other deeper than ``MAX_NESTING``."""
    if sum(code.count(one, start, end) for one in _OPENING) <= MAX_NESTING:
        return False
    depth = 0
    for match in _BRACKET.finditer(code, start, end):
        depth += 1 if match[0] in _OPENING else -1
        if depth > MAX_NESTING:
            return True
    return False


def parse_text(done: Normalised, base: int, branches: Branches) -> Parsed:
    """Parse normalised bytes that are to be one function; ``base`` is their place in the file."""
    root = _parser().parse(done.data).root_node
    has_error = root.has_error or not _is_function(root)
    if _suspicious(done.data) and _too_deep(root):
        return Parsed(None, base, done.data, done.rewrites, branches, True)
    return Parsed(root, base, done.data, done.rewrites, branches, has_error)


def _suspicious(code: bytes) -> bool:
    """True for code that may nest deeply without brackets: endless expressions, ``else`` chains."""
    if code.count(b"else") > MAX_DEPTH // 2:
        return True
    return len(code) > _LONG_RUN and any(len(run) > _LONG_RUN for run in _STATEMENT.split(code))


def _too_deep(root: Node) -> bool:
    """True if the tree is deeper than ``MAX_DEPTH``: queries on such trees take quadratic time."""
    cursor = root.walk()
    while True:
        if cursor.depth > MAX_DEPTH:
            return True
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return False


def _is_function(root: Node) -> bool:
    """True if the tree is one function definition and nothing but stray semicolons."""
    kinds = [child.type for child in root.named_children]
    return kinds[:1] == ["function_definition"] and len(kinds) == 1


def _plain_header(text: bytes, body: int) -> bytes:
    """The function behind a header that every C parser knows."""
    plain = b"int f()"
    if body < len(plain) or b"\n" in text[: len(plain)]:
        flat = text[:body].rfind(b"\n") + 1
        if body - flat < len(plain):
            return text
        return blank(text[:flat]) + plain + blank(text[flat + len(plain) : body]) + text[body:]
    return plain + blank(text[len(plain) : body]) + text[body:]


def _choices(layout: Layout, start: int, end: int) -> Iterator[tuple[Branches, bytes]]:
    """The function's bytes without directives: both branches, then the first, then the last."""
    text = layout.plain[start:end]
    first = layout.directive_index(start)
    inside: list[Directive] = []
    for directive in layout.directives[first:]:
        if directive.start >= end:
            break
        if directive.keyword.startswith(("if", "el", "endif")):
            inside.append(directive)
    if not inside:
        yield Branches.NONE, text
        return
    yield Branches.BOTH, text
    yield Branches.FIRST, _one_branch(text, start, inside, last=False)
    yield Branches.LAST, _one_branch(text, start, inside, last=True)


def _one_branch(text: bytes, start: int, inside: list[Directive], *, last: bool) -> bytes:
    """Blank all but one branch of every ``#if`` group."""
    groups: list[list[Directive]] = []
    out = bytearray(text)
    for directive in inside:
        if directive.keyword.startswith("if"):
            groups.append([directive])
        elif groups:
            groups[-1].append(directive)
            if directive.keyword == "endif":
                marks = groups.pop()
                kept = _kept(marks, last)
                for index, (left, right) in enumerate(pairwise(marks)):
                    if index != kept:
                        out[left.end - start : right.start - start] = blank(
                            text[left.end - start : right.start - start]
                        )
    return bytes(out)


def _kept(marks: list[Directive], last: bool) -> int:
    """Index of the branch to keep; never the body of ``#if 0``."""
    count = len(marks) - 1
    if marks[0].rest == "0":
        return count - 1 if count > 1 else -1
    if last:
        return count - 1 if marks[-2].keyword == "else" else -1
    return 0
