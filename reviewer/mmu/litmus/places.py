"""Places that C's lvalues name: addresses of locations, elements, fields, and their types."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tree_sitter import Node

from reviewer.mmu.litmus.names import Names, Out, Writer
from reviewer.mmu.litmus.structs import Field, type_name
from reviewer.mmu.program import Addr, Const, Expr, Op
from reviewer.mmu.values import CONVERSIONS

ENTRIES = frozenset(("pte_t", "pmd_t", "pud_t", "p4d_t", "pgd_t"))
_NUMBERS = frozenset((*CONVERSIONS, "atomic_t", "spinlock_t", "pte_t", "pmd_t"))


class Places(Writer, ABC):
    """Lowers lvalues; the values in them are left to whoever lowers expressions."""

    @abstractmethod
    def value(self, node: Node, scope: Names, out: Out) -> Expr:
        """The value of an expression; its events and side effects go to ``out`` in order."""

    def number(self, node: Node, scope: Names) -> Expr:
        digits = self.text(node).rstrip("uUlL")
        try:
            value = int(digits, 8 if digits[0] == "0" and digits.isdigit() else 0)
        except ValueError:
            raise self.error(node, scope, f"expected an integer, found {digits}") from None
        if value >= 1 << 64:
            raise self.error(node, scope, f"{digits} is more than 64 bits")
        return Const(value)

    def is_number(self, node: Node, scope: Names) -> bool:
        """Whether an argument is what ``*x`` gives where x is no pointer to a pointer."""
        while node.type == "parenthesized_expression" and node.named_children:
            node = node.named_children[0]
        if node.type == "identifier":
            name = self.text(node)
            if name in scope.args:
                return self.is_number(*scope.args[name])
            return name in scope.numbers
        if node.type == "number_literal":
            return self.number(node, scope) != Const(0)
        if node.type != "pointer_expression" or not self.text(node).startswith("*"):
            return False
        inner, where = self.given(self.field(node, "argument", scope), scope)
        if inner.type != "identifier" or self.lent_variable(node, scope) is not None:
            return False
        kind = self.type_of(inner, where)
        return kind in _NUMBERS

    def must_be_place(self, node: Node, place: Expr, scope: Names) -> Expr:
        """The address that an access goes to. Raises LitmusError for one that is a number."""
        known = isinstance(place, Const) and isinstance(place.value, int) and place.value != 0
        if known or self.is_number(node, scope):
            node, where = self.given(node, scope)
            raise self.error(node, where, f"{self.text(node)} is a number and no location")
        return place

    def given(self, node: Node, scope: Names) -> tuple[Node, Names]:
        """What a macro's argument stands for, and where."""
        while node.type == "identifier" and self.text(node) in scope.args:
            node, scope = scope.args[self.text(node)]
        return node, scope

    def must_fit(self, node: Node, kind: str, scope: Names) -> None:
        """A pointer to something of a type is given one. Raises LitmusError."""
        node, scope = self.given(node, scope)
        own = self.type_of(node, scope)
        if not own or own == kind:
            return
        numbers = [CONVERSIONS[one][0] for one in (own, kind) if one in CONVERSIONS]
        known = len(numbers) + sum(bool(self.structs.fields(one)) for one in (own, kind))
        alike = len(numbers) == 2 and len(set(numbers)) == 1
        if (known == 2 and not alike) or (known and ENTRIES & {own, kind}):
            what = f"{self.text(node)} points to {own}, not to {kind}"
            raise self.error(node, scope, what)

    def lent_variable(self, node: Node, scope: Names) -> tuple[Node, Names] | None:
        """What ``*P`` is where the macro's argument P was given as ``&x``: x itself."""
        if node.type != "pointer_expression" or not self.text(node).startswith("*"):
            return None
        inner = node.child_by_field_name("argument")
        if inner is None or inner.type != "identifier":
            return None
        given, where = self.given(inner, scope)
        if given.type != "pointer_expression" or not self.text(given).startswith("&"):
            return None
        variable = given.child_by_field_name("argument")
        if variable is None or variable.type != "identifier" or self.text(variable) in where.args:
            return None
        name = self.text(variable)
        known = name in where.locals or (not where.prefix and name in self.globals)
        return (variable, where) if known else None

    def element(self, node: Node, scope: Names, out: Out) -> str | None:
        """The register of an element of a local array."""
        if node.type != "subscript_expression":
            return None
        array = self.field(node, "argument", scope)
        name = self.text(array)
        if array.type != "identifier" or name not in scope.lengths:
            return None
        index = self.value(self.field(node, "index", scope), scope, out)
        if not isinstance(index, Const) or not isinstance(index.value, int):
            raise self.error(node, scope, f"expected a number as index of the local array {name}")
        if not 0 <= index.value < scope.lengths[name]:
            raise self.error(node, scope, f"{name} has {scope.lengths[name]} elements")
        return f"{scope.prefix}{name}[{index.value}]"

    def address(self, node: Node, scope: Names, out: Out) -> Expr:
        """The address of an lvalue: ``*p``, ``a[i]``, ``p->f``, or a macro argument that is one."""
        while node.type == "parenthesized_expression":
            node = node.named_children[0]
        if node.type == "identifier" and self.text(node) in scope.args:
            inner, where = scope.args[self.text(node)]
            return self.address(inner, where, out)
        if node.type == "pointer_expression" and self.text(node).startswith("*"):
            argument = self.field(node, "argument", scope)
            tag = self.type_of(argument, scope)
            if tag and self.structs.fields(tag):
                raise self.error(node, scope, f"expected a field of struct {tag}")
            return self.must_be_place(argument, self.value(argument, scope, out), scope)
        if node.type == "subscript_expression":
            base = self.value(self.field(node, "argument", scope), scope, out)
            index = self.value(self.field(node, "index", scope), scope, out)
            return base if index == Const(0) else total(base, index)
        if node.type == "field_expression":
            return self.field_address(node, scope, out)
        if node.type == "identifier" and self.text(node) in scope.locals:
            raise self.error(node, scope, f"{self.text(node)} is a register and has no address")
        raise self.error(node, scope, f"expected *POINTER, found '{self.text(node)[:40]}'")

    def field_address(self, node: Node, scope: Names, out: Out) -> Expr:
        argument = self.field(node, "argument", scope)
        while argument.type == "parenthesized_expression":
            argument = argument.named_children[0]
        what = self.field_of(node, scope)
        arrow = any(child.type == "->" for child in node.children)
        if arrow:
            base = self.value(argument, scope, out)
        elif argument.type == "pointer_expression" and self.text(argument).startswith("*"):
            base = self.value(self.field(argument, "argument", scope), scope, out)
        else:
            base = self.address(argument, scope, out)
        mark = "[]" if what is not None and what.length else ""
        op = f".{self.text(self.field(node, 'field', scope))}{mark}"
        if isinstance(base, Const) and isinstance(base.value, Addr):
            place = base.value
            if mark and place.element >= 0:
                raise self.error(node, scope, "an array in an array of structures is not supported")
            return Const(Addr(place.base + op.removesuffix("[]"), 0 if mark else place.element))
        return Op(op, (base,))

    def field_of(self, node: Node, scope: Names) -> Field | None:
        """The field that ``p->f`` names; None if only the initial state names it.

        Raises LitmusError for one that nothing declares.
        """
        name = self.text(self.field(node, "field", scope))
        argument = self.field(node, "argument", scope)
        tag = self.type_of(argument, scope)
        fields = self.structs.fields(tag) if tag else {}
        if name in fields:
            return fields[name]
        if name in self.world.fields:
            return None
        if not fields:
            found = self.structs.any_field(name) if not tag else None
            if found is not None:
                return found
            where = f"struct {tag}" if tag else "a structure"
            raise self.error(
                node,
                scope,
                f"nothing declares the field {name}: define {where} in the file, or give"
                f" {name} an initial value",
            )
        hint = self.suggest(name, fields)
        raise self.error(node, scope, f"struct {tag} has no field {name}{hint}")

    def must_be_one(self, node: Node, what: Field | None, scope: Names) -> None:
        """A field that is read or set is no structure. Raises LitmusError."""
        if what is not None and not what.pointer and self.structs.fields(what.type):
            said = f"{self.text(node)} is a struct {what.type}: expected a field of it"
            raise self.error(node, scope, said)

    def type_of(self, node: Node, scope: Names) -> str:
        """The type name that an expression, or what it points to, was declared with, or ''."""
        kind = node.type
        if kind == "parenthesized_expression" and node.named_children:
            return self.type_of(node.named_children[-1], scope)
        if kind == "identifier":
            name = self.text(node)
            if name in scope.args:
                inner, where = scope.args[name]
                return self.type_of(inner, where)
            if name in scope.types:
                return scope.types[name]
            if name == "current":
                return "task_struct"
            return self.world.types.get(name, "") if not scope.prefix else ""
        if kind == "pointer_expression":
            tag = self.type_of(self.field(node, "argument", scope), scope)
            return tag.removesuffix("*") if self.text(node).startswith("*") else tag
        if kind == "subscript_expression":
            return self.type_of(self.field(node, "argument", scope), scope)
        if kind == "binary_expression":
            return self.type_of(self.field(node, "left", scope), scope)
        if kind == "field_expression":
            tag = self.type_of(self.field(node, "argument", scope), scope)
            what = self.structs.fields(tag).get(self.text(self.field(node, "field", scope)))
            return what.type if what is not None else ""
        if kind == "cast_expression":
            return type_name(self.text(self.field(node, "type", scope)))
        if kind == "call_expression" and self.text(node).startswith("container_of"):
            listed = self.field(node, "arguments", scope).named_children
            return type_name(self.text(listed[1])) if len(listed) == 3 else ""
        return ""

    def held_at(self, node: Node, scope: Names) -> str:
        """The type of the number that an lvalue names, or '' for a pointer or what is not known."""
        kind = node.type
        if kind == "parenthesized_expression" and node.named_children:
            return self.held_at(node.named_children[-1], scope)
        if kind == "identifier" and self.text(node) in scope.args:
            return self.held_at(*scope.args[self.text(node)])
        if kind == "pointer_expression" and self.text(node).startswith("*"):
            return self.pointed_to(self.field(node, "argument", scope), scope)
        if kind == "subscript_expression":
            return self.pointed_to(self.field(node, "argument", scope), scope)
        if kind == "field_expression":
            tag = self.type_of(self.field(node, "argument", scope), scope)
            what = self.structs.fields(tag).get(self.text(self.field(node, "field", scope)))
            return "" if what is None or what.pointer else what.type
        return ""

    def pointed_to(self, node: Node, scope: Names) -> str:
        """The type of the number that a pointer leads to, or ''."""
        kind = node.type
        if kind == "parenthesized_expression" and node.named_children:
            return self.pointed_to(node.named_children[-1], scope)
        if kind == "identifier":
            name = self.text(node)
            if name in scope.args:
                return self.pointed_to(*scope.args[name])
            if name in scope.locals:
                known = self.pointees.get(scope.prefix + name, "")
                return known or (scope.types.get(name, "") if name in scope.pointers else "")
            return self.world.types.get(name, "") if not scope.prefix else ""
        if kind == "pointer_expression" and self.text(node).startswith("&"):
            return self.held_at(self.field(node, "argument", scope), scope)
        if kind == "binary_expression":
            return self.pointed_to(self.field(node, "left", scope), scope)
        if kind == "field_expression":
            tag = self.type_of(self.field(node, "argument", scope), scope)
            what = self.structs.fields(tag).get(self.text(self.field(node, "field", scope)))
            return what.type if what is not None and (what.pointer or what.length) else ""
        return ""


def total(base: Expr, index: Expr) -> Expr:
    """``base + index``, computed if both are known."""
    if isinstance(base, Const) and isinstance(index, Const):
        place, by = base.value, index.value
        if isinstance(place, Addr) and isinstance(by, int) and place.element >= 0:
            return Const(Addr(place.base, place.element + by))
    return Op("+", (base, index))
