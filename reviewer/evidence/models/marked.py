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

from reviewer.claims.model import Claim
from reviewer.evidence.models.beside import Followed
from reviewer.evidence.models.pairs import Answer, PairModel
from reviewer.evidence.models.racing import Access, accesses, litmus_of, races
from reviewer.evidence.models.scope import called_in
from reviewer.evidence.models.shapes import Shape
from reviewer.evidence.models.sides import BODIES, followed, spelled_at
from reviewer.evidence.models.stood import is_as_it_was, stood
from reviewer.evidence.models.trace import words_of
from reviewer.judging import pairing
from reviewer.judging.pairing import Partner
from reviewer.source.file import SourceFile
from reviewer.source.model import CommentBlock, Function
from reviewer.world import World

MARKED = frozenset(("READ_ONCE", "WRITE_ONCE"))
"""Marked accesses that order nothing: tools/memory-model/Documentation/access-marking.txt."""


def names_marked(partner: Partner) -> bool:
    """True if a comment names marked accesses, and nothing that orders."""
    return bool(partner.primitives) and MARKED.issuperset(partner.primitives)


@dataclass(frozen=True, slots=True)
class _Sides:
    """Accesses at the comment, all of its function, and all of the other side's function."""

    here: tuple[Access, ...] = ()
    own: tuple[Access, ...] = ()
    other: tuple[Access, ...] = ()
    both: tuple[Followed, ...] = ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """What was not followed of either."""
        return tuple(dict.fromkeys(note for one in self.both for note in one.traces.left_out))


def marked_model(
    world: World, claim: Claim, partner: Partner, place: pairing.Place
) -> PairModel:  # fmt: skip
    """Whether the accesses around a comment and in the function that it names exclude a race."""
    found = list(_models(world, claim.comment, partner, place))
    best = next((one for one in found if one.answer is not Answer.UNKNOWN), None)
    was = world.before
    if was is None or (best is not None and is_as_it_was(was, world, claim, place)):
        return best or _first(found, place)
    former = _former(was, world, claim, partner, place)
    lost = former and _lost(world, claim, partner, place, former)
    if lost is None and best is not None and former is not None and not _alike(best, former):
        return _unknown(f"a {former.why} was excluded before this patch, and may not be now")
    return lost or best or _first(found, place)


def _alike(model: PairModel, other: PairModel) -> bool:
    """True if both are about one place: that another one is safe is no answer."""
    if model.shape is None or other.shape is None:
        return False
    here, there = model.shape.own.first.place, other.shape.own.first.place
    return here is not None and there is not None and here.same(there)


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
        yield _excluded(world, _sides(world, comment, function, partner, other), partner)


def _others(
    world: World, function: Function, place: pairing.Place
) -> Iterator[tuple[SourceFile, Function]]:
    for source, other in world.functions(place.name)[:BODIES]:
        same = (source.path, other.start_byte) == (world.path, function.start_byte)
        if not other.has_error and not same:
            yield source, other


def _sides(
    world: World, comment: CommentBlock, function: Function, partner: Partner,
    other: tuple[SourceFile, Function], meant: str = "",
) -> _Sides:  # fmt: skip
    """What both sides access; of ``meant`` alone if a mark tells no more where that stands."""
    ours = words_of(world, world.source, [function])
    shared = ours & words_of(world, other[0], [other[1]])
    if meant:
        shared &= {meant}
    if not shared:
        return _Sides()
    first = comment.start_line if comment.trailing else comment.end_line
    lines = range(first, comment.anchor.end_line + 1)
    text = b"\n".join(world.source.code_of_line(line) for line in lines).decode("latin-1")
    near = frozenset(re.findall(r"\w+", text))
    if near & MARKED and near & shared:
        shared &= near  # the access is spelled there, so its place is
    anchor = comment.anchor.start_byte
    own = followed(world, shared, world.source, function, (anchor,), anchor)
    mine = accesses(own)
    here = tuple(one for one in mine if first <= one.event.top <= comment.anchor.end_line)
    if not here:
        return _Sides(both=(Followed(world.source, function, own),))
    there = (*(_named_in(*other, meant) if meant else ()), *spelled_at(*other, partner.primitives))
    their = followed(world, shared, *other, there)
    both = (Followed(world.source, function, own), Followed(*other, their))
    return _Sides(here, mine, accesses(their), both)


def _named_in(source: SourceFile, function: Function, word: str) -> Iterator[int]:
    """Where a function spells a member or a variable."""
    code = source.code(function.body_start, function.body_end)
    for one in re.finditer(rb"\b" + re.escape(word.encode()) + rb"\b", code):
        yield function.body_start + one.start()


# --- what the model says ------------------------------------------------------------------


def _excluded(world: World, sides: _Sides, partner: Partner) -> PairModel:
    """The first two accesses of one place of which the marks exclude a race."""
    why = "no place is seen that is accessed with marks at the comment and on the other side"
    for mine, theirs in _conflicts(sides.here, sides.other):
        if mine.plain and theirs.event.name in partner.primitives:
            where = f"{mine.event.path}:{mine.event.line}"
            return _unknown(f"the {mine.event.name} of {mine.place} at {where} has no mark")
    for mine, theirs in _conflicts(sides.here, sides.other):
        if mine.plain or not mine.bare or theirs.event.name not in partner.primitives:
            continue
        lesser = (litmus_of(mine, theirs, own=True), litmus_of(mine, theirs, other=True))
        if races(litmus_of(mine, theirs).text) is not False:
            why = "the model warns of a race in spite of both marks"
        elif not all(races(one.text) for one in lesser):
            why = f"what is held at both accesses of {mine.place} excludes a race without the marks"
        else:
            beside = _beside(world, sides, (mine, theirs))
            if beside:
                return _unknown(beside, sides.left_out)
            return PairModel(
                Answer.FORBIDS, f"data race on {mine.place}", _shape(mine, theirs),
                litmus_of(mine, theirs), lesser, left_out=sides.left_out,
            )  # fmt: skip
    return _unknown(why, sides.left_out)


