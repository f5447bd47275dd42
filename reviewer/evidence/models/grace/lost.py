"""What a patch does to a wait that kept readers away: the model before it and after it."""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.evidence.models.anew import callers_order_anew
from reviewer.evidence.models.definitions import is_check, is_of_the_kernel
from reviewer.evidence.models.grace.model import Answer, GraceModel, grace_model, one_place
from reviewer.evidence.models.grace.tracer import waits
from reviewer.evidence.models.reach import culprit
from reviewer.evidence.models.values import Event
from reviewer.kernel import primitive
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a wait; ``before`` is what it was if a patch lets readers meet now."""

    model: GraceModel
    before: GraceModel | None = None


def grace_left(world: World, function: Function, meant: range | None) -> Left:
    """What the waits of a function keep readers from, by the code before the patch as well.

    *Allows* is said only of what was excluded before, of the same place, where nothing on the way
    may wait in the wait's stead. In a tree alone it is unknown: the free may be another object's.
    """
    now = grace_model(world, function, meant)
    was = world.before
    former = was.source.functions_named(function.name) if was is not None else ()
    if was is None or len(former) != 1:
        return Left(_undecided(now))
    then = grace_model(was, former[0])
    if then.answer is not Answer.EXCLUDES or then.place is None:
        return Left(_undecided(now))
    member = then.place.chain[-1][1]
    same = one_place(world, function, member)
    if same.answer is not Answer.ALLOWS or same.place is None:
        return Left(_undecided(now))
    if not same.place.same(then.place):
        return Left(_undecided(now))
    unseen = next((one for one in same.hidden if _may_wait(world.library, one)), None)
    if unseen is not None:
        return Left(GraceModel(Answer.UNKNOWN, f"{unseen.name}() may wait for readers"))
    if same.gone is None and callers_order_anew(world, world.source, function):
        return Left(GraceModel(Answer.UNKNOWN, "the patch has a caller that may wait instead"))
    return Left(same, then)


def _undecided(model: GraceModel) -> GraceModel:
    if model.answer is not Answer.ALLOWS:
        return model
    return GraceModel(Answer.UNKNOWN, f"{model.why}, as far as is seen", place=model.place)


def _may_wait(library: Library, event: Event) -> bool:
    """True of a call in which a wait for readers is not excluded."""
    source = library.source(event.path)
    return source is None or _waiting(library, source, event.name) != ""


@traced_cache(maxsize=2048)
def _waiting(library: Library, source: SourceFile, name: str) -> str:
    return culprit(library, source, name, lambda where, called: _known(library, where, called))


def _known(library: Library, source: SourceFile, name: str) -> bool | None:
    """False of what waits for readers, True of what the kernel's table says does not."""
    known = primitive(name)
    if waits(name):
        return False
    if is_check(source, name):
        return True
    if known is None or not known.tags:
        return None
    return True if known.exact or is_of_the_kernel(library, source, name) else None
