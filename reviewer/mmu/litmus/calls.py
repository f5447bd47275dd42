"""Calls: primitives are inlined, functions with registers of their own, macros in place."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tree_sitter import Node

from reviewer.mmu.litmus.builtins import BUILTINS, Builtins
from reviewer.mmu.litmus.definitions import Definition
from reviewer.mmu.litmus.names import Names, Out
from reviewer.mmu.program import Assign, Const, Exit, Expr, If, Loop, Reg, Scope, Statement

MAX_DEPTH = 60


class Calls(Builtins, ABC):
    """Lowers calls; the statements in an inlined body are left to whoever knows statements."""

    @abstractmethod
    def block(self, node: Node, scope: Names, out: Out) -> None:
        """Lowers the statements in a pair of braces."""

    def call(self, node: Node, scope: Names, out: Out, *, wanted: bool) -> Expr:
        function = self.field(node, "function", scope)
        args = [
            child
            for child in self.field(node, "arguments", scope).named_children
            if child.type != "comment"
        ]
        if function.type == "parenthesized_expression" and len(args) == 1:
            return self.value(args[0], scope, out)  # a cast, (type)(value)
        name = self.text(function)
        if name.startswith("__") and name in BUILTINS:
            return self.builtin(name, node, args, scope, out)
        definition = self.definitions.get(name)
        if definition is None:
            raise self.error(node, scope, f"unknown primitive '{name}'")
        if definition.function and len(args) > len(definition.params):
            # The kernel's own signature: mm, vma and address come first and mean nothing here.
            args = args[len(args) - len(definition.params) :]
        if len(args) != len(definition.params):
            raise self.error(
                node,
                scope,
                f"{name} takes {len(definition.params)} arguments, found {len(args)}",
            )
        return self.inline(definition, node, args, scope, out, wanted=wanted)

    def inline(
        self,
        definition: Definition,
        node: Node,
        args: list[Node],
        scope: Names,
        out: Out,
        *,
        wanted: bool,
    ) -> Expr:
        depth, at = 0, scope
        while at.outer is not None:
            depth, at = depth + 1, at.outer
        if depth > MAX_DEPTH:
            raise self.error(node, scope, f"{definition.name} calls itself")
        snippet = definition.body()
        if not definition.function:
            inner = Names(
                scope.prefix,
                snippet,
                {name: (arg, scope) for name, arg in zip(definition.params, args, strict=True)},
                outer=scope,
            )
            if snippet.node.type != "compound_statement":
                return self.value(snippet.node, inner, out)
            self.fresh += 1
            inner.prefix = f"{definition.name}%{self.fresh}."
            self.block(snippet.node, inner, out)
            return Const(0)
        self.fresh += 1
        label = f"{definition.name}%{self.fresh}"
        result = f"{label}."
        inner = Names(f"{label}.", snippet, returns=result, label=label, outer=scope)
        for name, arg in zip(definition.params, args, strict=True):
            out.append(Assign(inner.prefix + name, self.value(arg, scope, out), self.source))
        body: Out = []
        self.block(snippet.node, inner, body)
        # A single return at the end needs no scope to leave.
        if body and body[-1] == Exit(label) and not _leaves(body[:-1], label):
            out.extend(body[:-1])
        else:
            out.append(Scope(label, tuple(body)))
        return Reg(result) if wanted else Const(0)


def _leaves(body: list[Statement], label: str) -> bool:
    for statement in body:
        if isinstance(statement, Exit) and statement.label == label:
            return True
        if isinstance(statement, If) and (
            _leaves(list(statement.then), label) or _leaves(list(statement.orelse), label)
        ):
            return True
        if isinstance(statement, Loop | Scope) and _leaves(list(statement.body), label):
            return True
    return False
