"""Pairs of marked accesses: what READ_ONCE() and WRITE_ONCE() forbid together is a data race.

"Pairs with the WRITE_ONCE() in foo()" promises no order. It says that two CPUs touch one place at
once, and that both know it. Both functions are followed along their paths; the marked access at the
comment and one of the other side, to the same place, are put to the kernel's memory model with the
locks that are held at each. The pair *forbids* a data race if the model warns of none as the code
stands, and of one with either access plain. It *allows* one if a patch made an access plain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from reviewer.claims.model import Claim
from reviewer.errors import LitmusError
from reviewer.evidence.models.emit import Litmus
from reviewer.evidence.models.pairs import Answer, PairModel
from reviewer.evidence.models.shapes import Shape
from reviewer.evidence.models.sides import followed, spelled_at
from reviewer.evidence.models.stood import stood
from reviewer.evidence.models.trace import MARK, words_of
from reviewer.evidence.models.values import Does, Event, Place, Traces
from reviewer.evidence.models.windows import Window
from reviewer.judging import pairing
from reviewer.judging.pairing import Partner
from reviewer.source.file import SourceFile
from reviewer.source.model import CommentBlock, Function
from reviewer.world import World

MARKED = frozenset(("READ_ONCE", "WRITE_ONCE"))
"""Marked accesses that order nothing: tools/memory-model/Documentation/access-marking.txt."""
_SECONDS = 2.0
"""CPU seconds for one question."""
_BODIES = 3
"""Definitions of the other side's function that are looked at."""
_ASSERTS = re.compile(rb"lockdep_assert|__must_hold|__releases")
"""What tells that callers hold a lock: include/linux/lockdep.h, compiler_types.h."""
_PLAIN = (
    (re.compile(r"(?:READ_ONCE\(\*@\)|smp_load_acquire\(@\))"), "*@"),
    (re.compile(r"(?:WRITE_ONCE\(\*@, \$\)|smp_store_release\(@, \$\))"), "*@ = $"),
)
"""Statements of marked accesses, and the plain one in place of each."""


def names_marked(partner: Partner) -> bool:
    """True if a comment names marked accesses, and nothing that orders."""
    return bool(partner.primitives) and MARKED.issuperset(partner.primitives)


@dataclass(frozen=True, slots=True)
class _Access:
    """An access to a place with the locks that are held there."""

    event: Event
    held: tuple[Event, ...]

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

    def window(self) -> Window:
        return Window((self.event,), 0, 0, self.held, 0)


@dataclass(frozen=True, slots=True)
class _Sides:
    """Accesses at the comment, all of its function, and all of the other side's function."""

    here: tuple[_Access, ...]
    own: tuple[_Access, ...]
    other: tuple[_Access, ...]
    left_out: tuple[str, ...]


def marked_model(
    world: World, claim: Claim, partner: Partner, place: pairing.Place
) -> PairModel:  # fmt: skip
    """Whether the accesses around a comment and in the function that it names exclude a race."""
    found = list(_models(world, claim.comment, partner, place))
    best = next((one for one in found if one.answer is not Answer.UNKNOWN), None)
    if best is not None or world.before is None:
        return best or _first(found, place)
    return _lost(world, claim, partner, place) or _first(found, place)


def _first(found: list[PairModel], place: pairing.Place) -> PairModel:
    return found[0] if found else _unknown(f"no other definition of {place.name}() at hand")


def _unknown(why: str, left_out: tuple[str, ...] = ()) -> PairModel:
    return PairModel(Answer.UNKNOWN, why, left_out=left_out)


def _models(
    world: World, comment: CommentBlock, partner: Partner, place: pairing.Place
) -> Iterator[PairModel]:
    """What each definition of the other side's function comes to."""
    function = world.source.function_at(comment.start_byte)
    if function is None:
        yield _unknown("the comment stands in no function")
        return
    for other in _others(world, function, place):
        yield _excluded(_sides(world, comment, function, partner, other), partner)


def _others(
    world: World, function: Function, place: pairing.Place
) -> Iterator[tuple[SourceFile, Function]]:
    for source, other in world.functions(place.name)[:_BODIES]:
        same = (source.path, other.start_byte) == (world.path, function.start_byte)
        if not other.has_error and not same:
            yield source, other


def _sides(
    world: World, comment: CommentBlock, function: Function, partner: Partner,
    other: tuple[SourceFile, Function],
) -> _Sides:  # fmt: skip
    ours = words_of(world, world.source, [function])
    shared = ours & words_of(world, other[0], [other[1]])
    if not shared:
        return _Sides((), (), (), ())
    first = comment.start_line if comment.trailing else comment.end_line
    lines = range(first, comment.anchor.end_line + 1)
    text = b"\n".join(world.source.code_of_line(line) for line in lines).decode("latin-1")
    near = frozenset(re.findall(r"\w+", text))
    if near & MARKED and near & shared:
        shared &= near  # the access is spelled there, so its place is
    anchor = comment.anchor.start_byte
    own = followed(world, shared, world.source, function, (anchor,), anchor)
    their = followed(world, shared, *other, tuple(spelled_at(*other, partner.primitives)))
    accesses = _accesses(own)
    here = [one for one in accesses if first <= one.event.top <= comment.anchor.end_line]
    left_out = tuple(dict.fromkeys((*own.left_out, *their.left_out)))
    return _Sides(tuple(here), accesses, _accesses(their), left_out)


