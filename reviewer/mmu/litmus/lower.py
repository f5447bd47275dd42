"""From C syntax to the statements of a program."""

from __future__ import annotations

from tree_sitter import Node

from reviewer.mmu.litmus.calls import Calls
from reviewer.mmu.litmus.definitions import Snippet
from reviewer.mmu.litmus.names import Names, Out
from reviewer.mmu.program import Assign, Const, Exit, Expr, If, Loop, Scope, Statement


class Lowerer(Calls):
    """Lowers one thread. ``params`` name global locations; any other name is a register."""

    def body(self, snippet: Snippet) -> tuple[Statement, ...]:
        """The statements of a thread's body. Raises LitmusError with the line."""
        scope = Names("", snippet)
        scope.label = "return"
        out: Out = []
        self.block(snippet.node, scope, out)
        return (Scope("return", tuple(out)),)

    def block(self, node: Node, scope: Names, out: Out) -> None:
        for child in node.named_children:
            self.statement(child, scope, out)

    def statement(self, node: Node, scope: Names, out: Out) -> None:
        kind = node.type
        if kind == "comment":
            return
        if kind == "compound_statement":
            self.block(node, scope, out)
            return
        self.mark(node, scope)
        if kind == "expression_statement":
            for child in node.named_children:
                self.effect(child, scope, out)
        elif kind == "declaration":
            self.declaration(node, scope, out)
        elif kind == "if_statement":
            cond = self.condition(self.field(node, "condition", scope), scope, out)
            source = self.source
            then: Out = []
            self.statement(self.field(node, "consequence", scope), scope, then)
            orelse: Out = []
            alternative = node.child_by_field_name("alternative")
            if alternative is not None:
                for child in alternative.named_children:
                    self.statement(child, scope, orelse)
            out.append(If(cond, tuple(then), tuple(orelse), source))
        elif kind in ("while_statement", "do_statement", "for_statement"):
            self.loop(node, scope, out)
        elif kind == "return_statement":
            if scope.label is None:
                raise self.error(node, scope, "'return' in a macro")
            if node.named_children:
                value = self.value(node.named_children[0], scope, out)
                if scope.returns is not None:
                    out.append(Assign(scope.returns, value, self.source))
            out.append(Exit(scope.label))
        elif kind in ("break_statement", "continue_statement"):
            holder = scope
            while not holder.loops and holder.outer is not None and holder.label is None:
                holder = holder.outer
            if not holder.loops:
                raise self.error(node, scope, f"'{self.text(node)}' outside of a loop")
            out.append(Exit(("break " if kind[0] == "b" else "continue ") + holder.loops[-1]))
        elif kind != ";":
            raise self.error(node, scope, f"expected a statement, found {kind.replace('_', ' ')}")

    def declaration(self, node: Node, scope: Names, out: Out) -> None:
        for child in node.children_by_field_name("declarator"):
            value = None
            declarator: Node | None = child
            if child.type == "init_declarator":
                value = self.field(child, "value", scope)
                declarator = child.child_by_field_name("declarator")
            while declarator is not None and declarator.type != "identifier":
                if declarator.type not in ("pointer_declarator", "parenthesized_declarator"):
                    raise self.error(child, scope, "expected a simple local variable")
                declarator = declarator.named_children[-1]
            if declarator is None:
                raise self.error(child, scope, "expected a name")
            name = self.text(declarator)
            if not scope.prefix:
                self.shadowed.add(name)
            if value is not None:
                result = self.value(value, scope, out)
                out.append(Assign(scope.prefix + name, result, self.source))

    def loop(self, node: Node, scope: Names, out: Out) -> None:
        self.fresh += 1
        name = str(self.fresh)
        if node.type == "for_statement":
            first = node.child_by_field_name("initializer")
            if first is not None:
                if first.type == "declaration":
                    self.declaration(first, scope, out)
                else:
                    self.effect(first, scope, out)
        source = self.source
        body: Out = []
        scope.loops.append(name)
        self.statement(self.field(node, "body", scope), scope, body)
        scope.loops.pop()
        once: Out = [Scope("continue " + name, tuple(body))]
        if node.type == "for_statement":
            update = node.child_by_field_name("update")
            if update is not None:
                self.effect(update, scope, once)
        test: Out = []
        condition = node.child_by_field_name("condition")
        cond: Expr = Const(1)
        if condition is not None:
            cond = self.condition(condition, scope, test)
        leave: tuple[Statement, ...] = (Exit("break " + name),)
        if node.type == "do_statement":
            inner = (*once, *test, If(cond, (), leave, source))
        else:
            inner = (*test, If(cond, tuple(once), leave, source))
        out.append(Scope("break " + name, (Loop(inner, source),)))
