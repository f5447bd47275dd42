"""From C syntax to statements: inlines primitives, orders effects, flattens expressions."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from reviewer.errors import LitmusError
from reviewer.mmu.litmus.definitions import Definition, Definitions, Snippet, split_tags
from reviewer.mmu.program import (
    Addr,
    Assign,
    Assume,
    Choose,
    Const,
    Exit,
    Expr,
    Fence,
    If,
    Load,
    Lock,
    Loop,
    Op,
    Reg,
    Rmw,
    Scope,
    Source,
    Srcu,
    Statement,
    Store,
)

MAX_DEPTH = 60
_BINARY = frozenset(("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"))
_COMPARE = frozenset(("==", "!=", "<", "<=", ">", ">="))
_ATOMIC_MODES = ("mb", "once", "acquire", "release")


@dataclass(slots=True)
class _Scope:
    """What names mean: macro arguments, renamed locals, or the thread's own names."""

    prefix: str
    snippet: Snippet
    args: dict[str, tuple[Node, _Scope]] = field(default_factory=dict)
    returns: str | None = None
    label: str | None = None
    loops: list[str] = field(default_factory=list)
    outer: _Scope | None = None


Out = list[Statement]


class Lowerer:
    """Lowers one thread. ``params`` name global locations; any other name is a register."""

    def __init__(
        self,
        definitions: Definitions,
        thread: int,
        params: tuple[str, ...],
        arrays: frozenset[str],
        fold_rmw: bool = False,
    ) -> None:
        self.definitions = definitions
        self.thread = thread
        self.globals = frozenset(params)
        self.arrays = arrays
        self.fold_rmw = fold_rmw
        self.fresh = 0
        self.depth = 0
        self.source = Source("", 0, "")
        self.shadowed: set[str] = set()

    def body(self, snippet: Snippet) -> tuple[Statement, ...]:
        """The statements of a thread's body. Raises LitmusError with the line."""
        scope = _Scope("", snippet)
        scope.label = "return"
        out: Out = []
        self.block(snippet.node, scope, out, top=True)
        return (Scope("return", tuple(out)),)

    # -- helpers

    def temp(self) -> str:
        self.fresh += 1
        return f"%{self.fresh}"

    def line(self, node: Node, scope: _Scope) -> int:
        return scope.snippet.line + node.start_point[0]

    def error(self, node: Node, scope: _Scope, message: str) -> LitmusError:
        return LitmusError(scope.snippet.path, self.line(node, scope), message)

    def text(self, node: Node) -> str:
        return (node.text or b"").decode(errors="replace")

    def field(self, node: Node, name: str, scope: _Scope) -> Node:
        found = node.child_by_field_name(name)
        if found is None:
            raise self.error(node, scope, f"expected a {name} in '{self.text(node)[:40]}'")
        return found

    def mark(self, node: Node, scope: _Scope) -> None:
        """Remembers the reader's own statement: the outermost one, not an inlined definition's."""
        if scope.outer is None and not scope.prefix:
            text = " ".join(self.text(node).split("\n")[0].split())
            self.source = Source(scope.snippet.path, self.line(node, scope), text)

    # -- statements

    def block(self, node: Node, scope: _Scope, out: Out, *, top: bool = False) -> None:
        for child in node.named_children:
            self.statement(child, scope, out)

    def statement(self, node: Node, scope: _Scope, out: Out) -> None:
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

    def declaration(self, node: Node, scope: _Scope, out: Out) -> None:
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

    def loop(self, node: Node, scope: _Scope, out: Out) -> None:
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

    # -- expressions

    def effect(self, node: Node, scope: _Scope, out: Out) -> None:
        """An expression for its effect only."""
        if node.type == "comma_expression":
            for child in node.named_children:
                self.effect(child, scope, out)
            return
        if node.type == "call_expression":
            self.call(node, scope, out, wanted=False)
            return
        self.value(node, scope, out)

    def condition(self, node: Node, scope: _Scope, out: Out) -> Expr:
        if node.type == "parenthesized_expression":
            return self.value(node.named_children[0], scope, out)
        return self.value(node, scope, out)

    def value(self, node: Node, scope: _Scope, out: Out) -> Expr:
        """The value of an expression; its events and side effects go to ``out`` in order."""
        self.depth += 1
        if self.depth > 200:
            raise self.error(node, scope, "expression nested too deeply")
        try:
            return self._value(node, scope, out)
        finally:
            self.depth -= 1

    def _value(self, node: Node, scope: _Scope, out: Out) -> Expr:
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

    def name(self, node: Node, scope: _Scope, out: Out) -> Expr:
        name = self.text(node)
        bound = scope.args.get(name)
        if bound is not None:
            return self.value(bound[0], bound[1], out)
        if name == "NULL":
            return Const(0)
        if not scope.prefix and name in self.globals and name not in self.shadowed:
            return Const(Addr(name, 0) if name in self.arrays else Addr(name))
        return Reg(scope.prefix + name)

    def binary(self, node: Node, scope: _Scope, out: Out) -> Expr:
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

    def conditional(self, node: Node, scope: _Scope, out: Out) -> Expr:
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

    def assignment(self, node: Node, scope: _Scope, out: Out) -> Expr:
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

    def store(self, target: Node, value: Expr, scope: _Scope, out: Out) -> None:
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

    def address(self, node: Node, scope: _Scope, out: Out) -> Expr:
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

    # -- calls

    def call(self, node: Node, scope: _Scope, out: Out, *, wanted: bool) -> Expr:
        function = self.field(node, "function", scope)
        args = [
            child
            for child in self.field(node, "arguments", scope).named_children
            if child.type != "comment"
        ]
        if function.type == "parenthesized_expression" and len(args) == 1:
            return self.value(args[0], scope, out)  # a cast, (type)(value)
        name = self.text(function)
        if name.startswith("__") and name in _BUILTINS:
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
        scope: _Scope,
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
            inner = _Scope(
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
        inner = _Scope(f"{label}.", snippet, returns=result, label=label, outer=scope)
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

    def builtin(self, name: str, node: Node, args: list[Node], scope: _Scope, out: Out) -> Expr:
        tags: tuple[str, ...] = ()
        mode = ""
        if args and args[0].type == "string_literal":
            written = self.text(args[0]).strip('"')
            mode, _, extra = written.partition("|")
            mode = mode.strip()
            path, line = scope.snippet.path, self.line(node, scope)
            tags = split_tags(f"{mode},{extra}", path, line)
            args = args[1:]
        lowest, most = _BUILTINS[name]
        if not lowest <= len(args) <= most:
            raise self.error(node, scope, f"{name} takes {lowest} arguments, found {len(args)}")
        source = self.source
        if name == "__load":
            reg = self.temp()
            out.append(Load(reg, self.address(args[0], scope, out), tags, source))
            return Reg(reg)
        if name == "__store":
            place = self.address(args[0], scope, out)
            out.append(Store(place, self.value(args[1], scope, out), tags, source))
            return Const(0)
        if name == "__fence":
            addr = self.value(args[0], scope, out) if args else None
            out.append(Fence(tags, addr, source))
            return Const(0)
        if name in ("__lock", "__unlock", "__trylock", "__islocked"):
            addr = self.value(args[0], scope, out)
            lock_reg = self.temp() if name in ("__trylock", "__islocked") else None
            out.append(Lock(name[2:], addr, lock_reg, source))
            return Reg(lock_reg) if lock_reg else Const(0)
        if name == "__srcu":
            addr = self.value(args[0], scope, out)
            value = self.value(args[1], scope, out) if len(args) > 1 else None
            srcu_reg = self.temp() if "srcu-lock" in tags else None
            out.append(Srcu(tags, addr, value, srcu_reg, source))
            return Reg(srcu_reg) if srcu_reg else Const(0)
        if name == "__cpu":
            return Const(self.thread)
        if name == "__assume":
            out.append(Assume(self.value(args[0], scope, out), source))
            return Const(0)
        if name == "__choose":
            count = self.value(args[0], scope, out)
            if not isinstance(count, Const) or not isinstance(count.value, int):
                raise self.error(node, scope, "__choose takes a number")
            reg = self.temp()
            out.append(Choose(reg, count.value, source))
            return Reg(reg)
        return self.atomic(name, node, args, (mode, tags), scope, out)

    def atomic(
        self,
        name: str,
        node: Node,
        args: list[Node],
        tagged: tuple[str, tuple[str, ...]],
        scope: _Scope,
        out: Out,
    ) -> Expr:
        mode, tags = tagged
        addr = self.value(args[0], scope, out)
        expected: Expr | None = None
        if name in ("__xchg", "__cmpxchg"):
            op = name[2:]
            if op == "cmpxchg":
                expected = self.value(args[1], scope, out)
            operand = self.value(args[-1], scope, out)
        elif name == "__atomic_add_unless":
            op = "add_unless"
            operand = self.value(args[1], scope, out)
            expected = self.value(args[2], scope, out)
        else:
            op = self.text(args[1]).strip('"').replace(" ", "")
            operand = self.value(args[2], scope, out)
        gives = {"__atomic_op_return": "new", "__atomic_add_unless": "success"}.get(name, "old")
        reg = None if name == "__atomic_op" else self.temp()
        read, write, fail, fences = self.atomic_tags(name, mode, tags)
        out.append(
            Rmw(reg, gives, op, addr, operand, expected, read, write, fail, fences, self.source)
        )
        return Reg(reg) if reg else Const(0)

    def atomic_tags(
        self, name: str, mode: str, tags: tuple[str, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Tags of the read, the write, a failed read, and the fences around (herd's CSem.ml)."""
        if not mode and name == "__atomic_op":
            return ("noreturn",), ("once",), ("once",), ()
        if mode not in _ATOMIC_MODES or self.fold_rmw:
            return tags, tags, tags, ()
        extra = tuple(tag for tag in tags if tag != mode)
        if name == "__atomic_op":
            return ("noreturn", *extra), ("once", *extra), ("once", *extra), ()
        read = "acquire" if mode == "acquire" else "once"
        write = "release" if mode == "release" else "once"
        if name == "__atomic_add_unless":
            read = write = "once"
        fences = ("mb",) if mode == "mb" or name == "__atomic_add_unless" else ()
        return (read, *extra), (write, *extra), ("once", *extra), fences


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


_BUILTINS: dict[str, tuple[int, int]] = {
    "__load": (1, 1),
    "__store": (2, 2),
    "__fence": (0, 1),
    "__lock": (1, 1),
    "__unlock": (1, 1),
    "__trylock": (1, 1),
    "__islocked": (1, 1),
    "__srcu": (1, 2),
    "__xchg": (2, 2),
    "__cmpxchg": (3, 3),
    "__atomic_op": (3, 3),
    "__atomic_op_return": (3, 3),
    "__atomic_fetch_op": (3, 3),
    "__atomic_add_unless": (3, 3),
    "__cpu": (0, 0),
    "__assume": (1, 1),
    "__choose": (1, 1),
}
