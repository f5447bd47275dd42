"""Paths as the memory model's RCU sees them: links taken away, waits, sections, reads, frees."""

from __future__ import annotations

import re
from dataclasses import replace

from tree_sitter import Node

from reviewer.evidence.models.expressions import Results
from reviewer.evidence.models.frames import Frame, State
from reviewer.evidence.models.statements import Outcome
from reviewer.evidence.models.trace import Tracer
from reviewer.evidence.models.values import UNKNOWN_STRUCT, Does, Event, Place, Value
from reviewer.kernel import Flavour, primitive
from reviewer.kernel.expressions import arguments_of

ENTER, LEAVE, WAIT = "rcu_read_lock();", "rcu_read_unlock();", "synchronize_rcu();"
"""Statements of the memory model: a section begins, one ends, a grace period passes."""
UNLINK, READ, FREE = "WRITE_ONCE(*@, 0)", "rcu_dereference(*@)", "free"
LINK = "WRITE_ONCE(*@, 1)"
"""What readers find again."""
GUARD = "guard(rcu)"
"""include/linux/rcupdate.h, DEFINE_LOCK_GUARD_0(rcu, …): a section to the end of the block."""
_WAITS = ("rcu.synchronize", "rcu.call", "rcu.free")
_SECTIONS = {
    "rcu.read_lock": ENTER, "rcu.read_lock.bh": ENTER, "rcu.read_lock.sched": ENTER,
    "rcu.read_unlock": LEAVE, "rcu.read_unlock.bh": LEAVE, "rcu.read_unlock.sched": LEAVE,
}  # fmt: skip
"""One grace period waits for all three (Documentation/RCU/whatisRCU.rst, since 4.20)."""
_ENDS = ("free", "ref.put", "ref.kill")
"""What an object may be gone behind."""
_STANDS_IN = (
    "rcu.poll", "wait.event", "wait.work", "wait.thread", "wait.timer", "wait.irq",
    "ipi.stop_machine", "ref.put", "ref.kill",
)  # fmt: skip
"""What may see to it without a grace period of its own, or tell of one, that readers are done: they
may all run in the work, the thread or the handler that is awaited."""
_MEMBER = 2
"""The argument of ``list_for_each_entry_rcu(pos, head, member)`` and its kin."""
_LAST = re.compile(r"(\w+)\W*\Z")


def concepts(name: str) -> frozenset[str]:
    """What the kernel's table says that a call does."""
    known = primitive(name)
    return frozenset(tag.concept for tag in known.tags) if known is not None else frozenset()


def waits(name: str) -> bool:
    """True of what waits for readers of RCU, or has something done behind a grace period.

    What only uses ``call_rcu()`` for ends of its own (percpu_ref_kill()) is not told what to do.
    """
    known = primitive(name)
    if known is None or known.waits_for is not Flavour.RCU:
        return False
    told = known.does("work.queue") or any(one.object for one in known.tags)
    return any(known.does(one) for one in _WAITS if one != "rcu.call" or told) and not any(
        known.does(one) for one in _STANDS_IN
    )


def ends(name: str) -> bool:
    """True of what frees an object or drops a count of it."""
    return not concepts(name).isdisjoint(_ENDS)


def stands_in(name: str) -> bool:
    """True of what may see to it in another way that readers are done."""
    known = primitive(name)
    other = known is not None and known.does("rcu.synchronize") and not waits(name)
    return other or (known is not None and any(known.does(one) for one in _STANDS_IN))


def section(name: str) -> str:
    """``ENTER`` or ``LEAVE`` of what begins or ends a section of readers, else ''."""
    return next((_SECTIONS[one] for one in sorted(concepts(name)) if one in _SECTIONS), "")


def looks(name: str) -> bool:
    """True of what readers look with, and what asserts a section of theirs or a lock in its place.

    include/linux/rcupdate.h, include/linux/rculist.h: with CONFIG_PROVE_RCU all of these ask
    whether the reader is in a section, but for the raw and the unchecked ones.
    """
    known = concepts(name)
    return bool(known & {"rcu.dereference", "rcu.traverse"}) and not re.search(
        r"_raw|_notrace|lockless|srcu|_check\b(?<!dereference_check)", name
    )


def _unlinks(name: str) -> bool:
    return "rcu.unlink" in concepts(name)


def _sets(name: str) -> bool:
    return "rcu.assign" in concepts(name)


def _links(name: str) -> bool:
    return "rcu.list" in concepts(name) and "replace" not in name


def _counts(name: str) -> bool:
    return waits(name) or bool(section(name)) or "free" in concepts(name)


