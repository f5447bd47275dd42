"""Whether a lock is held where a function is called: certain, or not said.

The caller's operations with the lock are followed through its branches (``reviewer.source.flow``).
Marks: ``entry`` nothing done yet, ``held``, ``free`` (dropped again), ``lost`` (cannot be told),
``pending`` (the call was made before anything was done). A pending mark that meets the caller's
own unconditional acquire proves that the lock was free at the call: it would deadlock otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from reviewer.judging.aliases import written_out
from reviewer.judging.apart import Apart, apart
from reviewer.judging.callerside import assignments, or_returns, straight
from reviewer.judging.callsites import Site
from reviewer.judging.effects import keeps
from reviewer.judging.helpers import may_lose, unseen
from reviewer.kernel import expressions
from reviewer.kernel.expressions import normal
from reviewer.source.flow import Mark, Point, passes
from reviewer.source.model import Operation
from reviewer.tree.trace import traced_cache
from reviewer.world import World

_LOOKS = re.compile(r"(?<![bc])lock|held", re.I)


class Held(StrEnum):
    """What is certain about the lock at a call."""

    YES = "held"
    RELEASED = "released"
    TAKEN_AFTER = "taken after"
    ENTRY = "entry"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The lock looked for: its last name, and the whole expression in the caller's words."""

    name: str
    exact: str
    """'' if only the name is known."""
    roots: frozenset[str] | None = None
    """Variables whose lock is meant where only the name is known: the arguments of the call; None
    if no call hands any on."""
    any_owner: bool = False
    """True if any lock of that name will do."""
    writes: bool = False
    """True if the comment asks for it for writing."""
    alike: bool = False
    """True if whose it is is said and not proved: of the same name and struct, or anybody's."""


@dataclass(frozen=True, slots=True)
class AtCall:
    """The state at one call or place, and the operations that show it."""

    held: Held
    operations: tuple[Operation, ...] = ()
    """One for each way to the call; none where the function is entered so."""

    @property
    def operation(self) -> Operation | None:
        """The first of them."""
        return self.operations[0] if self.operations else None


@dataclass(slots=True)
class _Watch:
    before: set[Mark] = field(default_factory=set)
    after: set[str] = field(default_factory=set)
    taken: set[int] = field(default_factory=set)

    def step(self, mark: Mark, point: Point) -> Iterable[Mark]:
        """One operation seen by one mark."""
        kind, _ = mark
        if point.what == "call" and kind != "pending":
            self.before.add(mark)
            return (mark, ("pending", -1)) if kind == "entry" else (mark,)
        if kind == "pending":
            if point.what not in ("used", "call"):
                self.after.add(point.what)
                if point.what == "take":
                    self.taken.add(point.number)
                return ()
            return (mark,)
        return (_next(mark, point),)


def _next(mark: Mark, point: Point) -> Mark:
    kind, _ = mark
    match point.what:
        case "assert" if kind == "held":
            return mark  # it rests on what took the lock
        case "take" | "read" | "assert":
            return ("held", point.number)
        case "drop" | "assert_not":
            return ("free", point.number)
        case "unread":
            return ("free", point.number) if kind == "held" else ("lost", -1)
        case "assign":
            if kind == "free":
                return ("entry", -1)
            return ("lost", -1) if kind == "held" else mark
        case "used":
            return ("lost", -1) if kind == "held" else mark
        case "other":
            return mark if kind == "held" else ("lost", -1)
        case "lose" | "rebound":
            return ("lost", -1)
    return mark


_REMEMBERED = 1024
"""States that are kept: one claim asks for those of some 50 calls, up to four times each."""


def _known_by(
    world: World, site: Site, wanted: Wanted, *, held: bool = False
) -> tuple[Hashable, ...]:
    facts = site.facts.serial  # what the caller does may have changed while its file has not
    return world.library, world.source.serial, facts, site.start_byte, site.number, wanted, held


