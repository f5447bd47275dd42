"""What a function does with a place and with locks that the paths followed of it do not show.

A verdict that rests on *all* accesses to a place may not pass one over: an address that is handed
on, an object that is set as a whole, code that was not followed. Nor may it take a lock for held
that a helper dropped, or for free that one took; what locks a function uses, its facts tell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.evidence.models.calls import DEEP
from reviewer.evidence.models.hidden import deep_use, macros_with
from reviewer.evidence.models.primitives import primitive
from reviewer.evidence.models.scope import called_in
from reviewer.evidence.models.types import declared
from reviewer.evidence.models.values import Does, Event, Place, Traces
from reviewer.judging.callsites import Site
from reviewer.judging.lockstate import Held, Wanted, lock_at
from reviewer.kernel.expressions import lock_name, normal
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

_ANNOTATED = re.compile(rb"lockdep_|__must_hold|__releases")
"""What tells that callers hold a lock: include/linux/lockdep.h, compiler_types.h."""

_WHOLE = (
    rb"(?:[=;{}(,&|?:!]|return|sizeof)\s*\*\s*(?:NAME\b(?!->|\.|\[|\()|\(\s*NAME\s*\))",
    rb"(?<![\w.>])NAME\s*\[[^\]]*\](?!\s*(?:\.|\[|->))",
    rb"\b(?:mem\w+|copy_from_\w+)\s*\([^;]*?(?<![\w.>])NAME\s*[,)]",
)
"""An object as a whole. Those that are told only a size: lib/string.c, include/linux/uaccess.h."""

_NO_CALLS = frozenset(("return", "if", "while", "for", "switch", "sizeof"))
"""What may stand before a bracket and is no call."""
_FREE = (Held.RELEASED, Held.TAKEN_AFTER, Held.ENTRY)
"""What a function itself does not hold; with what it was entered is its callers' affair."""


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
        return frozenset(name for name in called if primitive(name) is None) - _NO_CALLS

    def passed_over(self, world: World, place: Place) -> str:
        """Where code touches a place, or may, and no path has an access; '' if nowhere."""
        line = self._spelled(world, place) or self._whole(place)
        if line:
            return f"{self.source.path}:{line}"
        return deep_use(world.library, self.source, self.function, place, DEEP)

    def may_hold(self, world: World, event: Event, place: Place) -> bool:
        """True unless no lock that it uses is its own at an access to the place, for certain."""
        if self.entered_locked:
            return True
        at = next((one for one in self._spellings(place) if self._line(one) == event.top), -1)
        facts = world.caller_facts(self.function, self.source)
        there = Site(self.source, self.function, facts, -1, at)
        said = [
            (tag, spelled)
            for operation in facts.operations
            for tag, spelled in operation.objects
            if tag.startswith("lock.") and not tag.startswith("lock.release")
        ]
        return any(
            at < 0
            or not spelled
            or not tag.startswith(("lock.acquire", "lock.assert"))
            or lock_at(world, there, Wanted(lock_name(spelled), normal(spelled))).held not in _FREE
            for tag, spelled in said
        )

    def _spelled(self, world: World, place: Place) -> int:
        """A line that spells the member, or a macro that does, more often than paths touch it."""
        member = place.chain[-1][1]
        seen = Counter(
            top
            for top, *_ in {
                (event.top, event.site, event.reads, event.writes)
                for event in self._events()
                if event.does is Does.ACCESS and event.place and event.place.chain[-1][1] == member
            }
        )
        spelled = Counter(
            self._line(at) for at in (*self._spellings(place), *self._macros(world, place))
        )
        return min((line for line, often in spelled.items() if often > seen[line]), default=0)

    def _macros(self, world: World, place: Place) -> Iterator[int]:
        """Where a macro stands that spells the member."""
        for name in macros_with(world.library, self.source, self.function, place):
            yield from self._found(rb"\b" + name.encode() + rb"\b")

    def _spellings(self, place: Place) -> Iterator[int]:
        front = rb"(?:->|\.)\s*" if place.owner else rb"(?<![\w.>])"
        return self._found(front + re.escape(place.chain[-1][1].encode()) + rb"\b")

    def _whole(self, place: Place) -> int:
        """A line at which the object that holds the place is used as a whole: ``*t = *u``.

        Or it is handed to what writes memory by its size.
        """
        code = self.source.code(self.function.start_byte, self.function.body_end)
        owners = {struct.encode() for struct, _ in place.chain if struct}
        whole = [
            form.replace(b"NAME", name.encode())
            for name, struct in declared(code).items()
            if struct.encode() in owners
            for form in _WHOLE
        ]
        whole += [
            rb"(?:sizeof|offsetof)\s*\(\s*(?:struct|union)\s+" + one + rb"\s*[,)]" for one in owners
        ]
        return min((self._line(at) for one in whole for at in self._found(one)), default=0)

    def _found(self, pattern: bytes) -> Iterator[int]:
        start = self.function.body_start
        code = self.source.code(start, self.function.body_end)
        return (start + one.end() - 1 for one in re.finditer(pattern, code))

    def _line(self, at: int) -> int:
        return self.source.line_of(at)

    def _events(self) -> tuple[Event, ...]:
        return tuple(event for trace in self.traces.traces for event in trace.events)

    @property
    def entered_locked(self) -> bool:
        """True if it says that its callers hold a lock."""
        code = self.source.code(self.function.start_byte, self.function.body_end)
        return _ANNOTATED.search(code) is not None

    def unseen_locks(self, world: World) -> frozenset[str]:
        """Names of the locks that it uses where no path has a lock; '' for one without a name."""
        seen = {e.top for e in self._events() if e.does in (Does.LOCK, Does.UNLOCK)}
        return frozenset(
            lock_name(spelled)
            for operation in world.caller_facts(self.function, self.source).operations
            for tag, spelled in operation.objects
            if operation.line not in seen and tag.startswith("lock.")
        )
