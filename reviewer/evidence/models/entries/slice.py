"""The paths of a function as operations on page-table entries, counts, flags and locks.

Built on the tracer of pairs. What differs is what is asked about (operations.txt in place of
members of structs), that all of a path counts and not only what came lately, and that values of
entries are kept as expressions of the simulator's language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tree_sitter import Node

from reviewer.evidence.models.entries.adversaries import PAGES
from reviewer.evidence.models.entries.conditions import HALVES
from reviewer.evidence.models.entries.numbers import joined, joint
from reviewer.evidence.models.entries.operating import Operating
from reviewer.evidence.models.entries.operations import (
    BATCH,
    ENTRY_TYPES,
    MEMBERS,
    Operation,
    operations,
)
from reviewer.evidence.models.entries.variables import BATCH_STRUCT, pointers_of, values_of
from reviewer.evidence.models.expressions import Results
from reviewer.evidence.models.frames import Frame, State, Step
from reviewer.evidence.models.primitives import Primitive
from reviewer.evidence.models.statements import Outcome
from reviewer.evidence.models.syntax import assigned_names
from reviewer.evidence.models.trace import MARK
from reviewer.evidence.models.values import Does, Event, Place, Value
from reviewer.kernel.order import RELEASES, SECTIONS, Order
from reviewer.kernel.table import order_of
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

_DEEP = 9
"""Helpers inside each other that are followed: from gup_fast() to its entries there are eight."""
POINTER = re.compile(r"\b(pte_t|pmd_t|pud_t)\s*\*\s*(\w+)")
_BY_VALUE = re.compile(r"\b(pte_t|pmd_t|pud_t)\s+(\w+)\s*[,)]")
_FAULT = "vm_fault"
_FLAG = "dirty"
"""A flag of a folio that one adversary looks at, and code sets on many ways apart."""
_SETS_FLAG = re.compile(r"\w+->\w+\s*=\s*(?:true|false|[01])\s*;")
"""A flag that is set through a pointer; one of a batch of flushes decides what is flushed."""
_WORD = re.compile(r"[A-Za-z_]\w*")
_ALONE = re.compile(r"(?:\A|[;{}):]|\b(?:else|do)\b)\s*([A-Za-z_]\w*)\s*;")
"""A statement that is one name."""
_BEFORE_STORES = RELEASES | Order.MB | Order.HANDOFF
"""What may order stores in front of it before stores behind it."""
_CALLED = re.compile(r"(?<![\w.>])([A-Za-z_]\w*)\s*\(")
_JUMPS = frozenset(("break", "continue", "return"))


@dataclass(frozen=True, slots=True)
class Path:
    """One path: what happened, and what it gives: ``ret``, or the halves ``low`` and ``high``.

    ``pointers`` are the parameters of the function that lead to entries.
    """

    events: tuple[Event, ...]
    results: Mapping[str, str]
    pointers: frozenset[str]

    @property
    def marked(self) -> bool:
        """True if it comes by the marked statement."""
        return any(event.name == MARK for event in self.events)

    @property
    def unmarked(self) -> Path:
        """The path without its marks."""
        return replace(self, events=tuple(one for one in self.events if one.name != MARK))


class EntryTracer(Operating):
    """Follows a function for its operations on entries; one turn of each loop."""

    turns = 1
    back = 0
    deep = _DEEP
    paths = 240
    sceptical = False
    """True if any loop may make no turn, whatever it is over."""
    fills = False
    """True if it is asked whether a page is filled before the mark: all that orders counts then."""

    def __init__(
        self, world: World, objects: frozenset[str], contested: frozenset[str],
        given: frozenset[str] = frozenset(), mark: int = -1,
    ) -> None:  # fmt: skip
        """As ``Operating``; ``given`` are the flags of one family that are set.

        ``mark`` is the offset of a statement whose beginning is to be an event.
        """
        super().__init__(world, objects | {BATCH}, contested, given)
        self._mark = mark
        self.followed: dict[tuple[str, int], tuple[SourceFile, Function]] = {}
        """Functions that were looked into, by file and place."""
        self._steering: dict[tuple[str, int], frozenset[str]] = {}
        self._defined: dict[tuple[str, str], tuple[SourceFile, Function] | None] = {}
        self._matter_there: dict[tuple[str, int, int, int], bool] = {}
        self._steer_there: dict[tuple[str, int, int, int], bool] = {}
        self._trails: dict[int, tuple[int, Step]] = {}
        self._numbers: dict[tuple[object, ...], int] = {}

    def paths_of(self, source: SourceFile, function: Function) -> tuple[Path, ...]:
        """Every path that is told apart."""
        assigned = _assigned_names(source, function)
        self.fixed = frozenset(function.parameters) - assigned
        head = source.code(function.start_byte, function.body_start).decode("latin-1")
        pointers = frozenset(name for _, name in POINTER.findall(head))
        return tuple(
            Path(state.events(), _results(state, value), pointers)
            for state, _, value in self.ends(source, function)
        )

    def frame_of(
        self, source: SourceFile, function: Function, top: int
    ) -> tuple[Frame, Node] | None:
        """As of any function; which one is kept in mind."""
        self.followed[source.path, function.start_byte] = (source, function)
        return super().frame_of(source, function, top)

    def entered(self, state: State, frame: Frame) -> State:
        """An entry by value beside a pointer: the caller read it there, and it was present.

        So it is with ``vmf->orig_pte`` beside ``vmf->pte`` (include/linux/mm.h).
        """
        function = frame.function
        head = frame.source.code(function.start_byte, function.body_start).decode("latin-1")
        told = dict(POINTER.findall(head))
        for kind, name in _BY_VALUE.findall(head):
            if kind in told and (frame.number, name) in state.env:
                state = self._read(
                    state, frame, ENTRY_TYPES[kind], told[kind], (frame.number, name)
                )
        for name in function.parameters:
            if frame.structs.get(name) == _FAULT:
                pointer = f"{name}->pte"
                state = self._read(state, frame, "pte", pointer, (0, f"{name}->orig_pte"))
        return state

    def _read(
        self, state: State, frame: Frame, kind: str, pointer: str, bound: tuple[int, str]
    ) -> State:
        """The state in which a value was read at the place of a pointer, and was present."""
        operation = operations()[f"{kind}p_get"]
        line = frame.function.start_line
        register = state.registers
        read = Event(
            Does.ACCESS, operation.name, frame.source.path, line, line, reads=True,
            statement=operation.statement, register=register,
            place=Place(operation.object, "", pointer),
        )  # fmt: skip
        value = Value(bound[1], f"r{register}", frozenset({register}))
        there = replace(value, exact=f"pmd_present({value.exact})")
        passed = Event(Does.BRANCH, "if", frame.source.path, line, line, value=there)
        return state.happened(read).happened(passed).bound(*bound, value)

    # --- what matters ---------------------------------------------------------------------

    def definition(self, name: str, source: SourceFile) -> tuple[SourceFile, Function] | None:
        """As for pairs, and the headers beside the file (mm/internal.h)."""
        key = (source.path, name)
        if key not in self._defined:
            known = super().definition(name, source)
            if known is None and _WORD.fullmatch(name):
                near = (one for one in self._world.functions(name) if _beside(one[0], source))
                known = next(near, None)
            self._defined[key] = known
        return self._defined[key]

    def _matter(self, name: str) -> bool:
        known = operations().get(name)
        if known is None or known.orders_only:
            return False
        return known.object in self.objects

    def _is_fence(self, name: str) -> bool:
        """True of what only orders: it matters of itself where a page is filled before the code."""
        known = operations().get(name)
        return known is not None and known.orders_only

    def _may_order(self, name: str) -> Order:
        """What orders the stores of a page that is filled, if that is what is asked about."""
        return (order_of(name) if self.fills else None) or Order.NONE

    def _primitive(
        self, node: Node, name: str, known: Primitive, given: list[Node], frame: Frame, state: State
    ) -> Results:
        if self._may_order(name) & _BEFORE_STORES:
            return self.unseen(node, name, given, frame, state)
        return super()._primitive(node, name, known, given, frame, state)

    def unseen(
        self, node: Node, name: str, given: list[Node], frame: Frame, state: State
    ) -> Results:
        paths = super().unseen(node, name, given, frame, state)
        if not self._may_order(name) & _BEFORE_STORES:
            return paths
        return [(after.happened(self._opaque(node, name, frame)), value) for after, value in paths]

    def _operated(
        self, known: Operation, values: tuple[Value, ...], given: list[Node], node: Node,
        frame: Frame, state: State,
    ) -> tuple[State, Value]:  # fmt: skip
        """As ever; an unlock is before what follows the next lock, an atomic may be beside a fence.

        tools/memory-model/linux-kernel.cat: po-unlock-lock-po, Before-atomic, After-atomic.
        """
        after, value = super()._operated(known, values, given, node, frame, state)
        lacks = after is state or known.statement.startswith("smp_mb__")
        if lacks and self._may_order(known.name) & _BEFORE_STORES:
            after = after.happened(self._opaque(node, known.name, frame))
        return after, value

    def matters(self, node: Node, frame: Frame) -> bool:
        """As for pairs; and whoever is given a batch, for it may note what its end flushes."""
        key = (frame.source.path, frame.parsed.base, node.start_byte, node.end_byte)
        known = self._matter_there.get(key)
        if known is None:
            known = self._matter_there[key] = self._matters(node, frame)
        return known

    def _matters(self, node: Node, frame: Frame) -> bool:
        return (
            super().matters(node, frame)
            or self._hands_batch(node, frame)
            or not self.deciding().isdisjoint(_WORD.findall(frame.word(node)))
        )

    def _hands_batch(self, node: Node, frame: Frame) -> bool:
        """True if a batch is given to what is not known, or to a macro that is not at hand."""
        batches = [name for name, struct in frame.structs.items() if struct == BATCH_STRUCT]
        if not batches:
            return False
        handed = re.compile(rf"(\w+|\))\s*\([^()]*\b(?:{'|'.join(batches)})\b(?!\s*(?:->|\.))")
        code = frame.word(node)
        found = {one[1] for one in handed.finditer(code)}
        if not found.issubset(operations()):
            return True
        if any(self.captures(name, frame) for name in dict.fromkeys(_CALLED.findall(code))):
            return True
        return any(
            name not in _JUMPS and self.is_macro(name, frame) for name in _ALONE.findall(code)
        )

    def wanted(self, word: str, frame: Frame) -> bool:
        if self._may_order(word) & _BEFORE_STORES:
            return True
        known = operations().get(word)
        if known is not None and not self.opens(word):
            if known.object == _FLAG and _FLAG not in self.objects:
                return False  # nobody looks at it
            return not known.pure or known.object == "value"
        return self.reaches(word, frame.source, self.deep)

    def reaches(self, name: str, source: SourceFile, deep: int) -> bool:
        """As for pairs; a helper of the file that makes an entry's value is followed too.

        Those of headers are in the table: their ways apart (a swap entry's bits) are no matter.
        """
        return super().reaches(name, source, deep) or self.makes_an_entry(name, source, own=True)

    def touches(self, names: frozenset[str], called: tuple[str, ...]) -> bool:
        return (
            any(self._matter(word) for word in called)
            or (PAGES in self.objects and any(self._is_fence(word) for word in called))
            or any((o := self._may_order(w)) & _BEFORE_STORES and not o & SECTIONS for w in called)
            or self.spelled(names)
            or not self.deciding().isdisjoint(names)
        )

    def spelled(self, names: frozenset[str]) -> bool:
        """True if code has names by which memory that matters is changed without an operation."""
        return ("pte" in self.objects and not names.isdisjoint(HALVES)) or any(
            MEMBERS.get(name) in self.objects for name in names
        )

    def opens(self, name: str) -> bool:
        known = operations().get(name)
        return known is None or not known.tells(self.objects)

    def steers(self, node: Node, frame: Frame) -> bool:
        """True if a statement sets what decides what happens to an entry, or to which one."""
        key = (frame.source.path, frame.parsed.base, node.start_byte, node.end_byte)
        known = self._steer_there.get(key)
        if known is None:
            known = self._steer_there[key] = self._steers(node, frame)
        return known

    def _steers(self, node: Node, frame: Frame) -> bool:
        names = assigned_names(node, frame)
        if _SETS_FLAG.search(frame.word(node)) and BATCH_STRUCT in frame.structs.values():
            return True
        return bool(names) and not (
            names.isdisjoint(self._steered(frame)) and names.isdisjoint(pointers_of(frame))
        )

    def _steered(self, frame: Frame) -> frozenset[str]:
        key = (frame.source.path, frame.function.start_byte)
        known = self._steering.get(key)
        if known is None:
            found: set[str] = set()
            waiting = [frame.parsed.root] if frame.parsed.root is not None else []
            while waiting:
                node = waiting.pop()
                waiting.extend(node.named_children)
                if node.type != "if_statement":
                    continue
                arms = (node.child_by_field_name(a) for a in ("consequence", "alternative"))
                if any(a is not None and self.matters(a, frame) for a in arms):
                    test = node.child_by_field_name("condition")
                    found |= set(_WORD.findall(frame.word(test))) if test is not None else set()
            known = frozenset(found)
            self._steering[key] = known
        return known

    def may_be_empty(self, node: Node) -> bool:
        """False for a loop over entries: of no entry there is nothing to say."""
        if self.sceptical or node.type != "for_statement":
            return True
        code = (node.text or b"").decode("latin-1")
        known = [operations().get(name) for name in _CALLED.findall(code)]
        return any(known) and all(one is None or one.orders_only for one in known)

    # --- joining paths --------------------------------------------------------------------

    def few(self, found: list[Outcome], frame: Frame) -> list[Outcome]:
        if len(found) < 2:
            return found
        merged: dict[tuple[object, ...], Outcome] = {}
        # What an entry's variable holds of an entry that was read tells paths apart; of a new page
        # nobody has a translation, whatever the bits.
        entries = values_of(frame)
        for state, leaves, value in found:
            made = (state.env.get((frame.number, name)) for name in entries)
            values = tuple(one.exact if one is not None and one.deps else "" for one in made)
            key = (self._trail(state.last), leaves, values)
            known = merged.get(key)
            if known is None:
                merged[key] = (state, leaves, value)
            else:
                merged[key] = (joined(known[0], state), leaves, joint(known[2], value))
        if len(merged) > self.paths:
            self.left_out.setdefault(f"some paths of {frame.function.name}(): there are too many")
        return list(merged.values())[: self.paths]

    def _trail(self, last: Step | None) -> int:
        """A number for all that happened on a path, the same for paths on which the same did."""
        fresh: list[Step] = []
        step = last
        while step is not None and id(step) not in self._trails:
            fresh.append(step)
            step = step.before
        number = self._trails[id(step)][0] if step is not None else 0
        for step in reversed(fresh):
            number = self._numbers.setdefault((number, *step.told), len(self._numbers) + 1)
            self._trails[id(step)] = (number, step)
        return number


def _beside(header: SourceFile, source: SourceFile) -> bool:
    folder = source.path.rpartition("/")[0]
    return header.path.endswith(".h") and header.path.rpartition("/")[0] == folder


def _results(state: State, value: Value) -> dict[str, str]:
    found = {"ret": value.exact}
    for (_, name), member in state.env.items():
        local, _, half = name.partition(".")
        if local == value.text and half in HALVES:
            found[half.rpartition("_")[2]] = member.exact
    return found


def _assigned_names(source: SourceFile, function: Function) -> frozenset[str]:
    """Names that a function changes, or whose address it gives away."""
    code = source.code(function.body_start, function.body_end).decode("latin-1")
    changed = re.findall(
        r"(?<![\w.>])(\w+)\s*(?:[-+*/|&^]|<<|>>)?=(?!=)|(\w+)\s*(?:\+\+|--)|&(\w+)\b(?!->)", code
    )
    return frozenset(name for match in changed for name in match if name)