@traced_cache(maxsize=_REMEMBERED, known_by=_known_by)
def lock_at(world: World, site: Site, wanted: Wanted, *, held: bool = False) -> AtCall:
    """The state of a lock at a call; ``held`` if the caller itself is entered with it held."""
    if not wanted.exact and _are_several(wanted, _taken(world, site, wanted)):
        return AtCall(Held.UNKNOWN)  # two objects' locks of one name: which is meant?
    points = list(_points(world, site, wanted))
    watch = _Watch()
    start: Mark = ("held" if held else "entry", -1)
    if passes(site.source, site.caller, points, watch.step, start) is None or not watch.before:
        return AtCall(Held.UNKNOWN)
    return _conclude(site, wanted, watch)


def _are_several(wanted: Wanted, taken: frozenset[str]) -> bool:
    """True if it matters that a caller takes several: where any will do members are alike."""
    alike = wanted.any_owner and wanted.alike
    return len(taken) > 1 and not (alike and all(_MEMBER.search(one) for one in taken))


_MEMBER = re.compile(r"->|\.")


def lock_on_exit(world: World, site: Site, wanted: Wanted) -> AtCall:
    """The state of a lock where the function around ``site`` is left, on every way out of it.

    ``site`` names no call and no place: only the function counts. A guard ends with its block, also
    where a return leaves that.
    """
    points = list(_points(world, site, wanted))
    left = passes(site.source, site.caller, points, lambda m, p: (_next(m, p),), ("entry", -1))
    if not left or (not wanted.exact and len(_taken(world, site, wanted)) > 1):
        return AtCall(Held.UNKNOWN)
    operations = tuple(site.facts.operations[n] for n in sorted({n for _, n in left if n >= 0}))
    kinds = {kind for kind, _ in left}
    if kinds == {"held"}:
        guarded = any(one.name.startswith("guard:") for one in operations)
        shared = wanted.writes and any(is_shared(one) for one in operations)
        return AtCall(Held.UNKNOWN if guarded or shared else Held.YES, operations)
    if kinds == {"free"}:
        return AtCall(Held.RELEASED, operations)
    return AtCall(Held.ENTRY if kinds == {"entry"} else Held.UNKNOWN)


def dropped_later(world: World, site: Site, wanted: Wanted) -> Operation | None:
    """What drops a lock first behind a place, on every way from there: it was held there.

    Also behind a trylock, or an acquire of some ways only; the ways without are not the comment's.
    None if some way has dropped it before the place, or does something else with it or with another
    object's lock of that name, or may, or leaves with nothing done.
    """
    points = list(_points(world, site, wanted))
    first: set[int] = set()
    seen: set[str] = set()

    def step(mark: Mark, point: Point) -> Iterable[Mark]:
        if point.what == "call":
            seen.add(mark[0])
            return (_BEHIND,)
        if mark != _BEHIND:
            return (_next(mark, point),)
        if point.what in ("drop", "unread"):
            first.add(point.number)
        elif point.what != "used":
            seen.add("free")
        return (mark,) if point.what == "used" else (("free", -1),)

    left = passes(site.source, site.caller, points, step, ("entry", -1))
    if not first or left is None or _BEHIND in left or "free" in seen:
        return None
    return site.facts.operations[min(first)]


_BEHIND: Mark = ("behind", -1)


def _taken(world: World, site: Site, wanted: Wanted) -> frozenset[str]:
    """The locks of the wanted name that the caller acquires, as it spells them.

    ``ptl = pmd_lock(mm, pmd)`` has no name in its arguments; each such call counts as one, and so
    does the local ``src_ptl`` beside it. ``farm_pond_lock`` of the file is no ``pond_lock``.
    """
    return frozenset(
        normal(spelled) or f"{op.name}@{op.start_byte}"
        for op in site.facts.operations
        for tag, spelled in op.objects
        if tag.startswith("lock.acquire")
        and _called_so(world, expressions.lock_name(spelled), wanted.name)
    )


