"""From cat files to a model: includes, lets and functions resolved, checks listed.

Sets that herd7 enumerates with ``with x from S`` are not enumerated here: a coherence order is a
node that the search fills in, and a cross product of single-edge candidates (the reads of a lock in
the kernel's lock.cat) is a node whose edge for each read the search chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reviewer.errors import LitmusError
from reviewer.mmu.cat import library
from reviewer.mmu.cat import syntax as cat
from reviewer.mmu.cat.nodes import Graph, Node
from reviewer.mmu.cat.parse import parse_cat

MAX_INCLUDES = 64
MAX_CALLS = 200


@dataclass(frozen=True, slots=True)
class Check:
    """``acyclic``, ``irreflexive`` or ``empty`` of a node; a ``flag`` only reports."""

    kind: str
    negated: bool
    node: Node
    name: str
    flag: bool


@dataclass(frozen=True, slots=True)
class CatModel:
    """A compiled model. ``shown`` are the relations with a name, the last binding of each.

    ``tags`` are the declared ones; ``used`` those some expression asks for without declaration.
    """

    title: str
    graph: Graph
    checks: tuple[Check, ...]
    shown: Mapping[str, Node]
    tags: frozenset[str]
    used: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Closure:
    params: tuple[str, ...]
    single: bool
    body: cat.Exp
    env: _Env
    name: str


@dataclass(frozen=True, slots=True)
class _Builtin:
    name: str
    apply: Callable[[_Value, int], _Value]


@dataclass(frozen=True, slots=True)
class _Tuple:
    items: tuple[_Value, ...]


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str


@dataclass(frozen=True, slots=True)
class _Map:
    """``map f s``: one value for each member of ``members``."""

    members: Node
    element: Node
    value: _Value


@dataclass(frozen=True, slots=True)
class _Pair:
    """The bound variable of a map over a relation: one edge of it."""

    of: Node


@dataclass(frozen=True, slots=True)
class _Orders:
    """All total orders, location by location, of a set that extend a relation."""

    members: Node
    extends: Node


@dataclass(frozen=True, slots=True)
class _Choices:
    """The cross product of a set of sets of single edges."""

    of: _Map


_Value = Node | _Closure | _Builtin | _Tuple | _Tag | _Map | _Pair | _Orders | _Choices
_Env = dict[str, _Value]

_SETS = tuple(
    "_ M R W F IW FW RMW X LK LKR LKW LS UL LF RL RU SRCU B Rreg Wreg".split()  # noqa: SIM905
)
_RELATIONS = ("po", "loc", "int", "ext", "id", "addr", "data", "ctrl", "rmw", "rf", "rf-lock")


@dataclass(slots=True)
class _Compiler:
    variants: frozenset[str]
    search: tuple[Path, ...]
    graph: Graph = field(default_factory=Graph)
    env: _Env = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    shown: dict[str, Node] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    used: dict[str, str] = field(default_factory=dict)
    procedures: dict[str, cat.Procedure] = field(default_factory=dict)
    path: str = ""
    includes: int = 0
    depth: int = 0

    # -- start

    def prelude(self) -> None:
        g = self.graph
        for name in _SETS:
            self.env[name] = g.base(name, is_set=True)
        for name in _RELATIONS:
            self.env[name] = g.base(name, is_set=False)
        self.env["id"] = g.id
        self.env["emptyset"] = g.none
        self.env["same-thread"] = self.env["int"]
        for name, function in (
            ("domain", lambda r, line: g.domain(self.rel(r, line))),
            ("range", lambda r, line: g.range(self.rel(r, line))),
            ("toid", lambda s, line: g.identity(self.set_(s, line))),
            ("different-values", self.different_values),
            ("tag2events", self.tag_events),
            ("tag2instrs", self.tag_events),
            ("map", self.map_),
            ("cross", self.cross),
            ("generate_cos", self.generate_cos),
            ("generate_orders", self.generate_orders),
        ):
            self.env[name] = _Builtin(name, function)
        self.text(library.FILES["stdlib.cat"], "stdlib.cat")

    def text(self, text: str, path: str) -> str:
        outer, self.path = self.path, path
        title, body = parse_cat(text, path)
        self.run(body)
        self.path = outer
        return title

    def file(self, path: Path) -> str:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise LitmusError(str(path), 0, f"cannot read: {error}") from None
        return self.text(text, str(path))

    def error(self, line: int, message: str) -> LitmusError:
        return LitmusError(self.path, line, message)

    # -- instructions

    def run(self, body: tuple[cat.Ins, ...]) -> None:
        for ins in body:
            self.instruction(ins)

    def instruction(self, ins: cat.Ins) -> None:
        if isinstance(ins, cat.Let):
            self.let(ins.rec, ins.bindings, self.env)
            for binding in ins.bindings:
                for name in binding.names:
                    value = self.env.get(name)
                    if isinstance(value, Node) and not value.is_set:
                        self.shown[name] = value
        elif isinstance(ins, cat.Test):
            node = self.node(self.eval(ins.exp, self.env), ins.line)
            if node.is_set and ins.kind != "empty":
                raise self.error(ins.line, f"expected a relation for '{ins.kind}'")
            if ins.negated and not ins.flag:
                raise self.error(ins.line, "a negated check must be a flag")
            self.checks.append(Check(ins.kind, ins.negated, node, ins.name, ins.flag))
        elif isinstance(ins, cat.Include):
            self.include(ins)
        elif isinstance(ins, cat.With):
            self.with_(ins)
        elif isinstance(ins, cat.Procedure):
            self.procedures[ins.name] = ins
        elif isinstance(ins, cat.Perform):
            self.perform(ins)
        elif isinstance(ins, cat.IfIns):
            self.run(ins.then if self.flag(ins.cond) else ins.orelse)
        elif isinstance(ins, cat.Enum):
            for tag in ins.tags:
                self.declare(tag)
        elif ins.exp is not None:
            value = self.eval(ins.exp, self.env)
            if isinstance(value, Node) and not value.is_set:
                self.shown[ins.names[0]] = value

    def declare(self, tag: str) -> None:
        self.tags.add(tag)
        self.env[tag[0].upper() + tag[1:]] = self.graph.base(f"'{tag}", is_set=True)

    def include(self, ins: cat.Include) -> None:
        self.includes += 1
        if self.includes > MAX_INCLUDES:
            raise self.error(ins.line, "too many includes")
        if "/" in ins.name or "\\" in ins.name:
            raise self.error(ins.line, "expected a file name without directories")
        for folder in (Path(self.path).parent, *self.search):
            if (folder / ins.name).is_file() and self.path not in library.FILES:
                self.file(folder / ins.name)
                return
        if ins.name not in library.FILES:
            raise self.error(ins.line, f"no such file: {ins.name}")
        self.text(library.FILES[ins.name], ins.name)

    def with_(self, ins: cat.With) -> None:
        value = self.eval(ins.exp, self.env)
        g = self.graph
        if isinstance(value, _Orders):
            order = g.order(value.members)
            fixed = g.inter(value.extends, g.cross(value.members, value.members))
            self.checks.append(Check("empty", False, g.diff(fixed, order), "co", False))
            self.env[ins.name] = order
        elif isinstance(value, _Choices):
            candidates = value.of.value
            if not isinstance(candidates, _Map) or not isinstance(candidates.value, _Pair):
                raise self.error(ins.line, "expected a cross product of single edges")
            sources = g.union(g.base("rf", is_set=False), g.base("rf-lock", is_set=False))
            chosen = g.seq(sources, g.identity(value.of.members))
            allowed = g.each(value.of.members, candidates.value.of, value.of.element)
            self.checks.append(Check("empty", False, g.diff(chosen, allowed), ins.name, False))
            self.env[ins.name] = chosen
        else:
            raise self.error(ins.line, "expected cross(...) or generate_cos(...)")
        node = self.env[ins.name]
        if isinstance(node, Node):
            self.shown[ins.name] = node

    def perform(self, ins: cat.Perform) -> None:
        procedure = self.procedures.get(ins.name)
        if procedure is None:
            raise self.error(ins.line, f"no such procedure: {ins.name}")
        self.enter(ins.line)
        outer = self.env
        self.env = dict(outer)
        arg = self.eval(ins.arg, outer)
        self.bind(procedure.params, len(procedure.params) == 1, arg, self.env, ins.line)
        self.run(procedure.body)
        self.env = outer
        self.depth -= 1

    def enter(self, line: int) -> None:
        self.depth += 1
        if self.depth > MAX_CALLS:
            raise self.error(line, "calls nested too deeply")

    def let(self, rec: bool, bindings: tuple[cat.Binding, ...], env: _Env) -> None:
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
        for binding in bindings:
            if len(binding.names) != 1 or isinstance(binding.exp, cat.Fun):
                raise self.error(binding.line, "recursive functions are not supported")
            # A set if its body is one when the variable is taken for a relation or for a set.
            variable = self.graph.recursive(binding.names[0], is_set=self.guess(binding, bindings))
            variables.append(variable)
            inner[binding.names[0]] = variable
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
        self, names: tuple[str, ...], single: bool, value: _Value, env: _Env, line: int
    ) -> None:
        if single or len(names) == 1:
            env[names[0]] = value
            return
        items = value.items if isinstance(value, _Tuple) else ()
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

    def node(self, value: _Value, line: int) -> Node:
        if isinstance(value, Node):
            return value
        raise self.error(line, "expected a set or a relation")

    def rel(self, value: _Value, line: int) -> Node:
        node = self.node(value, line)
        if node is self.graph.none:
            return self.graph.zero
        if node.is_set:
            raise self.error(line, "expected a relation, found a set")
        return node

    def set_(self, value: _Value, line: int) -> Node:
        node = self.node(value, line)
        if node is self.graph.zero:
            return self.graph.none
        if not node.is_set:
            raise self.error(line, "expected a set, found a relation")
        return node

    def eval(self, exp: cat.Exp, env: _Env) -> _Value:
        if isinstance(exp, cat.Var):
            return self.variable(exp, env)
        if isinstance(exp, cat.Binary):
            return self.binary(exp, env)
        if isinstance(exp, cat.Unary):
            return self.unary(exp, env)
        if isinstance(exp, cat.Call):
            return self.call(self.eval(exp.function, env), self.eval(exp.arg, env), exp.line)
        if isinstance(exp, cat.Fun):
            return _Closure(exp.params, exp.single, exp.body, dict(env), "fun")
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
        if isinstance(exp, cat.Many):
            return self.many(exp, env)
        if isinstance(exp, cat.TagName):
            return _Tag(exp.name)
        if isinstance(exp, cat.Universe):
            return self.graph.base("_", is_set=True)
        return self.graph.zero

    def attempt(self, exp: cat.Try, env: _Env) -> _Value:
        if isinstance(exp.exp, cat.Var) and exp.exp.name not in env:
            return self.eval(exp.otherwise, env)
        try:
            return self.eval(exp.exp, env)
        except LitmusError:
            return self.eval(exp.otherwise, env)

    def variable(self, exp: cat.Var, env: _Env) -> _Value:
        value = env.get(exp.name)
        if value is not None:
            return value
        if exp.name[0].isupper():
            tag = exp.name[0].lower() + exp.name[1:]
            if all(char.islower() or char.isdigit() or char == "-" for char in tag):
                self.used.setdefault(tag, f"{self.path}:{exp.line}")
                return self.graph.base(f"'{tag}", is_set=True)
        raise self.error(exp.line, f"unbound name '{exp.name}'")

    def many(self, exp: cat.Many, env: _Env) -> _Value:
        items = tuple(self.eval(item, env) for item in exp.items)
        if not exp.braces:
            return _Tuple(items)
        if not items:
            return self.graph.none
        found = self.graph.none
        for item in items:
            if isinstance(item, _Tag):
                item = self.tag_events(item, exp.line)
            found = self.graph.union(found, self.set_(item, exp.line))
        return found

    def unary(self, exp: cat.Unary, env: _Env) -> _Value:
        value = self.node(self.eval(exp.arg, env), exp.line)
        g = self.graph
        if exp.op == "~":
            return g.complement(value)
        if exp.op == "[]":
            return g.identity(self.set_(value, exp.line))
        value = self.rel(value, exp.line)
        build = {"^-1": g.inverse, "+": g.plus, "*": g.star, "?": g.option}[exp.op]
        return build(value)

    def binary(self, exp: cat.Binary, env: _Env) -> _Value:
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

    def add(self, left: _Value, right: _Value, line: int) -> _Value:
        """``e ++ S``: one more member."""
        if isinstance(left, _Pair) and isinstance(right, Node) and self.graph.is_empty(right):
            return left
        if isinstance(left, Node) and left.op == "element":
            return self.graph.union(left, self.set_(right, line))
        raise self.error(line, "'++' is supported for one event or one edge")

    def call(self, function: _Value, arg: _Value, line: int) -> _Value:
        if isinstance(function, _Builtin):
            return function.apply(arg, line)
        if not isinstance(function, _Closure):
            raise self.error(line, "expected a function")
        self.enter(line)
        env = dict(function.env)
        self.bind(function.params, function.single, arg, env, line)
        value = self.eval(function.body, env)
        self.depth -= 1
        return value

    # -- builtin functions

    def different_values(self, value: _Value, line: int) -> _Value:
        rel = self.rel(value, line)
        return self.graph.inter(self.graph.base("different-values", is_set=False), rel)

    def tag_events(self, value: _Value, line: int) -> Node:
        if not isinstance(value, _Tag):
            raise self.error(line, "expected a 'tag")
        return self.graph.base(f"'{value.name}", is_set=True)

    def map_(self, function: _Value, line: int) -> _Value:
        def over(collection: _Value, where: int) -> _Value:
            members = self.node(collection, where)
            if members.is_set:
                element = self.graph.element()
                return _Map(members, element, self.call(function, element, where))
            pair = _Pair(members)
            return _Map(members, members, self.call(function, pair, where))

        return _Builtin("map", over)

    def cross(self, value: _Value, line: int) -> _Value:
        if not isinstance(value, _Map):
            raise self.error(line, "cross takes a set of sets of relations made by map")
        return _Choices(value)

    def generate_cos(self, value: _Value, line: int) -> _Value:
        return _Orders(self.set_(self.env["W"], line), self.rel(value, line))

    def generate_orders(self, value: _Value, line: int) -> _Value:
        if not isinstance(value, _Tuple) or len(value.items) != 2:
            raise self.error(line, "generate_orders takes a set and a relation")
        return _Orders(self.set_(value.items[0], line), self.rel(value.items[1], line))


def compile_cat(
    path: Path, variants: frozenset[str] = frozenset(), bells: tuple[Path, ...] = ()
) -> CatModel:
    """Compiles a model file, its bell files first. Raises LitmusError with file and line.

    ``variants`` are the flags that ``if "flag"`` asks for.
    """
    compiler = _Compiler(variants, (path.parent,))
    compiler.prelude()
    compiler.shown.clear()
    for bell in bells:
        compiler.file(bell)
    title = compiler.file(path)
    used = {tag: where for tag, where in compiler.used.items() if tag not in compiler.tags}
    return CatModel(
        title,
        compiler.graph,
        tuple(compiler.checks),
        dict(compiler.shown),
        frozenset(compiler.tags),
        used,
    )
