"""What the argument of a call leads to: an entry, a folio, a variable, or none of these."""

from __future__ import annotations

import re
from functools import lru_cache

from tree_sitter import Node

from reviewer.evidence.models.entries.operations import ENTRY_TYPES
from reviewer.evidence.models.entries.uses import Leads
from reviewer.evidence.models.entries.variables import LOCAL
from reviewer.evidence.models.frames import Frame
from reviewer.evidence.models.types import Types
from reviewer.evidence.models.values import Value
from reviewer.source.file import SourceFile

_FOLIOS = frozenset(("folio", "page"))
_SPACES = frozenset(("vm_area_struct", "mm_struct", "mmu_gather"))
_ADDRESSES = frozenset(("address", "addr", "start", "end", "vm_start", "vm_end", "real_address"))
"""Members that hold an address: include/linux/mm_types.h, mm.h, rmap.h."""
_NUMBER = re.compile(rb"\bunsigned long\s+([^;(){}]*)")
ENTRY_OBJECTS = frozenset(("pte", "pmd", "pud", "spte"))
"""Kinds of memory that an address space leads to."""
FOLIO_OBJECTS = frozenset(("ref", "mapcount", "exclusive", "dirty"))
"""Kinds of memory that belong to a folio."""


def leads(node: Node, value: Value, frame: Frame, types: Types) -> tuple[Leads, ...]:
    """Where an argument of a call leads; () if it is a value, or leads to nothing of ours.

    A variable of ours may hold a pointer that leads on.
    """
    while node.type == "identifier" and frame.word(node) in frame.given:
        node, frame = frame.given[frame.word(node)]
    while node.type in ("parenthesized_expression", "cast_expression"):
        node = node.named_children[-1]
    if LOCAL.fullmatch(value.text):
        inside = None if _by_pointer(node, frame) else _holds(value.struct, types)
        return (Leads.LOCAL, inside) if inside is not None else (Leads.LOCAL,)
    if value.struct in _FOLIOS:
        return (Leads.FOLIO,)
    if value.struct in ENTRY_TYPES:
        return () if value.exact or _by_value(node, frame) else (Leads.ENTRY,)
    if value.struct in _SPACES:
        return (Leads.SPACE,)
    if _is_address(node, frame):
        return (Leads.ADDRESS,)
    if node.type == "field_expression":
        inner = frame.word(node).rpartition("->" if "->" in frame.word(node) else ".")
        struct = frame.structs.get(inner[0], "")
        return (Leads.ENTRY,) if types.points_to_entry(struct, inner[2]) else ()
    held = _holds(value.struct, types)
    return (held,) if held is not None else ()


def _by_pointer(node: Node, frame: Frame) -> bool:
    """True of the address of a variable that is a pointer itself: a call may set it."""
    name = frame.word(node).lstrip("& ")
    function = frame.function
    pointer = rf"\*\s*{re.escape(name)}\b\s*[;,=)]"
    return _written(frame.source, function.start_byte, function.body_end, pointer)


@lru_cache(maxsize=512)
def _written(source: SourceFile, start: int, end: int, pattern: str) -> bool:
    """True if a stretch of code has what is looked for."""
    return re.search(pattern, source.code(start, end).decode("latin-1")) is not None


def _holds(struct: str, types: Types) -> Leads | None:
    """What a structure leads to by its members."""
    if types.points_to_entry(struct):
        return Leads.HOLDER
    return Leads.SPACE if types.points_to_space(struct) else None


def _is_address(node: Node, frame: Frame) -> bool:
    """True of a number that may be an address: by its type, or by the member that holds it."""
    if node.type == "binary_expression":
        sides = (node.child_by_field_name("left"), node.child_by_field_name("right"))
        return any(one is not None and _is_address(one, frame) for one in sides)
    if node.type == "field_expression":
        return frame.word(node.child_by_field_name("field") or node) in _ADDRESSES
    return node.type == "identifier" and frame.word(node) in _numbers(
        frame.source, frame.function.start_byte, frame.function.body_end
    )


@lru_cache(maxsize=128)
def _numbers(source: SourceFile, start: int, end: int) -> frozenset[str]:
    """Names that a function declares as ``unsigned long``, as all addresses are."""
    told = b",".join(_NUMBER.findall(source.code(start, end)))
    return frozenset(
        one.split(b"=")[0].strip(b" *\n\t").decode("latin-1") for one in told.split(b",")
    )


def _by_value(node: Node, frame: Frame) -> bool:
    """True of a variable that is declared as an entry, not as a pointer to one."""
    if node.type != "identifier":
        return node.type == "pointer_expression" and frame.word(node).startswith("*")
    function = frame.function
    pointer = rf"\bp(?:te|md|ud)_t\b[^;(){{}}]*\*\s*{re.escape(frame.word(node))}\b"
    return not _written(frame.source, function.start_byte, function.body_end, pointer)
