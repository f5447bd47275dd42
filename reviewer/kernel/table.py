"""The table of kernel primitives: what each operation does (``primitives/*.toml``).

This is the only place that says what a primitive does. Whatever else asks (what it orders, whether
it sleeps, whose grace period it waits for, which lock it takes) asks a property of its row.
"""

from __future__ import annotations

import re
import string
import tomllib
from dataclasses import dataclass, field
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path

from reviewer.errors import KstaleError
from reviewer.kernel.expressions import bind, normal
from reviewer.kernel.order import FULL, Order, order_of_concepts

_LINE = re.compile(r"([^\s(]+)(?:\(([\w, ]*)\))?\s*:\s*(.*)")
_TAG = re.compile(r"([a-z_.]+)(?:\(([^()]*)\))?(?:\s+|$)")
_ATOMIC_GFP = re.compile(r"\bGFP_(?:ATOMIC|NOWAIT)\b")
_SLEEPING_GFP = re.compile(
    r"\b(?:GFP_(?:KERNEL|USER|HIGHUSER|TRANSHUGE|NOFS|NOIO)\w*|__GFP_DIRECT_RECLAIM)\b"
)
_BEGINNINGS = string.ascii_letters + "_"
_NO_RECLAIM = re.compile(r"~\s*\(?\s*__GFP_(?:DIRECT_)?RECLAIM\b")


@dataclass(frozen=True, slots=True)
class Tag:
    """A concept and the template of the object it is about ('' if about nothing named)."""

    concept: str
    object: str


class Flavour(Enum):
    """Whose readers a grace period waits for."""

    RCU = "RCU"
    SRCU = "SRCU"
    TASKS = "RCU Tasks"
    TRACE = "RCU Tasks Trace"
    ANY = "some flavour"


_FLAVOURS = {
    "srcu": Flavour.SRCU,
    "tasks": Flavour.TASKS,
    "tasks_rude": Flavour.TASKS,
    "tasks_trace": Flavour.TRACE,
    "any": Flavour.ANY,
}
"""By the last part of a concept; all others are one flavour since 5.1, when the preemptible,
sched and bh flavours were joined (kernel/rcu/update.c, Documentation/RCU/whatisRCU.rst)."""
_GRACE = ("rcu.synchronize", "rcu.barrier", "rcu.call", "rcu.free", "rcu.poll")


