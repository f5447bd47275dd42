"""Interprets cat expressions: lets and functions resolved, what remains is a graph of nodes."""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.errors import LitmusError
from reviewer.mmu.cat import syntax as cat
from reviewer.mmu.cat.denotation import (
    Builtin,
    Choices,
    Closure,
    Denotation,
    Env,
    Map,
    Orders,
    Pair,
    Tag,
    Tuple,
)
from reviewer.mmu.cat.matching import Matching
from reviewer.mmu.cat.nodes import Node


@dataclass(slots=True)
class Interpreter(Matching):
    """Interprets expressions of the file at ``path`` into one graph.

    ``variants`` are the flags that ``if "flag"`` asks for. ``used`` are the tags asked for without
    declaration, with the place of the first use.
    """

    def let(self, rec: bool, bindings: tuple[cat.Binding, ...], env: Env) -> None:
        if not rec:
            values = [(b, self.eval(b.exp, env)) for b in bindings]
            for binding, value in values:
                if len(binding.names) == 1:
                    env[binding.names[0]] = value
                else:
                    self.bind(binding.names, False, value, env, binding.line)
            return
        variables: list[Node] = []
        inner = dict(env)
        functions = [binding for binding in bindings if isinstance(binding.exp, cat.Fun)]
        for binding in functions:
            fun = binding.exp
            assert isinstance(fun, cat.Fun)
            name = binding.names[0]
            inner[name] = Closure(fun.params, fun.single, fun.body, inner, name, recursive=True)
            env[name] = inner[name]
        if functions and len(functions) < len(bindings):
            raise self.error(bindings[0].line, "functions and relations in one 'let rec'")
        for binding in bindings if not functions else ():
            if len(binding.names) != 1:
                raise self.error(binding.line, "a recursive definition of several names at once")
            # A set if its body is one when the variable is taken for a relation or for a set.
            variable = self.graph.recursive(binding.names[0], is_set=self.guess(binding, bindings))
            variables.append(variable)
            inner[binding.names[0]] = variable
        if functions:
            return
        bodies = [self.node(self.eval(b.exp, inner), b.line) for b in bindings]
        nodes = self.graph.fix(variables, bodies)
        for binding, node in zip(bindings, nodes, strict=True):
            env[binding.names[0]] = node

    def guess(self, binding: cat.Binding, group: tuple[cat.Binding, ...]) -> bool:
        """Whether a recursive definition is a set, by the shape of its expression."""
        named = {b.names[0]: b for b in group}

        def is_set(exp: cat.Exp, busy: frozenset[str]) -> bool | None:
            if isinstance(exp, cat.Var):
                if exp.name in named:
                    if exp.name in busy:
                        return None
                    return is_set(named[exp.name].exp, busy | {exp.name})
                value = self.env.get(exp.name)
                if isinstance(value, Node):
                    return value.is_set
                return exp.name[:1].isupper() if value is None else None
            if isinstance(exp, cat.Binary) and exp.op in ("|", "&", "\\"):
                left = is_set(exp.left, busy)
                return is_set(exp.right, busy) if left is None else left
            if isinstance(exp, cat.Unary) and exp.op == "~":
                return is_set(exp.arg, busy)
            if isinstance(exp, cat.Call) and isinstance(exp.function, cat.Var):
                return exp.function.name in ("domain", "range")
            return isinstance(exp, cat.Universe)

        return bool(is_set(binding.exp, frozenset((binding.names[0],))))

    def bind(
        self, names: tuple[str, ...], single: bool, value: Denotation, env: Env, line: int
    ) -> None:
        if single or len(names) == 1:
            env[names[0]] = value
            return
        items = value.items if isinstance(value, Tuple) else ()
        if len(items) != len(names):
            raise self.error(line, f"expected {len(names)} values, found {len(items)}")
        env.update(zip(names, items, strict=True))

    def flag(self, cond: cat.Flag) -> bool:
        if cond.op == "flag":
            return cond.name in self.variants
        if cond.op == "not":
            return not self.flag(cond.args[0])
        values = [self.flag(arg) for arg in cond.args]
        return all(values) if cond.op == "and" else any(values)

    # -- expressions

    def eval(self, exp: cat.Exp, env: Env) -> Denotation:
        if isinstance(exp, cat.Var):
            return self.variable(exp, env)
        if isinstance(exp, cat.Binary):
            return self.binary(exp, env)
        if isinstance(exp, cat.Unary):
            return self.unary(exp, env)
        if isinstance(exp, cat.Call):
            return self.call(self.eval(exp.function, env), self.eval(exp.arg, env), exp.line)
        if isinstance(exp, cat.Fun):
            return Closure(exp.params, exp.single, exp.body, dict(env), "fun")
        if isinstance(exp, cat.LetIn):
            inner = dict(env)
            outer, self.env = self.env, inner
            self.let(exp.rec, exp.bindings, inner)
            value = self.eval(exp.body, inner)
            self.env = outer
            return value
        if isinstance(exp, cat.Try):
            return self.attempt(exp, env)
        if isinstance(exp, cat.IfFlag):
            return self.eval(exp.then if self.flag(exp.cond) else exp.orelse, env)
        if isinstance(exp, cat.Match):
            return self.match(exp, env)
        if isinstance(exp, cat.MatchSet):
            return self.match_set(exp, env)
        if isinstance(exp, cat.Many):
            return self.many(exp, env)
        if isinstance(exp, cat.TagName):
            return Tag(exp.name)
        if isinstance(exp, cat.Universe):
            return self.graph.base("_", is_set=True)
        return self.graph.zero

    def attempt(self, exp: cat.Try, env: Env) -> Denotation:
        if isinstance(exp.exp, cat.Var) and exp.exp.name not in env:
            return self.eval(exp.otherwise, env)
        try:
            return self.eval(exp.exp, env)
        except LitmusError:
            return self.eval(exp.otherwise, env)

    def variable(self, exp: cat.Var, env: Env) -> Denotation:
        value = env.get(exp.name)
        if value is not None:
            return value
        if exp.name[0].isupper():
            tag = exp.name[0].lower() + exp.name[1:]
            if all(char.islower() or char.isdigit() or char == "-" for char in tag):
                self.used.setdefault(tag, f"{self.path}:{exp.line}")
                return self.graph.base(f"'{tag}", is_set=True)
        raise self.error(exp.line, f"unbound name '{exp.name}'")

    def many(self, exp: cat.Many, env: Env) -> Denotation:
        items = tuple(self.eval(item, env) for item in exp.items)
        if not exp.braces:
            return Tuple(items)
        if not items:
            return self.graph.none
        found = self.graph.none
        for item in items:
            if isinstance(item, Tag):
                item = self.tag_events(item, exp.line)
            found = self.graph.union(found, self.set_(item, exp.line))
        return found

    def unary(self, exp: cat.Unary, env: Env) -> Denotation:
        value = self.node(self.eval(exp.arg, env), exp.line)
        g = self.graph
        if exp.op == "~":
            return g.complement(value)
        if exp.op == "[]":
            return g.identity(self.set_(value, exp.line))
        value = self.rel(value, exp.line)
        build = {"^-1": g.inverse, "+": g.plus, "*": g.star, "?": g.option}[exp.op]
        return build(value)

    def binary(self, exp: cat.Binary, env: Env) -> Denotation:
        left, right = self.eval(exp.left, env), self.eval(exp.right, env)
        g, line = self.graph, exp.line
        if exp.op == "++":
            return self.add(left, right, line)
        one, two = self.node(left, line), self.node(right, line)
        if exp.op == ";":
            return g.seq(self.rel(one, line), self.rel(two, line))
        if exp.op == "*":
            return g.cross(self.set_(one, line), self.set_(two, line))
        if one.is_set != two.is_set:
            if g.is_empty(one) or g.is_empty(two):
                convert = self.set_ if (two if g.is_empty(one) else one).is_set else self.rel
                one, two = convert(one, line), convert(two, line)
            else:
                raise self.error(line, f"'{exp.op}' of a set and a relation")
        build = {"|": g.union, "&": g.inter, "\\": g.diff}[exp.op]
        return build(one, two)

    def add(self, left: Denotation, right: Denotation, line: int) -> Denotation:
        """``e ++ S``: one more member."""
        if isinstance(left, Pair) and isinstance(right, Node) and self.graph.is_empty(right):
            return left
        if isinstance(left, Node) and left.op == "element":
            same = self.set_ if left.is_set else self.rel
            return self.graph.union(left, same(right, line))
        raise self.error(line, "'++' is supported for one event or one edge")

    def call(self, function: Denotation, arg: Denotation, line: int) -> Denotation:
        if isinstance(function, Builtin):
            return function.apply(arg, line)
        if not isinstance(function, Closure):
            raise self.error(line, "expected a function")
        several = isinstance(arg, Tuple) and not function.single
        args = arg.items if isinstance(arg, Tuple) and several else (arg,)
        if function.recursive and len(args) == len(function.params):
            nodes = tuple(one for one in args if isinstance(one, Node))
            if len(nodes) == len(args):
                return self.recursive_call(function, nodes, line)
        self.enter(line)
        env = dict(function.env)
        self.bind(function.params, function.single, arg, env, line)
        value = self.eval(function.body, env)
        self.depth -= 1
        return value

    # -- builtin functions

    def different_values(self, value: Denotation, line: int) -> Denotation:
        rel = self.rel(value, line)
        return self.graph.inter(self.graph.base("different-values", is_set=False), rel)

    def tag_events(self, value: Denotation, line: int) -> Node:
        if not isinstance(value, Tag):
            raise self.error(line, "expected a 'tag")
        return self.graph.base(f"'{value.name}", is_set=True)

    def map_(self, function: Denotation, line: int) -> Denotation:
        def over(collection: Denotation, where: int) -> Denotation:
            members = self.node(collection, where)
            if members.is_set:
                element = self.graph.element()
                return Map(members, element, self.call(function, element, where))
            pair = Pair(members)
            return Map(members, members, self.call(function, pair, where))

        return Builtin("map", over)

    def cross(self, value: Denotation, line: int) -> Denotation:
        if not isinstance(value, Map):
            raise self.error(line, "cross takes a set of sets of relations made by map")
        return Choices(value)

    def generate_cos(self, value: Denotation, line: int) -> Denotation:
        return Orders(self.set_(self.env["W"], line), self.rel(value, line))

    def generate_orders(self, value: Denotation, line: int) -> Denotation:
        if not isinstance(value, Tuple) or len(value.items) != 2:
            raise self.error(line, "generate_orders takes a set and a relation")
        return Orders(self.set_(value.items[0], line), self.rel(value.items[1], line))
