"""From C syntax to the statements of a program."""

from __future__ import annotations

from tree_sitter import Node

from reviewer.mmu.litmus.declared import declared_name
from reviewer.mmu.litmus.definitions import Definitions, Snippet
from reviewer.mmu.litmus.jumps import Jumps
from reviewer.mmu.litmus.meant import does_nothing
from reviewer.mmu.litmus.names import Names, Out, World
from reviewer.mmu.litmus.numbers import converted, kind_of
from reviewer.mmu.program import Assign, Const, Exit, Expr, If, Loop, Scope, Statement

# A thread as lowered; the simulator's own limits are far below.
MAX_STATEMENTS = 50_000


class Lowerer(Jumps):
    """Lowers one thread. ``params`` name global locations; any other name is a register."""

    def __init__(
        self,
        definitions: Definitions,
        thread: int,
        params: tuple[str, ...],
        world: World,
        fold_rmw: bool = False,
    ) -> None:
        super().__init__(definitions, thread, params, world, fold_rmw)
        self.guards = []
        self.started = []
        self.level = 0
        self.loops = 0
        self.kept = {}

    def body(self, snippet: Snippet, held: frozenset[str]) -> tuple[Statement, ...]:
        """The statements of a thread's body, which has the registers ``held`` from the start.

        Raises LitmusError with the line.
        """
        scope = Names("", snippet)
        scope.label = "return"
        scope.learn()
        scope.locals |= held
        scope.given |= held
        self.has_task = "current" in held
        self.registers |= scope.locals
        self.enter("return")
        out: Out = []
        around: Out = []
        self.section("tasks", around, enter=True)
        self.block(snippet.node, scope, out)
        around.append(Scope("return", tuple(out)))
        self.section("tasks", around, enter=False)
        return tuple(around)

    def block(self, node: Node, scope: Names, out: Out) -> None:
        depth = len(self.guards)
        self.level += 1
        scope.opened.append(set())
        nodes = [child for child in node.named_children if child.type != "comment"]
        self.sequence(nodes, scope, out)
        self.close_block(scope)
        self.level -= 1
        self.close(depth, out)

    def block_value(self, node: Node, scope: Names, out: Out) -> Expr:
        """The value of the last statement of a ``({ ... })``."""
        nodes = [child for child in node.named_children if child.type != "comment"]
        if not nodes or nodes[-1].type != "expression_statement" or not nodes[-1].named_children:
            raise self.error(node, scope, "expected an expression at the end of ({ ... })")
        depth = len(self.guards)
        self.level += 1
        scope.opened.append(set())
        self.sequence(nodes[:-1], scope, out)
        result = self.value(nodes[-1].named_children[0], scope, out)
        self.close_block(scope)
        self.level -= 1
        if len(self.guards) > depth:
            kept = self.temp()
            out.append(Assign(kept, result, self.source))
        self.close(depth, out)
        return result

    def statement(self, node: Node, scope: Names, out: Out) -> None:
        kind = node.type
        if kind in ("comment", "attributed_statement"):
            return
        self.written += 1
        if self.written > MAX_STATEMENTS:
            raise self.error(node, scope, f"more than {MAX_STATEMENTS} statements in a thread")
        if kind == "compound_statement":
            self.block(node, scope, out)
            return
        self.mark(node, scope)
        if kind == "expression_statement":
            for child in node.named_children:
                if self.text(child) == "fallthrough":
                    continue
                if scope.snippet.path == self.world.path and does_nothing(child):
                    raise self.error(child, scope, f"{self.text(child)} does nothing: = sets")
                if not self.guards_call(child, scope, out):
                    self.effect(child, scope, out)
        elif kind == "declaration":
            self.declaration(node, scope, out)
        elif kind == "if_statement":
            self.branch(node, scope, out)
        elif kind == "switch_statement":
            self.switch(node, scope, out)
        elif kind in ("while_statement", "do_statement", "for_statement"):
            self.loop(node, scope, out)
        elif kind == "goto_statement":
            self.goto(node, scope, out)
        elif kind == "return_statement":
            self.return_(node, scope, out)
        elif kind in ("break_statement", "continue_statement"):
            self.break_(node, scope, out)
        elif kind == "labeled_statement":
            self.sequence([node], scope, out)
        elif kind != ";":
            raise self.error(node, scope, f"expected a statement, found {kind.replace('_', ' ')}")

    def guards_call(self, node: Node, scope: Names, out: Out) -> bool:
        """``guard(name)(lock);``"""
        function = node.child_by_field_name("function")
        if node.type != "call_expression" or function is None:
            return False
        if function.type != "call_expression":
            return False
        name = self.text(self.field(function, "function", scope))
        if name != "guard":
            return False
        listed = self.field(node, "arguments", scope).named_children
        self.guard(node, function, [c for c in listed if c.type != "comment"], scope, out)
        return True

    def branch(self, node: Node, scope: Names, out: Out) -> None:
        condition = self.field(node, "condition", scope)
        inner = condition.named_children[0] if condition.named_children else condition
        if inner.type == "call_expression" and self.text(inner).startswith("__scoped_guard("):
            self.scoped_guard(inner, self.field(node, "consequence", scope), scope, out)
            return
        cond = self.condition(condition, scope, out)
        source = self.source
        then: Out = []
        self.statement(self.field(node, "consequence", scope), scope, then)
        orelse: Out = []
        alternative = node.child_by_field_name("alternative")
        if alternative is not None:
            for child in alternative.named_children:
                self.statement(child, scope, orelse)
        out.append(If(cond, tuple(then), tuple(orelse), source))

    def return_(self, node: Node, scope: Names, out: Out) -> None:
        holder = scope
        while holder.label is None and holder.outer is not None:
            if holder.snippet.path != scope.snippet.path:
                break
            holder = holder.outer
        if holder.label is None:
            raise self.error(node, scope, "'return' in a macro")
        if node.named_children:
            value = self.value(node.named_children[0], scope, out)
            if holder.returns is not None:
                value = converted(holder.result, value, self.kinds)
                own, reg = kind_of(value, self.kinds), holder.returns
                self.kinds[reg] = own if self.kinds.get(reg, own) == own else ""
                out.append(Assign(reg, value, self.source))
        elif holder.result not in ("", "void"):
            raise self.error(node, scope, f"expected a value to return ({holder.result})")
        self.leave(holder.label, out)

    def break_(self, node: Node, scope: Names, out: Out) -> None:
        leaving = node.type == "break_statement"

        def fits(name: str) -> bool:
            return leaving or not name.startswith("switch ")

        holder = scope
        while not any(map(fits, holder.loops)) and holder.outer is not None:
            if holder.label is not None:
                break
            holder = holder.outer
        if not any(map(fits, holder.loops)):
            raise self.error(node, scope, f"'{self.text(node)}' outside of a loop")
        name = next(name for name in reversed(holder.loops) if fits(name))
        word = "break " if leaving else "continue "
        self.leave(word + name.removeprefix("switch "), out)

    def declaration(self, node: Node, scope: Names, out: Out) -> None:
        if any(self.text(child) == "static" for child in node.children):
            raise self.error(node, scope, "a static variable is a location: make it a parameter")
        for child in node.children_by_field_name("declarator"):
            value = None
            declarator = child
            if child.type == "init_declarator":
                value = self.field(child, "value", scope)
                declarator = self.field(child, "declarator", scope)
            name = declared_name(declarator)
            if name is None or declarator.type not in (
                "identifier",
                "pointer_declarator",
                "parenthesized_declarator",
                "array_declarator",
            ):
                raise self.error(child, scope, "expected a simple local variable")
            if any(name in names for names in scope.opened[:-1]):
                raise self.error(child, scope, f"{name} hides another {name}: give it a new name")
            if scope.opened:
                if name in scope.opened[-1]:
                    raise self.error(child, scope, f"{name} is declared twice")
                scope.opened[-1].add(name)
                scope.ended.discard(name)
            if not scope.prefix:
                self.shadowed.add(name)
            if declarator.type == "array_declarator":
                self.local_array(name, declarator, value, scope, out)
            elif value is not None:
                if value.type == "initializer_list":
                    raise self.error(child, scope, f"expected a value for {name}, found a list")
                # Public tests write ``r4 = (r1 != r4)``, which herd7 starts from 0.
                scope.given.add(name)
                if name in scope.pointers and scope.snippet.path == self.world.path:
                    self.must_fit(value, scope.types[name], scope)
                result = self.value(value, scope, out)
                result = self.taken(scope.prefix + name, name, result, scope)
                self.pointees[scope.prefix + name] = self.pointed_to(value, scope)
                out.append(Assign(scope.prefix + name, result, self.source))

    def local_array(
        self, name: str, declarator: Node, value: Node | None, scope: Names, out: Out
    ) -> None:
        size = declarator.child_by_field_name("size")
        given = [] if value is None else [c for c in value.named_children if c.type != "comment"]
        length = Const(len(given)) if size is None else self.value(size, scope, out)
        if not isinstance(length, Const) or not isinstance(length.value, int):
            raise self.error(declarator, scope, f"expected a number as length of {name}")
        if not 0 < length.value <= 64 or len(given) > length.value:
            raise self.error(declarator, scope, f"expected 1 to 64 elements of {name}")
        scope.lengths[name] = length.value
        if not scope.prefix:
            self.registers.discard(name)
            self.registers.update(f"{name}[{index}]" for index in range(length.value))
        for index in range(length.value):
            known = self.value(given[index], scope, out) if index < len(given) else Const(0)
            if value is not None:
                out.append(Assign(f"{scope.prefix}{name}[{index}]", known, self.source))

    def loop(self, node: Node, scope: Names, out: Out) -> None:
        self.fresh += 1
        name = str(self.fresh)
        scope.opened.append(set())
        if node.type == "for_statement":
            first = node.child_by_field_name("initializer")
            if first is not None:
                if first.type == "declaration":
                    self.declaration(first, scope, out)
                else:
                    self.effect(first, scope, out)
        source = self.source
        self.deeper(node, scope)
        self.enter("break " + name)
        self.enter("continue " + name)
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
        self.loops -= 1
        self.close_block(scope)
        leave: tuple[Statement, ...] = (Exit("break " + name),)
        if node.type == "do_statement":
            inner = (*once, *test, If(cond, (), leave, source))
        else:
            inner = (*test, If(cond, tuple(once), leave, source))
        out.append(Scope("break " + name, (Loop(inner, source),)))
