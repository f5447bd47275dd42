"""What a patch does to a wait that kept readers away: the model before it and after it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.evidence.models.grace.hidden import may_lock, may_wait
from reviewer.evidence.models.grace.model import Answer, GraceModel, grace_model, one_place
from reviewer.evidence.models.values import Event
from reviewer.source.model import Function
from reviewer.world import World

_BY_RCU = re.compile(rb"\bSLAB_(?:TYPESAFE|DESTROY)_BY_RCU\b")
"""include/linux/slab.h: what such a cache frees stays an object of its kind for a grace period."""

_FILES_AT_MOST = 40
"""Files with the name of a cache, beyond which any may make it."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a wait; ``before`` is what it was if a patch lets readers meet now."""

    model: GraceModel
    before: GraceModel | None = None


def grace_left(world: World, function: Function, meant: range | None) -> Left:
    """What the waits of a function keep readers from, by the code before the patch as well.

    *Allows* is said only of what was excluded before, of the same place, where the free is seen,
    no path waits any more (conditions may exclude the others), nothing on the way may wait in
    the wait's stead, and the reader takes no lock before it looks. In a tree alone it is unknown:
    the free may be another object's.
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
    if same.gone is None:
        return Left(GraceModel(Answer.UNKNOWN, "whoever frees it may wait for readers"))
    if then.gone is None or same.gone.name != then.gone.name or _outlasts(world, same.gone):
        return Left(GraceModel(Answer.UNKNOWN, "the patch may free it in another way"))
    if same.partly:
        return Left(GraceModel(Answer.UNKNOWN, "readers are still waited for on some paths"))
    unseen = may_wait(world.library, world.source, function, same.steps[0], same.gone)
    if unseen:
        return Left(GraceModel(Answer.UNKNOWN, f"{unseen}() may wait for readers"))
    locked = _kept_out(world, same)
    if locked:
        return Left(GraceModel(Answer.UNKNOWN, f"{locked}() may keep the reader out"))
    return Left(same, then)


def _outlasts(world: World, gone: Event) -> bool:
    """True if what is freed may be of such a cache: one that a file which has its name makes so."""
    index = world.index
    paths = {world.path, gone.path}
    if gone.name == "kmem_cache_free" and index is not None:  # of the cache that it is given first
        for name in re.findall(r"[A-Za-z_]\w*", gone.value.text.partition("\n")[0])[-1:]:
            paths.update(index.files(name))
    sources = (world.library.source(path) for path in sorted(paths)[:_FILES_AT_MOST])
    return len(paths) > _FILES_AT_MOST or any(
        one is not None and _BY_RCU.search(one.code()) for one in sources
    )


def _kept_out(world: World, model: GraceModel) -> str:
    """What the reader that is told may take a lock with before it looks: the updater's perhaps."""
    if model.reader is None:
        return ""
    source = world.library.source(model.reader.look.path)
    found = source.functions_named(model.reader.function) if source is not None else ()
    for one in found:
        assert source is not None  # it has the function
        if locked := may_lock(world.library, source, one, model.reader.look.top):
            return locked
    return "" if found else model.reader.function


def _undecided(model: GraceModel) -> GraceModel:
    if model.answer is not Answer.ALLOWS:
        return model
    return GraceModel(Answer.UNKNOWN, f"{model.why}, as far as is seen", place=model.place)
