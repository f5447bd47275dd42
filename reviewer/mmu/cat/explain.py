"""Why a pair is in a relation: literals of the search from which it follows in every execution.

The method is that of Haas, Meyer and Ponce de Leon, "CAAT: consistency as a theory" (OOPSLA 2022):
recursion through the model's expressions down to reads-from and coherence edges, extended here with
reasons for the absence of a pair, so that differences need no fallback except under recursion.
"""

from __future__ import annotations

from itertools import islice, pairwise

from reviewer.mmu.cat import relations as rel
from reviewer.mmu.cat.compile import Check
from reviewer.mmu.cat.evaluate import Execution, Val
from reviewer.mmu.cat.fixpoint import Round
from reviewer.mmu.cat.nodes import Node
from reviewer.mmu.cat.reasons import NOTHING, Literals, Reason, TooComplexError, join

MAX_MIDS = 2


class Explainer:
    """Reasons within one execution."""

    def __init__(self, execution: Execution, literals: Literals) -> None:
        self.x = execution
        self.lits = literals
        self.memo: dict[tuple[int, int, int, bool], Reason] = {}
        self.inverses: dict[int, list[int]] = {}
        self.n = execution.structure.n

    def violations(self, check: Check, limit: int = 4) -> list[Reason]:
        """Reasons for a failed check, one a cycle or pair, at most ``limit``; [] if it passes."""
        node = check.node
        if check.kind == "empty":
            if node.is_set:
                found = [(event, -1) for event in rel.bits(self.x.set_(node))]
            else:
                found = [(a, b) for a, row in enumerate(self.x.rel(node)) for b in rel.bits(row)]
            return [self.holds(node, a, b) for a, b in found[:limit]]
        rows = self.x.rel(node)
        if check.kind == "irreflexive":
            loops = [event for event, row in enumerate(rows) if row >> event & 1]
            return [self.holds(node, event, event) for event in loops[:limit]]
        if rel.is_acyclic(rows):
            return []
        reasons = []
        for cycle in rel.shortest_cycles(rows, limit):
            edges = pairwise(cycle)
            reasons.append(join(self.holds(node, a, b) for a, b in edges))
        return reasons

    def silent(self, check: Check) -> Reason:
        """Why a flag is not raised. Raises TooComplexError for flags that are not ``~empty``."""
        if check.kind != "empty" or not check.negated:
            raise TooComplexError(check.kind)
        return self.empty(check.node)

    def empty(self, node: Node) -> Reason:
        """Why a set or relation has no member."""
        value = self.x.value(node)
        if not node.dynamic:
            return self.lits.paths()
        vacant = [arg for arg in node.args if not self._has_members(arg)]
        if node.op == "union":
            return join(self.empty(arg) for arg in vacant)
        if node.op == "diff" and node.args[0] in vacant:
            return self.empty(node.args[0])
        if vacant and node.op != "diff":
            return min((self.empty(arg) for arg in vacant), key=len)
        events = range(self.n)
        if isinstance(value, int):
            return join(self.absent(node, a, -1) for a in events) | self.lits.paths()
        if node.op == "first":
            return self._empty_within(node.args[0], node.args[1], inverted=False)
        if node.op == "last":
            return self._empty_within(node.args[1], node.args[0], inverted=True)
        return join(self.absent(node, a, b) for a in events for b in events) | self.lits.paths()

    def _empty_within(self, members: Node, relation: Node, *, inverted: bool) -> Reason:
        """Why a relation has no pair that begins (``inverted``: ends) in a set."""
        parts: list[Reason] = [self.lits.paths()]
        for event in range(self.n):
            if not self.x.set_(members) >> event & 1:
                parts.append(self.absent(members, event, -1))
                continue
            for other in range(self.n):
                pair = (other, event) if inverted else (event, other)
                parts.append(self.absent(relation, *pair))
        return join(parts)

    def _has_members(self, node: Node) -> bool:
        value = self.x.value(node)
        return any(value) if isinstance(value, list) else bool(value)

    # -- presence

    def holds(self, node: Node, a: int, b: int, local: Round | None = None) -> Reason:
        """Why (a, b) is in the relation, or a in the set (b is -1)."""
        if node.open_ and local is not None:
            place = (node.number, a, b)
            found = local.open_memo.get(place)
            if found is None:
                found = local.open_memo[place] = self._holds(node, a, b, local)
            return found
        key = (node.number, a, b, True)
        found = self.memo.get(key)
        if found is None:
            found = self.memo[key] = self._holds(node, a, b, None)
        return found

    def _static(self, node: Node, a: int, b: int) -> Reason | None:
        """The reason for a static fact, None if its parts must be asked."""
        if node.pairwise:
            return self._executed(a) | (self._executed(b) if b >= 0 else NOTHING)
        if not self.lits.paths():
            return NOTHING
        if node.local:
            return self.lits.path(a)
        if node.monotone:
            return None
        return self.lits.paths()

    def _executed(self, event: int) -> Reason:
        literal = self.lits.executed(event)
        return frozenset((literal,)) if literal else NOTHING

    def _literal(self, literal: int) -> Reason:
        return frozenset((literal,)) if literal else NOTHING

    def _value(self, node: Node, local: Round | None) -> Val:
        return self.x.value(node, local.values if local else None)

    def _inverse(self, node: Node, local: Round | None) -> list[int]:
        known = local.inverses if local is not None and node.open_ else self.inverses
        found = known.get(node.number)
        if found is None:
            value = self._value(node, local)
            assert isinstance(value, list)
            found = known[node.number] = rel.inverse(value)
        return found

    def _in(self, node: Node, a: int, b: int, local: Round | None) -> bool:
        value = self._value(node, local)
        if isinstance(value, int):
            return bool(value >> a & 1)
        return bool(value[a] >> b & 1)

    def _holds(self, node: Node, a: int, b: int, local: Round | None) -> Reason:
        if not node.dynamic and not node.open_:
            fixed = self._static(node, a, b)
            if fixed is not None:
                return fixed
        op, args = node.op, node.args
        if op == "base":
            return self._base(node, a, b)
        if op == "order":
            return (
                self._literal(self.lits.co(a, b))
                | self._executed(a)
                | self._executed(b)
                | self.holds(args[0], a, -1, local)
                | self.holds(args[0], b, -1, local)
            )
        if op == "union":
            options = [self.holds(arg, a, b, local) for arg in args if self._in(arg, a, b, local)]
            return min(options, key=len)
        if op == "inter":
            return self.holds(args[0], a, b, local) | self.holds(args[1], a, b, local)
        if op == "diff":
            next_to = self._adjacent(node, a, b)
            if next_to is not None:
                return next_to
            return self.holds(args[0], a, b, local) | self.absent(args[1], a, b, local)
        if op == "compl":
            return self.absent(args[0], a, b, local)
        if op == "seq":
            return self._through(args[0], args[1], a, b, local)
        if op == "first":
            return self.holds(args[0], a, -1, local) | self.holds(args[1], a, b, local)
        if op == "last":
            return self.holds(args[0], a, b, local) | self.holds(args[1], b, -1, local)
        if op == "inverse":
            return self.holds(args[0], b, a, local)
        if op == "identity":
            return self.holds(args[0], a, -1, local)
        if op == "cross":
            return self.holds(args[0], a, -1, local) | self.holds(args[1], b, -1, local)
        if op == "plus":
            return self._chain(args[0], a, b, local)
        if op in ("domain", "range"):
            return self._end(node, a, local)
        if op == "rec":
            assert local is not None
            return local.earlier(node, a, b)
        if op == "fix":
            return self._derived(node, a, b)
        raise TooComplexError(op)

    def _base(self, node: Node, a: int, b: int) -> Reason:
        if node.name in ("rf", "rf-lock"):
            return self._literal(self.lits.rf(a, b))
        if node.name == "FW":
            earlier = [e for e, row in enumerate(self.x.co) if row >> a & 1]
            return join(self._before(e, a) for e in earlier) | self.lits.paths()
        raise TooComplexError(node.name)

    def _before(self, a: int, b: int) -> Reason:
        return self._literal(self.lits.co(a, b)) | self._executed(a) | self._executed(b)

    def _adjacent(self, node: Node, a: int, b: int) -> Reason | None:
        """``singlestep(co)`` from a release of a lock to the next acquisition is what the
        acquisition reads from: one literal instead of the place of every other section."""
        left, right = node.args
        events = self.x.structure.events
        if right.op != "seq" or right.args != (left, left) or events[b].kind != "LKW":
            return None
        if events[a].kind != "UL" and events[a].thread >= 0:
            return None
        for reader, event in enumerate(events):
            own = event.kind == "LKR" and event.partner == events[b].number
            if own and self.x.lock_rf[a] >> reader & 1:
                return self._literal(self.lits.rf(a, reader))
        return None

    def _through(self, left: Node, right: Node, a: int, b: int, local: Round | None) -> Reason:
        first = self._value(left, local)
        assert isinstance(first, list)
        mids = first[a] & self._inverse(right, local)[b]
        reasons = (
            self.holds(left, a, mid, local) | self.holds(right, mid, b, local)
            for mid in islice(rel.bits(mids), MAX_MIDS)
        )
        return min(reasons, key=len)

    def _chain(self, arg: Node, a: int, b: int, local: Round | None) -> Reason:
        rows = self._value(arg, local)
        assert isinstance(rows, list)
        path = rel.shortest_path(rows, a, b)
        assert path is not None
        edges = pairwise(path)
        return join(self.holds(arg, x, y, local) for x, y in edges)

    def _end(self, node: Node, a: int, local: Round | None) -> Reason:
        arg = node.args[0]
        rows = self._value(arg, local)
        assert isinstance(rows, list)
        if node.op == "domain":
            options = [(a, b) for b in rel.bits(rows[a])]
        else:
            options = [(b, a) for b, row in enumerate(rows) if row >> a & 1]
        return min((self.holds(arg, x, y, local) for x, y in options[:MAX_MIDS]), key=len)

    def _derived(self, node: Node, a: int, b: int) -> Reason:
        variables, bodies, rounds, index = self.x.history(node)
        return Round(self.holds, variables, bodies, rounds).reason(index, a, b)

    # -- absence

    def absent(self, node: Node, a: int, b: int, local: Round | None = None) -> Reason:
        """Why (a, b) is not in the relation, or a not in the set."""
        if node.open_:
            raise TooComplexError(node.op)
        key = (node.number, a, b, False)
        found = self.memo.get(key)
        if found is None:
            found = self.memo[key] = self._absent(node, a, b)
        return found

    def _absent(self, node: Node, a: int, b: int) -> Reason:
        if not node.dynamic:
            if node.pairwise:
                return self._executed(a) | (self._executed(b) if b >= 0 else NOTHING)
            return self.lits.path(a) if node.local else self.lits.paths()
        op, args = node.op, node.args
        if op == "base" and node.name in ("rf", "rf-lock"):
            return self._literal(self.lits.rf(a, b))
        if op == "base" and node.name == "FW":
            later = next(rel.bits(self.x.co[a]), None)
            return NOTHING if later is None else self._before(a, later)
        if op == "order":
            return self._unordered(node, a, b)
        if op == "union":
            return self.absent(args[0], a, b) | self.absent(args[1], a, b)
        if op == "inter":
            options = [self.absent(arg, a, b) for arg in args if not self._in(arg, a, b, None)]
            return min(options, key=len)
        if op == "diff":
            if not self._in(args[0], a, b, None):
                return self.absent(args[0], a, b)
            return self.holds(args[1], a, b)
        if op == "compl":
            return self.holds(args[0], a, b)
        if op == "inverse":
            return self.absent(args[0], b, a)
        if op == "identity":
            return self.absent(args[0], a, -1) if a == b else NOTHING
        if op in ("first", "last", "cross"):
            return self._absent_restricted(node, a, b)
        if op in ("seq", "plus", "domain", "range"):
            return self._absent_join(node, a, b)
        raise TooComplexError(op)

    def _unordered(self, node: Node, a: int, b: int) -> Reason:
        members = self.x.set_(node.args[0])
        for event in (a, b):
            if not members >> event & 1:
                return self.absent(node.args[0], event, -1)
        events = self.x.structure.events
        here = self._executed(a) | self._executed(b)
        if a == b or events[a].loc != events[b].loc:
            return here
        return here | self._literal(self.lits.co(b, a))

    def _absent_restricted(self, node: Node, a: int, b: int) -> Reason:
        sides = {"first": (a, -2), "last": (-2, b), "cross": (a, b)}[node.op]
        for arg, event in zip(node.args, sides, strict=True):
            if event >= 0 and not self._in(arg, event, -1, None):
                return self.absent(arg, event, -1)
        return self.absent(node.args[0 if node.op == "last" else 1], a, b)

    def _absent_join(self, node: Node, a: int, b: int) -> Reason:
        parts: list[Reason] = [self.lits.paths()]
        first = self.x.rel(node.args[0])
        if node.op == "seq":
            for mid in range(self.n):
                if first[a] >> mid & 1:
                    parts.append(self.absent(node.args[1], mid, b))
                else:
                    parts.append(self.absent(node.args[0], a, mid))
        elif node.op == "plus":
            reached = self.x.rel(node)[a]
            outside = [event for event in range(self.n) if not reached >> event & 1]
            for event in {a, *rel.bits(reached)}:
                parts.extend(self.absent(node.args[0], event, other) for other in outside)
        elif node.op == "domain":
            parts.extend(self.absent(node.args[0], a, other) for other in range(self.n))
        else:
            parts.extend(self.absent(node.args[0], other, a) for other in range(self.n))
        return join(parts)