def _beside(world: World, sides: _Sides, pair: tuple[Access, Access]) -> str:
    """What else in either function races, or may, or lets nothing race, in words; '' if nothing."""
    place = pair[0].place
    passed = next((at for one in sides.both if (at := one.passed_over(world, place))), "")
    if passed:
        return f"what is done to {place} at {passed} is not followed"
    if _share_a_lock(world, sides, pair):
        return "both sides use a lock that is not followed"
    unseen = _unseen(world, sides)
    for mine, theirs in _conflicts(sides.own, sides.other):
        if not mine.place.same(place) or not (mine.plain or theirs.plain):
            continue
        if races(litmus_of(mine.surely(unseen), theirs.surely(unseen)).text) is not False:
            bad = mine if mine.plain else theirs
            return f"the {bad.event.name} of {place} at {bad.event.path}:{bad.event.line} races"
    return ""


def _unseen(world: World, sides: _Sides) -> frozenset[str]:
    """Names of the locks of both sides that no path shows."""
    return frozenset[str]().union(*(one.unseen_locks(world) for one in sides.both))


def _share_a_lock(world: World, sides: _Sides, pair: tuple[Access, Access]) -> bool:
    """True if both accesses may be under one lock that no path shows, or that callers take.

    A lock on one side alone keeps nobody out.
    """
    other = _unseen(world, sides) or any(one.entered_locked for one in sides.both)
    return bool(other) and all(
        side.may_hold(world, one.event, one.place)
        for side, one in zip(sides.both, pair, strict=True)
    )


def _conflicts(
    own: tuple[Access, ...], other: tuple[Access, ...]
) -> Iterator[tuple[Access, Access]]:
    """Accesses of both sides to one place, of which one writes."""
    for mine in own:
        for theirs in other:
            if mine.place.same(theirs.place) and (mine.event.writes or theirs.event.writes):
                yield mine, theirs


def _shape(mine: Access, theirs: Access) -> Shape:
    kinds = tuple("W" if one.event.writes else "R" for one in (mine, mine, theirs, theirs))
    return Shape(mine.window(), theirs.window(), kinds)  # type: ignore[arg-type]


def _former(
    was: World, world: World, claim: Claim, partner: Partner, place: pairing.Place
) -> PairModel | None:
    """The pair as it excluded a race before the patch."""
    comment = stood(was, world, claim)
    found = _models(was, comment, partner, place) if comment is not None else ()
    return next((one for one in found if one.answer is Answer.FORBIDS), None)


def _lost(
    world: World, claim: Claim, partner: Partner, place: pairing.Place, former: PairModel
) -> PairModel | None:
    """The pair that excluded a race before the patch, and of which an access is plain now."""
    was = world.before
    comment = stood(was, world, claim) if was is not None else None
    function = world.source.function_at(claim.comment.start_byte)
    if was is None or comment is None or function is None or former.shape is None:
        return None
    before = former.shape.own.first.place
    assert before is not None
    called = _called(was, comment, place)
    meant = before.chain[-1][1].partition("#")[0]
    for other in _others(world, function, place):
        sides = _sides(world, claim.comment, function, partner, other, meant)
        if any(one.calls - called for one in sides.both):
            continue  # what the patch calls anew may exclude the race now
        there = [pair for pair in _conflicts(sides.here, sides.other) if before.same(pair[0].place)]
        for mine, theirs in there:
            bare = mine if mine.plain else theirs
            if not bare.plain or _is_meant(world, bare):
                continue
            if bare.place.base not in _objects(former, [one for pair in there for one in pair]):
                continue  # another object, or one that nobody else has
            if _share_a_lock(world, sides, (mine, theirs)):
                continue
            program = litmus_of(mine, theirs)
            if races(program.text):
                missing = "own" if mine.plain else "other"
                return replace(
                    former, answer=Answer.ALLOWS, shape=_shape(mine, theirs), program=program,
                    without=(), missing=missing, before=former.program,
                )  # fmt: skip
    return None


def _objects(former: PairModel, now: list[Access]) -> frozenset[str]:
    """How what was marked before a patch, or is after it, is reached: that is the shared object."""
    was = (former.shape.own.first.place, former.shape.other.first.place) if former.shape else ()
    marked = [one.place for one in now if not one.plain]
    return frozenset(place.base for place in (*was, *marked) if place is not None)


def _called(world: World, comment: CommentBlock, place: pairing.Place) -> frozenset[str]:
    """Names of what both sides call."""
    function = world.source.function_at(comment.start_byte)
    if function is None:
        return frozenset()
    sides = [(world.source, function), *_others(world, function, place)]
    return frozenset(
        name for source, at in sides for name in called_in(source, at.start_byte, at.body_end)
    )


def _is_meant(world: World, access: Access) -> bool:
    """True of a plain access that is said to race: ``data_race()``, include/linux/compiler.h."""
    source = world.library.source(access.event.path)
    return source is None or b"data_race" in source.code_of_line(access.event.line)
