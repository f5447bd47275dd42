"""What the text of statements tells without following them."""

from __future__ import annotations

from tree_sitter import Node

from reviewer.evidence.models.frames import Frame

_LEAVES = frozenset(("return_statement", "goto_statement", "break_statement", "continue_statement"))


def declared_name(node: Node | None, frame: Frame) -> str:
    while node is not None and node.type != "identifier":
        inner = node.child_by_field_name("declarator")
        node = inner if inner is not None else next(iter(node.named_children), None)
    return frame.word(node) if node is not None else ""


def assigned_names(node: Node, frame: Frame) -> set[str]:
    """Local names that a statement assigns."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if one.type == "assignment_expression":
            left = one.child_by_field_name("left")
            if left is not None and left.type == "identifier":
                found.add(frame.word(left))
        waiting.extend(one.named_children)
    return found


def may_leave(node: Node) -> bool:
    if node.type in _LEAVES:
        return True
    return any(may_leave(child) for child in node.named_children)
