"""What a function does with a place and with locks that the paths followed of it do not show.

A verdict that rests on *all* accesses to a place may not pass one over: an address that is handed
on, an object that is set as a whole, code that was not followed. Nor may it take a lock for held
that a helper dropped, or for free that one took; what locks a function uses, its facts tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.evidence.models.primitives import primitive
from reviewer.evidence.models.scope import called_in
from reviewer.evidence.models.types import declared
from reviewer.evidence.models.values import Does, Event, Place, Traces
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

_ANNOTATED = re.compile(rb"lockdep_|__must_hold|__releases")
"""What tells that callers hold a lock: include/linux/lockdep.h, compiler_types.h."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A function and the paths that were followed of it."""

    source: SourceFile
    function: Function
    traces: Traces

    @property
    def calls(self) -> frozenset[str]:
        """Names of what it calls, but for primitives of the memory model."""
        called = called_in(self.source, self.function.start_byte, self.function.body_end)
        return frozenset(name for name in called if primitive(name) is None)

    def passed_over(self, place: Place) -> str:
        """Where code touches a place, or may, and no path has an access; '' if nowhere."""
        line = self._spelled(place) or self._whole(place)
        return f"{self.source.path}:{line}" if line else ""

    def _spelled(self, place: Place) -> int:
        member = place.chain[-1][1]
        seen = {
            event.top
            for event in self._events()
            if event.does is Does.ACCESS and event.place and event.place.chain[-1][1] == member
        }
        front = rb"(?:->|\.)\s*" if place.owner else rb"(?<![\w.>])"
        spelled = self._lines(front + re.escape(member.encode()) + rb"\b")
        return min(spelled - seen, default=0)

    def _whole(self, place: Place) -> int:
        """A line at which the object that holds the place is used as a whole: ``*t = *u``."""
        code = self.source.code(self.function.start_byte, self.function.body_end)
        owners = {struct for struct, _ in place.chain if struct}
        found: set[int] = set()
        for name, struct in declared(code).items():
            if struct in owners:
                found |= self._lines(
                    rb"(?:[=;{}(,&|?:!]|return)\s*\*\s*" + name.encode() + rb"\b(?!->|\.|\[|\()"
                )
        for struct in owners:
            found |= self._lines(
                rb"sizeof\s*\(\s*(?:struct|union)\s+" + struct.encode() + rb"\s*\)"
            )
        return min(found, default=0)

    def _lines(self, pattern: bytes) -> set[int]:
        start = self.function.body_start
        code = self.source.code(start, self.function.body_end)
        return {self.source.line_of(start + one.end() - 1) for one in re.finditer(pattern, code)}

    def _events(self) -> tuple[Event, ...]:
        return tuple(event for trace in self.traces.traces for event in trace.events)

    def locks_unseen(self, world: World) -> bool:
        """True if it uses a lock, or says that one is held, where no path has a lock."""
        code = self.source.code(self.function.start_byte, self.function.body_end)
        if _ANNOTATED.search(code):
            return True
        seen = {e.top for e in self._events() if e.does in (Does.LOCK, Does.UNLOCK)}
        return any(
            operation.line not in seen
            and any(tag.startswith("lock.") for tag in operation.concepts)
            for operation in world.caller_facts(self.function, self.source).operations
        )
