"""Whether two barriers that are said to pair forbid anything: both sides' code, asked as a model.

Both functions are followed along their paths; of the places that both touch, those around the two
barriers make a cycle of four accesses. The pair *forbids* its outcome if the simulator finds it
impossible with both barriers and possible without either one: then and only then do the two order
each other. It *allows* it if a barrier that the comment speaks of is missing, the outcome is
possible as the code stands, and would be impossible with a barrier there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from reviewer.claims.model import Claim
from reviewer.errors import LitmusError
from reviewer.evidence.models.beyond import looks_elsewhere, set_elsewhere
from reviewer.evidence.models.emit import Litmus, litmus, strengthened, weakened
from reviewer.evidence.models.flags import DATA, flagged
from reviewer.evidence.models.quiet import is_quiet
from reviewer.evidence.models.shapes import Candidate, Shape, candidates
from reviewer.evidence.models.sides import BODIES, other_side, own_side
from reviewer.evidence.models.trace import words_of
from reviewer.evidence.models.values import Event, Traces
from reviewer.judging.pairing import Partner, Place
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

if TYPE_CHECKING:
    from reviewer.mmu.results import Outcome

_SECONDS = 2.0
"""CPU seconds for one question."""
_STARTS = (0, 1, 7)
"""What a location holds before the race; one that no chosen write leaves is taken."""
_TRIED = 10
"""Candidates that are put to the simulator."""


class Answer(StrEnum):
    """What the model of a pair says."""

    FORBIDS = "forbids"
    ALLOWS = "allows"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PairModel:
    """The answer, the program it rests on, and the operations of the source behind it."""

    answer: Answer
    why: str
    shape: Shape | None = None
    program: Litmus | None = None
    without: tuple[Litmus, ...] = ()
    """The programs without one barrier each, in which the outcome is possible."""
    missing: str = ""
    """Which side lacks its barrier: ``own`` or ``other``."""
    left_out: tuple[str, ...] = ()
    before: Litmus | None = None
    """The program of the code before a patch that took a barrier away: there it is Never."""
    in_callers: bool = False
    """True if what the pair passes is not in the function that lost its barrier."""
    kept_by: tuple[Event, ...] = ()
    """What orders in place of a barrier that a patch took away."""

    @property
    def rests_on(self) -> tuple[Event, ...]:
        """The two barriers, or the one that is left and what orders in place of the other."""
        if self.shape is None:
            return ()
        return self.kept_by + tuple(
            one.events[one.barrier]
            for one in (self.shape.own, self.shape.other)
            if one.barrier >= 0
        )


def pair_model(world: World, claim: Claim, partner: Partner, place: Place) -> PairModel:
    """What the code around a comment and the function that it names forbid together."""
    function = world.source.function_at(claim.comment.start_byte)
    if function is None:
        return _unknown("the comment stands in no function")
    found = [one for one in world.functions(place.name)[:BODIES] if not one[1].has_error]
    if not found:
        return _unknown(f"no definition of {place.name}() at hand")
    best: PairModel | None = None
    for source, other in found:
        if (source.path, other.start_byte) == (world.path, function.start_byte):
            continue
        model = _between(world, claim, function, partner, (source, other))
        if best is None or _weight(model) > _weight(best):
            best = model
        if model.answer is Answer.FORBIDS:
            return model
    return best or _unknown("both sides are the same function")


def forbidding(world: World, claim: Claim, partner: Partner, place: Place) -> int:
    """How many definitions of the other side forbid the outcome: each configuration has its own."""
    function = world.source.function_at(claim.comment.start_byte)
    found = [one for one in world.functions(place.name)[:BODIES] if not one[1].has_error]
    return sum(
        function is not None
        and (source.path, other.start_byte) != (world.path, function.start_byte)
        and _between(world, claim, function, partner, (source, other)).answer is Answer.FORBIDS
        for source, other in found
    )


def _weight(model: PairModel) -> int:
    return (Answer.UNKNOWN, Answer.ALLOWS, Answer.FORBIDS).index(model.answer)


def _unknown(why: str, left_out: tuple[str, ...] = ()) -> PairModel:
    return PairModel(Answer.UNKNOWN, why, left_out=left_out)


def _between(
    world: World, claim: Claim, function: Function, partner: Partner,
    other: tuple[SourceFile, Function],
) -> PairModel:  # fmt: skip
    ours = words_of(world, world.source, [function])
    theirs = words_of(world, other[0], [other[1]])
    shared = ours & theirs
    if not shared:
        return _unknown("the two sides touch nothing in common")
    own = own_side(world, claim, function, shared)
    if not own.traces.traces:
        return _unknown("the comment's function cannot be followed", own.traces.left_out)
    their = other_side(world, partner, other, shared)
    left_out = tuple(dict.fromkeys((*own.traces.left_out, *their.traces.left_out)))
    said = frozenset(re.findall(r"[A-Za-z_]\w*", claim.comment.text))
    found = candidates(own.windows, their.windows, said)[:_TRIED]
    found += tuple(flagged(own, their, partial(is_quiet, world.library)))[:_TRIED]
    if not found:
        return _unknown("no two places are touched by both sides around the barriers", left_out)
    why = "the outcome that the pair forbids could not be told"
    for candidate in found:
        model = _judge(world, candidate, own.gone, their.gone, left_out)
        beyond = model.answer is Answer.FORBIDS and _beyond(candidate, own.traces, their.traces)
        if beyond:
            return _unknown(beyond, left_out)
        if model.answer is not Answer.UNKNOWN:
            return model
        why = model.why
    return _unknown(why, left_out)


def _beyond(candidate: Candidate, own: Traces, other: Traces) -> str:
    """Where the pair's flag is set or looked at on a way that lacks the barrier, in words."""
    bare = set_elsewhere(candidate.shape, own, other)
    if bare is not None:
        return f"{bare.place} is set at {bare.path}:{bare.line} without the barrier"
    for shape in looks_elsewhere(candidate.shape, own, other):
        for start in starts():
            program = litmus(shape, start, "pair")
            if program is not None and not never(program.text):
                flag = (shape.own if shape.kinds[0] == "R" else shape.other).first
                return f"{flag.place} is read at {flag.path}:{flag.line} without the barrier"
    return ""


