"""Evaluates model nodes on one candidate execution.

Values of static nodes are kept per choice of paths (``Structure``), those of dynamic nodes per
execution. Events are numbered 0..n-1 among the executed ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from reviewer.mmu.cat import relations as rel
from reviewer.mmu.cat.nodes import Graph, Node
from reviewer.mmu.events.tree import INIT, Event, Tree
from reviewer.mmu.values import UnsupportedError

Val = int | list[int]
MAX_ITERATIONS = 10_000
# Of a recursive function, one in the other; each takes about a dozen of Python's.
MAX_CALLS = 60
# Operators whose result is empty when their first operand is: the others need not be known.
_EMPTY_IF_FIRST = frozenset(("inter", "diff", "seq", "first", "last", "cross", "order"))


def program_order(tree: Tree) -> dict[int, int]:
    """For each event of the tree, the mask of events before it in program order. Parts of one
    access, which have numbers in a row, are not ordered."""
    before: dict[int, int] = {}
    outer: dict[int, int] = {}
    for block in tree.blocks:  # parents come first
        mask = 0 if block.parent is None else outer[block.parent]
        for number in block.events:
            before[number] = mask & ~((1 << number) - (1 << tree.events[number].access))
            mask |= 1 << number
        outer[block.number] = mask
    return before


class Structure:
    """The executed events under one choice of paths, and all static relations over them."""

    def __init__(self, tree: Tree, numbers: Sequence[int]) -> None:
        self.events: list[Event] = [tree.events[number] for number in numbers]
        self.index = {number: index for index, number in enumerate(numbers)}
        self.n = len(numbers)
        self.all = (1 << self.n) - 1
        self.sets: dict[str, int] = {}
        self.rels: dict[str, list[int]] = {}
        self.memo: dict[int, Val] = {}
        self.rounds: dict[int, list[list[Val]]] = {}
        for index, event in enumerate(self.events):
            bit = 1 << index
            names = [event.kind, *(f"'{tag}" for tag in event.tags)]
            if event.thread == INIT:
                names.append("IW")
            if event.kind in ("R", "W"):
                names.append("M")
            if event.kind in ("LKR", "LKW"):
                names.append("LK")
            if event.atomic:
                names.extend(("RMW", "X"))
            for name in names:
                self.sets[name] = self.sets.get(name, 0) | bit
        self.sets["_"] = self.all

    def base_set(self, name: str) -> int:
        return self.sets.get(name, 0)

    def base_rel(self, name: str) -> list[int]:
        found = self.rels.get(name)
        if found is None:
            found = self.rels[name] = self._base_rel(name)
        return found

    def _from(self, pairs: Callable[[int, Event], int]) -> list[int]:
        """The relation whose inverse maps each event to the mask ``pairs`` gives."""
        return rel.inverse([pairs(index, event) for index, event in enumerate(self.events)])

    def _masked(self, numbers: frozenset[int]) -> int:
        mask = 0
        for number in numbers:
            index = self.index.get(number)
            if index is not None:
                mask |= 1 << index
        return mask

    def _base_rel(self, name: str) -> list[int]:
        events = self.events
        if name == "0":
            return [0] * self.n
        if name == "id":
            return [1 << index for index in range(self.n)]
        if name == "po":
            return self._program_order()
        if name == "addr":
            return self._from(lambda _, event: self._masked(event.addr_dep))
        if name == "data":
            return self._data()
        if name == "ctrl":
            return self._from(lambda _, event: self._masked(event.ctrl_dep))
        if name == "firm":
            return self._from(lambda _, event: self._masked(event.firm))
        if name == "pick":
            return self._from(lambda _, event: self._masked(event.picks))
        if name == "hoist":
            return self._from(lambda _, event: self._masked(event.hoisted))
        if name == "rmw":
            rows = [0] * self.n
            for index, event in enumerate(events):
                if event.partner in self.index and event.kind == "R":
                    rows[index] = 1 << self.index[event.partner]
            return rows
        groups: dict[object, int] = {}
        if name == "sca-class":
            for index, event in enumerate(events):
                groups[event.access] = groups.get(event.access, 0) | 1 << index
            return [groups[event.access] for event in events]
        if name == "loc":
            for index, event in enumerate(events):
                if event.loc is not None:
                    groups[event.loc] = groups.get(event.loc, 0) | 1 << index
            return [groups[event.loc] if event.loc is not None else 0 for event in events]
        for index, event in enumerate(events):
            groups[event.thread] = groups.get(event.thread, 0) | 1 << index
        if name == "int":
            return [groups[event.thread] if event.thread != INIT else 0 for event in events]
        if name == "ext":
            return [self.all & ~groups[event.thread] for event in events]
        raise AssertionError(f"no base relation {name}")

    def _program_order(self) -> list[int]:
        """Of the events executed, one path a thread: all before, but parts of the same access."""
        earlier: list[int] = []
        seen: dict[int, int] = {}
        access: dict[int, int] = {}
        for index, event in enumerate(self.events):
            bit = 1 << index
            known = seen.get(event.thread, 0) if event.thread != INIT else 0
            earlier.append(known & ~access.get(event.access, 0))
            seen[event.thread] = known | bit
            access[event.access] = access.get(event.access, 0) | bit
        return rel.inverse(earlier)

    def _data(self) -> list[int]:
        """Data dependencies of writes; other events carry none in herd's sense."""
        return self._from(lambda _, event: self._masked(event.data_dep) if event.kind == "W" else 0)