def _called_so(world: World, spelled: str, name: str) -> bool:
    if spelled == name or not spelled.endswith(f"_{name}"):
        return spelled == name
    return world.index is None or not world.index.senses(spelled)


def _conclude(site: Site, wanted: Wanted, watch: _Watch) -> AtCall:
    kinds = {kind for kind, _ in watch.before}
    numbers = sorted({number for _, number in watch.before if number >= 0})
    operations = tuple(site.facts.operations[number] for number in numbers)
    if kinds == {"held"}:
        shared = wanted.writes and any(_shared(site, number) for _, number in watch.before)
        return AtCall(Held.UNKNOWN if shared else Held.YES, operations)
    if kinds == {"free"}:
        return AtCall(Held.RELEASED, operations)
    if kinds != {"entry"}:
        return AtCall(Held.UNKNOWN)
    if watch.after == {"take"} and site.number >= 0:
        taken = site.facts.operations[min(watch.taken)]
        call = site.facts.operations[site.number]
        if taken.arms == call.arms[: len(taken.arms)] and not _asked(site, call, taken):
            return AtCall(Held.TAKEN_AFTER, (taken,))
    return AtCall(Held.ENTRY)


def _asked(site: Site, call: Operation, taken: Operation) -> bool:
    """True if a condition between the two may ask whether the lock is held."""
    text = site.source.code(call.start_byte, taken.start_byte).decode("latin-1")
    return any(_LOOKS.search(one) for one in re.findall(r"\b(?:if|while|switch)\s*\([^;{}]*", text))


def _shared(site: Site, number: int) -> bool:
    """True if an acquire or assertion is for reading."""
    return number >= 0 and is_shared(site.facts.operations[number])


def is_shared(operation: Operation) -> bool:
    """True if it takes or asserts a lock as readers do, who keep no reader out."""
    return "read" in operation.name or any(tag.endswith(".read") for tag, _ in operation.objects)


def _points(world: World, site: Site, wanted: Wanted) -> Iterator[Point]:
    operations = site.facts.operations
    not_seen = unseen(site)
    spellings: set[str] = set()
    balanced: dict[int, bool] = {}
    kept: dict[int, bool] = {}
    around: tuple[int, ...] = ()
    if site.number < 0 and site.at >= 0:
        yield Point(site.at, -1, "call")
    for number, op in enumerate(operations):
        if not op.via:
            around = op.arms
        if number == site.number:
            yield Point(op.start_byte, number, "call", op.arms)
            continue
        if op.via and op.start_byte == site.start_byte and site.number >= 0:
            continue
        effects = list(_effects(op, wanted))
        if effects and effects[0][0] == "lose" and not op.via:
            if or_returns(site, op):
                effects = list(_effects(op, wanted, fails=False))
            effects = list(_by_other_words(site, op, wanted)) or effects
        for what, spelled in effects:
            if what == "lose" and (told := apart(world, site, op, spelled, wanted.exact)):
                if told is Apart.BESIDE:
                    yield Point(op.start_byte, number, "other", op.arms, maybe=bool(op.conditions))
                continue
            spellings.add(spelled)
            if what == "gone":
                what = "lose"
            crooked = op.via and (op.arms != around or not straight(world, site, op.via))
            if crooked and what in ("assert", "assert_not"):
                continue  # on some ways only: it shows nothing, and changes nothing
            if crooked or (op.via and what == "lose"):
                at = op.start_byte
                if at not in balanced:
                    done = _done(operations, op, wanted)
                    taken = done[:1] in (["take"], ["read"])  # what is held cannot be: who knows
                    balanced[at] = taken and done[-1] in ("drop", "unread")
                    kept[at] = not taken and keeps(world, site, op, wanted.name)
                what = "used" if balanced[at] else "other" if kept[at] else "lose"
            closes = op.name.startswith("guard:") and what in ("drop", "unread")
            yield Point(
                op.start_byte, number, what, op.arms, maybe=bool(op.conditions), closes=closes
            )
        if not effects and may_lose(world, op, wanted.name, seen=number not in not_seen):
            is_kept = number in not_seen and keeps(world, site, op, wanted.name)
            yield Point(op.start_byte, number, "other" if is_kept else "lose", op.arms, maybe=True)
    yield from assignments(site, spellings | ({wanted.exact} - {""}))


