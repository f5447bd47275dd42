"""A model as a graph of set and relation expressions, shared where equal.

Operators: base, union, inter, diff, compl, seq, inverse, plus, identity ([S]), cross (S * S),
domain, range, first ([S];R), last (R;[S]), order (the searched coherence order on a set), rec (a
variable of a ``let rec``), fix, element (a bound event or edge), each (the union over a set's
elements), match (a choice by whether a set is empty), others (a set without its bound member), call
(a recursive function).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reviewer.errors import LitmusError

# Facts fixed by the two events alone, whatever else is executed.
_ON_PATH = ("po", "addr", "data", "ctrl", "firm", "pick", "hoist", "rmw", "sca-class", "id", "0")
PAIRWISE = frozenset((*_ON_PATH, "loc", "int", "ext"))
# Relations inside one thread.
LOCAL = frozenset(_ON_PATH)
_POINTWISE = frozenset(
    ("union", "inter", "diff", "compl", "inverse", "identity", "cross", "first", "last")
)
_NOT_LOCAL = frozenset(
    ("compl", "cross", "rec", "fix", "order", "each", "element", "others", "match", "call")
)
_MONOTONE = frozenset(
    (
        "union",
        "inter",
        "seq",
        "inverse",
        "plus",
        "identity",
        "cross",
        "domain",
        "range",
        "first",
        "last",
        "rec",
        "fix",
    )
)


@dataclass(eq=False, slots=True)
class Node:
    """One expression. ``dynamic``: its value depends on rf or co. ``pairwise``: whether a pair is
    in it depends on its two events alone. ``local``: only on one thread's path. ``monotone``: made
    from pairwise parts without complement of anything else."""

    number: int
    op: str
    args: tuple[Node, ...]
    name: str
    is_set: bool
    dynamic: bool
    pairwise: bool
    local: bool
    monotone: bool
    open_: frozenset[int] = field(default_factory=frozenset)


class Graph:
    """Builds nodes; equal expressions become one node."""

    def __init__(self) -> None:
        self._table: dict[tuple[str, tuple[int, ...], str], Node] = {}
        self.nodes: list[Node] = []
        self.groups: dict[int, tuple[list[Node], list[Node]]] = {}
        self.functions: dict[int, tuple[list[Node], Node]] = {}
        self.zero = self.base("0", is_set=False)
        self.none = self.base("{}", is_set=True)
        self.id = self.base("id", is_set=False)

    def _make(self, op: str, args: tuple[Node, ...], name: str, is_set: bool) -> Node:
        key = (op, tuple(arg.number for arg in args), name)
        node = self._table.get(key)
        if node is not None:
            return node
        if op == "base":
            dynamic = name in ("rf", "rf-lock", "FW")
            pairwise = not dynamic and (is_set or name in PAIRWISE)
            local = pairwise and (is_set or name in LOCAL)
            monotone = pairwise
        else:
            dynamic = op in ("order", "rec", "fix") or any(a.dynamic for a in args)
            pairwise = op in _POINTWISE and all(a.pairwise for a in args)
            local = op not in _NOT_LOCAL and (
                all(a.local for a in args)
                or (
                    op == "inter"
                    and any(a.local and not a.is_set for a in args)
                    and all(a.local or a.pairwise for a in args)
                )
                or (op == "diff" and args[0].local and (args[1].pairwise or args[1].local))
            )
            if op == "compl" and is_set:
                local = args[0].local
            monotone = pairwise or (op in _MONOTONE and all(a.monotone for a in args))
            if op == "diff":
                monotone = args[0].monotone and args[1].pairwise
        open_: frozenset[int] = frozenset()
        for arg in args:
            open_ |= arg.open_
        if op in ("element", "others", "rec"):
            open_ |= {len(self.nodes)}
        node = Node(
            len(self.nodes), op, args, name, is_set, dynamic, pairwise, local, monotone, open_
        )
        self.nodes.append(node)
        self._table[key] = node
        return node

    def base(self, name: str, *, is_set: bool) -> Node:
        """A set or relation given by the event structure."""
        return self._make("base", (), name, is_set)

    def is_empty(self, node: Node) -> bool:
        return node is self.zero or node is self.none

    def union(self, left: Node, right: Node) -> Node:
        if self.is_empty(left) or left is right:
            return right
        if self.is_empty(right):
            return left
        if left.number > right.number:
            left, right = right, left
        return self._make("union", (left, right), "", left.is_set)

    def inter(self, left: Node, right: Node) -> Node:
        if self.is_empty(left) or left is right:
            return left
        if self.is_empty(right):
            return right
        # Static operands first: explanations prefer them.
        if (left.dynamic, left.number) > (right.dynamic, right.number):
            left, right = right, left
        return self._make("inter", (left, right), "", left.is_set)

    def diff(self, left: Node, right: Node) -> Node:
        if self.is_empty(left) or self.is_empty(right):
            return left
        return self._make("diff", (left, right), "", left.is_set)

    def complement(self, arg: Node) -> Node:
        return self._make("compl", (arg,), "", arg.is_set)

    def seq(self, left: Node, right: Node) -> Node:
        """``left ; right``, grouped to the left, with identities pushed outwards."""
        if self.is_empty(left) or self.is_empty(right):
            return self.zero
        if left is self.id:
            return right
        if right is self.id:
            return left
        if right.op == "seq":
            return self.seq(self.seq(left, right.args[0]), right.args[1])
        if left.op == "identity" and right.op == "identity":
            return self.identity(self.inter(left.args[0], right.args[0]))
        if left.op == "identity":
            return self._make("first", (left.args[0], right), "", False)
        if right.op == "identity":
            return self._make("last", (left, right.args[0]), "", False)
        if right.op == "first":
            return self.seq(self.seq(left, self.identity(right.args[0])), right.args[1])
        reflexive = self.reflexive(left)
        if reflexive is not None:
            return self.union(right, self.seq(reflexive, right))
        reflexive = self.reflexive(right)
        if reflexive is not None:
            return self.union(left, self.seq(left, reflexive))
        return self._make("seq", (left, right), "", False)

    def reflexive(self, node: Node) -> Node | None:
        """``r`` if the node is ``id | r``."""
        if node.op == "union" and self.id in node.args:
            return node.args[1] if node.args[0] is self.id else node.args[0]
        return None

    def inverse(self, arg: Node) -> Node:
        if arg.op == "inverse":
            return arg.args[0]
        if self.is_empty(arg) or arg is self.id or arg.op == "identity":
            return arg
        return self._make("inverse", (arg,), "", False)

    def plus(self, arg: Node) -> Node:
        if self.is_empty(arg) or arg.op == "plus":
            return arg
        return self._make("plus", (arg,), "", False)

    def option(self, arg: Node) -> Node:
        return self.id if self.is_empty(arg) else self.union(self.id, arg)

    def star(self, arg: Node) -> Node:
        return self.option(self.plus(arg))

    def identity(self, arg: Node) -> Node:
        if self.is_empty(arg):
            return self.zero
        return self._make("identity", (arg,), "", False)

    def cross(self, left: Node, right: Node) -> Node:
        if self.is_empty(left) or self.is_empty(right):
            return self.zero
        return self._make("cross", (left, right), "", False)

    def domain(self, arg: Node) -> Node:
        return self.none if self.is_empty(arg) else self._make("domain", (arg,), "", True)

    def range(self, arg: Node) -> Node:
        return self.none if self.is_empty(arg) else self._make("range", (arg,), "", True)

    def order(self, arg: Node) -> Node:
        return self._make("order", (arg,), "", False)

    def each(self, members: Node, body: Node, element: Node) -> Node:
        """The union of ``body`` over every member bound to ``element``."""
        node = self._make("each", (members, body, element), "", False)
        node.open_ = body.open_ - element.open_
        return node

    def element(self, *, is_set: bool = True) -> Node:
        """The bound variable of a ``map`` or ``match``: a set of one event, or one edge."""
        return self._make("element", (), f"e{len(self.nodes)}", is_set)

    def others(self, *, is_set: bool) -> Node:
        """The bound variable of a ``match`` for the other members."""
        return self._make("others", (), f"o{len(self.nodes)}", is_set)

    def match(self, subject: Node, empty: Node, member: Node, bound: tuple[Node, Node]) -> Node:
        """``empty`` where ``subject`` is, else ``member`` with one member and the others bound."""
        args = (subject, empty, member, *bound)
        node = self._make("match", args, "", empty.is_set)
        own = bound[0].open_ | bound[1].open_
        node.open_ = subject.open_ | empty.open_ | (member.open_ - own)
        return node

    def call(self, function: int, args: tuple[Node, ...], *, is_set: bool) -> Node:
        """A recursive function of sets and relations, run for each execution."""
        node = self._make("call", args, str(function), is_set)
        defined = self.functions.get(function)
        if defined is None:
            node.dynamic = True
        else:
            params, body = defined
            own = {param.number for param in params}
            node.dynamic = any(arg.dynamic for arg in args) or any(
                at.dynamic and (not at.args or at.op == "order" or self._is_other(at, function))
                for at in self._walk(body, own)
            )
        return node

    def _is_other(self, node: Node, function: int) -> bool:
        return node.op == "call" and node.name != str(function)

    def recursive(self, name: str, *, is_set: bool) -> Node:
        """A variable of a ``let rec``, to be closed by ``fix``."""
        return self._make("rec", (), f"{name}#{len(self.nodes)}", is_set)

    def fix(self, variables: list[Node], bodies: list[Node]) -> list[Node]:
        """The least fixpoint of mutually recursive definitions, one node a variable."""
        group = len(self.groups)
        self.groups[group] = (variables, bodies)
        own = {variable.number for variable in variables}
        found: list[Node] = []
        for index, variable in enumerate(variables):
            node = self._make("fix", (), f"{group}:{index}", variable.is_set)
            node.dynamic = any(self._dynamic(body, own) for body in bodies)
            node.local = all(self._local(body, own) for body in bodies)
            node.monotone = all(self._monotone(body, own) for body in bodies)
            node.pairwise = False
            for body in bodies:
                if body.open_ - frozenset(own):
                    raise LitmusError("model", 0, "nested recursive definitions share variables")
            found.append(node)
        return found

    def _walk(self, node: Node, own: set[int]) -> list[Node]:
        work, seen = [node], set(own)
        found: list[Node] = []
        while work:
            at = work.pop()
            if at.number in seen:
                continue
            seen.add(at.number)
            found.append(at)
            work.extend(at.args)
        return found

    def _dynamic(self, node: Node, own: set[int]) -> bool:
        return any(
            at.dynamic and (not at.args or at.op in ("order", "call"))
            for at in self._walk(node, own)
        )

    def _local(self, node: Node, own: set[int]) -> bool:
        return all(
            at.local if not at.args else at.is_set or at.op not in ("compl", "cross")
            for at in self._walk(node, own)
        )

    def _monotone(self, node: Node, own: set[int]) -> bool:
        return all(
            at.monotone if not at.args else at.pairwise or at.op in _MONOTONE
            for at in self._walk(node, own)
        )
