"""What a path through a function is made of: places, values, and the events in order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum

UNKNOWN_STRUCT = "?"
"""The owner of a member whose struct could not be told."""


EMBEDDED = frozenset(
    (
        "list_head", "hlist_head", "hlist_node", "hlist_nulls_head", "llist_head", "llist_node",
        "rb_root", "rb_root_cached", "rb_node", "xarray", "kref", "refcount_struct", "refcount_t",
        "atomic_t", "atomic_long_t", "atomic64_t", "callback_head", "rcu_head", "work_struct",
        "delayed_work", "wait_queue_head", "wait_queue_entry", "completion", "spinlock", "mutex",
        "rw_semaphore", "seqcount", "seqcount_t", "seqlock_t", "timer_list", "hrtimer", "kobject",
        "device", "percpu_ref", "cpumask",
    )
)  # fmt: skip
"""Structs that so many others embed that being one of these makes no two places the same."""
_ONLY_MEMBERS = frozenset(("refs", "counter"))
"""include/linux/refcount.h, include/linux/types.h"""
_LOCAL = re.compile(r"&\w+")


@dataclass(frozen=True, slots=True)
class Place:
    """A piece of memory: a member of a struct, or a variable of the file.

    ``owner`` is the struct's tag, '' for a variable, ``UNKNOWN_STRUCT`` if it could not be told.
    ``base`` is how the function reaches the object, so that two objects of one type stay apart.
    ``deps`` are the registers that the address was computed from.
    """

    owner: str
    member: str
    base: str
    deps: frozenset[int] = frozenset()
    nested: tuple[tuple[str, str], ...] = ()
    """The structs inside each other that the member is reached through, with the member of each."""

    @property
    def chain(self) -> tuple[tuple[str, str], ...]:
        """Structs and members from the outermost known one to the innermost."""
        return self.nested or ((self.owner, self.member),)

    @property
    def is_private(self) -> bool:
        """True of a member of a local variable, which others see only by its address."""
        return _LOCAL.fullmatch(self.base) is not None

    def inside(self, struct: str, member: str) -> Place:
        """A member of the struct that the place is; a count is its only member (``refs``)."""
        if member in _ONLY_MEMBERS:
            return self
        name = f"{self.member}.{member}" if self.member != "*" else member
        nested = (*self.chain, (struct, member)) if self.member != "*" else ((struct, member),)
        return replace(self, member=name, nested=nested)

    def bit(self, name: str) -> Place:
        """A bit of the word that the place is."""
        (*outer, (struct, member)) = self.chain
        nested = (*outer, (struct, f"{member}#{name}"))
        return replace(self, member=f"{self.member}#{name}", nested=nested)

    def same(self, other: Place) -> bool:
        """True if it is the same member for all that types tell.

        One side may reach a struct through the one that embeds it, the other directly.
        """
        if "local" in (self.owner, other.owner) or self.member in ("", "*"):
            return False
        mine, theirs = self.chain, other.chain
        common = min(len(mine), len(theirs))
        if mine[-common:] != theirs[-common:]:
            return False
        if not self.owner and not other.owner:
            return True  # variables
        first = mine[-common][0]
        if len(mine) == len(theirs):
            return any(struct not in ("", UNKNOWN_STRUCT) for struct, _ in mine)
        return first not in ("", UNKNOWN_STRUCT) and first not in EMBEDDED

    @property
    def role(self) -> tuple[str, str]:
        """What both sides of a race must agree on: type and member."""
        return (self.owner, self.member)

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells places of one function apart."""
        return (self.owner, self.member, self.base)

    def __str__(self) -> str:
        if not self.owner:
            return self.member
        return f"{'' if self.owner == UNKNOWN_STRUCT else self.owner}.{self.member}"


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression is worth on one path.

    ``exact`` is it in constants and registers (``r0``), '' if that is not known; ``deps`` are the
    registers it was computed from; ``place`` is what it points to; ``struct`` the struct that it
    is or points to.
    """

    text: str = ""
    exact: str = ""
    deps: frozenset[int] = frozenset()
    place: Place | None = None
    struct: str = ""
    truth: bool | None = None
    """Of a condition that is a constant."""


class Does(StrEnum):
    """What kind of event it is."""

    ACCESS = "access"
    FENCE = "fence"
    LOCK = "lock"
    UNLOCK = "unlock"
    BRANCH = "branch"
    OPAQUE = "opaque"


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a path.

    ``statement`` is the litmus statement, with ``@`` for the location and ``$`` for the value.
    ``name`` is what the source calls it; ``path`` and ``line`` say where it stands, ``top`` is the
    line in the function that was asked about.
    """

    does: Does
    name: str
    path: str
    line: int
    top: int
    statement: str = ""
    place: Place | None = None
    reads: bool = False
    writes: bool = False
    register: int = -1
    value: Value = field(default_factory=Value)
    orders: bool = False
    """True for a fence, or for an access that orders others."""
    kinds: frozenset[str] = frozenset()
    """Of what may do anything, to which kinds of memory; none for all."""

    @property
    def excludes(self) -> bool:
        """True of a lock that keeps everybody out: the reader's side lets other readers in."""
        return self.does is Does.LOCK and not self.statement.startswith("read_")

    @property
    def site(self) -> tuple[str, int, str, tuple[str, str, str] | None]:
        """What two paths share when they pass the same piece of code."""
        return (self.path, self.line, self.name, self.place.key if self.place else None)


@dataclass(frozen=True, slots=True)
class Trace:
    """One path through a function, from its start to where it leaves."""

    events: tuple[Event, ...]
    partial: bool = False
    """True of a path through a few of its statements: what comes before and behind is not seen."""


@dataclass(frozen=True, slots=True)
class Traces:
    """The paths of a function, and what could not be followed."""

    function: str
    path: str
    traces: tuple[Trace, ...]
    left_out: tuple[str, ...]
    """What was not followed, in words."""