def _effects(op: Operation, wanted: Wanted, *, fails: bool = True) -> Iterator[tuple[str, str]]:
    """What an operation does with the lock; ``lose`` if it may be another lock, or may fail."""
    for tag, spelled in op.objects:
        if not tag.startswith("lock.") or not spelled:
            continue
        if expressions.lock_name(spelled) != wanted.name:
            continue
        _, head, *rest = tag.split(".")
        mode = rest[0] if rest else ""
        if head not in ("acquire", "release", "assert", "assert_not"):
            continue
        if not is_meant(spelled, wanted):
            if head in ("acquire", "release"):  # an assertion about another one changes nothing
                yield "lose", normal(spelled)
        elif head == "acquire":
            what = {"": "take", "write": "take", "read": "read"}.get(mode, "lose")
            if what == "lose" and not fails:
                what = "read" if "read" in op.name else "take"
            yield what, normal(spelled)
        elif head == "release":
            yield ("unread" if mode == "read" else "drop"), normal(spelled)
        else:
            yield head, normal(spelled)


def _by_other_words(site: Site, op: Operation, wanted: Wanted) -> Iterator[tuple[str, str]]:
    """What an operation does with the lock if it, or who asks, uses a local for what leads there.

    That it is dropped so is not sure enough to say that it is not held, only that it may be.
    """
    if not wanted.exact:
        return
    told = replace(wanted, exact=written_out(site.source, site.caller, wanted.exact))
    objects = tuple((tag, written_out(site.source, site.caller, one)) for tag, one in op.objects)
    if told == wanted and objects == op.objects:
        return
    for what, spelled in _effects(
        replace(op, objects=objects), told, fails=not or_returns(site, op)
    ):
        if what in ("take", "read"):
            yield what, spelled
        elif what in ("drop", "unread"):
            yield "gone", spelled


def is_meant(spelled: str, wanted: Wanted) -> bool:
    """True if an expression of the caller is certainly the lock looked for."""
    text = normal(spelled)
    if wanted.exact:
        return text.replace(".", "->") == wanted.exact.replace(".", "->")
    parts = re.split(r"->|\.", text)
    if len(parts) == 1 or (wanted.any_owner and "[" not in text):
        return True
    return len(parts) == 2 and parts[0] in (wanted.roots or ()) and "[" not in text


def _done(operations: tuple[Operation, ...], op: Operation, wanted: Wanted) -> list[str]:
    """What the call that an operation belongs to does with the lock."""
    return [
        what
        for other in operations
        if other.via and other.start_byte == op.start_byte
        for what, _ in _effects(other, wanted)
        if what in ("take", "read", "drop", "unread", "lose")
    ]


def mapped(owner: str, name: str, parameters: tuple[str, ...], arguments: tuple[str, ...]) -> str:
    """A lock of a parameter (``x->lock`` over f(x)) in the caller's words, or ''."""
    parts = re.split(r"(->|\.)", owner)
    if parts[0] not in parameters:
        return ""
    at = parameters.index(parts[0])
    if at >= len(arguments):
        return ""
    given = arguments[at].replace(" ", "")
    rest = "".join(parts[1:])
    tail = f"{rest}->{name}"
    if re.fullmatch(r"&[\w.>\[\]-]+", given):
        body = tail[2:] if tail.startswith("->") else tail[1:]
        return normal(f"{given[1:]}.{body}")
    if re.fullmatch(r"[A-Za-z_][\w.>-]*", given) and given not in ("NULL",):
        return normal(f"{given}{tail}")
    return ""
