"""Labels, ``switch`` and guards as blocks that are left: what the simulator's programs have."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from tree_sitter import Node

from reviewer.mmu.litmus.calls import Calls
from reviewer.mmu.litmus.declared import walk
from reviewer.mmu.litmus.definitions import Definition
from reviewer.mmu.litmus.names import Names, Out
from reviewer.mmu.litmus.numbers import constant
from reviewer.mmu.program import Assign, Const, Exit, Expr, If, Loop, Op, Reg, Scope, Statement

MAX_LOOPS = 8


@dataclass(frozen=True, slots=True)
class Guard:
    """A lock that is dropped where its block is left, however it is."""

    drop: Definition
    node: Node
    args: tuple[Node, ...]
    scope: Names
    level: int
    held: str


@dataclass(frozen=True, slots=True)
class Part:
    """The statements behind a label."""

    label: str | None
    nodes: list[Node]


class Jumps(Calls, ABC):
    """Lowers jumps. ``guards`` are those open now, ``level`` the number of open blocks."""

    guards: list[Guard]
    level: int
    loops: int
    # Per label: the guards before this many stay, and so do those of blocks up to this level.
    kept: dict[str, tuple[int, int]]

    @abstractmethod
    def statement(self, node: Node, scope: Names, out: Out) -> None:
        """Lowers one statement."""

    def enter(self, label: str) -> None:
        self.kept[label] = (len(self.guards), -1)

    def leave(self, label: str, out: Out) -> None:
        """Goes to the end of a block, dropping the guards of those in between."""
        index, level = self.kept[label]
        for guard in reversed(self.guards[index:]):
            if guard.level > level:
                self.drop(guard, out)
        out.append(Exit(label))

    # -- guards

    def guard(self, node: Node, call: Node, args: list[Node], scope: Names, out: Out) -> None:
        """``guard(name)(args)``: guard_NAME() now and unguard_NAME() where the block ends."""
        listed = self.field(call, "arguments", scope).named_children
        name = self.text(listed[0])
        take = self.definitions.get(f"guard_{name}")
        drop = self.definitions.get(f"unguard_{name}")
        if take is None or drop is None:
            known = (key[6:] for key in self.definitions if key.startswith("guard_"))
            names = (key for key in known if "/" not in key)
            raise self.error(node, scope, f"unknown guard '{name}'{self.suggest(name, names)}")
        if len(args) != len(take.params):
            raise self.error(
                node, scope, f"guard({name}) takes {len(take.params)} arguments, found {len(args)}"
            )
        held = self.temp()
        out.append(
            Assign(held, self.inline(take, node, args, scope, out, wanted=True), self.source)
        )
        self.guards.append(Guard(drop, node, tuple(args), scope, self.level, held))

    def drop(self, guard: Guard, out: Out) -> None:
        args = list(guard.args)
        self.lent["held"] = guard.held
        self.inline(guard.drop, guard.node, args, guard.scope, out, wanted=False)

    def scoped_guard(self, node: Node, body: Node, scope: Names, out: Out) -> None:
        """``scoped_guard(name, args) statement``, which parsing has made an if."""
        listed = list(self.field(node, "arguments", scope).named_children)
        if not listed:
            raise self.error(node, scope, "expected scoped_guard(name, lock)")
        depth = len(self.guards)
        self.level += 1
        self.guard(node, node, listed[1:], scope, out)
        self.statement(body, scope, out)
        self.level -= 1
        self.close(depth, out)

    def close(self, depth: int, out: Out) -> None:
        """The end of a block: the guards that it opened are dropped."""
        while len(self.guards) > depth:
            self.drop(self.guards.pop(), out)

    # -- labels

    def sequence(self, nodes: list[Node], scope: Names, out: Out) -> None:
        """The statements of a block, some of them with labels."""
        if not any(node.type == "labeled_statement" for node in nodes):
            for node in nodes:
                self.statement(node, scope, out)
            return
        parts = [Part(None, [])]
        for node in nodes:
            while node is not None and node.type == "labeled_statement":
                label = self.text(self.field(node, "label", scope))
                if any(part.label == label for part in parts):
                    raise self.error(node, scope, f"there are two labels {label}")
                parts.append(Part(label, []))
                rest = [child for child in node.named_children if child.type != "comment"][1:]
                if not rest:
                    break
                node = rest[0]
            else:
                parts[-1].nodes.append(node)
        self.region(parts, scope, out)

    def region(self, parts: list[Part], scope: Names, out: Out) -> None:
        """Parts in order; the first may be gone back to."""
        first = parts[0]
        if first.label is None or not _gotos(parts, first.label):
            self.forward(parts, scope, out)
            return
        self.fresh += 1
        back, end = f"again {first.label}{self.fresh}", f"past {first.label}{self.fresh}"
        self.enter(back)
        self.enter(end)
        before = scope.labels.get(first.label)
        scope.labels[first.label] = back
        inner: Out = []
        self.deeper(parts[0].nodes[0] if parts[0].nodes else scope.snippet.node, scope)
        self.forward(parts, scope, inner)
        self.loops -= 1
        inner.append(Exit(end))
        if before is None:
            scope.labels.pop(first.label)
        else:
            scope.labels[first.label] = before
        source = self.source
        out.append(Scope(end, (Loop((Scope(back, tuple(inner)),), source),)))

    def deeper(self, node: Node, scope: Names) -> None:
        """One more loop around what follows."""
        self.loops += 1
        if self.loops > MAX_LOOPS:
            raise self.error(node, scope, f"more than {MAX_LOOPS} loops in one another")

    def forward(self, parts: list[Part], scope: Names, out: Out) -> None:
        """Parts in order, none but a later one gone back to."""
        stop = next(
            (
                number
                for number, part in enumerate(parts)
                if number and part.label and _gotos(parts[number:], part.label)
            ),
            len(parts),
        )
        head, tail = parts[:stop], parts[stop:]
        later = [part.label for part in (*head[1:], *tail[:1]) if part.label]
        names = {}
        for label in later:
            self.fresh += 1
            names[label] = f"goto {label}{self.fresh}"
            self.kept[names[label]] = (len(self.guards), self.level)
        scope.labels.update(names)
        body: Out = []
        for part in head:
            if part.label in names:
                body = [Scope(names[part.label], tuple(body))]
                scope.labels.pop(part.label)
            for node in part.nodes:
                self.statement(node, scope, body)
        if tail:
            assert tail[0].label is not None
            body = [Scope(names[tail[0].label], tuple(body))]
            scope.labels.pop(tail[0].label)
            self.region(tail, scope, body)
        out.extend(body)

    def goto(self, node: Node, scope: Names, out: Out) -> None:
        label = self.text(self.field(node, "label", scope))
        target = scope.labels.get(label)
        if target is None:
            hint = self.suggest(label, scope.labels)
            raise self.error(
                node, scope, f"goto {label}: no such label in this block or one around it{hint}"
            )
        self.leave(target, out)

    # -- switch

    def switch(self, node: Node, scope: Names, out: Out) -> None:
        """Each case as one arm, with what it falls through to, so that dependencies are exact."""
        value = self.condition(self.field(node, "condition", scope), scope, out)
        chosen = self.temp()
        source = self.source
        out.append(Assign(chosen, value, source))
        cases = [
            child
            for child in self.field(node, "body", scope).named_children
            if child.type != "comment"
        ]
        for case in cases:
            if case.type != "case_statement":
                raise self.error(case, scope, "expected 'case' or 'default'")
        self.fresh += 1
        name = f"{self.fresh}"
        self.enter(f"break {name}")
        scope.loops.append(f"switch {name}")
        default: tuple[Statement, ...] = ()
        seen: set[int] = set()
        arms: list[tuple[Expr, tuple[Statement, ...]]] = []
        for number, case in enumerate(cases):
            body: Out = []
            self.level += 1
            for later in cases[number:]:
                label = later.child_by_field_name("value")
                nodes = [child for child in later.named_children if child.type != "comment"]
                nodes = nodes[1:] if label is not None else nodes
                for child in nodes:
                    self.statement(child, scope, body)
                if body and isinstance(body[-1], Exit):
                    break
            self.level -= 1
            label = case.child_by_field_name("value")
            if label is None:
                default = tuple(body)
            else:
                match = self.value(label, scope, out)
                known = constant(match)
                if not isinstance(known, int):
                    raise self.error(label, scope, f"case {self.text(label)}: expected a number")
                if known in seen:
                    raise self.error(label, scope, f"case {self.text(label)}: there are two")
                seen.add(known)
                arms.append((Op("==", (Reg(chosen), match)), tuple(body)))
        scope.loops.pop()
        rest = default
        for test, arm in reversed(arms):
            rest = (If(test, arm, rest, source),)
        out.append(Scope(f"break {name}", rest or (Assign(chosen, Const(0), source),)))


def _gotos(parts: list[Part], label: str) -> bool:
    """Whether some of the parts go to a label."""
    for part in parts:
        for top in part.nodes:
            for node in walk(top):
                found = node.child_by_field_name("label") if node.type == "goto_statement" else None
                if found is not None and found.text == label.encode():
                    return True
    return False
