"""Variables of a path over page-table entries, also through pointers to them and by member."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from tree_sitter import Node

from reviewer.evidence.models.entries.conditions import Conditions
from reviewer.evidence.models.entries.numbers import combined, with_truth
from reviewer.evidence.models.entries.operations import BATCH, ENTRY_TYPES, SET
from reviewer.evidence.models.expressions import Results
from reviewer.evidence.models.frames import Frame, State
from reviewer.evidence.models.values import Does, Event, Place, Value
from reviewer.source.file import SourceFile

_POINTER = re.compile(rb"\bp(?:te|md|ud)_t\s+([^;(){}]*)")
BATCH_STRUCT = "mmu_gather"
"""The struct of a batch: include/asm-generic/tlb.h."""
LOCAL = re.compile(r"&(\d+):(\w+)")
"""The address of a variable of the n-th function followed."""


class Variables(Conditions):
    """Follows ``&local``, ``*`` of one, members of local structures, and what is assigned."""

    _deciding: frozenset[str] | None = None

    def _pointer_expression(self, node: Node, frame: Frame, state: State) -> Results:
        """``&local`` and ``*`` of one: the variable itself, whichever function it is in."""
        argument = node.child_by_field_name("argument")
        if frame.word(node).startswith("&"):
            if argument is not None and argument.type == "identifier":
                name = frame.word(argument)
                if name in frame.names and name not in frame.given:
                    text = f"&{frame.number}:{name}"
                    return [(state, Value(text, struct=frame.structs.get(name, "")))]
            return super()._pointer_expression(node, frame, state)
        out: Results = []
        for after, value in self.value(argument, frame, state):
            local = LOCAL.fullmatch(value.text)
            if local is not None:
                known = after.env.get((int(local[1]), local[2]))
                out.append((after, known or Value(local[2], struct=value.struct)))
                continue
            place = value.place or Place(value.struct, "*", value.text, value.deps)
            out += self.load(place, value.struct, node, frame, after)
        return out

    def load(self, place: Place, struct: str, node: Node, frame: Frame, state: State) -> Results:
        """As for pairs; a member that is known to hold an entry's value is that value."""
        known = state.env.get((0, f"{place.base}->{place.member}"))
        if known is not None and (known.exact or known.truth is not None):
            return [(state, known)]
        return super().load(place, struct, node, frame, state)

    def _field(self, node: Node, frame: Frame, state: State) -> list[tuple[State, Place, str]]:
        if self._local_member(node, frame):
            return []
        return super()._field(node, frame, state)

    def _field_expression(self, node: Node, frame: Frame, state: State) -> Results:
        if self._local_member(node, frame):
            name = frame.word(node).replace(" ", "")
            known = state.env.get((frame.number, name))
            struct = frame.structs.get(name.partition(".")[0], "")
            member = self.types.member(struct, name.rpartition(".")[2])
            return [(state, known or Value(text=name, struct=member))]
        return super()._field_expression(node, frame, state)

    def _local_member(self, node: Node, frame: Frame) -> bool:
        """True for ``v.member`` where v is a variable of the function."""
        inner = node.child_by_field_name("argument")
        while inner is not None and inner.type == "field_expression":
            if "->" in frame.word(inner):
                return False
            inner = inner.child_by_field_name("argument")
        if inner is None or inner.type != "identifier" or "->" in frame.word(node):
            return False
        name = frame.word(inner)
        return name not in frame.given and name in frame.names

    def _assignment_expression(self, node: Node, frame: Frame, state: State) -> Results:
        """``n *= 2`` of a variable is worked out, where it can be."""
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        sign = frame.word(node.child_by_field_name("operator") or node)[:-1]
        if not sign and left is not None and left.type == "pointer_expression":
            return self._set_through(left, right, node, frame, state)
        if not sign and left is not None and left.type == "field_expression":
            return self._set_in_batch(left, node, frame, state)
        if not sign or left is None or left.type != "identifier":
            return super()._assignment_expression(node, frame, state)
        name = frame.word(left)
        known = state.env.get((frame.number, name))
        if known is None:
            return super()._assignment_expression(node, frame, state)
        out: Results = []
        for after, value in self.value(right, frame, state):
            result = combined(known, sign, value)
            moved = result.text or f"({name} {sign})"  # an address, or a pointer to an entry
            result = replace(result, text=name if result.exact else moved)
            out.append((self.assigned(after, name, result, frame), result))
        return out

    def _set_in_batch(self, left: Node, node: Node, frame: Frame, state: State) -> Results:
        """A member that is set; one of a batch of flushes, which no other thread has, is kept."""
        out: Results = []
        for after, value in super()._assignment_expression(node, frame, state):
            for _, place, _ in self.place(left, frame, after):
                if place.owner == BATCH_STRUCT:
                    after = after.bound(0, f"{place.base}->{place.member}", with_truth(value))
                    if place.member in self.deciding() and with_truth(value).truth is not False:
                        there = Place(BATCH, "", place.base)
                        where = (*frame.where(node), frame.at(node))
                        after = after.happened(
                            Event(Does.ACCESS, place.member, *where, statement=SET, place=there)
                        )
            out.append((after, value))
        return out

    def deciding(self) -> frozenset[str]:
        """Members of a batch by which its end tells whether anything is to be flushed.

        As the tree has it: include/asm-generic/tlb.h, tlb_flush_mmu_tlbonly().
        """
        if self._deciding is None:
            found = [
                member
                for source, one in self._world.functions("tlb_flush_mmu_tlbonly")
                for member in re.findall(
                    rb"\w+->(\w+)\b(?!\s*\()", source.code(one.body_start, one.body_end)
                )
            ]
            self._deciding = frozenset(one.decode() for one in found)
        return self._deciding

    def _identifier(self, node: Node, frame: Frame, state: State) -> Results:
        return [
            (after, self._pointed(frame.word(node), value, frame))
            for after, value in super()._identifier(node, frame, state)
        ]

    def assigned(self, state: State, name: str, value: Value, frame: Frame) -> State:
        return super().assigned(state, name, self._pointed(name, value, frame), frame)

    def _pointed(self, name: str, value: Value, frame: Frame) -> Value:
        """A pointer to an entry of which nothing is known is that variable of that function."""
        if value.text not in ("", name) or value.exact or name not in frame.names:
            return value
        if frame.structs.get(name) not in ENTRY_TYPES or name in frame.function.parameters:
            return value
        if name not in pointers_of(frame):
            return value
        return replace(value, text=f"{frame.number}:{name}")

    def updated(self, target: Node | None, node: Node, frame: Frame, state: State) -> Results:
        """A pointer to an entry that is moved is one to another entry."""
        name = frame.word(target) if target is not None else ""
        known = state.env.get((frame.number, name))
        if known is None or known.struct not in ENTRY_TYPES:
            return super().updated(target, node, frame, state)
        sign = "++" if "++" in frame.word(node) else "--"
        moved = replace(known, text=f"({known.text} {sign})", exact="", truth=None)
        before = frame.word(node).endswith(sign)
        return [(state.bound(frame.number, name, moved), with_truth(known) if before else moved)]

    def _set_through(
        self, left: Node, right: Node | None, node: Node, frame: Frame, state: State
    ) -> Results:
        """``*p = v``: sets the variable that p points to; entries are set by functions only."""
        out: Results = []
        for middle, value in self.value(right, frame, state):
            for after, pointer in self.value(left.child_by_field_name("argument"), frame, middle):
                local = LOCAL.fullmatch(pointer.text)
                if local is not None:
                    after = after.bound(int(local[1]), local[2], value)
                out.append((after, value))
        return out


def pointers_of(frame: Frame) -> frozenset[str]:
    """Names that a function declares as pointers to entries."""
    return _declared(frame.source, frame.function.start_byte, frame.function.body_end)[0]


def values_of(frame: Frame) -> tuple[str, ...]:
    """Names that a function declares as entries by value."""
    pointers, names = _declared(frame.source, frame.function.start_byte, frame.function.body_end)
    return tuple(sorted(names - pointers))


@lru_cache(maxsize=128)
def _declared(source: SourceFile, start: int, end: int) -> tuple[frozenset[str], frozenset[str]]:
    """Names of pointers to entries, and all that are declared with the type of one."""
    told = b",".join(_POINTER.findall(source.code(start, end)))
    pointers = re.findall(rb"\*\s*(\w+)", told)
    names = re.findall(rb"(?:\A|,)[\s*]*(\w+)", told)
    return (
        frozenset(name.decode("latin-1") for name in pointers),
        frozenset(name.decode("latin-1") for name in names),
    )
