"""What a path over page-table entries has that is not followed, and may do anything to them.

Calls that are not in the table of operations nor followed, macros that stand alone, assembly, and
entries that are written in place instead of by a function of the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tree_sitter import Node

from reviewer.evidence.models.definitions import defining, is_check, is_pasted
from reviewer.evidence.models.entries.conditions import HALVES
from reviewer.evidence.models.entries.idle import acts
from reviewer.evidence.models.entries.operations import ENTRY_TYPES, operations
from reviewer.evidence.models.entries.pointers import (
    ENTRY_OBJECTS,
    FOLIO_OBJECTS,
    leads,
)
from reviewer.evidence.models.entries.purity import changed_by
from reviewer.evidence.models.entries.uses import Leads, gives_back, walks
from reviewer.evidence.models.entries.variables import BATCH_STRUCT, LOCAL, Variables
from reviewer.evidence.models.expressions import Results
from reviewer.evidence.models.frames import Frame, State
from reviewer.evidence.models.hidden import spelled
from reviewer.evidence.models.primitives import Primitive
from reviewer.evidence.models.reach import is_assembly
from reviewer.evidence.models.values import Does, Event, Place, Value
from reviewer.kernel import primitive
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

_WORD = re.compile(r"[A-Za-z_]\w*")
_NO_CALLS = frozenset(("if", "while", "for", "switch", "return", "sizeof", "typeof"))
_NESTED = 4
"""Macros inside each other that are looked into."""
_ENTRY_VALUE = re.compile(rb"\bp(?:te|md|ud)_t\s+\w+\s*\(")
"""The head of a function that returns an entry by value."""


class Doubting(Variables):
    """Keeps where a path shows nothing any more."""

    def __init__(self, world: World, contested: frozenset[str], given: frozenset[str]) -> None:
        """``contested`` are the kinds of memory that somebody else touches."""
        super().__init__(world, given)
        self._contested = contested
        self.doubts: dict[str, frozenset[str]] = {}
        """What may do anything, on the paths that have it, and to which kinds of memory; none of
        them for all."""
        self.forgot: set[frozenset[str]] = set()
        """For each call that may have changed a variable: it did not but beside these kinds."""

    def asked(self, place: Place) -> bool:
        return place.member in HALVES or (place.member == "*" and place.owner in ENTRY_TYPES)

    def _assignment_expression(self, node: Node, frame: Frame, state: State) -> Results:
        out = super()._assignment_expression(node, frame, state)
        return self._written(node, node.child_by_field_name("left"), frame, state, out)

    def updated(self, target: Node | None, node: Node, frame: Frame, state: State) -> Results:
        out = super().updated(target, node, frame, state)
        return self._written(node, target, frame, state, out)

    def _written(
        self, node: Node, target: Node | None, frame: Frame, state: State, out: Results
    ) -> Results:
        """The paths behind a write; what is written to an entry in place is not followed."""
        inner = target.child_by_field_name("argument") if target is not None else None
        if target is None or inner is None or not self._contested & ENTRY_OBJECTS:
            return out
        member = target.child_by_field_name("field")
        if member is not None and (frame.word(member) in HALVES or "->" not in frame.word(target)):
            return out  # the halves are followed; a variable of an entry's type is no entry
        led = (
            leads(inner, value, frame, self.types) for _, value in self.value(inner, frame, state)
        )
        if not any(Leads.ENTRY in one for one in led) or _only_gives(inner, frame):
            return out
        why, kinds = f"{frame.text(target)} is written in place", self._contested & ENTRY_OBJECTS
        return [(self._doubtful(why, node, "", frame, after, kinds), value) for after, value in out]

    def _happened(
        self, event: Event, known: Primitive, place: Place, struct: str,
        values: tuple[Value, ...], state: State,
    ) -> tuple[State, Value]:  # fmt: skip
        """As for pairs; a bit of an entry that is set in place shows nothing."""
        after, result = super()._happened(event, known, place, struct, values, state)
        if known.writes and place.owner in ENTRY_TYPES and not self.asked(place):
            self._doubted(
                f"line {event.top}: {event.name}() changes an entry in place", frozenset()
            )
            doubt = Event(Does.OPAQUE, event.name, event.path, event.line, event.top)
            return after.happened(doubt), result
        return after, result

    # --- calls that are not followed ------------------------------------------------------

    def unseen(
        self, node: Node, name: str, given: list[Node], frame: Frame, state: State
    ) -> Results:
        out: Results = []
        struct = self.types.returned(name) if _WORD.fullmatch(name) else ""
        if frame.parsed.rewrites.get(node.start_byte) == "asm" and is_assembly(frame.text(node)):
            state = self._doubtful("assembly may do anything", node, name, frame, state)
        elif node.type == "identifier":
            state = self._doubtful(f"{name} is a macro that was not seen", node, name, frame, state)
        elif self.makes_an_entry(name, frame.source):
            # What it makes of it decides whether a walker may write: neither Never nor Sometimes.
            why = f"{name}() makes an entry's value"
            state = self._doubtful(why, node, name, frame, state)
        elif any(frame.structs.get(frame.text(one).lstrip("& ")) == BATCH_STRUCT for one in given):
            why = f"{name}() is given the batch of flushes"
            state = self._doubtful(why, node, name, frame, state)
        elif self.captures(name, frame):
            why = f"{name}() may be a macro that uses the batch of flushes"
            state = self._doubtful(why, node, name, frame, state)
        for after, values in self.arguments(given, frame, state):
            deps = frozenset().union(*(one.deps for one in values)) if values else frozenset()
            words = ", ".join(one.text for one in values)
            after = self._given_away(node, name, given, values, frame, after)
            out.append((after, Value(text=f"{name}({words})", deps=deps, struct=struct)))
        return out

    def captures(self, name: str, frame: Frame) -> bool:
        """True of a name that may be a macro in which a batch of the function is spelled."""
        batches = {one for one, struct in frame.structs.items() if struct == BATCH_STRUCT}
        if not (batches and _WORD.fullmatch(name)) or name in operations() or primitive(name):
            return False
        source = frame.source
        if source.functions_named(name) or is_check(source, name) or is_pasted(name):
            return False
        library = self._world.library
        if not defining(library, source, name):
            return name not in _NO_CALLS
        return not batches.isdisjoint(spelled(library, source, name, _NESTED))

    def _given_away(
        self, node: Node, name: str, given: list[Node], values: tuple[Value, ...], frame: Frame,
        state: State,
    ) -> State:  # fmt: skip
        """The state after a call that may change what it is given pointers to.

        A variable is not known any more; of entries and folios nothing is, so the answer is open.
        """
        if walks(name) or gives_back(name):
            return state
        led = [
            (at, value, where)
            for at, (argument, value) in enumerate(zip(given, values, strict=True))
            for where in leads(argument, value, frame, self.types)
        ]
        doubted: dict[str, frozenset[str]] = {}
        rest = self._contested
        for at, value, where in led:
            local = LOCAL.fullmatch(value.text) if where is Leads.LOCAL else None

            def changes(kinds: frozenset[str], at: int = at, where: Leads = where) -> str:
                objects = _there(kinds, where)
                if not (objects or where is Leads.LOCAL):
                    return ""
                return changed_by(self._world.library, frame.source, name, at, where, objects)

            culprit, kinds = _kinds(self._contested if local is not None else rest, changes)
            if local is not None and culprit:
                self.forgot.add(kinds)
                state = _forgotten(state, int(local[1]), local[2])
            elif culprit:
                why = f"{name}() may change the {where} it is given{_inside(culprit, name)}"
                doubted.setdefault(why, kinds)
                rest -= kinds
        if node.type == "call_expression" and (rest or not self._contested):
            library = self._world.library
            culprit, kinds = _kinds(rest, lambda one: acts(library, frame.source, name, one))
            if culprit:
                why = f"{name or 'a pointer'}() may do anything{_inside(culprit, name)}"
                doubted.setdefault(why, kinds)
        for why, kinds in doubted.items():
            state = self._doubtful(why, node, name, frame, state, kinds)
        return state

    def _doubtful(
        self, why: str, node: Node, name: str, frame: Frame, state: State,
        kinds: frozenset[str] = frozenset(),
    ) -> State:  # fmt: skip
        """The state behind a call that may have done anything: the path shows nothing any more.

        With ``kinds``, anything to those; for whom they are no matter nothing happened.
        """
        self._doubted(f"line {frame.at(node)}: {why}", kinds)
        event = Event(Does.OPAQUE, name, *frame.where(node), frame.at(node), kinds=kinds)
        return state.happened(event)

    def _doubted(self, why: str, kinds: frozenset[str]) -> None:
        known = self.doubts.get(why, kinds)
        self.doubts[why] = known | kinds if known and kinds else frozenset()

    def makes_an_entry(self, name: str, source: SourceFile, *, own: bool = False) -> bool:
        """True if a function returns the value of an entry; ``own`` for one of this very file."""
        found = self.definition(name, source) if _WORD.fullmatch(name) else None
        if found is None or (own and (found[0].path != source.path or source.path.endswith(".h"))):
            return False
        where, function = found
        return _ENTRY_VALUE.search(where.code(function.start_byte, function.body_start)) is not None

    def _skipped(
        self, node: Node, name: str, found: tuple[SourceFile, Function], given: list[Node],
        frame: Frame, state: State,
    ) -> Results:  # fmt: skip
        return self.unseen(node, name, given, frame, state)


def _kinds(
    kinds: frozenset[str], culprit: Callable[[frozenset[str]], str]
) -> tuple[str, frozenset[str]]:
    """Who may change any of these kinds of memory; and which of them."""
    found = culprit(kinds)
    if not found or len(kinds) < 2:
        return found, kinds
    each = (frozenset((one,)) for one in sorted(kinds))
    return found, frozenset().union(*(one for one in each if culprit(one)))


def _there(kinds: frozenset[str], where: Leads) -> frozenset[str]:
    """The kinds of memory, of these, that what is handed on may lead to."""
    if where is Leads.FOLIO:
        return kinds & FOLIO_OBJECTS
    if where in (Leads.SPACE, Leads.ADDRESS, Leads.HOLDER):
        return kinds & ENTRY_OBJECTS and kinds & ENTRY_OBJECTS | {"-"}  # or it may flush
    return kinds


def _only_gives(node: Node, frame: Frame) -> bool:
    """True of a parameter that a value is given back by (``*orig_pte = entry``), and no more."""
    name = frame.word(node)
    if name not in frame.function.parameters:
        return False
    body = frame.source.code(frame.function.body_start, frame.function.body_end).decode("latin-1")
    given = re.findall(rf"(?<!\w)\s*\*\s*{re.escape(name)}\s*=(?!=)", body)
    return len(given) == len(re.findall(rf"\b{re.escape(name)}\b", body))


def _inside(culprit: str, name: str) -> str:
    return f", in {culprit}()" if culprit != name else ""


def _forgotten(state: State, frame: int, name: str) -> State:
    """The state in which a variable, or any member of it, may have been set."""
    gone = {
        key
        for key in state.env
        if key[0] == frame and (key[1] == name or key[1].startswith(f"{name}."))
    }
    for key in gone:
        known = state.env[key]
        state = state.bound(*key, Value(key[1], struct=known.struct))
    return state
