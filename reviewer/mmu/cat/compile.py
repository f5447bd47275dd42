"""From cat files to a model: includes resolved, relations named, checks listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reviewer.errors import LitmusError
from reviewer.mmu.cat import library
from reviewer.mmu.cat import syntax as cat
from reviewer.mmu.cat.denotation import Builtin, Choices, Map, Orders, Pair
from reviewer.mmu.cat.interpret import Interpreter
from reviewer.mmu.cat.nodes import Graph, Node
from reviewer.mmu.cat.parse import parse_cat

MAX_INCLUDES = 64


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


_SETS = tuple(
    "_ M R W F IW FW RMW X LK LKR LKW LS UL LF RL RU SRCU B Rreg Wreg".split()  # noqa: SIM905
)
_CAPITALIZED = ("once", "acquire", "release", "noreturn", "mb")
_RELATIONS = (
    "po loc int ext id addr data ctrl firm pick hoist rmw sca-class rf rf-lock".split()  # noqa: SIM905
)


class _Compiler(Interpreter):
    def __init__(self, variants: frozenset[str], search: tuple[Path, ...]) -> None:
        super().__init__(variants)
        self.search = search
        self.checks: list[Check] = []
        self.shown: dict[str, Node] = {}
        self.tags: set[str] = set()
        self.procedures: dict[str, cat.Procedure] = {}
        self.includes = 0

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
            self.env[name] = Builtin(name, function)
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
        tagged = self.graph.base(f"'{tag}", is_set=True)
        if tag.isupper() and tag.lower() in _CAPITALIZED:
            # Linux since 6.13 writes these tags in capitals; the primitives that its .def lacks
            # are ours, with tags in small letters.
            ours = self.graph.base(f"'{tag.lower()}", is_set=True)
            tagged = self.graph.union(tagged, ours)
        self.env[tag[0].upper() + tag[1:]] = tagged

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
        if isinstance(value, Orders):
            order = g.order(value.members)
            fixed = g.inter(value.extends, g.cross(value.members, value.members))
            self.checks.append(Check("empty", False, g.diff(fixed, order), "co", False))
            self.env[ins.name] = order
        elif isinstance(value, Choices):
            candidates = value.of.value
            if not isinstance(candidates, Map) or not isinstance(candidates.value, Pair):
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
