"""Whether the loss of a barrier would show: a pair that holds by it must fall without it.

Where only the flag of a pair is seen, a stand-in tells what it passes. The model with the stand-in
says *Sometimes* without the barrier; whether the code is then disordered depends on what really
stands there: a call between may order as well. Such a pair is not decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reviewer.claims.model import Claim
from reviewer.evidence.models.emit import litmus, relaxed
from reviewer.evidence.models.flags import DATA
from reviewer.evidence.models.kept import kept
from reviewer.evidence.models.pairs import Answer, PairModel, possible, starts
from reviewer.evidence.models.passed import Stretch, stretch
from reviewer.evidence.models.shapes import Shape
from reviewer.evidence.models.sides import BODIES, each_way
from reviewer.evidence.models.steps import counts, lesser, places_of, spans
from reviewer.evidence.models.trace import MARK, words_of
from reviewer.evidence.models.values import Does, Event, Trace
from reviewer.evidence.models.windows import Window
from reviewer.judging.pairing import Place
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World


def allowed(
    former: PairModel, shapes: list[Shape | None], missing: str, left: list[Stretch | None]
) -> PairModel | None:
    """The model of the first shape in which the outcome is possible now; None if it is in none.

    ``left`` is what each shape lacks: where that is not known, or assumed, nothing is shown.
    """
    for shape, lacking in zip(shapes, left, strict=True):
        if shape is None or lacking is None or lacking.assumed:
            continue
        for start in starts():
            program = litmus(shape, start, "pair")
            if program is not None and possible(program.text):
                return replace(
                    former, answer=Answer.ALLOWS, shape=shape, program=program, missing=missing,
                    without=(), before=former.program, in_callers=lacking.in_callers,
                )  # fmt: skip
    return None


def unshown(world: World, claim: Claim, place: Place, model: PairModel) -> str:
    """The barrier of a pair whose loss would show nothing, in words; '' if both would."""
    shape = model.shape
    function = world.source.function_at(claim.comment.start_byte)
    if shape is None or function is None or not _stands_in(shape):
        return ""
    anchor = (claim.comment.anchor.start_byte,)
    own = ((world.source, function, anchor),)
    if not _shows(world, own, shape, "own", model):
        return _said(shape.own)
    turned = Shape(shape.other, shape.own, shape.kinds)
    others = tuple(
        (source, one, places_of(source, one, shape.other))
        for source, one in world.functions(place.name)[:BODIES]
    )
    return "" if _shows(world, others, turned, "other", model) else _said(shape.other)


def _stands_in(shape: Shape) -> bool:
    """True of a flag alone, with a stand-in for what it passes."""
    return any(event.place == DATA for event in (*shape.own.events, *shape.other.events))


def _said(window: Window) -> str:
    event = window.events[window.barrier]
    return (
        f"it cannot be shown that {event.name}() at {event.path}:{event.line} alone orders what "
        "the flag passes"
    )


def _shows(
    world: World, sides: Sequence[tuple[SourceFile, Function, tuple[int, ...]]], shape: Shape,
    missing: str, model: PairModel,
) -> bool:  # fmt: skip
    """True if a side without its barrier allows the outcome, or something else is told to order.

    ``shape`` has that side's window first.
    """
    for source, function, places in sides:
        left: list[Stretch | None] = list(_lacking(world, source, function, places, shape))
        steps = [
            None
            if one is None
            else Shape(one.steps, shape.other, shape.kinds)
            if missing == "own"
            else Shape(shape.other, one.steps, shape.kinds)
            for one in left
        ]
        if allowed(model, steps, missing, left) or kept(model, steps, missing, left):
            return True
    return False


def _lacking(
    world: World, source: SourceFile, function: Function, places: tuple[int, ...], shape: Shape
) -> Iterator[Stretch | None]:
    """The steps of a side on each of its paths, with the barrier weakened there."""
    window = shape.own
    barrier = window.events[window.barrier]
    steps = [e for e in window.events if e.place != DATA and e.name != MARK]
    roles = {e.place.role for e in steps if e.place is not None}
    wanted = [e for e in steps if counts(e, roles)]
    gone = next(n for n, e in enumerate(wanted) if e is barrier)
    words = words_of(world, source, [function])
    site = (barrier.path, barrier.line, barrier.name)
    ways = each_way(world, words, source, function, places)
    for trace in (path for _, paths in ways for path in paths):
        events = [_weaker(e) if (e.path, e.line, e.name) == site else (e,) for e in trace.events]
        path = Trace(tuple(event for some in events for event in some), trace.partial)
        if path == trace:
            continue
        for expected in lesser(wanted, gone):
            for one in spans(path, expected, roles):
                yield stretch(world, path, one, window, shape.other)


def _weaker(event: Event) -> tuple[Event, ...]:
    if event.does is Does.FENCE:
        return ()
    statement = relaxed(event.statement)
    return (replace(event, statement=statement or event.statement, orders=False),)
