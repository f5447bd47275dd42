"""Two accesses of one place with the locks that are held at each: whether they are a data race."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from reviewer.errors import LitmusError
from reviewer.evidence.models.emit import Litmus
from reviewer.evidence.models.trace import MARK
from reviewer.evidence.models.values import UNKNOWN_STRUCT, Does, Event, Place, Traces
from reviewer.evidence.models.windows import Window
from reviewer.kernel.expressions import lock_name

_SECONDS = 2.0
"""CPU seconds for one question."""
_PLAIN = (
    (re.compile(r"(?:READ_ONCE\(\*@\)|smp_load_acquire\(@\))"), "*@"),
    (re.compile(r"(?:WRITE_ONCE\(\*@, \$\)|smp_store_release\(@, \$\))"), "*@ = $"),
)
"""Statements of marked accesses, and the plain one in place of each."""


@dataclass(frozen=True, slots=True)
class Access:
    """An access to a place with the locks that are held there."""

    event: Event
    held: tuple[Event, ...]
    since: tuple[Event, ...] = ()
    """Those of them that are taken behind the last call that could not be looked into."""

    @property
    def place(self) -> Place:
        assert self.event.place is not None
        return self.event.place

    @property
    def plain(self) -> bool:
        return self.event.name.startswith("plain")

    @property
    def bare(self) -> str:
        """The statement of a plain access to the place; '' of one that cannot be plain."""
        for pattern, plain in _PLAIN:
            if pattern.fullmatch(self.event.statement):
                return plain
        return ""

    def surely(self, doubted: frozenset[str]) -> Access:
        """The access under those locks only that keep every other user of its object out.

        A lock of another object of the same type is another lock, and one that a local pointer
        leads to may be any; what a call does that cannot be looked into may have dropped it.
        ``doubted`` are names of locks that are also used where no path shows it.
        """
        own = tuple(
            one
            for one in self.since
            if one.place is not None
            and is_told(one.place)
            and doubted.isdisjoint(("", lock_name(one.place.member)))
            and (not one.place.owner or one.place.base == self.place.base)
        )
        return replace(self, held=own)

    def window(self) -> Window:
        return Window((self.event,), 0, 0, self.held, 0)


def accesses(traces: Traces) -> tuple[Access, ...]:
    found: dict[object, Access] = {}
    for trace in traces.traces:
        held: list[Event] = []
        since: list[Event] = []
        for event in trace.events:
            if event.does is Does.LOCK:
                held.append(event)
                since.append(event)
            elif event.does is Does.OPAQUE:
                since = []
            elif event.does is Does.UNLOCK and event.place is not None:
                role = event.place.role
                held, since = (
                    [one for one in locks if one.place is None or one.place.role != role]
                    for locks in (held, since if is_told(event.place) else [])
                )
            elif event.does is Does.ACCESS and event.place is not None and event.name != MARK:
                key = (event.site, _roles(held), _roles(since))
                found.setdefault(key, Access(event, tuple(held), tuple(since)))
    return tuple(found.values())


def _roles(locks: list[Event]) -> frozenset[tuple[str, str]]:
    return frozenset(one.place.role for one in locks if one.place is not None)


def is_told(lock: Place) -> bool:
    """True if it is known which lock it is: a variable, or a member of a known struct."""
    return lock.member != "*" and lock.owner not in ("local", UNKNOWN_STRUCT)


def litmus_of(mine: Access, theirs: Access, *, own: bool = False, other: bool = False) -> Litmus:
    """The two accesses with their locks; ``own`` or ``other`` is plain here, if not in the code."""
    stem = re.sub(r"\W+", "_", mine.place.member).strip("_") or "place"
    name = stem if re.match(r"(?!r\d|P\d|int\b|if\b)[A-Za-z]", stem) else f"v_{stem}"
    locks: dict[tuple[str, str], str] = {}
    excluding = {
        one.place.role
        for one in (*mine.held, *theirs.held)
        if one.excludes and one.place is not None
    }
    own_locks, other_locks = (
        replace(one, held=tuple(map(partial(_of_side, excluding, side), one.held)))
        for side, one in enumerate((mine, theirs))
    )
    threads = (
        _thread(0, own_locks, name, locks, plain=own),
        _thread(1, other_locks, name, locks, plain=other),
    )
    asked = []
    for number, one in enumerate((mine, theirs)):
        if one.event.reads:
            asked.append(f"{number}:r0={2 - number}")
    if not asked:
        asked = [f"{name}=1"]
    text = "\n".join(["C pair", "{ " + name + "=0; }", *threads, f"exists ({' '.join(asked)})", ""])
    return Litmus("pair", text)


def _of_side(excluding: set[tuple[str, str]], side: int, lock: Event) -> Event:
    """A lock, or one of a thread's own if both sides only read-lock it: it keeps neither out."""
    if lock.place is None or lock.place.role in excluding:
        return lock
    return replace(lock, place=replace(lock.place, member=f"{lock.place.member}@{side}"))


def _thread(
    number: int, access: Access, name: str, locks: dict[tuple[str, str], str], *, plain: bool
) -> str:
    event = access.event
    statement = access.bare if plain or access.plain else event.statement
    statement = statement.replace("@", name).replace("$", str(number + 1))
    if event.reads:
        statement = f"r0 = {statement}"
    taken: list[tuple[str, Event]] = []
    for lock in access.held:
        if lock.place is not None and lock.place.role not in [
            e.place.role for _, e in taken if e.place
        ]:
            taken.append((locks.setdefault(lock.place.role, f"lock_{len(locks)}"), lock))
    given = ", ".join([f"int *{name}", *(f"spinlock_t *{one}" for one, _ in taken)])
    lines = [f"\nP{number}({given})", "{", *(["\tint r0;"] if event.reads else [])]
    lines += [f"\tspin_lock({one});  // {lock.path}:{lock.line}" for one, lock in taken]
    told = "" if statement.count("ONCE") or not access.plain else ", plain"
    lines.append(f"\t{statement};  // {event.path}:{event.line}{told}")
    lines += [f"\tspin_unlock({one});" for one, _ in reversed(taken)]
    return "\n".join([*lines, "}"])


def races(text: str) -> bool | None:
    """True if the kernel's memory model warns of a data race, None if it does not say."""
    return _warned(re.sub(r"  // .*", "", text))


@lru_cache(maxsize=1024)
def _warned(text: str) -> bool | None:
    from reviewer.mmu.api import Budget, load_model, parse_litmus, simulate
    from reviewer.mmu.values import UnsupportedError  # the simulator is large, and seldom needed

    try:
        found = simulate(parse_litmus(text), load_model("lkmm"), Budget(seconds=_SECONDS))
    except (LitmusError, UnsupportedError):
        return None
    if "data-race" in found.flags:
        return True
    return False if found.flags_complete else None
