"""What C takes and its writer cannot have meant: found in the syntax alone."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from reviewer.mmu.litmus.declared import text, walk
from reviewer.mmu.litmus.definitions import Definition

_COMPARES = frozenset(("==", "!=", "<", "<=", ">", ">="))
_WEAK = frozenset(("binary_expression", "conditional_expression", "assignment_expression"))
# What binds more tightly than what stands in it, if that has no parentheses.
_TIGHT = frozenset(
    (
        "binary_expression",
        "unary_expression",
        "cast_expression",
        "pointer_expression",
        "subscript_expression",
        "field_expression",
    )
)
_EFFECTS = frozenset(("call_expression", "assignment_expression", "update_expression"))


def does_nothing(node: Node) -> bool:
    """Whether a statement only compares, such as ``r == 1;`` where ``r = 1;`` was meant."""
    while node.type == "parenthesized_expression" and node.named_children:
        node = node.named_children[0]
    sign = node.child_by_field_name("operator") if node.type == "binary_expression" else None
    if sign is None or text(sign) not in _COMPARES:
        return False
    return not any(inner.type in _EFFECTS for inner in walk(node))


def falls_off(body: Node) -> bool:
    """Whether the end of a function's body is certainly reached by some way through it."""
    nodes = [child for child in body.named_children if child.type != "comment"]
    if not nodes:
        return True
    last = nodes[-1]
    if last.type == "compound_statement":
        return falls_off(last)
    if last.type == "if_statement":
        return last.child_by_field_name("alternative") is None
    is_call = any(node.type == "call_expression" for node in last.named_children)
    return last.type == "declaration" or (last.type == "expression_statement" and not is_call)


def is_pointer(body: Node, name: str) -> bool:
    """Whether a name is used as pointers are, whatever it is declared: what it points to is asked
    for, it is compared with another name, or handed on (as some public tests do with an int)."""
    for use in _uses(body, name):
        around = use.parent
        if around is None:
            continue
        if around.type in ("pointer_expression", "subscript_expression", "field_expression"):
            return True
        others = [child for child in around.named_children if child != use]
        if around.type == "binary_expression" and others and others[0].type == "identifier":
            return True
        if around.type == "argument_list":
            return True
    return False


def unparenthesized(definition: Definition, call: Node, args: list[Node]) -> str:
    """The part of a macro that C, which pastes text, would take apart: its meaning, or one of its
    parameters; '' if there is none."""
    meaning = definition.body().node
    around = call.parent
    if meaning.type in _WEAK and around is not None and _binds(around, call):
        return "the meaning"
    for name, arg in zip(definition.params, args, strict=True):
        if arg.type in _WEAK and any(
            use.parent is not None and _binds(use.parent, use) for use in _uses(meaning, name)
        ):
            return name
    return ""


def _binds(around: Node, node: Node) -> bool:
    # An index stands in brackets, whatever it is.
    return around.type in _TIGHT and around.child_by_field_name("index") != node


def _uses(node: Node, name: str) -> Iterator[Node]:
    for inner in walk(node):
        if inner.type == "identifier" and text(inner) == name:
            yield inner
