"""Expressions of C as statements: effects in order, and what is left as a value."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from tree_sitter import Node

from reviewer.mmu.litmus.definitions import Definition
from reviewer.mmu.litmus.names import Names, Out, Writer
from reviewer.mmu.litmus.structs import Field, type_name
from reviewer.mmu.program import Addr, Assign, Const, Expr, If, Load, Op, Reg, Statement, Store

MAX_NESTING = 200
# What may be set without a declaration, as old tests do.
_REGISTER = re.compile(r"[a-z]?r?\d*|[a-z]+_?\d+")
_BINARY = frozenset(("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"))
_NUMBERS = frozenset(
    ("int", "long", "atomic_t", "spinlock_t", "pte_t", "pmd_t", "u64", "u32", "s64")
)
_COMPARE = frozenset(("==", "!=", "<", "<=", ">", ">="))


class Expressions(Writer, ABC):
    """Lowers expressions; calls are left to whoever knows the definitions."""

    @abstractmethod
    def call(self, node: Node, scope: Names, out: Out, *, wanted: bool) -> Expr:
        """The value of a call if it is ``wanted``, else anything."""

    @abstractmethod
    def block_value(self, node: Node, scope: Names, out: Out) -> Expr:
        """The value of the last statement of a ``({ ... })``."""

    @abstractmethod
    def inline_constant(self, definition: Definition, node: Node, scope: Names, out: Out) -> Expr:
        """The value of a constant of the definitions."""

    def effect(self, node: Node, scope: Names, out: Out) -> None:
        """An expression for its effect only."""
        if node.type == "comma_expression":
            for child in node.named_children:
                self.effect(child, scope, out)
            return
        if node.type == "call_expression":
            self.call(node, scope, out, wanted=False)
            return
        self.value(node, scope, out)

    def condition(self, node: Node, scope: Names, out: Out) -> Expr:
        if node.type == "parenthesized_expression":
            return self.value(node.named_children[0], scope, out)
        return self.value(node, scope, out)

    def value(self, node: Node, scope: Names, out: Out) -> Expr:
        """The value of an expression; its events and side effects go to ``out`` in order."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self.error(node, scope, "expression nested too deeply")
        try:
            return self._value(node, scope, out)
        finally:
            self.depth -= 1

    def _value(self, node: Node, scope: Names, out: Out) -> Expr:
        kind = node.type
        if kind == "parenthesized_expression":
            inner = node.named_children[0]
            if inner.type == "compound_statement":
                return self.block_value(inner, scope, out)
            return self.value(inner, scope, out)
        if kind == "number_literal":
            return self.number(node, scope)
        if kind in ("true", "false", "null"):
            return Const(int(kind == "true"))
        if kind in ("identifier", "type_identifier"):
            return self.name(node, scope, out)
        if kind == "cast_expression":
            return self.value(self.field(node, "value", scope), scope, out)
        if kind == "binary_expression":
            return self.binary(node, scope, out)
        if kind == "unary_expression":
            argument = self.value(self.field(node, "argument", scope), scope, out)
            sign = self.text(self.field(node, "operator", scope))
            if sign == "+":
                return argument
            return Op({"-": "neg"}.get(sign, sign), (argument,))
        if kind == "pointer_expression" and self.text(node).startswith("&"):
            return self.address(self.field(node, "argument", scope), scope, out)
        if kind in ("pointer_expression", "subscript_expression", "field_expression"):
            lent = self.lent_variable(node, scope)
            if lent is not None:
                return self.value(lent[0], lent[1], out)
            own = self.element(node, scope, out)
            if own is not None:
                return Reg(own)
            address = self.address(node, scope, out)
            if kind == "field_expression":
                what = self.field_of(node, scope)
                if what is not None and what.length:
                    return address  # an array decays to the address of its first element
            reg = self.temp()
            out.append(Load(reg, address, (), self.source))
            return Reg(reg)
        if kind == "assignment_expression":
            return self.assignment(node, scope, out)
        if kind == "update_expression":
            target = self.field(node, "argument", scope)
            sign = self.text(self.field(node, "operator", scope))[0]
            old = self.temp()
            out.append(Assign(old, self.value(target, scope, out), self.source))
            new = Op(sign, (Reg(old), Const(1)))
            self.store(target, new, scope, out)
            prefix = node.children[0].type in ("++", "--")
            return new if prefix else Reg(old)
        if kind == "conditional_expression":
            return self.conditional(node, scope, out)
        if kind == "comma_expression":
            self.effect(self.field(node, "left", scope), scope, out)
            return self.value(self.field(node, "right", scope), scope, out)
        if kind == "call_expression":
            return self.call(node, scope, out, wanted=True)
        raise self.error(node, scope, f"expected an expression, found {kind.replace('_', ' ')}")

    def name(self, node: Node, scope: Names, out: Out) -> Expr:
        name = self.text(node)
        bound = scope.args.get(name)
        if bound is not None:
            return self.value(bound[0], bound[1], out)
        if name == "NULL":
            return Const(0)
        if name in scope.lengths:
            raise self.error(node, scope, f"expected an element of the local array {name}")
        if scope.prefix or name not in self.globals or name in self.shadowed:
            if name in scope.locals:
                self.must_be_open(node, scope)
                if scope.snippet.path == self.world.path and name not in scope.given:
                    what = f"{name} is used before it is set"
                    self.unknown.setdefault(name, self.error(node, scope, what))
                return Reg(scope.prefix + name)
            if name in self.lent:
                return Reg(self.lent[name])
        if name == "current" and scope.prefix and self.has_task:
            return Reg("current")
        if not scope.prefix and name in self.globals:
            return Const(Addr(name, 0) if name in self.world.arrays else Addr(name))
        known = self.definitions.get(name)
        if known is not None and known.kind == "constant":
            return self.inline_constant(known, node, scope, out)
        return self.unknown_name(node, scope)

    def number(self, node: Node, scope: Names) -> Expr:
        digits = self.text(node).rstrip("uUlL")
        try:
            value = int(digits, 8 if digits[0] == "0" and digits.isdigit() else 0)
        except ValueError:
            raise self.error(node, scope, f"expected an integer, found {digits}") from None
        if value >= 1 << 64:
            raise self.error(node, scope, f"{digits} is more than 64 bits")
        return Const(value)

    def must_be_open(self, node: Node, scope: Names) -> None:
        """A name of a block that has ended is none any more."""
        name = self.text(node)
        if name in scope.ended:
            what = f"{name} was declared in a block that has ended"
            raise self.error(node, scope, what)

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
        inner, where = self.field(node, "argument", scope), scope
        while inner.type == "identifier" and self.text(inner) in where.args:
            inner, where = where.args[self.text(inner)]
        if inner.type != "identifier" or self.lent_variable(node, scope) is not None:
            return False
        kind = self.type_of(inner, where)
        return kind in _NUMBERS

    def must_be_place(self, node: Node, place: Expr, scope: Names) -> Expr:
        """The address that an access goes to. Raises LitmusError for one that is a number."""
        known = isinstance(place, Const) and isinstance(place.value, int) and place.value != 0
        if known or self.is_number(node, scope):
            where = scope
            while node.type == "identifier" and self.text(node) in where.args:
                node, where = where.args[self.text(node)]
            raise self.error(node, where, f"{self.text(node)} is a number and no location")
        return place

    def unknown_name(self, node: Node, scope: Names) -> Expr:
        """Notes a name that means nothing here; all of a test are told together."""
        name = self.text(node)
        if name not in self.unknown:
            owner = f"P{self.thread}" if not scope.prefix else scope.prefix.split("%")[0] + "()"
            known = {*scope.locals, *self.globals, *self.constants()}
            if name in self.world.names and not scope.prefix:
                what = f"{owner} uses {name}, which is no parameter of {owner}"
            else:
                hint = self.suggest(name, known)
                what = f"{owner} uses {name}, which is no parameter, local or constant{hint}"
                if name == "current":
                    what = (
                        f"which task is P{self.thread}? say {self.thread}:current=&TASK at the top"
                    )
            self.unknown[name] = self.error(node, scope, what)
        return Const(0)

    def constants(self) -> list[str]:
        return [key for key, value in self.definitions.items() if value.kind == "constant"]

    def binary(self, node: Node, scope: Names, out: Out) -> Expr:
        sign = self.text(self.field(node, "operator", scope))
        left_node = self.field(node, "left", scope)
        right_node = self.field(node, "right", scope)
        if sign in ("&&", "||"):
            left = self.value(left_node, scope, out)
            rest: Out = []
            right = self.value(right_node, scope, rest)
            truth = Op("!=", (right, Const(0)))
            if not rest:
                return Op("&" if sign == "&&" else "|", (Op("!=", (left, Const(0))), truth))
            reg = self.temp()
            source = self.source
            rest.append(Assign(reg, truth, source))
            short: Out = [Assign(reg, Const(int(sign == "||")), source)]
            arms = (rest, short) if sign == "&&" else (short, rest)
            out.append(If(left, tuple(arms[0]), tuple(arms[1]), source))
            return Reg(reg)
        if sign not in _BINARY and sign not in _COMPARE:
            raise self.error(node, scope, f"expected an operator, found '{sign}'")
        left = self.value(left_node, scope, out)
        right = self.value(right_node, scope, out)
        return _sum(left, right) if sign == "+" else Op(sign, (left, right))

    def conditional(self, node: Node, scope: Names, out: Out) -> Expr:
        cond = self.value(self.field(node, "condition", scope), scope, out)
        reg = self.temp()
        source = self.source
        arms: list[tuple[Statement, ...]] = []
        for name in ("consequence", "alternative"):
            arm: Out = []
            chosen = node.child_by_field_name(name)
            if chosen is None and name == "alternative":
                raise self.error(node, scope, "expected an alternative after ':'")
            # GNU's ``a ?: b``: the condition itself
            result = cond if chosen is None else self.value(chosen, scope, arm)
            arm.append(Assign(reg, result, source))
            arms.append(tuple(arm))
        out.append(If(cond, arms[0], arms[1], source))
        return Reg(reg)

    def assignment(self, node: Node, scope: Names, out: Out) -> Expr:
        target = self.field(node, "left", scope)
        sign = self.text(self.field(node, "operator", scope))
        right = self.field(node, "right", scope)
        if sign != "=":
            old = self.value(target, scope, out)
            result: Expr = Op(sign[:-1], (old, self.value(right, scope, out)))
        else:
            result = self.value(right, scope, out)
        self.store(target, result, scope, out)
        return result

    def store(self, target: Node, value: Expr, scope: Names, out: Out) -> None:
        while target.type == "parenthesized_expression":
            target = target.named_children[0]
        if target.type == "identifier":
            name = self.text(target)
            bound = scope.args.get(name)
            if bound is not None:
                self.store(bound[0], value, bound[1], out)
                return
            if not scope.prefix and name in self.globals and name not in self.shadowed:
                raise self.error(target, scope, f"expected *{name} or a register")
            undeclared = name not in scope.types and scope.snippet.path == self.world.path
            if undeclared and not _REGISTER.fullmatch(name):
                self.unknown_name(target, scope)
            self.must_be_open(target, scope)
            scope.given.add(name)
            self.registers.add(scope.prefix + name)
            out.append(Assign(scope.prefix + name, value, self.source))
            return
        lent = self.lent_variable(target, scope)
        if lent is not None:
            self.store(lent[0], value, lent[1], out)
            return
        own = self.element(target, scope, out)
        if own is not None:
            out.append(Assign(own, value, self.source))
            return
        out.append(Store(self.address(target, scope, out), value, (), self.source))

    def lent_variable(self, node: Node, scope: Names) -> tuple[Node, Names] | None:
        """What ``*P`` is where the macro's argument P was given as ``&x``: x itself."""
        if node.type != "pointer_expression" or not self.text(node).startswith("*"):
            return None
        inner = node.child_by_field_name("argument")
        if inner is None or inner.type != "identifier":
            return None
        given, where = inner, scope
        while given.type == "identifier" and self.text(given) in where.args:
            given, where = where.args[self.text(given)]
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
            return base if index == Const(0) else _sum(base, index)
        if node.type == "field_expression":
            return self.field_address(node, scope, out)
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


def _sum(base: Expr, index: Expr) -> Expr:
    """``base + index``, computed if both are known."""
    if isinstance(base, Const) and isinstance(index, Const):
        place, by = base.value, index.value
        if isinstance(place, Addr) and isinstance(by, int) and place.element >= 0:
            return Const(Addr(place.base, place.element + by))
    return Op("+", (base, index))
