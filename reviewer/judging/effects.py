"""What a helper does to a lock that its caller holds: whether that is held when it comes back.

Each function is asked once for each name of a lock, its code followed through branches and loops:
what it drops it has to take again on every way out. It need not be known which object's lock an
expression means. If it is the caller's, it is dropped and retaken; if it is another one, nothing
of the caller's changed; and what a thread takes while it holds a lock is not that lock. Marks:
``entry`` (as the caller left it), ``mine`` (taken on top, so another one), ``dropped``, ``lost``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reviewer.judging.callerside import assignments
from reviewer.judging.callsites import Site
from reviewer.judging.helpers import LockHeld, by_pointer, may_lose, places_of, unseen
from reviewer.kernel.expressions import lock_name, normal
from reviewer.source.flow import Mark, Point, passes
from reviewer.source.model import Function, Operation
from reviewer.tree.model import Definition, NameKind
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World

_DEEP = 6
"""Helpers inside each other."""
_REMEMBERED = 8192
_ENTRY: Mark = ("entry", -1)
_ASM = "ASM"
"""Instructions, which may do anything."""


def keeps(world: World, site: Site, op: Operation, lock: str) -> bool:
    """True if a call that a caller makes, or an operation of it, leaves held what was.

    False where that is not certain.
    """
    return _call_keeps(world, site, op, frozenset((lock,)), _DEEP)


def _call_keeps(world: World, site: Site, op: Operation, locks: frozenset[str], depth: int) -> bool:
    if not depth or world.index is None:
        return False
    call = next(
        (o for o in site.facts.operations if o.start_byte == op.start_byte and not o.via), op
    )
    name = op.via[0] if op.via else op.name
    if call.name != name or not name.isidentifier():
        return False
    given = tuple(lock_name(one) in locks for one in call.arguments)
    places = [one for one, _ in places_of(world.index, site.path, name)]
    folder = site.path.rpartition("/")[0]
    if not op.via and any(one.path.rpartition("/")[0] != folder for one in places):
        return False  # to parse far files took three quarters of this module's time
    return bool(places) and all(
        _function_keeps(world.library, one, locks, given, depth) for one in places
    )


@traced_cache(maxsize=_REMEMBERED)
def _function_keeps(
    library: Library,
    place: Definition,
    locks: frozenset[str],
    given: tuple[bool, ...],
    depth: int,
) -> bool:
    source = library.source(place.path)
    if source is None or place.kind is not NameKind.FUNCTION:
        return False
    named = source.functions_named(place.name)
    world = World(source, library)
    for function in named:
        handed = (one for one, is_lock in zip(function.parameters, given, strict=False) if is_lock)
        if not _keeps(world, function, locks.union(handed), depth):
            return False
    return bool(named)


def _keeps(world: World, function: Function, locks: frozenset[str], depth: int) -> bool:
    facts = world.caller_facts(function, world.source)
    site = Site(world.source, function, facts, -1)
    lost: list[Point] = []
    changes: dict[str, list[Point]] = {}
    for number, op, about in _touching(world, site, locks, depth):
        if not about:
            lost.append(Point(op.start_byte, number, "lose", op.arms, maybe=True))
        for what, spelled in about:
            closes = op.name.startswith("guard:") and what in ("drop", "unread")
            point = Point(
                op.start_byte, number, what, op.arms, maybe=bool(op.conditions), closes=closes
            )
            changes.setdefault(spelled, []).append(point)
    if not lost and not any(_drops(points) for points in changes.values()):
        return not function.has_error
    for spelled, points in changes.items() or [("", [])]:
        every = [*points, *lost, *assignments(site, {spelled} - {""})]
        left = passes(world.source, function, every, _step, _ENTRY)
        if left is None or not {kind for kind, _ in left} <= {"entry", "mine"}:
            return False
    return True


def _drops(points: Iterable[Point]) -> bool:
    return any(one.what in ("drop", "unread", "lose") for one in points)


def _step(mark: Mark, point: Point) -> Iterable[Mark]:
    kind, mode = mark
    match point.what, kind:
        case _, "lost":
            return (mark,)
        case "lose", _:
            return (("lost", -1),)
        case (("assign" | "rebound"), _):
            return (("lost", -1),) if kind == "dropped" else (_ENTRY,)
        case (("take" | "read"), "entry"):
            return (("mine", -1),)
        case (("take" | "read"), "dropped"):
            weaker = point.what == "read" and mode == _WHOLE
            return (("lost", -1),) if weaker else (_ENTRY,)
        case "try", "entry":
            return mark, ("mine", -1)
        case "try", "dropped":
            return mark, _ENTRY
        case (("drop" | "unread"), "entry"):
            return (("dropped", _WHOLE if point.what == "drop" else _SHARED),)
        case (("drop" | "unread"), "mine"):
            return (_ENTRY,)
    return (("lost", -1),)


_WHOLE, _SHARED = 1, 0


def _touching(
    world: World, site: Site, locks: frozenset[str], depth: int
) -> Iterator[tuple[int, Operation, list[tuple[str, str]]]]:
    """Operations of a function that may change a lock, with how, as far as that is known."""
    not_seen = unseen(site)
    kept: dict[int, bool] = {}
    index = world.index
    hidden = index is None or any(not LockHeld(one).untouched_in(index, site.path) for one in locks)

    def is_kept(op: Operation) -> bool:
        if op.start_byte not in kept:
            kept[op.start_byte] = _call_keeps(world, site, op, locks, depth - 1)
        return kept[op.start_byte]

    for number, op in enumerate(site.facts.operations):
        about = list(_about(op, locks))
        inside = hidden and op.via and any("." in one for one in op.about("lock.release"))
        if hidden and not about and not op.via:
            about = list(_about(op, _pointers(op)))
        if (about and op.via) or inside:
            if not is_kept(op):
                yield number, op, []
        elif about:
            yield number, op, about
        elif number in not_seen:
            loses = any(may_lose(world, op, one, seen=False) for one in locks)
            if loses and not is_kept(op):
                yield number, op, []
        elif not op.via and (
            (hidden and op.name == _ASM) or any(by_pointer(world, op, one) for one in locks)
        ):
            yield number, op, []


def _pointers(op: Operation) -> frozenset[str]:
    """What a lock is dropped by that a variable leads to: ``spin_unlock(l)``; any may be meant."""
    dropped = {one for one in map(normal, op.about("lock.release")) if one.isidentifier()}
    return frozenset(dropped.intersection(one.strip() for one in op.arguments))


def _about(op: Operation, locks: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What an operation does with locks of these names, and how it spells them."""
    for tag, spelled in op.objects:
        if not tag.startswith("lock.") or not spelled or lock_name(spelled) not in locks:
            continue
        _, head, *rest = tag.split(".")
        mode = rest[0] if rest else ""
        if head == "acquire":
            yield {"": "take", "write": "take", "read": "read"}.get(mode, "try"), normal(spelled)
        elif head == "release":
            yield ("unread" if mode == "read" else "drop"), normal(spelled)
        elif head not in ("assert", "assert_not", "init"):
            yield "lose", normal(spelled)
