"""What calls do on a path over page-table entries: the operations of the table."""

from __future__ import annotations

import re
from dataclasses import replace

from tree_sitter import Node

from reviewer.evidence.models.definitions import is_check
from reviewer.evidence.models.entries.doubting import Doubting
from reviewer.evidence.models.entries.numbers import COUNT, combined, with_truth
from reviewer.evidence.models.entries.operations import (
    BATCH,
    ENTRIES,
    ENTRY_TYPES,
    MEMBERS,
    VARIABLE,
    Operation,
    operations,
)
from reviewer.evidence.models.entries.variables import LOCAL
from reviewer.evidence.models.expressions import Results
from reviewer.evidence.models.frames import Frame, State
from reviewer.evidence.models.primitives import Primitive
from reviewer.evidence.models.values import Does, Event, Place, Value
from reviewer.world import World

_FOLIOS = re.compile(r"&?(.*?)(?:->page|\.page)")
_ALLOCATES = re.compile(r"(?=\w*(?:folio|page))\w*alloc\w*")
"""Functions that give a new folio: in nobody's reach, so that what is done to it is not seen."""
_SAME = re.compile(r"p(?:te|md|ud)_same")
_NEW = "(new)"
_OPTION = "IS_ENABLED"
_WITH_WALKERS = ("CONFIG_HAVE_GUP_FAST", "CONFIG_HAVE_FAST_GUP")
"""Options that are set wherever there is a walker to run beside; others are open both ways."""
_WALK = "page_vma_mapped_walk"
_WORD = re.compile(r"[A-Za-z_]\w*")
_ASSERTS = re.compile(r"(?:VM_)?(?:BUG|WARN)_ON(?:_\w+)?|lockdep_assert\w*|assert_\w+")
"""Checks that the rest of the code does not count on; what they read is not kept."""


