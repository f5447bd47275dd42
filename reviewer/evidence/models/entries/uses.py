"""What a function does with a pointer that it is given, as far as its own text tells.

Each use of the pointer is followed outwards, through casts, offsets and variables that it is
assigned to, to where it ends: what it leads to is written, or handed on to a call, or neither. A
pointer that is kept in memory or given back may come to anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tree_sitter import Node

from reviewer.evidence.models.entries.operations import operations
from reviewer.source.parse import Parsed

_SPACE_MEMBERS = frozenset(
    ("mm", "vm_mm", "vma", "active_mm", "vm_file", "f_mapping", "i_mapping", "i_mmap")
)
"""Members that lead to an address space, or to those that map a file.

include/linux/mm_types.h, mm.h, sched.h, fs.h; unmap_mapping_range() goes by the file. What only
``anon_vma`` or an inode leads to is not followed: both are kept in many places and walked in few.
"""
_LISTED = frozenset(("lru", "_deferred_list"))
"""Members by which a folio stands on a list: who has the list has the folio."""
_CURRENT = "current->mm"
_WALKS = re.compile(
    r"p(?:te|md|ud|4d|gd)_offset\w*|p(?:te|md|ud|4d)_alloc\w*|huge_pte_(?:offset|alloc)"
    r"|hugetlb_walk|mm_find_p[mu]d|pmd_off(?:_k)?|virt_to_kpte"
)
"""Steps down the page tables, whose value is an entry: include/linux/pgtable.h, mm.h, hugetlb.h."""
_ENTRY_MEMBERS = frozenset(("pte", "pmd", "pud", "ptep", "pmdp"))
_FOLIO_MEMBERS = frozenset(
    ("page", "_refcount", "_mapcount", "_entire_mapcount", "_large_mapcount", "_nr_pages_mapped")
)
"""Counts, and the page that a folio begins with: include/linux/mm_types.h."""
_SAME = re.compile(
    r"(?:un)?likely|READ_ONCE|data_race|__builtin_(?:expect|constant_p)|__force|ACCESS_PRIVATE"
    r"|(?:min|max|clamp)(?:_t)?|round_(?:up|down)|(?:PAGE_)?ALIGN(?:_DOWN)?|IS_ALIGNED"
)
_PASSED = frozenset(
    (
        "expression_statement", "if_statement", "while_statement", "do_statement", "for_statement",
        "switch_statement", "case_statement", "compound_statement", "unary_expression",
        "sizeof_expression", "labeled_statement", "else_clause", "declaration",
        "array_declarator", "pointer_declarator", "parameter_declaration",
    )
)  # fmt: skip
"""Where a value ends up and nothing comes of it."""
_ASSEMBLY = re.compile(rb"\bASM\s*\(")
"""What the parser puts in the place of assembly, without the operands."""
_COMPARES = frozenset(("==", "!=", "<", ">", "<=", ">=", "&&", "||"))


class Leads(StrEnum):
    """What a pointer leads to."""

    ENTRY = "entry"
    HOLDER = "holder"
    """A structure with pointers to entries (``struct vm_fault``)."""
    FOLIO = "folio"
    LOCAL = "local"
    """A variable of the caller."""
    SPACE = "address space"
    """``struct mm_struct``, or what leads to one: a mapping, a batch of flushes."""
    ADDRESS = "address"
    """A number that leads to entries together with an address space, given or the current one."""


@dataclass(frozen=True, slots=True)
class Handed:
    """An argument of a call: the pointer, or with ``there`` what it leads to."""

    name: str
    at: int
    leads: Leads
    there: bool


class _ChangedError(Exception):
    """What the pointer leads to is changed, or may be."""


def handed_on(parsed: Parsed, name: str, leads: Leads, *, there: bool) -> tuple[Handed, ...] | None:
    """The calls that a parameter's pointer is handed on to; None if it is used to change anything.

    ``there`` says that the name stands for what is pointed to, as the parameter of a macro may.
    """
    if parsed.root is None or parsed.has_error or _ASSEMBLY.search(parsed.text):
        return None
    names = {name: leads}
    if leads in (Leads.SPACE, Leads.ADDRESS, Leads.HOLDER):
        names.setdefault(_CURRENT, Leads.SPACE)
    uses = _Uses(parsed, names, name if there else "")
    while True:
        known = len(uses.names)
        try:
            return tuple(dict.fromkeys(uses.ends()))
        except _ChangedError:
            if len(uses.names) == known:
                return None  # else again: a distance between two of its names is no pointer


@dataclass(slots=True)
class _Uses:
    """The names under which a function knows a pointer."""

    parsed: Parsed
    names: dict[str, Leads]
    there: str
    """The name that stands for what is pointed to."""

    def ends(self) -> Iterator[Handed]:
        looked: set[str] = set()
        changed = False
        while len(looked) < len(self.names):
            name = next(one for one in self.names if one not in looked)
            looked.add(name)
            for node in _identifiers(self.parsed, name):
                try:
                    yield from self._end(node, self.names[name], there=name == self.there)
                except _ChangedError:
                    changed = True  # go on: there may be more names
        if changed:
            raise _ChangedError

    def _word(self, node: Node | None) -> str:
        return _word(node, self.parsed)

    def _end(self, node: Node, leads: Leads, *, there: bool) -> Iterator[Handed]:
        """Where one use of a pointer ends."""
        while (parent := node.parent) is not None:
            match parent.type:
                case "parenthesized_expression" | "cast_expression":
                    pass
                case "conditional_expression" if _is(parent, "condition", node):
                    return
                case "comma_expression" if _is(parent, "left", node):
                    return
                case "conditional_expression" | "comma_expression":
                    pass
                case "binary_expression":
                    sign = self._word(parent.child_by_field_name("operator"))
                    right = self._word(parent.child_by_field_name("right"))
                    distance = sign == "-" and right in self.names
                    if sign in _COMPARES or (distance and leads is not Leads.ADDRESS):
                        return  # else it may lead there still: an offset, a mask, a tag
                case "pointer_expression" if leads is Leads.ADDRESS:
                    return  # what lies there, or a variable: no entry
                case "pointer_expression":
                    if self._word(parent).startswith("&") and not there:
                        raise _ChangedError
                    there = not self._word(parent).startswith("&")
                case "subscript_expression":
                    if not _is(parent, "argument", node):
                        return
                    there = True
                case "field_expression":
                    member = self._word(parent.child_by_field_name("field"))
                    inner = _member(leads, member)
                    if leads is Leads.FOLIO and member == "mapping" and not self._is_taken(parent):
                        return
                    if inner is None:
                        return
                    leads, there = inner
                case "update_expression" if there:
                    raise _ChangedError
                case "update_expression":
                    pass
                case "assignment_expression" | "init_declarator":
                    self._assigned(parent, node, leads, there=there)
                    return
                case "return_statement" | "initializer_list" | "initializer_pair":
                    if not there and leads is not Leads.ADDRESS:
                        raise _ChangedError
                    return
                case "argument_list":
                    call = parent.parent
                    name = self._called(call)
                    if there and not name:
                        return
                    given = [one for one in parent.named_children if one.type != "comment"]
                    if walks(name):
                        leads = Leads.ADDRESS if leads is Leads.ADDRESS else Leads.ENTRY
                    elif not gives_back(name):
                        yield self._argument(name, given.index(node), leads, there=there)
                        if leads is not Leads.ADDRESS:
                            return  # else the result may be one too
                    if call is None or there:
                        return
                    parent = call
                case kind:
                    if kind not in _PASSED:
                        raise _ChangedError
                    return
            node = parent

    def _is_taken(self, field: Node) -> bool:
        """True of ``folio->mapping`` that is kept or given on, not only looked at for its bits."""
        parent = field.parent
        if parent is not None and parent.type == "argument_list":
            return not gives_back(self._called(parent.parent))
        return parent is not None and parent.type in ("init_declarator", "assignment_expression")

    def _assigned(self, parent: Node, node: Node, leads: Leads, *, there: bool) -> None:
        """``q = p``: q leads where p does; anything else than a variable keeps it."""
        if _is(parent, "left", node):
            if there:
                raise _ChangedError
            return
        sign = self._word(parent.child_by_field_name("operator")) or "="
        if (
            there
            or (sign != "=" and leads is not Leads.ADDRESS)
            or not (_is(parent, "right", node) or _is(parent, "value", node))
        ):
            return
        left = parent.child_by_field_name("left")
        if parent.type == "init_declarator":
            left = parent.child_by_field_name("declarator")
            while left is not None and left.type != "identifier":
                step = left.child_by_field_name("declarator")
                left = step if step is not None else next(iter(left.named_children), None)
        if left is None or left.type != "identifier":
            if leads is Leads.ADDRESS:
                return
            raise _ChangedError
        if leads is not Leads.ADDRESS and self._word(left) not in _declared(self.parsed):
            raise _ChangedError  # kept beyond the function
        self.names.setdefault(self._word(left), leads)

    def _called(self, call: Node | None) -> str:
        target = call.child_by_field_name("function") if call is not None else None
        return self._word(target) if target is not None and target.type == "identifier" else ""

    def _argument(self, name: str, at: int, leads: Leads, *, there: bool) -> Handed:
        if not name:
            raise _ChangedError
        return Handed(name, at, leads, there)


def walks(name: str) -> bool:
    """True of a step down the page tables, which gives a pointer to an entry."""
    return _WALKS.fullmatch(name) is not None


def gives_back(name: str) -> bool:
    """True of calls whose value is what they are given."""
    known = operations().get(name)
    return _SAME.fullmatch(name) is not None or (known is not None and known.object == "same")


def _member(leads: Leads, member: str) -> tuple[Leads, bool] | None:
    """What a member of what a pointer leads to is; None if it is none of our business."""
    match leads:
        case Leads.ENTRY | Leads.LOCAL:
            return leads, True
        case Leads.HOLDER:
            if member in _SPACE_MEMBERS:
                return Leads.SPACE, False
            return (Leads.ENTRY, False) if member in _ENTRY_MEMBERS else None
        case Leads.SPACE:
            if member == "pgd":
                return Leads.ENTRY, False
            return (leads, False) if member in _SPACE_MEMBERS else None
        case Leads.ADDRESS:
            return None
        case Leads.FOLIO:
            if member in _LISTED:
                raise _ChangedError
            if member == "mapping":
                return Leads.SPACE, False
            return (leads, True) if member in _FOLIO_MEMBERS else None


def _is(parent: Node, field: str, node: Node) -> bool:
    child = parent.child_by_field_name(field)
    return child is not None and child.id == node.id


def _word(node: Node | None, parsed: Parsed) -> str:
    return parsed.text[node.start_byte : node.end_byte].decode("latin-1") if node else ""


def _identifiers(parsed: Parsed, name: str) -> Iterator[Node]:
    """Where a name, or ``current->mm``, stands in the body of a function."""
    assert parsed.root is not None
    waiting = [
        body
        for child in parsed.root.named_children
        if (body := child.child_by_field_name("body")) is not None
    ]
    while waiting:
        node = waiting.pop()
        if node.type in ("identifier", "field_expression") and _word(node, parsed) == name:
            yield node
        waiting.extend(node.named_children)


def _declared(parsed: Parsed) -> frozenset[str]:
    """Names that a function declares, parameters included."""
    assert parsed.root is not None
    found: set[str] = set()
    waiting = [parsed.root]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.named_children)
        for inner in node.children_by_field_name("declarator"):
            if inner.type == "identifier":
                found.add(_word(inner, parsed))
    return frozenset(found)
