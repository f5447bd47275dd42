"""Expressions of C as statements: effects in order, and what is left as a value."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tree_sitter import Node

from reviewer.mmu.litmus.names import Names, Out, Writer
from reviewer.mmu.program import Addr, Assign, Const, Expr, If, Load, Op, Reg, Statement, Store

MAX_NESTING = 200
_BINARY = frozenset(("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"))
_COMPARE = frozenset(("==", "!=", "<", "<=", ">", ">="))


class Expressions(Writer, ABC):
    """Lowers expressions; calls are left to whoever knows the definitions."""

    @abstractmethod
    def call(self, node: Node, scope: Names, out: Out, *, wanted: bool) -> Expr:
        """The value of a call if it is ``wanted``, else anything."""

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
            return self.value(node.named_children[0], scope, out)
        if kind == "number_literal":
            digits = self.text(node).rstrip("uUlL")
            try:
                return Const(int(digits, 8 if digits[0] == "0" and digits.isdigit() else 0))
            except ValueError:
                raise self.error(node, scope, f"expected an integer, found {digits}") from None
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
        if kind in ("pointer_expression", "subscript_expression"):
            reg = self.temp()
            out.append(Load(reg, self.address(node, scope, out), (), self.source))
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
        if not scope.prefix and name in self.globals and name not in self.shadowed:
            return Const(Addr(name, 0) if name in self.arrays else Addr(name))
        return Reg(scope.prefix + name)

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
        return Op(sign, (left, right))

    def conditional(self, node: Node, scope: Names, out: Out) -> Expr:
        cond = self.value(self.field(node, "condition", scope), scope, out)
        reg = self.temp()
        source = self.source
        arms: list[tuple[Statement, ...]] = []
        for name in ("consequence", "alternative"):
            arm: Out = []
            result = self.value(self.field(node, name, scope), scope, arm)
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
            out.append(Assign(scope.prefix + name, value, self.source))
            return
        out.append(Store(self.address(target, scope, out), value, (), self.source))

    def address(self, node: Node, scope: Names, out: Out) -> Expr:
        """The address of an lvalue: ``*p``, ``a[i]``, or a macro argument that is one."""
        while node.type == "parenthesized_expression":
            node = node.named_children[0]
        if node.type == "identifier" and self.text(node) in scope.args:
            inner, where = scope.args[self.text(node)]
            return self.address(inner, where, out)
        if node.type == "pointer_expression" and self.text(node).startswith("*"):
            return self.value(self.field(node, "argument", scope), scope, out)
        if node.type == "subscript_expression":
            base = self.value(self.field(node, "argument", scope), scope, out)
            index = self.value(self.field(node, "index", scope), scope, out)
            return base if index == Const(0) else Op("+", (base, index))
        raise self.error(node, scope, f"expected *POINTER, found '{self.text(node)[:40]}'")
