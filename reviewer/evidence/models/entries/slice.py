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

from reviewer.evidence.models.entries.numbers import (
    COUNT,
    NUMBER,
    bare,
    combined,
    joined,
    joint,
    numbers_of,
    of_numbers,
    with_truth,
)
from reviewer.evidence.models.entries.operations import ENTRIES, Operation, operations
from reviewer.evidence.models.expressions import Results
from reviewer.evidence.models.frames import Frame, State
from reviewer.evidence.models.primitives import Primitive
from reviewer.evidence.models.statements import Outcome
from reviewer.evidence.models.syntax import assigned_names
from reviewer.evidence.models.trace import Tracer
from reviewer.evidence.models.values import Does, Event, Place, Value
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

BIAS = ("GUP_PIN_COUNTING_BIAS", 1024)
"""include/linux/mm.h"""
_DEEP = 9
"""Helpers inside each other that are followed: from gup_fast() to its entries there are eight."""
_TYPES = {"pte_t": "pte", "pmd_t": "pmd", "pud_t": "pud"}
_POINTER = re.compile(r"\b(pte_t|pmd_t|pud_t)\s*\*\s*(\w+)")
_BY_VALUE = re.compile(r"\b(pte_t|pmd_t|pud_t)\s+(\w+)\s*[,)]")
_HALVES = ("pte_low", "pte_high", "pmd_low", "pmd_high")
_FOLIOS = re.compile(r"&?(.*?)(?:->page|\.page)")
_WRAPPED = re.compile(r"(?:(?:un)?likely)?\s*\((.*)\)", re.S)
_TESTED = re.compile(r"(!?)\s*([A-Za-z_]\w*)\s*(?:(==|!=)\s*([A-Z_]\w*|-?\d+))?")
_LOCAL = re.compile(r"&(\d+):(\w+)")
"""The address of a variable of the n-th function followed."""
_WORD = re.compile(r"[A-Za-z_]\w*")
_ASSERTS = re.compile(r"(?:VM_)?(?:BUG|WARN)_ON(?:_\w+)?|lockdep_assert\w*|assert_\w+")
"""Checks that the rest of the code does not count on; what they read is not kept."""
_FIRST_BIT = 1 << 20
"""Flags of the family that is given are numbers from here on."""


@dataclass(frozen=True, slots=True)
class Path:
    """One path: what happened, and what it gives: ``ret``, or the halves ``low`` and ``high``."""

    events: tuple[Event, ...]
    results: Mapping[str, str]


_ENTRY_VALUE = re.compile(rb"\bp(?:te|md|ud)_t\s+\w+\s*\(")
"""The head of a function that returns an entry by value."""