def _accesses(traces: Traces) -> tuple[_Access, ...]:
    found: dict[object, _Access] = {}
    for trace in traces.traces:
        held: list[Event] = []
        for event in trace.events:
            if event.does is Does.LOCK:
                held.append(event)
            elif event.does is Does.UNLOCK and event.place is not None:
                role = event.place.role
                held = [one for one in held if one.place is None or one.place.role != role]
            elif event.does is Does.ACCESS and event.place is not None and event.name != MARK:
                roles = frozenset(one.place.role for one in held if one.place is not None)
                found.setdefault((event.site, roles), _Access(event, tuple(held)))
    return tuple(found.values())


# --- what the model says ------------------------------------------------------------------


def _excluded(sides: _Sides, partner: Partner) -> PairModel:
    """The first two accesses of one place of which the marks exclude a race."""
    why = "no place is seen that is accessed with marks at the comment and on the other side"
    for mine, theirs in _conflicts(sides.here, sides.other):
        if mine.plain or not mine.bare or theirs.event.name not in partner.primitives:
            continue
        lesser = (_program(mine, theirs, own=True), _program(mine, theirs, other=True))
        if _races(_program(mine, theirs).text) is not False:
            why = "the model warns of a race in spite of both marks"
        elif not all(_races(one.text) for one in lesser):
            why = f"what is held at both accesses of {mine.place} excludes a race without the marks"
        else:
            beside = _beside(sides, mine.place)
            if beside:
                return _unknown(beside, sides.left_out)
            return PairModel(
                Answer.FORBIDS, f"data race on {mine.place}", _shape(mine, theirs),
                _program(mine, theirs), lesser, left_out=sides.left_out,
            )  # fmt: skip
    return _unknown(why, sides.left_out)


def _beside(sides: _Sides, place: Place) -> str:
    """Another access to the place in either function that races, in words; '' without one."""
    for mine, theirs in _conflicts(sides.own, sides.other):
        if not mine.place.same(place) or not (mine.plain or theirs.plain):
            continue
        if _races(_program(mine, theirs).text) is not False:
            bad = mine if mine.plain else theirs
            return f"the {bad.event.name} of {place} at {bad.event.path}:{bad.event.line} races"
    return ""


def _conflicts(
    own: tuple[_Access, ...], other: tuple[_Access, ...]
) -> Iterator[tuple[_Access, _Access]]:
    """Accesses of both sides to one place, of which one writes."""
    for mine in own:
        for theirs in other:
            if mine.place.same(theirs.place) and (mine.event.writes or theirs.event.writes):
                yield mine, theirs


def _shape(mine: _Access, theirs: _Access) -> Shape:
    kinds = tuple("W" if one.event.writes else "R" for one in (mine, mine, theirs, theirs))
    return Shape(mine.window(), theirs.window(), kinds)  # type: ignore[arg-type]


def _lost(world: World, claim: Claim, partner: Partner, place: pairing.Place) -> PairModel | None:
    """The pair that excluded a race before the patch, and of which an access is plain now."""
    was = world.before
    comment = stood(was, world, claim) if was is not None else None
    function = world.source.function_at(claim.comment.start_byte)
    if was is None or comment is None or function is None:
        return None
    former = next(
        (one for one in _models(was, comment, partner, place) if one.answer is Answer.FORBIDS), None
    )
    if former is None or former.shape is None:
        return None
    before = former.shape.own.first.place
    assert before is not None
    for other in _others(world, function, place):
        if any(_ASSERTS.search(one.code(at.start_byte, at.body_end)) for one, at in
               ((world.source, function), other)):  # fmt: skip
            continue  # a lock of the callers may exclude the race now
        sides = _sides(world, claim.comment, function, partner, other)
        there = [pair for pair in _conflicts(sides.here, sides.other) if before.same(pair[0].place)]
        marked = [theirs for _, theirs in there if theirs.event.name in partner.primitives]
        for mine, theirs in there:
            bare = mine if mine.plain else theirs
            if not bare.plain or (bare is theirs and marked) or _is_meant(world, bare):
                continue
            program = _program(mine, theirs)
            if _races(program.text):
                missing = "own" if mine.plain else "other"
                return replace(
                    former, answer=Answer.ALLOWS, shape=_shape(mine, theirs), program=program,
                    without=(), missing=missing, before=former.program,
                )  # fmt: skip
    return None


def _is_meant(world: World, access: _Access) -> bool:
    """True of a plain access that is said to race: ``data_race()``, include/linux/compiler.h."""
    source = world.library.source(access.event.path)
    return source is None or b"data_race" in source.code_of_line(access.event.line)


def _program(mine: _Access, theirs: _Access, *, own: bool = False, other: bool = False) -> Litmus:
    """The two accesses with their locks; ``own`` or ``other`` is plain here, if not in the code."""
    stem = re.sub(r"\W+", "_", mine.place.member).strip("_") or "place"
    name = stem if re.match(r"(?!r\d|P\d|int\b|if\b)[A-Za-z]", stem) else f"v_{stem}"
    locks: dict[tuple[str, str], str] = {}
    threads = (
        _thread(0, mine, name, locks, plain=own),
        _thread(1, theirs, name, locks, plain=other),
    )
    asked = []
    for number, one in enumerate((mine, theirs)):
        if one.event.reads:
            asked.append(f"{number}:r0={2 - number}")
    if not asked:
        asked = [f"{name}=1"]
    text = "\n".join(["C pair", "{ " + name + "=0; }", *threads, f"exists ({' '.join(asked)})", ""])
    return Litmus("pair", text)


def _thread(
    number: int, access: _Access, name: str, locks: dict[tuple[str, str], str], *, plain: bool
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


def _races(text: str) -> bool | None:
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