@dataclass(slots=True)
class Execution:
    """A candidate execution: a structure with reads-from and coherence order.

    ``rf`` and ``lock_rf`` are source-to-reader relations, ``co`` a strict total order for each
    location on writes and lock acquisitions, ``finals`` the last write of each observed location.
    """

    structure: Structure
    graph: Graph
    rf: list[int]
    lock_rf: list[int]
    co: list[int]
    finals: int
    values: Sequence[object]
    memo: dict[int, Val] = field(default_factory=dict)
    rounds: dict[int, list[list[Val]]] = field(default_factory=dict)
    calls: int = 0

    def rel(self, node: Node) -> list[int]:
        """Value of a relation node."""
        value = self.value(node)
        assert isinstance(value, list)
        return value

    def set_(self, node: Node) -> int:
        """Value of a set node."""
        value = self.value(node)
        assert isinstance(value, int)
        return value

    def value(self, node: Node, local: dict[int, Val] | None = None) -> Val:
        """Value of any node; ``local`` binds recursion variables and elements."""
        if node.open_:
            assert local is not None
            memo = local
        elif node.dynamic:
            memo = self.memo
        else:
            memo = self.structure.memo
        found = memo.get(node.number)
        if found is None:
            found = memo[node.number] = self._compute(node, local)
        return found

    def _compute(self, node: Node, local: dict[int, Val] | None) -> Val:
        op = node.op
        if op == "base":
            return self._base(node)
        if op == "fix":
            group, index = node.name.split(":")
            return self._fixpoint(int(group), node)[-1][int(index)]
        if op == "each":
            return self._each(node)
        if op == "match":
            return self._match(node, local)
        if op == "call":
            return self._call(node, local)
        first = self.value(node.args[0], local)
        if op in _EMPTY_IF_FIRST and not (any(first) if isinstance(first, list) else first):
            return 0 if node.is_set else [0] * self.structure.n
        args = [first, *(self.value(arg, local) for arg in node.args[1:])]
        if node.is_set:
            return self._set_op(op, args)
        return self._rel_op(op, args)

    def _base(self, node: Node) -> Val:
        name = node.name
        if node.is_set:
            return self.finals if name == "FW" else self.structure.base_set(name)
        if name == "rf":
            return self.rf
        if name == "rf-lock":
            return self.lock_rf
        if name == "different-values":
            return self._different_values()
        return self.structure.base_rel(name)

    def _different_values(self) -> list[int]:
        rows = []
        for index, value in enumerate(self.values):
            mask = 0
            for other, against in enumerate(self.values):
                if other != index and value != against:
                    mask |= 1 << other
            rows.append(mask)
        return rows

    def _set_op(self, op: str, args: list[Val]) -> int:
        first = args[0]
        if isinstance(first, list):
            return rel.domain(first) if op == "domain" else rel.target(first)
        if op == "compl":
            return self.structure.all & ~first
        second = args[1]
        assert isinstance(second, int)
        if op == "union":
            return first | second
        if op == "inter":
            return first & second
        assert op == "diff", op
        return first & ~second

    def _rel_op(self, op: str, args: list[Val]) -> list[int]:
        first = args[0]
        if isinstance(first, int):
            return self._from_set(op, first, args)
        if op == "inverse":
            return rel.inverse(first)
        if op == "plus":
            return rel.closure(first)
        if op == "compl":
            everything = self.structure.all
            return [everything & ~row for row in first]
        second = args[1]
        if isinstance(second, int):
            assert op == "last", op
            return [row & second for row in first]
        if op == "seq":
            return rel.compose(first, second)
        if op == "union":
            return [a | b for a, b in zip(first, second, strict=True)]
        if op == "inter":
            return [a & b for a, b in zip(first, second, strict=True)]
        assert op == "diff", op
        return [a & ~b for a, b in zip(first, second, strict=True)]

    def _from_set(self, op: str, first: int, args: list[Val]) -> list[int]:
        n = self.structure.n
        if op == "identity":
            return [first & 1 << index for index in range(n)]
        if op == "order":
            co = self.co
            return [co[index] & first if first >> index & 1 else 0 for index in range(n)]
        second = args[1]
        if isinstance(second, int):
            assert op == "cross", op
            return [second if first >> index & 1 else 0 for index in range(n)]
        assert op == "first", op
        return [row if first >> index & 1 else 0 for index, row in enumerate(second)]

    def _each(self, node: Node) -> list[int]:
        members, body, element = node.args
        total = [0] * self.structure.n
        for event in rel.bits(self.set_(members)):
            rows = self.value(body, {element.number: 1 << event})
            assert isinstance(rows, list)
            total = [a | b for a, b in zip(total, rows, strict=True)]
        return total

    def _match(self, node: Node, local: dict[int, Val] | None) -> Val:
        subject, empty, member, one, others = node.args
        value = self.value(subject, local)
        if not (any(value) if isinstance(value, list) else value):
            return self.value(empty, local)
        known = local or {}
        own = one.open_ | others.open_
        inner = {number: known[number] for number in member.open_ - own}
        inner[one.number], inner[others.number] = _first(value)
        return self.value(member, inner)

    def _call(self, node: Node, local: dict[int, Val] | None) -> Val:
        params, body = self.graph.functions[int(node.name)]
        values = [self.value(arg, local) for arg in node.args]
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise UnsupportedError(
                f"a recursive function of the model calls itself {MAX_CALLS} deep"
            )
        bound = {param.number: value for param, value in zip(params, values, strict=True)}
        found = self.value(body, bound)
        self.calls -= 1
        return found

    def _fixpoint(self, group: int, node: Node) -> list[list[Val]]:
        """Iterates of a recursive group from empty, the last one being the fixpoint."""
        store = self.rounds if node.dynamic else self.structure.rounds
        rounds = store.get(group)
        if rounds is None:
            variables, bodies = self.graph.groups[group]
            current: list[Val] = [
                0 if variable.is_set else [0] * self.structure.n for variable in variables
            ]
            rounds = [current]
            for _ in range(MAX_ITERATIONS):
                # In turn, as herd7 does: it matters where a body is not monotone.
                after = current[:]
                for index, body in enumerate(bodies):
                    local: dict[int, Val] = {
                        variable.number: value
                        for variable, value in zip(variables, after, strict=True)
                    }
                    after[index] = self.value(body, local)
                if after == current:
                    break
                rounds.append(after)
                current = after
            store[group] = rounds
        return rounds

    def history(self, node: Node) -> tuple[list[Node], list[Node], list[list[Val]], int]:
        """Variables, bodies, iterates and own position of a fixpoint node, for explanations."""
        group, index = (int(part) for part in node.name.split(":"))
        variables, bodies = self.graph.groups[group]
        return variables, bodies, self._fixpoint(group, node), int(index)


def _first(value: Val) -> tuple[Val, Val]:
    """The first member of a set or relation that has one, by itself, and the others."""
    if isinstance(value, int):
        one = value & -value
        return one, value & ~one
    at = next(index for index, row in enumerate(value) if row)
    bit = value[at] & -value[at]
    alone, others = [0] * len(value), list(value)
    alone[at] = bit
    others[at] &= ~bit
    return alone, others