class EntryTracer(Tracer):
    """Follows a function for its operations on entries; one turn of each loop."""

    turns = 1
    deep = _DEEP
    paths = 160

    def __init__(
        self, world: World, objects: frozenset[str], given: frozenset[str] = frozenset()
    ) -> None:
        """``objects`` are the kinds of memory that matter: a helper about others is passed by.

        ``given`` are the flags of one family (FOLL_PIN, FOLL_WRITE) that are set, all others of it
        are not.
        """
        super().__init__(world, frozenset(_HALVES))
        self.constants.setdefault(*BIAS)
        self._objects = objects
        self._given = given
        self._family = next((name.partition("_")[0] + "_" for name in sorted(given)), "")
        self._bits = 0
        self._steering: dict[tuple[str, int], frozenset[str]] = {}
        self._fixed: frozenset[str] = frozenset()

    def paths_of(self, source: SourceFile, function: Function) -> tuple[Path, ...]:
        """Every path that is told apart."""
        assigned = _assigned_names(source, function)
        self._fixed = frozenset(function.parameters) - assigned
        return tuple(
            Path(state.events(), _results(state, value))
            for state, _, value in self.ends(source, function)
        )

    def entered(self, state: State, frame: Frame) -> State:
        """An entry by value beside a pointer: the caller read it there, and it was present."""
        function = frame.function
        head = frame.source.code(function.start_byte, function.body_start).decode("latin-1")
        told = dict(_POINTER.findall(head))
        for kind, name in _BY_VALUE.findall(head):
            if kind not in told or (frame.number, name) not in state.env:
                continue
            operation = operations()[f"{_TYPES[kind]}p_get"]
            line = function.start_line
            register = state.registers
            read = Event(
                Does.ACCESS, operation.name, frame.source.path, line, line, reads=True,
                statement=operation.statement, register=register,
                place=Place(operation.object, "", told[kind]),
            )  # fmt: skip
            value = Value(name, f"r{register}", frozenset({register}))
            there = replace(value, exact=f"pmd_present({value.exact})")
            passed = Event(Does.BRANCH, "if", frame.source.path, line, line, value=there)
            state = state.happened(read).happened(passed).bound(frame.number, name, value)
        return state

    # --- what matters ---------------------------------------------------------------------

    def definition(self, name: str, source: SourceFile) -> tuple[SourceFile, Function] | None:
        """As for pairs, and the headers beside the file (mm/internal.h)."""
        known = super().definition(name, source)
        if known is not None or not _WORD.fullmatch(name):
            return known
        return next((one for one in self._world.functions(name) if _beside(one[0], source)), None)

    def _matter(self, name: str) -> bool:
        known = operations().get(name)
        if known is None or known.orders_only:
            return False
        return known.object in self._objects

    def wanted(self, word: str, frame: Frame) -> bool:
        known = operations().get(word)
        if known is not None:
            return not known.pure or known.object == "value"
        return self.reaches(word, frame.source, self.deep)

    def touches(self, names: frozenset[str], called: tuple[str, ...]) -> bool:
        return any(self._matter(word) for word in called) or (
            "pte" in self._objects and not names.isdisjoint(_HALVES)
        )

    def opens(self, name: str) -> bool:
        return name not in operations()

    def steers(self, node: Node, frame: Frame) -> bool:
        """True if a statement sets a variable that decides what happens to an entry."""
        names = assigned_names(node, frame)
        return bool(names) and not names.isdisjoint(self._steered(frame))

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

    # --- values ---------------------------------------------------------------------------

    def _binary_expression(self, node: Node, frame: Frame, state: State) -> Results:
        sign = frame.word(node.child_by_field_name("operator") or node)
        if sign in ("&&", "||"):
            return super()._binary_expression(node, frame, state)
        out: Results = []
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        for middle, one in self.value(left, frame, state):
            for after, other in self.value(right, frame, middle):
                out.append((after, self._flags(one, sign, other) or combined(one, sign, other)))
        return out

    def named(self, name: str) -> str:
        if not self._family or not name.startswith(self._family):
            return super().named(name)
        if name not in self.constants:
            self.constants[name] = _FIRST_BIT << self._bits
            self._bits += 1
        return str(self.constants[name])

    def _flags(self, one: Value, sign: str, other: Value) -> Value | None:
        """What is left of flags under a mask of the family that is given."""
        if sign != "&" or not self._family or one.exact or not NUMBER.fullmatch(other.exact):
            return None
        mask = int(other.exact)
        if mask <= 0 or mask % _FIRST_BIT or mask >= _FIRST_BIT << self._bits:
            return None
        kept = sum(self.constants.get(name, 0) & mask for name in self._given)
        return Value(exact=str(kept), truth=kept != 0)

    def value(self, node: Node | None, frame: Frame, state: State) -> Results:
        """As for pairs; a condition that this path has passed already is what it was."""
        return [
            (after, self._settled(value, after))
            for after, value in super().value(node, frame, state)
        ]

    def _settled(self, value: Value, state: State) -> Value:
        if value.truth is not None or "{" in value.exact:
            return value
        text, negated = bare(value.exact or value.text)
        known = state.env.get((0, text)) if value.exact or self._constant(text) else None
        if known is None or known.truth is None:
            return value
        return replace(value, truth=known.truth != negated)

    def _constant(self, text: str) -> bool:
        """True of an expression of parameters that are never assigned, and constants."""
        words = _WORD.findall(text)
        return bool(words) and all(w in self._fixed or w.isupper() for w in words)

    def _identifier(self, node: Node, frame: Frame, state: State) -> Results:
        found = super()._identifier(node, frame, state)
        return [(after, with_truth(value)) for after, value in found]

    def branch(
        self, state: State, test: Value, taken: bool, node: Node | None, frame: Frame
    ) -> State:
        """A condition that is not known leaves no mark: either way is open."""
        text, negated = bare(test.exact or test.text)
        fixed = "{" not in text and (bool(test.exact) or self._constant(text))
        if test.truth is None and text and fixed:
            state = state.bound(0, text, Value(truth=taken != negated))
        if node is not None:
            state = self._narrowed(state, taken, frame.word(node), frame)
        if not test.exact or "{" in test.exact:
            return state
        return super().branch(state, test, taken, node, frame)

    def _narrowed(self, state: State, taken: bool, test: str, frame: Frame) -> State:
        """The state in which a variable with several possible numbers passed a test."""
        while (inner := _WRAPPED.fullmatch(test.strip())) is not None:
            test = inner[1]
        match = _TESTED.fullmatch(test.strip())
        if match is None:
            return state
        name, sign, number = match[2], match[3] or "!=", match[4] or "0"
        known = state.env.get((frame.number, name))
        numbers = numbers_of(known.exact) if known is not None else ()
        other = self.constants.get(number) if number[0].isalpha() else int(number, 0)
        if known is None or len(numbers) < 2 or other is None:
            return state
        same = (sign == "==") == (taken != bool(match[1]))
        left = {n for n in numbers if (n == other) is same}
        if not left:
            return state
        value = of_numbers(left, known.deps)
        return state.bound(frame.number, name, replace(known, exact=value.exact, truth=value.truth))

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
            local = _LOCAL.fullmatch(value.text)
            if local is not None:
                known = after.env.get((int(local[1]), local[2]))
                out.append((after, known or Value(local[2], struct=value.struct)))
                continue
            place = value.place or Place(value.struct, "*", value.text, value.deps)
            out += self.load(place, value.struct, node, frame, after)
        return out

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

    def may_be_empty(self, node: Node) -> bool:
        """False for a loop over entries: of no entry there is nothing to say."""
        return node.type != "for_statement"

    # --- operations -----------------------------------------------------------------------

    def asked(self, place: Place) -> bool:
        return place.member in _HALVES or (place.member == "*" and place.owner in _TYPES)

    def call(self, node: Node, frame: Frame, state: State) -> Results:
        target = node.child_by_field_name("function")
        listed = node.child_by_field_name("arguments")
        given = [c for c in listed.named_children if c.type != "comment"] if listed else []
        name = frame.word(target) if target is not None and target.type == "identifier" else ""
        if _ASSERTS.fullmatch(name):
            return [(state, Value())]
        known = operations().get(name)
        if known is None:
            return super().call(node, frame, state)
        if known.object == "value" and known.argument("v") < 0:
            exact = known.statement
            return [(state, with_truth(Value(name, exact)))]
        if len(known.arguments) != len(given) and not known.pure:
            self.left_out.setdefault(f"line {frame.at(node)}: {name}() has other arguments here")
            return self.unseen(node, name, given, frame, state)
        out: Results = []
        for after, values in self.arguments(given, frame, state):
            out.append(self._operated(known, values, given, node, frame, after))
        return out

    def _primitive(
        self, node: Node, name: str, known: Primitive, given: list[Node], frame: Frame, state: State
    ) -> Results:
        if known.location < 0:
            return self.unseen(node, name, given, frame, state)
        return super()._primitive(node, name, known, given, frame, state)

    def _operated(
        self, known: Operation, values: tuple[Value, ...], given: list[Node], node: Node,
        frame: Frame, state: State,
    ) -> tuple[State, Value]:  # fmt: skip
        value = values[known.argument("v")] if 0 <= known.argument("v") < len(values) else Value()
        if known.object == "value":
            exact = known.statement.replace("$", value.exact) if value.exact else ""
            if known.statement == "$":
                return state, value
            return state, Value(f"{known.name}({value.text})", exact, value.deps)
        if known.object == "same":
            return state, replace(values[known.argument("folio")], struct="folio")
        if known.object == "mapped":
            return state, Value("mapped", deps=value.deps, struct="folio")
        place = self._object(known, values, given, frame)
        if known.object not in self._objects and not known.orders_only:
            text = place.base if place is not None and known.object == "ref" else known.name
            return state, Value(text)
        does = _does(known)
        register = state.registers if known.gives else -1
        event = Event(
            does, known.name, *frame.where(node), frame.at(node), statement=known.statement,
            place=place, reads=known.gives, writes=not known.gives, register=register, value=value,
            orders=place is None,
        )  # fmt: skip
        state = state.happened(event)
        if does is Does.LOCK or known.name.endswith("_lock"):
            result = Value(_pointer(known, values), struct="pte_t" if "ptl" in known.object else "")
            return state, result
        if register < 0:
            return state, Value()
        text = known.name
        if known.object == "ref" and place is not None:
            text = COUNT if "count" in known.name else place.base
        return state, Value(text, f"r{register}", frozenset({register}))

    def _object(
        self, known: Operation, values: tuple[Value, ...], given: list[Node], frame: Frame
    ) -> Place | None:
        if known.object == "-":
            return None
        for kind in (*ENTRIES, "folio", "lock"):
            at = known.argument(kind)
            if 0 <= at < len(values):
                return Place(known.object, "", _identity(values[at], frame.text(given[at])))
        return Place(known.object, "", "")

    # --- calls that are not followed ------------------------------------------------------

    def unseen(
        self, node: Node, name: str, given: list[Node], frame: Frame, state: State
    ) -> Results:
        out: Results = []
        struct = self.types.returned(name) if _WORD.fullmatch(name) else ""
        if self._makes_an_entry(name, frame):
            # What it makes of it decides whether a walker may write: neither Never nor Sometimes.
            self.left_out.setdefault(f"line {frame.at(node)}: {name}() makes an entry's value")
        for after, values in self.arguments(given, frame, state):
            deps = frozenset().union(*(one.deps for one in values)) if values else frozenset()
            words = ", ".join(one.text for one in values)
            out.append((after, Value(text=f"{name}({words})", deps=deps, struct=struct)))
        return out

    def _makes_an_entry(self, name: str, frame: Frame) -> bool:
        """True if a function that is not followed returns the value of an entry."""
        found = self.definition(name, frame.source) if _WORD.fullmatch(name) else None
        if found is None:
            return False
        source, function = found
        return (
            _ENTRY_VALUE.search(source.code(function.start_byte, function.body_start)) is not None
        )

    def _skipped(
        self, node: Node, name: str, found: tuple[SourceFile, Function], given: list[Node],
        frame: Frame, state: State,
    ) -> Results:  # fmt: skip
        return self.unseen(node, name, given, frame, state)

    def _assignment_expression(self, node: Node, frame: Frame, state: State) -> Results:
        """``n *= 2`` of a variable is worked out, where it can be."""
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        sign = frame.word(node.child_by_field_name("operator") or node)[:-1]
        if not sign and left is not None and left.type == "pointer_expression":
            return self._set_through(left, right, node, frame, state)
        if not sign or left is None or left.type != "identifier":
            return super()._assignment_expression(node, frame, state)
        name = frame.word(left)
        known = state.env.get((frame.number, name))
        if known is None:
            return super()._assignment_expression(node, frame, state)
        out: Results = []
        for after, value in self.value(right, frame, state):
            result = replace(combined(known, sign, value), text=name)
            out.append((self.assigned(after, name, result, frame), result))
        return out

    def _set_through(
        self, left: Node, right: Node | None, node: Node, frame: Frame, state: State
    ) -> Results:
        """``*p = v``: sets the variable that p points to; entries are set by functions only."""
        out: Results = []
        for middle, value in self.value(right, frame, state):
            for after, pointer in self.value(left.child_by_field_name("argument"), frame, middle):
                local = _LOCAL.fullmatch(pointer.text)
                if local is not None:
                    after = after.bound(int(local[1]), local[2], value)
                out.append((after, value))
        return out

    # --- joining paths --------------------------------------------------------------------

    def few(self, found: list[Outcome], frame: Frame) -> list[Outcome]:
        merged: dict[tuple[object, str], Outcome] = {}
        for state, leaves, value in found:
            key = (state.lately(1 << 20), leaves)
            known = merged.get(key)
            if known is None:
                merged[key] = (state, leaves, value)
            else:
                merged[key] = (joined(known[0], state), leaves, joint(known[2], value))
        if len(merged) > self.paths:
            self.left_out.setdefault(f"some paths of {frame.function.name}(): there are too many")
        return list(merged.values())[: self.paths]


