"""Which names a piece of C declares or sets, and the types that it declares them with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from tree_sitter import Node

from reviewer.mmu.litmus.structs import pointer_type


def declared(body: Node) -> tuple[frozenset[str], Mapping[str, str], frozenset[str]]:
    """Names that a body declares or assigns, the type names of those declared, and which of them
    are pointers."""
    return _declared(body.id, body)


@lru_cache(maxsize=4096)
def _declared(_: int, body: Node) -> tuple[frozenset[str], Mapping[str, str], frozenset[str]]:
    names: set[str] = set()
    types: dict[str, str] = {}
    pointers: set[str] = set()
    for node in walk(body):
        if node.type == "declaration":
            kind = node.child_by_field_name("type")
            for child in node.children_by_field_name("declarator"):
                name = declared_name(child)
                if name is not None:
                    names.add(name)
                    stars = text(child).partition("=")[0].count("*")
                    types[name] = pointer_type(text(kind), stars) if kind is not None else "int"
                    if stars:
                        pointers.add(name)
        elif node.type == "assignment_expression":
            left = node.child_by_field_name("left")
            if left is not None and left.type == "identifier":
                names.add(text(left))
    return frozenset(names), types, frozenset(pointers)


def declared_name(declarator: Node) -> str | None:
    """The name in ``x``, ``*x``, ``x[2]`` or ``x = 1``."""
    at: Node | None = declarator
    while at is not None and at.type != "identifier":
        inner = at.child_by_field_name("declarator")
        at = inner if inner is not None else (at.named_children[-1] if at.named_children else None)
    return None if at is None else text(at)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    work = [node]
    while work:
        at = work.pop()
        yield at
        work.extend(at.named_children)


def text(node: Node) -> str:
    """What ``node`` says in C."""
    return (node.text or b"").decode(errors="replace")
