"""What the argument of a call leads to: an entry, a folio, a variable, or none of these."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewer.evidence.models.entries.uses import Leads
from reviewer.evidence.models.entries.variables import LOCAL
from reviewer.evidence.models.frames import Frame
from reviewer.evidence.models.types import Types
from reviewer.evidence.models.values import Value

ENTRY_TYPES = {"pte_t": "pte", "pmd_t": "pmd", "pud_t": "pud"}
_FOLIOS = frozenset(("folio", "page"))
FOLIO_OBJECTS = frozenset(("ref", "mapcount", "exclusive"))
"""Kinds of memory that belong to a folio."""


def leads(node: Node, value: Value, frame: Frame, types: Types) -> Leads | None:
    """Where an argument of a call leads; None if it is a value, or leads to nothing of ours."""
    while node.type == "identifier" and frame.word(node) in frame.given:
        node, frame = frame.given[frame.word(node)]
    while node.type in ("parenthesized_expression", "cast_expression"):
        node = node.named_children[-1]
    if LOCAL.fullmatch(value.text):
        return Leads.LOCAL
    if value.struct in _FOLIOS:
        return Leads.FOLIO
    if value.struct in ENTRY_TYPES:
        return None if value.exact or _by_value(node, frame) else Leads.ENTRY
    if node.type == "field_expression":
        inner = frame.word(node).rpartition("->" if "->" in frame.word(node) else ".")
        struct = frame.structs.get(inner[0], "")
        return Leads.ENTRY if types.points_to_entry(struct, inner[2]) else None
    return Leads.HOLDER if types.points_to_entry(value.struct) else None


def _by_value(node: Node, frame: Frame) -> bool:
    """True of a variable that is declared as an entry, not as a pointer to one."""
    if node.type != "identifier":
        return node.type == "pointer_expression" and frame.word(node).startswith("*")
    function = frame.function
    code = frame.source.code(function.start_byte, function.body_end).decode("latin-1")
    pointer = rf"\bp(?:te|md|ud)_t\b[^;(){{}}]*\*\s*{re.escape(frame.word(node))}\b"
    return re.search(pointer, code) is None
