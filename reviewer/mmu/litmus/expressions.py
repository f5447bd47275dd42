"""Expressions of C as statements: effects in order, and what is left as a value."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from tree_sitter import Node

from reviewer.mmu.litmus.definitions import Definition
from reviewer.mmu.litmus.names import Names, Out
from reviewer.mmu.litmus.places import Places, total
from reviewer.mmu.program import Addr, Assign, Const, Expr, If, Load, Op, Reg, Statement, Store
from reviewer.mmu.values import CONVERSIONS

MAX_NESTING = 200
# What may be set without a declaration, as old tests do.
_REGISTER = re.compile(r"[a-z]?r?\d*|[a-z]+_?\d+")
_BINARY = frozenset(("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"))
_COMPARE = frozenset(("==", "!=", "<", "<=", ">", ">="))


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
        return total(left, right) if sign == "+" else Op(sign, (left, right))

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

    def converted(self, name: str, value: Expr, scope: Names) -> Expr:
        """The value as a local of the test takes it that is declared narrow or unsigned."""
        kind = scope.types.get(name, "")
        if scope.snippet.path != self.world.path or kind not in CONVERSIONS:
            return value
        return Op(f"({kind})", (value,))

    def stored(self, place: Expr, value: Expr) -> Expr:
        """The value as a location of the test takes it that is declared narrow or unsigned."""
        if not isinstance(place, Const) or not isinstance(place.value, Addr):
            return value
        kind = self.world.types.get(place.value.base, "")
        return Op(f"({kind})", (value,)) if kind in CONVERSIONS else value

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
            value = self.converted(name, value, scope)
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
        place = self.address(target, scope, out)
        out.append(Store(place, self.stored(place, value), (), self.source))