@dataclass(frozen=True, slots=True)
class Primitive:
    """What an operation does; ``parameters`` name its arguments in order."""

    parameters: tuple[str, ...]
    tags: tuple[Tag, ...]
    header: str
    exact: bool
    order: Order = field(init=False)
    """What it orders by itself, ``Order.NONE`` if nothing."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", order_of_concepts(tag.concept for tag in self.tags))

    @property
    def pure(self) -> bool:
        """True for an operation that does nothing the table has a word for."""
        return all(tag.concept == "pure" for tag in self.tags)

    def does(self, concept: str) -> bool:
        """True if a tag is the concept or below it: ``lock.acquire`` covers its kinds."""
        return any(
            tag.concept == concept or tag.concept.startswith(concept + ".") for tag in self.tags
        )

    @property
    def fence(self) -> bool:
        """True for a barrier that stands by itself, and is on no variable of its own."""
        order = bool(self.order & (FULL | Order.COMPILER))
        return order and not self.parameters and (self.does("barrier") or self.does("rcu"))

    @property
    def sleeps(self) -> bool:
        """True if it may sleep whatever its arguments."""
        return self.does("context.sleeps")

    @property
    def changes_state(self) -> bool:
        """True if locks held, or what is switched off, may differ behind it."""
        changing = ("lock.acquire", "lock.release", "lock.downgrade", "rcu.read_lock")
        switching = ("rcu.read_unlock", "context.irq", "context.bh", "context.preempt")
        return any(tag.concept.startswith(changing + switching) for tag in self.tags)

    def never_atomic(self, concepts: frozenset[str]) -> bool:
        """True if a call of these concepts is a bug where sleeping is not allowed.

        Access to user memory is none: it is allowed with page faults off.
        """
        return "context.sleeps" in concepts and not self.does("user.access")

    @property
    def waits_for(self) -> Flavour | None:
        """The flavour whose grace period it waits for, starts or polls; None if it does none."""
        for tag in self.tags:
            for concept in _GRACE:
                if tag.concept == concept or tag.concept.startswith(concept + "."):
                    return _FLAVOURS.get(tag.concept.rpartition(".")[2], Flavour.RCU)
        return None

    def concepts(self, arguments: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """Concepts of one call, each with its object: the lock, pointer or location it is about."""
        bound = dict(zip(self.parameters, arguments, strict=False))
        found: list[tuple[str, str]] = []
        for tag in self.tags:
            if tag.concept == "pure":
                continue
            if tag.concept == "alloc":
                found.append((_allocation(bind(tag.object, bound)), ""))
                continue
            found.append((tag.concept, normal(bind(tag.object, bound))))
        return tuple(found)


class Catalogue:
    """Primitives by name, each in the table once.

    Exact names win over patterns, longer patterns over shorter.
    """

    def __init__(self, lines: list[tuple[str, str]]) -> None:
        self._exact: dict[str, Primitive] = {}
        patterns: list[tuple[str, Primitive]] = []
        for line, header in lines:
            match = _LINE.fullmatch(line)
            if match is None:
                raise KstaleError(f"catalogue: cannot read {line!r}")
            if _TAG.sub("", match[3]):
                raise KstaleError(f"catalogue: cannot read the tags of {line!r}")
            parameters = tuple(p.strip() for p in (match[2] or "").split(",") if p.strip())
            tags = tuple(Tag(m[1], (m[2] or "").strip()) for m in _TAG.finditer(match[3]))
            for name in expand(match[1]):
                if "*" in name:
                    patterns.append((name, Primitive(parameters, tags, header, False)))
                else:
                    if name in self._exact:
                        raise KstaleError(f"{header}: {name} has two rows")
                    self._exact[name] = Primitive(parameters, tags, header, True)
        patterns.sort(key=lambda row: -len(row[0]))
        self._patterns: dict[str, list[tuple[str, str, str, Primitive]]] = {}
        for name, primitive in patterns:
            head, tail = name.partition("*")[0], name.rpartition("*")[2]
            for first in (head[0],) if head else _BEGINNINGS:
                self._patterns.setdefault(first, []).append((head, tail, name, primitive))
        self._find = lru_cache(maxsize=65536)(self._lookup)

    def find(self, name: str) -> Primitive | None:
        """The primitive of a name, or None if the catalogue does not know it."""
        return self._find(name)

    def _lookup(self, name: str) -> Primitive | None:
        known = self._exact.get(name)
        if known is not None:
            return known
        for head, tail, pattern, primitive in self._patterns.get(name[:1], ()):
            if name.startswith(head) and name.endswith(tail) and _fits(pattern, name):
                return primitive
        return None

    @property
    def names(self) -> tuple[str, ...]:
        """All exact names."""
        return tuple(self._exact)


def _fits(pattern: str, name: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", r"\w*"), name) is not None


def expand(name: str) -> list[str]:
    """Names of a braced shape: ``{raw_,}spin_lock`` is ``raw_spin_lock`` and ``spin_lock``."""
    match = re.search(r"\{([^{}]*)\}", name)
    if match is None:
        return [name]
    head, tail = name[: match.start()], name[match.end() :]
    return [one for part in match[1].split(",") for one in expand(head + part + tail)]


def _allocation(flags: str) -> str:
    if _ATOMIC_GFP.search(flags) or _NO_RECLAIM.search(flags):
        return "context.atomic_alloc"
    return "context.sleeps" if _SLEEPING_GFP.search(flags) else "context.alloc"


@cache
def catalogue() -> Catalogue:
    """The table, read from ``primitives/*.toml`` once.

    Raises ``KstaleError`` for a file that cannot be read as a part of it.
    """
    lines: list[tuple[str, str]] = []
    for path in sorted(Path(__file__).with_name("primitives").glob("*.toml")):
        try:
            groups = tomllib.loads(path.read_text(encoding="utf-8")).get("group", [])
            for group in groups:
                lines += [(str(line), str(group["header"])) for line in group["operations"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise KstaleError(f"{path.name}: not a part of the catalogue: {error}") from error
    return Catalogue(lines)


def primitive(name: str) -> Primitive | None:
    """What the kernel's operation of that name does; None if the table does not know it."""
    return catalogue().find(name)


def order_of(name: str) -> Order | None:
    """What a call of ``name`` orders, or None if it is no primitive we know.

    ``Order.NONE`` is an answer: a known operation that orders nothing.
    """
    known = primitive(name)
    return None if known is None else known.order


@cache
def named_locks() -> frozenset[str]:
    """Locks that some operation takes or drops without their name in its arguments."""
    known = (primitive(name) for name in catalogue().names)
    objects = {
        tag.object
        for one in known
        if one is not None
        for tag in one.tags
        if tag.concept.startswith("lock.")
    }
    leaves = {re.split(r"->|\.", one)[-1] for one in objects}
    return frozenset(leaf for leaf in leaves if leaf and "$" not in leaf)
