"""What a model asks of the events of one program, in a form that can be compared.

Two machines differ in flags of their models. Where the events that a flag is about do not occur in
a program, the expressions that it changes are empty, and what is left is the same question.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from reviewer.mmu.cat.compile import CatModel, Check
from reviewer.mmu.cat.nodes import Graph, Node

Question = tuple[tuple[str, bool, bool, str, int], ...]
Numbers = dict[tuple[object, ...], int]
"""A number for each expression met, over all models that are compared."""

EMPTY = 0

LOCK_KINDS = frozenset(("LK", "LKR", "LKW", "LS", "UL", "LF", "RL", "RU"))
_EMPTY_WITH_ANY = frozenset(("inter", "seq", "first", "last", "cross"))
_EMPTY_WITH_FIRST = frozenset(
    ("diff", "identity", "inverse", "plus", "domain", "range", "order", "each")
)


def question(model: CatModel, tags: frozenset[str], numbers: Numbers, *, locks: bool) -> Question:
    """The checks of a model on a program whose events have these tags; ``locks``: any lock events.

    Where two are equal, by the same ``numbers``, every execution of the program fails, passes and
    is flagged alike.
    """
    asked = _Asked(model.graph, tags, locks, numbers)
    return tuple(
        (check.kind, check.negated, check.flag, check.name, asked.key(check.node))
        for check in model.checks
        if check.kind != "empty" or check.negated or not asked.is_empty(check.node)
    )


def askable(model: CatModel, tags: frozenset[str], *, locks: bool) -> list[Check]:
    """The checks of a model that some execution of such a program may fail, or be flagged by: of
    what has no member in any there is neither."""
    asked = _Asked(model.graph, tags, locks, {})
    return [
        check
        for check in model.checks
        if (check.negated and check.kind != "empty") or not asked.is_empty(check.node)
    ]


@dataclass(slots=True)
class _Asked:
    graph: Graph
    tags: frozenset[str]
    locks: bool
    numbers: Numbers
    empty: dict[int, bool] = field(default_factory=dict)
    keys: dict[int, int] = field(default_factory=dict)
    hollow: dict[int, frozenset[int]] = field(default_factory=dict)

    # -- what is surely empty

    def is_empty(self, node: Node, assumed: frozenset[int] = frozenset()) -> bool:
        """Whether a set or relation has no member in any execution, the variables ``assumed``
        having none."""
        if node.open_:
            return self._is_empty(node, assumed)
        found = self.empty.get(node.number)
        if found is None:
            found = self.empty[node.number] = self._is_empty(node, assumed)
        return found

    def _is_empty(self, node: Node, assumed: frozenset[int]) -> bool:
        op, args = node.op, node.args
        if op == "base":
            if node.name.startswith("'"):
                return node.name[1:] not in self.tags
            return node.name in ("0", "{}") or (node.name in LOCK_KINDS and not self.locks)
        if op == "rec":
            return node.number in assumed
        if op == "fix":
            group, index = (int(part) for part in node.name.split(":"))
            return self.graph.groups[group][0][index].number in self._hollow(group)
        if op == "union":
            return all(self.is_empty(arg, assumed) for arg in args)
        if op in _EMPTY_WITH_ANY:
            return any(self.is_empty(arg, assumed) for arg in args)
        return op in _EMPTY_WITH_FIRST and self.is_empty(args[0], assumed)

    def _hollow(self, group: int) -> frozenset[int]:
        """Variables of a recursive group that stay empty: their bodies are, as long as they are."""
        found = self.hollow.get(group)
        if found is None:
            variables, bodies = self.graph.groups[group]
            found = frozenset(variable.number for variable in variables)
            while True:
                left = frozenset(
                    variable.number
                    for variable, body in zip(variables, bodies, strict=True)
                    if variable.number in found and self.is_empty(body, found)
                )
                if left == found:
                    break
                found = left
            self.hollow[group] = found
        return found

    # -- what is left

    def number(self, *parts: object) -> int:
        """The number of an expression made of these."""
        return self.numbers.setdefault(parts, len(self.numbers) + 1)

    def key(self, node: Node, names: dict[int, int] | None = None) -> int:
        """The expression without its empty parts; ``names`` are those of bound variables."""
        if node.open_:
            return self._key(node, names or {})
        found = self.keys.get(node.number)
        if found is None:
            found = self.keys[node.number] = self._key(node, {})
        return found

    def _key(self, node: Node, names: dict[int, int]) -> int:
        op, args = node.op, node.args
        hollow = frozenset(number for number, name in names.items() if name == EMPTY)
        if self.is_empty(node, hollow):
            return EMPTY
        if node.number in names:
            return names[node.number]
        if op == "union":
            # Both orders of the operands are one node, and so is any grouping.
            kept = frozenset(self._united(node, names))
            return next(iter(kept)) if len(kept) == 1 else self.number(op, kept)
        if op == "diff" and self.is_empty(args[1], hollow):
            return self.key(args[0], names)
        if op == "fix":
            return self._fixed(node)
        if op in ("each", "match", "call", "element", "others", "rec"):
            # Not looked into: such a model is its own.
            return self.number(op, id(self.graph), node.number)
        return self.number(op, node.name, *(self.key(arg, names) for arg in args))

    def _united(self, node: Node, names: dict[int, int]) -> Iterator[int]:
        for arg in node.args:
            if arg.op == "union":
                yield from self._united(arg, names)
            elif (key := self.key(arg, names)) != EMPTY:
                yield key

    def _fixed(self, node: Node) -> int:
        group, index = (int(part) for part in node.name.split(":"))
        variables, bodies = self.graph.groups[group]
        hollow = self._hollow(group)
        names = {
            variable.number: EMPTY if variable.number in hollow else self.number("variable", at)
            for at, variable in enumerate(variables)
        }
        return self.number("fix", index, *(self.key(body, names) for body in bodies))