def _beside(header: SourceFile, source: SourceFile) -> bool:
    folder = source.path.rpartition("/")[0]
    return header.path.endswith(".h") and header.path.rpartition("/")[0] == folder


def _results(state: State, value: Value) -> dict[str, str]:
    found = {"ret": value.exact}
    for (_, name), member in state.env.items():
        local, _, half = name.partition(".")
        if local == value.text and half in _HALVES:
            found[half.rpartition("_")[2]] = member.exact
    return found


def _does(known: Operation) -> Does:
    if known.statement.startswith("spin_lock"):
        return Does.LOCK
    if known.statement.startswith("spin_unlock"):
        return Does.UNLOCK
    return Does.FENCE if known.object == "-" else Does.ACCESS


def _pointer(known: Operation, values: tuple[Value, ...]) -> str:
    return f"{known.name}({', '.join(one.text for one in values)})"


def _identity(value: Value, spelled: str) -> str:
    """How an object is reached; a folio and a page of it are one."""
    text = value.text or spelled
    local = _LOCAL.fullmatch(text)
    if local is not None:
        return local[2]
    match = _FOLIOS.fullmatch(text)
    return (match[1] if match is not None else text).removeprefix("&")


def _assigned_names(source: SourceFile, function: Function) -> frozenset[str]:
    """Names that a function changes, or whose address it gives away."""
    code = source.code(function.body_start, function.body_end).decode("latin-1")
    changed = re.findall(
        r"(?<![\w.>])(\w+)\s*(?:[-+*/|&^]|<<|>>)?=(?!=)|(\w+)\s*(?:\+\+|--)|&(\w+)\b(?!->)", code
    )
    return frozenset(name for match in changed for name in match if name)