# --- what the simulator says --------------------------------------------------------------


def _judge(
    world: World, candidate: Candidate, own_gone: bool, other_gone: bool, left_out: tuple[str, ...]
) -> PairModel:
    shape = candidate.shape
    if own_gone or other_gone:
        return _missing(world, candidate, own_gone, other_gone, left_out)
    bare = _weakened(shape)
    if bare is None:
        return _unknown("one of the barriers is an operation that cannot be left out", left_out)
    for start in starts():
        program = litmus(shape, start, "pair")
        lesser = [litmus(one, start, "pair-without") for one in bare]
        if program is None or any(one is None for one in lesser):
            continue
        if not all(one is not None and possible(one.text) for one in lesser):
            continue
        if not never(program.text):
            return _unknown("the outcome is possible with both barriers", left_out)
        for own in candidate.own:
            for other in candidate.other:
                variant = litmus(Shape(own, other, candidate.kinds), start, "pair")
                if variant is not None and not never(variant.text):
                    return _unknown("the outcome is possible on another path", left_out)
        return PairModel(
            Answer.FORBIDS, f"{shape.name} on {_words(shape)}", shape, program,
            tuple(one for one in lesser if one is not None), left_out=left_out,
        )  # fmt: skip
    return _unknown("the code is ordered without the barriers", left_out)


def _missing(
    world: World, candidate: Candidate, own_gone: bool, other_gone: bool, left_out: tuple[str, ...]
) -> PairModel:
    """The outcome is possible as the code stands, and would not be with a barrier there."""
    shape = candidate.shape
    for call in (*shape.own.opaque, *shape.other.opaque):
        if not is_quiet(world.library, call):
            return _unknown(f"what {call.name}() orders is not known", left_out)
    own = strengthened(shape.own) if own_gone else shape.own
    other = strengthened(shape.other) if other_gone else shape.other
    for start in starts():
        program = litmus(shape, start, "pair")
        mended = litmus(Shape(own, other, shape.kinds), start, "pair-mended")
        if program is None or mended is None or not possible(program.text):
            continue
        if not never(mended.text):
            return _unknown("the outcome is possible with a barrier too", left_out)
        return PairModel(
            Answer.ALLOWS, f"{shape.name} on {_words(shape)}", shape, program,
            missing="own" if own_gone else "other", left_out=left_out,
        )  # fmt: skip
    return _unknown("the code is ordered without the barrier", left_out)


def _weakened(shape: Shape) -> tuple[Shape, Shape] | None:
    own, other = weakened(shape.own), weakened(shape.other)
    if own is None or other is None:
        return None
    return (Shape(own, shape.other, shape.kinds), Shape(shape.own, other, shape.kinds))


def starts() -> list[dict[str, int]]:
    """What the two places may hold before the race."""
    return [{"x": x, "y": y} for x in _STARTS for y in _STARTS]


def _words(shape: Shape) -> str:
    told = [str(one.place) for one in (shape.own.first, shape.own.last) if one.place != DATA]
    writer = shape.own if shape.own.first.writes else shape.other
    passed = "comes behind it" if writer.last.place == DATA else "comes before it"
    return " and ".join(told) + ("" if len(told) > 1 else f" and what {passed}")


def possible(text: str) -> bool:
    """True if the simulator finds the outcome of a program."""
    found = _answered(text)
    return found is not None and found.witness is not None


def never(text: str) -> bool:
    """True if the simulator excludes the outcome of a program, whatever the bounds."""
    found = _answered(text)
    return found is not None and found.verdict == "Never" and not found.bounded


def _answered(text: str) -> Outcome | None:
    """What the simulator says; None of a program that is beyond it, which decides nothing."""
    from reviewer.mmu.values import UnsupportedError  # as in ``outcome``

    try:
        return outcome(text)
    except (LitmusError, UnsupportedError):
        return None


@lru_cache(maxsize=4096)
def outcome(text: str, model: str = "lkmm") -> Outcome:
    """What the simulator says of a program; kept by its text."""
    # Imported here: few reviews have a pair to model, and the simulator is large.
    from reviewer.mmu.api import Budget, load_model, parse_litmus, simulate

    budget = Budget(seconds=_SECONDS, states=1, state_rounds=0, flag_rounds=0)
    return simulate(parse_litmus(text), load_model(model), budget)


__all__ = [
    "Answer",
    "PairModel",
    "forbidding",
    "never",
    "outcome",
    "pair_model",
    "possible",
    "starts",
]