class Operating(Doubting):
    """Follows calls."""

    def __init__(
        self, world: World, objects: frozenset[str], contested: frozenset[str],
        given: frozenset[str],
    ) -> None:  # fmt: skip
        """``objects`` are the kinds of memory that matter: helpers about others are passed by.

        ``contested`` are those that somebody else touches.
        """
        super().__init__(world, contested, given)
        self.objects = objects
        self._locks: set[str] = set()

    def asked(self, place: Place) -> bool:
        return super().asked(place) or MEMBERS.get(place.member) in self.objects

    def load(self, place: Place, struct: str, node: Node, frame: Frame, state: State) -> Results:
        """As for variables; ``*pmd`` of an entry that matters is a read of it."""
        kind = ENTRY_TYPES.get(place.owner, "") if place.member == "*" else ""
        if kind not in self.objects or not place.base:
            return super().load(place, struct, node, frame, state)
        get = operations()[f"{kind}p_get"]
        register = state.registers
        event = Event(
            Does.ACCESS, get.name, *frame.where(node), frame.at(node), statement=get.statement,
            place=Place(kind, "", place.base), reads=True, register=register,
        )  # fmt: skip
        return [(state.happened(event), Value(get.name, f"r{register}", frozenset({register})))]

    def call(self, node: Node, frame: Frame, state: State) -> Results:
        target = node.child_by_field_name("function")
        listed = node.child_by_field_name("arguments")
        given = [c for c in listed.named_children if c.type != "comment"] if listed else []
        name = frame.word(target) if target is not None and target.type == "identifier" else ""
        if _ASSERTS.fullmatch(name) and is_check(frame.source, name):
            return [(state, Value())]
        known = operations().get(f"{name}/{len(given)}", operations().get(name))
        if known is not None and not known.tells(self.objects):
            known = None
        if _SAME.fullmatch(name):
            return [
                (after, replace(combined(values[0], "==", values[1]), text=""))
                for after, values in self.arguments(given, frame, state)
            ]
        if known is None and _ALLOCATES.fullmatch(name):
            return self._allocated(node, name, given, frame, state)
        if known is None:
            return super().call(node, frame, state)
        if known.object == "value" and known.argument("v") < 0:
            asked = frame.word(given[0]) if name == _OPTION and given else ""
            exact = "" if asked and asked not in _WITH_WALKERS else known.statement
            return [(state, with_truth(Value(name, exact)))]
        if len(known.arguments) != len(given) and not known.pure:
            self.left_out.setdefault(f"line {frame.at(node)}: {name}() has other arguments here")
            return self.unseen(node, name, given, frame, state)
        out: Results = []
        for after, values in self.arguments(given, frame, state):
            out.append(self._operated(known, values, given, node, frame, after))
        return out

    def _allocated(
        self, node: Node, name: str, given: list[Node], frame: Frame, state: State
    ) -> Results:
        """A call of an allocator; one that gives its folio by pointer is followed."""
        paths = self.arguments(given, frame, state)
        if any(LOCAL.fullmatch(one.text) for _, values in paths for one in values):
            return super().call(node, frame, state)
        new = Value(f"{name}:{frame.line(node)}{_NEW}", struct="folio")
        return [(after, new) for after, _ in paths]

    def _is_of_a_table(self, place: Place | None) -> bool:
        """True of the lock of a page table: by its name, or since an operation took it."""
        return place is not None and (place.base.endswith("ptl") or place.base in self._locks)

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
        if known.object in ("nothing", "below", "above"):
            words = ", ".join(one.text for one in values)
            return state, Value(f"{known.name}({words})", struct=self.types.returned(known.name))
        if known.object == "mapped":
            return state, Value("mapped", deps=value.deps, struct="folio")
        waits = _waits(known, values)
        if waits is None:
            why = f"whether {known.name}() waits, and for whom, is not known"
            return self._doubtful(why, node, known.name, frame, state), Value()
        if not waits:
            return state, Value()
        if known.name == _WALK:
            state = self._mapped_by_an_entry(values[0], state)
        place = self._object(known, values, given, frame)
        if known.object not in self.objects and not known.orders_only:
            text = place.base if place is not None and known.object == "ref" else known.name
            return state, Value(text)
        if place is not None and place.base.endswith(_NEW):
            return state, Value(place.base)
        if known.object == "lock" and not self._is_of_a_table(place):
            return state, Value()
        if known.object in ENTRIES and not known.changes and _is_moved(place):
            return state, Value()  # of the entry beside the one that was looked at
        does = _does(known)
        if does is Does.LOCK and place is not None and _is_by_entry(known):
            place = replace(place, base=f"lock({place.base})")
        register = state.registers if known.gives else -1
        event = Event(
            does, known.name, *frame.where(node), frame.at(node), statement=known.statement,
            place=place, reads=known.gives, writes=not known.gives, register=register, value=value,
            orders=place is None,
        )  # fmt: skip
        state = state.happened(event)
        if does is Does.LOCK and place is not None and _is_by_entry(known):
            self._locks.add(place.base)
            return state, Value(place.base)
        if does is Does.LOCK or known.name.endswith("_lock"):
            self._locks |= {_pointer(known, values), place.base if place is not None else ""}
            result = Value(_pointer(known, values), struct="pte_t" if "ptl" in known.object else "")
            return state, result
        if register < 0:
            return state, Value()
        text = known.name
        if known.object == "ref" and place is not None:
            text = COUNT if "count" in known.name else place.base
        return state, Value(text, f"r{register}", frozenset({register}))

    def _mapped_by_an_entry(self, walk: Value, state: State) -> State:
        """The state in which a walk over the entries of a small folio found one of the last level.

        mm/page_vma_mapped.c: ``pvmw->pte`` is NULL where a huge entry maps the folio.
        """
        if "pte" not in self.objects:
            return state
        local = LOCAL.fullmatch(walk.text)
        key = (int(local[1]), f"{local[2]}.pte") if local is not None else (0, f"{walk.text}->pte")
        return state.bound(*key, Value(key[1], struct="pte_t", truth=True))

    def _object(
        self, known: Operation, values: tuple[Value, ...], given: list[Node], frame: Frame
    ) -> Place | None:
        if known.object == "-":
            return None
        for kind in (*ENTRIES, "folio", "lock", BATCH):
            at = known.argument(kind)
            if 0 <= at < len(values):
                base = _identity(values[at], frame.text(given[at]))
                if kind in (*ENTRIES, BATCH) and LOCAL.fullmatch(values[at].text):
                    base = f"{VARIABLE}{base}"
                elif kind in ENTRIES and not values[at].text:
                    base = f"{frame.number}:{base}"
                return Place(known.object, "", base)
        return Place(known.object, "", "")


def _waits(known: Operation, values: tuple[Value, ...]) -> bool | None:
    """False of a call that is told not to wait; None if that, or for whom, cannot be told."""
    at = known.argument("wait")
    if 0 <= at < len(values):
        given = values[at]
        if given.exact == "0" or given.text == "false":
            return False
        if given.exact != "1" and given.text != "true":
            return None
    of = known.argument("cpus")
    if 0 <= of < len(values) and _ALL_CPUS.match(values[of].text) is None:
        return None
    return True


_ALL_CPUS = re.compile(r"cpu_online_mask\Z|mm_cpumask\(")
"""include/linux/cpumask.h; include/linux/mm_types.h: CPUs that may use an address space."""


def _is_moved(place: Place | None) -> bool:
    """True of an entry by a pointer that was computed from another: ``(ptep ++)``."""
    return place is not None and place.base.startswith("(")


def _is_by_entry(known: Operation) -> bool:
    """True of what takes the lock of the table that an entry is in, and gives that lock."""
    return any(known.argument(kind) >= 0 for kind in ENTRIES)


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
    local = LOCAL.fullmatch(text)
    if local is not None:
        return local[2]
    match = _FOLIOS.fullmatch(text)
    return (match[1] if match is not None else text).removeprefix("&")
