"""The calls of one function in source order, with the branches and loops around them.

One query over the tree serves all: no recursion, so nesting depth in a stranger's patch costs
nothing but its bytes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import tree_sitter_c
from tree_sitter import Language, Node, Query, QueryCursor

from reviewer.kernel.guards import SCOPED
from reviewer.source.compiled import COMPILED
from reviewer.source.layout import Layout
from reviewer.source.model import Flow
from reviewer.source.parse import Parsed
from reviewer.source.words import words

_QUERY = """
(call_expression) @call
(if_statement consequence: (_) @branch)
(if_statement alternative: (_) @branch)
(conditional_expression consequence: (_) @branch)
(conditional_expression alternative: (_) @branch)
(generic_expression) @branch
(case_statement) @branch
(binary_expression operator: ["&&" "||"] right: (_) @branch)
(while_statement body: (_) @loop)
(for_statement body: (_) @loop)
(for_statement update: (_) @loop)
(do_statement body: (_) @do condition: (_) @until)
(while_statement) @head
(if_statement) @head
(compound_statement) @block
(return_statement) @leave
(goto_statement) @leave
(sizeof_expression) @undone
"""

_SPACE = re.compile(r"\s+")
_BLOCKS_BACK = 4096  # sibling blocks looked at for the one around a guard


@dataclass(frozen=True, slots=True)
class Arm:
    """A branch or loop body: what is inside runs under its condition, or any number of times."""

    start: int
    end: int
    flow: Flow


@dataclass(frozen=True, slots=True)
class Call:
    """One call, or an operation written in another form (iterator, guard)."""

    name: str
    arguments: tuple[str, ...]
    start: int
    end: int
    order: int
    """Where it takes effect: behind its arguments, at the end of a scope for a release."""
    arms: tuple[Arm, ...]
    release: bool = False
    """True for what a guard undoes at the end of its scope."""
    indirect: bool = False
    """True for a call through a pointer."""


@cache
def _query() -> Query:
    return Query(Language(tree_sitter_c.language()), _QUERY)


def calls(layout: Layout, parsed: Parsed) -> tuple[Call, ...]:
    """All calls of a parsed function in the order they take effect; () if there is no tree."""
    if parsed.root is None:
        return ()
    captures = QueryCursor(_query()).captures(parsed.root)
    base = parsed.base
    arms = _arms(captures, parsed)
    blocks = sorted((n.start_byte + base, n.end_byte + base) for n in captures.get("block", []))
    found: list[Call] = []
    undone = outermost(_undone(layout, captures, base))
    for node in captures.get("call", []):
        if not within(undone, node.start_byte):
            found += _call(layout, node, parsed, blocks)
    for node in captures.get("head", []):
        word = parsed.rewrites.get(node.start_byte)
        if word is not None:
            found += _head(layout, node, word, base)
    found.sort(key=lambda call: (call.order, call.start))
    return _place(found, arms)


def _undone(layout: Layout, captures: dict[str, list[Node]], base: int) -> list[tuple[int, int]]:
    """What is compiled and never run: operands of ``sizeof``, assertions about constants."""
    out = [(node.start_byte, node.end_byte) for node in captures.get("undone", [])]
    for node in captures.get("call", []):
        called = node.child_by_field_name("function")
        given = node.child_by_field_name("arguments")
        if called is None or given is None or called.type != "identifier":
            continue
        name = layout.code[called.start_byte + base : called.end_byte + base].decode("latin-1")
        if COMPILED.fullmatch(name):
            out.append((given.start_byte, given.end_byte))
    return out


def outermost(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges of bytes in order, without those that lie in another one."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if not out or out[-1][1] <= start:
            out.append((start, end))
    return out


def within(ranges: list[tuple[int, int]], byte: int) -> bool:
    """True if one of the ``outermost`` ranges begins before a byte and holds it."""
    at = bisect_right(ranges, (byte, 0)) - 1
    return at >= 0 and byte < ranges[at][1]


def _arms(captures: dict[str, list[Node]], parsed: Parsed) -> list[Arm]:
    base = parsed.base
    out: list[Arm] = []
    for node in captures.get("branch", []):
        parent = node.parent
        if parent is not None and parsed.rewrites.get(parent.start_byte) in words().once:
            continue
        out.append(Arm(node.start_byte + base, node.end_byte + base, Flow.BRANCH))
    for node in captures.get("loop", []):
        out.append(Arm(node.start_byte + base, node.end_byte + base, Flow.LOOP))
    until = {n.parent.id: n for n in captures.get("until", []) if n.parent is not None}
    for node in captures.get("do", []):
        condition = until.get(node.parent.id) if node.parent is not None else None
        if condition is not None:
            text = parsed.text[condition.start_byte : condition.end_byte]
            if text.strip(b"() \t\n") in (b"0", b"false"):
                continue
        out.append(Arm(node.start_byte + base, node.end_byte + base, Flow.LOOP))
    out.sort(key=lambda arm: (arm.start, -arm.end))
    return out


def _place(found: list[Call], arms: list[Arm]) -> tuple[Call, ...]:
    """Give each call the arms around it, in one sweep over both."""
    by_start = sorted(range(len(found)), key=lambda index: found[index].start)
    around: list[tuple[Arm, ...]] = [()] * len(found)
    stack: list[Arm] = []
    upcoming = 0
    for index in by_start:
        start = found[index].start
        while upcoming < len(arms) and arms[upcoming].start <= start:
            while stack and stack[-1].end <= arms[upcoming].start:
                stack.pop()
            stack.append(arms[upcoming])
            upcoming += 1
        while stack and stack[-1].end <= start:
            stack.pop()
        around[index] = tuple(stack[-64:])
    return tuple(
        Call(c.name, c.arguments, c.start, c.end, c.order, around[i], c.release, c.indirect)
        for i, c in enumerate(found)
    )


def _text(layout: Layout, start: int, end: int) -> str:
    return _SPACE.sub(" ", layout.code[start:end].decode("latin-1")).strip()


def _arguments(layout: Layout, node: Node | None, base: int) -> tuple[str, ...]:
    """The arguments as written, with literals from the file."""
    if node is None:
        return ()
    out = []
    for child in node.named_children[:16]:
        start, end = child.start_byte + base, child.end_byte + base
        if child.type == "string_literal":
            out.append(layout.data[start:end][:200].decode("latin-1"))
        else:
            out.append(_text(layout, start, min(end, start + 400)))
    return tuple(out)


def _scope_end(blocks: list[tuple[int, int]], start: int) -> int:
    """End of the innermost block around an offset."""
    index = bisect_right(blocks, (start, 1 << 62)) - 1
    for first, end in reversed(blocks[max(0, index - _BLOCKS_BACK) : index + 1]):
        if first <= start < end:
            return end
    return -1


def _call(layout: Layout, node: Node, parsed: Parsed, blocks: list[tuple[int, int]]) -> list[Call]:
    base = parsed.base
    target = node.child_by_field_name("function")
    if target is None:
        return []
    start, end = node.start_byte + base, node.end_byte + base
    arguments = _arguments(layout, node.child_by_field_name("arguments"), base)
    if target.type == "call_expression":
        inner = target.child_by_field_name("function")
        kind = _arguments(layout, target.child_by_field_name("arguments"), base)
        name = _text(layout, inner.start_byte + base, inner.end_byte + base) if inner else ""
        if name in ("guard", "scoped_guard") and kind:
            return _guard(kind[0], arguments, start, end, _scope_end(blocks, start))
        if name == "CLASS" and len(kind) > 1:
            return [Call(f"CLASS:{kind[0]}", arguments, start, end, end, ())]
        return [Call(name, arguments, start, end, end, (), indirect=True)]
    parent = node.parent
    if parent is not None and parent.type == "call_expression":
        callee = parent.child_by_field_name("function")
        if callee is not None and callee.id == node.id:
            return []
    if target.type == "identifier" and parsed.rewrites.get(target.start_byte) == "asm":
        return [Call("ASM", (_asm(layout, start, end),), start, end, end, ())]
    name = _text(layout, target.start_byte + base, target.end_byte + base)
    if name == "offsetof":
        name = "Offsetof"
    indirect = target.type != "identifier"
    return [Call(name, arguments, start, end, end, (), indirect=indirect)]


def _asm(layout: Layout, start: int, end: int) -> str:
    """The instructions and operands of an ``asm``, shortened."""
    return _SPACE.sub(" ", layout.data[start:end][:400].decode("latin-1"))


def _guard(kind: str, arguments: tuple[str, ...], start: int, end: int, scope: int) -> list[Call]:
    name = f"guard:{kind}"
    taken = Call(name, arguments, start, end, end, ())
    dropped = Call(name, arguments, start, end, max(scope, end), (), release=True)
    return [taken, dropped]


def _head(layout: Layout, node: Node, word: str, base: int) -> list[Call]:
    """The operation of a rewritten iterator or scoped guard."""
    condition = node.child_by_field_name("condition")
    start, end = node.start_byte + base, node.end_byte + base
    inside: tuple[str, ...] = ()
    at = start
    if condition is not None:
        at = condition.end_byte + base
        text = _text(layout, start, at)
        opened = text.find("(")
        inside = tuple(_split(text[opened + 1 : text.rfind(")")])) if opened >= 0 else ()
    if word in SCOPED and inside:
        skip = 1 if word == "scoped_guard" else 2
        return _guard(inside[0], inside[skip:], start, at, end)
    return [Call(word, inside, start, at, at, ())]


def _split(text: str) -> list[str]:
    parts: list[str] = []
    depth, at = 0, 0
    for index, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[at:index].strip())
            at = index + 1
    last = text[at:].strip()
    return [*parts, last] if last else parts
