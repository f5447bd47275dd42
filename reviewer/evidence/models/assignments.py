"""What assignments do on a path: variables are set, writes to what is asked about are kept."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from reviewer.evidence.models.calls import Calls
from reviewer.evidence.models.expressions import Results
from reviewer.evidence.models.frames import Frame, State
from reviewer.evidence.models.values import Does, Event, Place, Value


class Assignments(Calls):
    """Follows assignments."""

    def _assignment_expression(self, node: Node, frame: Frame, state: State) -> Results:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        sign = frame.word(node.child_by_field_name("operator") or node)
        out: Results = []
        for middle, value in self.value(right, frame, state):
            targets = self.place(left, frame, middle)
            if not targets:
                name = frame.word(left) if left is not None else ""
                if sign != "=":
                    value = replace(value, exact="", text=name)
                out.append((self.assigned(middle, name, value, frame), value))
            for after, place, struct in targets:
                out.append(self._stored(after, place, struct, value, sign, node, frame))
        return out

    def _update_expression(self, node: Node, frame: Frame, state: State) -> Results:
        target = node.child_by_field_name("argument")
        if target is None or target.type != "unary_expression":
            return self.updated(target, node, frame, state)
        # ``!n++`` comes as ``(!n)++`` out of the grammar (tree-sitter-c 0.24).
        sign, inner = frame.word(target)[:1], target.child_by_field_name("argument")
        found = self.updated(inner, node, frame, state)
        return [(after, self.signed(sign, value)) for after, value in found]

    def updated(self, target: Node | None, node: Node, frame: Frame, state: State) -> Results:
        """``++`` and ``--`` of what can be assigned; ``node`` is the whole expression."""
        targets = self.place(target, frame, state)
        if not targets:
            name = frame.word(target) if target is not None else ""
            return [(self.assigned(state, name, Value(text=name), frame), Value())]
        return [self._stored(s, p, struct, Value(), "++", node, frame) for s, p, struct in targets]

    def _stored(
        self, state: State, place: Place, struct: str, value: Value, sign: str, node: Node,
        frame: Frame,
    ) -> tuple[State, Value]:  # fmt: skip
        if not self.asked(place):
            return state, value
        if sign != "=":
            state, old = self.load(place, struct, node, frame, state)[0]
            value = Value(deps=old.deps | value.deps, exact=f"{old.exact} + 1")
        event = Event(
            Does.ACCESS, "plain write", *frame.where(node), frame.at(node),
            statement="WRITE_ONCE(*@, $)", place=place, writes=True, value=value,
        )  # fmt: skip
        return state.happened(event), value
