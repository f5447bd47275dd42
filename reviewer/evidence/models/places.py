"""Names and places: what variables, members and pointers are on a path."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

from tree_sitter import Node

from reviewer.evidence.models.expressions import Expressions, Results
from reviewer.evidence.models.frames import Frame, State
from reviewer.evidence.models.values import UNKNOWN_STRUCT, Does, Event, Place, Value


class Places(Expressions):
    """Follows names, members and pointers; writes down reads of what is asked about."""

    def _identifier(self, node: Node, frame: Frame, state: State) -> Results:
        name = frame.word(node)
        if name in frame.given:
            inner, where = frame.given[name]
            return self.value(inner, where, state)
        known = state.env.get((frame.number, name))
        if known is not None:
            return [(state, known)]
        if name in ("NULL", "false", "true"):
            return [(state, self.number(int(name == "true")))]
        if name == "current":
            return [(state, Value(text="current", struct="task_struct"))]
        place = self._variable(name, frame)
        if place is not None:
            struct = self.types.globals_of(frame.source).get(name, "")
            return self.load(place, struct, node, frame, state)
        if name.isupper():
            return [(state, Value(text=name, exact=self.named(name)))]
        return [(state, Value(text=name, struct=frame.structs.get(name, "")))]

    def _variable(self, name: str, frame: Frame) -> Place | None:
        """A variable of the file; None for a local one, or a constant."""
        if name in frame.structs or name in frame.names or name.isupper():
            return None
        return Place("", name, "") if self.is_global(name, frame) else None

    @abstractmethod
    def is_global(self, name: str, frame: Frame) -> bool:
        """True if the name is a variable outside of functions."""

    def load(self, place: Place, struct: str, node: Node, frame: Frame, state: State) -> Results:
        """A plain read of a place, written down if it matters."""
        base = place.base or ""
        text = f"{base}->{place.member}" if base else place.member
        if not self.asked(place):
            return [(state, Value(text=text, struct=struct, deps=place.deps))]
        register = state.registers
        event = Event(
            Does.ACCESS, "plain read", *frame.where(node), frame.at(node),
            statement="READ_ONCE(*@)", place=place, reads=True, register=register,
        )  # fmt: skip
        value = Value(text, f"r{register}", frozenset({register}), None, struct)
        return [(state.happened(event), value)]

    @abstractmethod
    def asked(self, place: Place) -> bool:
        """True if accesses to the place are to be written down."""

    def place(
        self, node: Node | None, frame: Frame, state: State
    ) -> list[tuple[State, Place, str]]:
        """The places that an lvalue is, with the struct there; () for a local variable."""
        while node is not None and node.type == "parenthesized_expression":
            node = node.named_children[0] if node.named_children else None
        if node is None:
            return []
        if node.type == "identifier":
            name = frame.word(node)
            if name in frame.given:
                inner, where = frame.given[name]
                return self.place(inner, where, state)
            place = self._variable(name, frame)
            if place is None:
                return []
            return [(state, place, self.types.globals_of(frame.source).get(name, ""))]
        if node.type == "field_expression":
            return self._field(node, frame, state)
        if node.type == "pointer_expression" and frame.word(node).startswith("*"):
            out = []
            for after, value in self.value(node.child_by_field_name("argument"), frame, state):
                place = value.place or Place(value.struct or UNKNOWN_STRUCT, "*", value.text)
                out.append((after, replace(place, deps=place.deps | value.deps), value.struct))
            return out
        if node.type == "subscript_expression":
            return [
                (after, replace(p, deps=p.deps | index.deps, base=f"{p.base}[{index.text}]"), s)
                for middle, p, s in self.place(node.child_by_field_name("argument"), frame, state)
                for after, index in self.value(node.child_by_field_name("index"), frame, middle)
            ]
        if node.type == "call_expression":
            return [
                (after, value.place, value.struct)
                for after, value in self.value(node, frame, state)
                if value.place is not None
            ]
        return []

    def _field(self, node: Node, frame: Frame, state: State) -> list[tuple[State, Place, str]]:
        member = frame.word(node.child_by_field_name("field") or node)
        argument = node.child_by_field_name("argument")
        arrow = "->" in frame.word(node)[(argument.end_byte - node.start_byte if argument else 0) :]
        out: list[tuple[State, Place, str]] = []
        if not arrow:
            inner = self.place(argument, frame, state)
            if inner:
                for after, outer, struct in inner:
                    if not outer.owner and struct:
                        # a member of a variable has the same role as that of any such struct
                        place = Place(struct, member, outer.member, outer.deps)
                    else:
                        place = outer.inside(struct, member)
                    out.append((after, place, self.types.member(struct, member)))
                return out
        for after, value in self.value(argument, frame, state):
            struct = value.struct
            if arrow and value.place is not None and not value.place.owner and struct:
                place = Place(struct, member, value.place.member, value.deps)
            elif arrow and value.place is not None and value.place.member != "*":
                place = value.place.inside(struct, member)
                place = replace(place, deps=place.deps | value.deps)
            else:
                struct = struct or self.types.sole_owner(member)
                base = value.text if arrow else f"&{value.text}"
                place = Place(struct or UNKNOWN_STRUCT, member, base, value.deps)
            out.append((after, place, self.types.member(struct, member)))
        return out

    def _field_expression(self, node: Node, frame: Frame, state: State) -> Results:
        return self._loaded(node, frame, state)

    def _subscript_expression(self, node: Node, frame: Frame, state: State) -> Results:
        return self._loaded(node, frame, state)

    def _loaded(self, node: Node, frame: Frame, state: State) -> Results:
        out: Results = []
        for after, place, struct in self.place(node, frame, state):
            out += self.load(place, struct, node, frame, after)
        return out or self.parts(node, frame, state)

    def _pointer_expression(self, node: Node, frame: Frame, state: State) -> Results:
        argument = node.child_by_field_name("argument")
        if frame.word(node).startswith("*"):
            return self._loaded(node, frame, state)
        out: Results = []
        for after, place, struct in self.place(argument, frame, state):
            text = f"&{place.base}->{place.member}"
            out.append((after, Value(text, "", place.deps, place, struct)))
        if out:
            return out
        name = frame.text(argument) if argument is not None else ""
        return [(state, Value(text=f"&{name}", struct=frame.structs.get(name, "")))]
