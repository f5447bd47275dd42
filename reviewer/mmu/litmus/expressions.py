"""Expressions of C as statements: effects in order, and what is left as a value."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from tree_sitter import Node

from reviewer.errors import LitmusError
from reviewer.mmu.litmus.definitions import Definition
from reviewer.mmu.litmus.meant import is_pointer
from reviewer.mmu.litmus.names import Names, Out
from reviewer.mmu.litmus.numbers import (
    COMPARE,
    arithmetic,
    common,
    converted,
    kind_of,
    misplaced,
    promoted,
)
from reviewer.mmu.litmus.places import Places, total
from reviewer.mmu.litmus.structs import type_name
from reviewer.mmu.program import Addr, Assign, Const, Expr, If, Load, Op, Reg, Statement, Store

MAX_NESTING = 200
# What may be set without a declaration, as old tests do.
_REGISTER = re.compile(r"[a-z]?r?\d*|[a-z]+_?\d+")
_SUFFIX = re.compile(r"^(?:0[xX][0-9a-fA-F]*|\d*)")
_SUFFIXES = {"u": "(u32)", "l": "(long)", "lu": "(u64)"}
_BINARY = frozenset(("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"))


class Expressions(Places, ABC):
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
            node = node.named_children[0]
        name = self.text(node)
        if node.type == "identifier" and not scope.prefix and name in self.globals - self.shadowed:
            what = f"{name} is a location, which is always there: *{name} is its value"
            raise self.error(node, scope, what)
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
            cast = self.value(self.field(node, "value", scope), scope, out)
            named = self.text(self.field(node, "type", scope))
            return cast if "*" in named else converted(type_name(named), cast, self.kinds)
        if kind == "binary_expression":
            return self.binary(node, scope, out)
        if kind == "unary_expression":
            argument_node = self.field(node, "argument", scope)
            argument = self.operand(argument_node, self.value(argument_node, scope, out))
            sign = self.text(self.field(node, "operator", scope))
            if sign == "+":
                return argument
            return self.arithmetic({"-": "neg"}.get(sign, sign), argument)
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
                self.must_be_one(node, what, scope)
            reg = self.temp()
            self.kinds[reg] = promoted(self.held_at(node, scope))
            out.append(Load(reg, address, (), self.source))
            return Reg(reg)
        if kind == "assignment_expression":
            return self.assignment(node, scope, out)
        if kind == "update_expression":
            target = self.field(node, "argument", scope)
            sign = self.text(self.field(node, "operator", scope))[0]
            old = self.temp()
            before = self.value(target, scope, out)
            self.kinds[old] = kind_of(before, self.kinds)
            out.append(Assign(old, before, self.source))
            new = self.arithmetic(sign, Reg(old), Const(1))
            new = self.store(target, new, scope, out)
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

    def must_be_open(self, node: Node, scope: Names) -> None:
        """A name of a block that has ended is none any more."""
        name = self.text(node)
        if name in scope.ended:
            what = f"{name} was declared in a block that has ended"
            raise self.error(node, scope, what)

    def unknown_name(self, node: Node, scope: Names) -> Expr:
        """Notes a name that means nothing here; all of a test are told together."""
        name = self.text(node)
        if name not in self.unknown:
            owner = f"P{self.thread}" if not scope.prefix else scope.prefix.split("%")[0] + "()"
            known = {*scope.locals, *self.globals, *self.constants()}
            if name in self.world.names:
                what = f"{owner} uses {name}, which is no parameter of {owner}"
            else:
                hint = self.suggest(name, known - {name})
                if name in scope.locals:
                    hint = f": declare it (int {name};)"
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
            self.kinds[reg] = "int"
            rest.append(Assign(reg, truth, source))
            short: Out = [Assign(reg, Const(int(sign == "||")), source)]
            arms = (rest, short) if sign == "&&" else (short, rest)
            out.append(If(left, tuple(arms[0]), tuple(arms[1]), source))
            return Reg(reg)
        if sign not in _BINARY and sign not in COMPARE:
            raise self.error(node, scope, f"expected an operator, found '{sign}'")
        left = self.value(left_node, scope, out)
        right = self.value(right_node, scope, out)
        if sign == "+" and isinstance(known := total(left, right), Const):
            return known
        if sign in COMPARE:
            self.must_compare_values(node, (left, right), scope)
        operands = (self.operand(left_node, left), self.operand(right_node, right))
        return self.arithmetic(sign, *operands)

    def arithmetic(self, sign: str, *args: Expr) -> Expr:
        return arithmetic(sign, args, self.kinds, large=self.world.large)

    def must_compare_values(self, node: Node, args: tuple[Expr, Expr], scope: Names) -> None:
        """An address is compared with addresses and with 0. Raises LitmusError."""
        if scope.snippet.path != self.world.path:
            return
        for one, other in (args, args[::-1]):
            is_number = isinstance(other, Const) and isinstance(other.value, int) and other.value
            if isinstance(one, Const) and isinstance(one.value, Addr) and is_number:
                what = f"{one.value.base} is a location and no number: *{one.value.base} is its"
                raise self.error(node, scope, f"{what} value")

    def operand(self, node: Node, value: Expr) -> Expr:
        """The value, with the type that the source gives a number (``1U``, ``0UL``)."""
        while node.type == "parenthesized_expression":
            node = node.named_children[0]
        if node.type != "number_literal":
            return value
        suffix = "".join(sorted(set(_SUFFIX.sub("", self.text(node)).lower())))
        return Op(_SUFFIXES[suffix], (value,)) if suffix in _SUFFIXES else value

    def conditional(self, node: Node, scope: Names, out: Out) -> Expr:
        cond = self.value(self.field(node, "condition", scope), scope, out)
        reg = self.temp()
        source = self.source
        arms: list[tuple[Statement, ...]] = []
        kinds: list[str] = []
        for name in ("consequence", "alternative"):
            arm: Out = []
            chosen = node.child_by_field_name(name)
            if chosen is None and name == "alternative":
                raise self.error(node, scope, "expected an alternative after ':'")
            # GNU's ``a ?: b``: the condition itself
            result = cond if chosen is None else self.value(chosen, scope, arm)
            arm.append(Assign(reg, result, source))
            arms.append(tuple(arm))
            kinds.append(kind_of(result, self.kinds))
        self.kinds[reg] = common(*kinds)
        out.append(If(cond, arms[0], arms[1], source))
        return Reg(reg)

    def assignment(self, node: Node, scope: Names, out: Out) -> Expr:
        target = self.field(node, "left", scope)
        sign = self.text(self.field(node, "operator", scope))
        right = self.field(node, "right", scope)
        if sign != "=":
            old = self.value(target, scope, out)
            new = self.value(right, scope, out)
            result: Expr = self.arithmetic(sign[:-1], old, new)
        else:
            result = self.value(right, scope, out)
        if target.type == "identifier" and self.text(target) not in scope.args:
            self.pointees[scope.prefix + self.text(target)] = self.pointed_to(right, scope)
        return self.store(target, result, scope, out)

    def taken(self, reg: str, name: str, value: Expr, scope: Names) -> Expr:
        """The value as a local takes it: of the test's own ones, their types say what is left."""
        kind = ""
        if scope.snippet.path == self.world.path and name not in scope.pointers:
            kind = scope.types.get(name, "")
        place = misplaced(kind, value)
        if place is not None and not is_pointer(scope.snippet.node, name):
            what = f"{name} is declared {kind} and given a location: *{place} is its value"
            raise LitmusError(scope.snippet.path, self.source.line, what)
        value = converted(kind, value, self.kinds)
        own = promoted(kind) or kind_of(value, self.kinds)
        self.kinds[reg] = own if self.kinds.get(reg, own) == own else ""
        return value

    def store(self, target: Node, value: Expr, scope: Names, out: Out) -> Expr:
        """Writes to an lvalue; the value that it takes."""
        while target.type == "parenthesized_expression":
            target = target.named_children[0]
        if target.type == "identifier":
            name = self.text(target)
            bound = scope.args.get(name)
            if bound is not None:
                return self.store(bound[0], value, bound[1], out)
            if not scope.prefix and name in self.globals and name not in self.shadowed:
                raise self.error(target, scope, f"expected *{name} or a register")
            undeclared = name not in scope.types and scope.snippet.path == self.world.path
            if undeclared and not _REGISTER.fullmatch(name):
                self.unknown_name(target, scope)
            self.must_be_open(target, scope)
            scope.given.add(name)
            self.registers.add(scope.prefix + name)
            value = self.taken(scope.prefix + name, name, value, scope)
            out.append(Assign(scope.prefix + name, value, self.source))
            return value
        lent = self.lent_variable(target, scope)
        if lent is not None:
            return self.store(lent[0], value, lent[1], out)
        own = self.element(target, scope, out)
        if own is not None:
            value = self.taken(own, own.removeprefix(scope.prefix).partition("[")[0], value, scope)
            out.append(Assign(own, value, self.source))
            return value
        if target.type == "field_expression":
            member = self.field_of(target, scope)
            self.must_be_one(target, member, scope)
            if member is not None and member.length:
                what = f"expected an element of the array {self.text(target)}"
                raise self.error(target, scope, what)
        place = self.address(target, scope, out)
        value = converted(self.held_at(target, scope), value, self.kinds)
        out.append(Store(place, value, (), self.source))
        return value