class GraceTracer(Tracer):
    """Follows one function for what matters to readers of RCU."""

    turns = 1
    """What a second turn does to the next entry is what the first one did."""

    def wanted(self, word: str, frame: Frame) -> bool:
        """As of any function, but barriers and locks are no matter here."""
        if primitive(word) is not None:
            return _counts(word)
        return self.reaches(word, frame.source, self.deep)

    def touches(self, names: frozenset[str], called: tuple[str, ...]) -> bool:
        """True if code that has these names and calls does something that is asked about."""
        return not self._words.isdisjoint(names) or any(map(_counts, called))

    def opens(self, name: str) -> bool:
        """True of what is no primitive."""
        return primitive(name) is None

    def call(self, node: Node, frame: Frame, state: State) -> Results:
        """A step that readers of RCU or their updaters make, or any other call."""
        target = node.child_by_field_name("function")
        listed = node.child_by_field_name("arguments")
        given = [c for c in listed.named_children if c.type != "comment"] if listed else []
        name = frame.word(target) if target is not None and target.type == "identifier" else ""
        if target is not None and frame.text(target).replace(" ", "") == GUARD:
            return [(state.happened(self._event(node, GUARD, ENTER, frame)), Value())]
        if frame.source.definition(name) is not None or primitive(name) is None:
            return super().call(node, frame, state)
        kind = section(name)
        if kind:
            return [(state.happened(self._event(node, name, kind, frame)), Value())]
        if waits(name) or "free" in concepts(name):
            return self._given_up(node, name, given, frame, state)
        if (_unlinks(name) or _sets(name) or _links(name)) and given:
            return self._taken_away(node, name, given, frame, state)
        return super().call(node, frame, state)

    def _event(self, node: Node, name: str, statement: str, frame: Frame) -> Event:
        where = frame.where(node)
        return Event(Does.FENCE, name, *where, frame.at(node), statement=statement)

    def _given_up(
        self, node: Node, name: str, given: list[Node], frame: Frame, state: State
    ) -> Results:
        """A wait, or the end of an object; of what is freed behind a grace period both."""
        out: Results = []
        for after, values in self.arguments(given, frame, state):
            told = "\n".join(one.text for one in values if one.text)
            object_ = Value(text=told)
            if waits(name):
                waited = replace(self._event(node, name, WAIT, frame), value=object_)
                after = after.happened(waited)
            if not waits(name) or not waits_itself(name):
                gone = replace(self._event(node, name, FREE, frame), value=object_)
                after = after.happened(gone)
            out.append((after, Value()))
        return out

    def _taken_away(
        self, node: Node, name: str, given: list[Node], frame: Frame, state: State
    ) -> Results:
        """A link or a pointer that readers follow is set to something else."""
        out: Results = []
        pointed = not _sets(name)
        statement = LINK if _links(name) and not _unlinks(name) else UNLINK
        for middle, place in self._places(given[0], frame, state, pointed=pointed):
            for after, values in self.arguments(given[1:], frame, middle):
                if not self.asked(place):
                    out.append((after, Value(text=f"{place.base}->{place.member}")))
                    continue
                event = replace(
                    self._event(node, name, statement, frame), does=Does.ACCESS, place=place,
                    writes=True, value=values[0] if values else Value(),
                )  # fmt: skip
                out.append((after.happened(event), Value(text=f"{place.base}->{place.member}")))
        return out or super().call(node, frame, state)

    def _places(
        self, node: Node, frame: Frame, state: State, *, pointed: bool
    ) -> list[tuple[State, Place]]:
        if not pointed:
            return [(after, place) for after, place, _ in self.place(node, frame, state)]
        return [
            (after, value.place)
            for after, value in self.value(node, frame, state)
            if value.place is not None
        ]

    def _iterated(self, node: Node, word: str, frame: Frame, state: State) -> list[Outcome]:
        """A loop over a list that readers follow: its head is the read."""
        condition = node.child_by_field_name("condition")
        if condition is not None and looks(word):
            given = tuple(arguments_of(frame.text(condition).strip().removeprefix("(")))
            if len(given) > _MEMBER and _LAST.fullmatch(given[_MEMBER]):
                struct = frame.structs.get(given[0], "") or UNKNOWN_STRUCT
                place = Place(struct, given[_MEMBER], given[0])
                if self.asked(place):
                    event = replace(
                        self._event(node, word, READ, frame), does=Does.ACCESS, place=place,
                        reads=True, register=state.registers,
                    )  # fmt: skip
                    state = state.happened(event)
        return super()._iterated(node, word, frame, state)

    def matters(self, node: Node, frame: Frame) -> bool:
        """As of any code; a guard is no call by name."""
        return GUARD in frame.text(node) or super().matters(node, frame)


def waits_itself(name: str) -> bool:
    """True of what waits itself, and has nothing done later."""
    known = primitive(name)
    return known is not None and known.does("rcu.synchronize")
