"""What a patch does to a wait that kept readers away: the model before it and after it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from reviewer.evidence.models.anew import changed_files
from reviewer.evidence.models.grace.hidden import may_lock, may_wait, waits_behind
from reviewer.evidence.models.grace.model import Answer, GraceModel, grace_model, one_place
from reviewer.evidence.models.grace.readers import Reader
from reviewer.evidence.models.grace.tracer import concepts, waits, waits_itself
from reviewer.evidence.models.values import Event
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

_BY_RCU = re.compile(rb"\bSLAB_(?:TYPESAFE|DESTROY)_BY_RCU\b")
"""include/linux/slab.h: what such a cache frees stays an object of its kind for a grace period."""

_FILES_AT_MOST = 40
"""Files with the name of a cache, beyond which any may make it."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a wait; ``before`` is what it was if a patch lets readers meet now.

    The model after the patch has ``gone`` if the free itself is seen; if not, readers are waited
    for no more by the time that the function goes on.
    """

    model: GraceModel
    before: GraceModel | None = None


def grace_left(
    world: World, function: Function, meant: range | None,
    explains: Callable[[Event], bool] = lambda _: False,
) -> Left:  # fmt: skip
    """What the waits of a function keep readers from, by the code before the patch as well.

    *Allows* is said only of what was excluded before, of the same place, where no path waits any
    more (conditions may exclude the others), nothing on the way may wait in the wait's stead, and
    the reader takes no lock before it looks. In a tree alone it is unknown: the free may be
    another object's. The free must be seen, unless the comment ``explains`` the wait that goes:
    then it is enough that the patch does nothing but take it away, or move it before the link.
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
    if same.partly:
        return Left(_unknown("readers are still waited for on some paths"))
    told = one_place(world, function, member, None, partial(_kept_out, world))
    if told.answer is not Answer.ALLOWS:
        return Left(told)
    if told.gone is not None:
        why = _not_freed_in_time(world, function, then, told, told.gone)
    else:
        why = _not_waited_for(world, function, former[0], then, told, explains)
    return Left(_unknown(why)) if why else Left(told, then)


def _unknown(why: str) -> GraceModel:
    return GraceModel(Answer.UNKNOWN, why)


def _not_freed_in_time(
    world: World, function: Function, then: GraceModel, told: GraceModel, gone: Event
) -> str:
    """Why a free that is seen may be behind all readers still; '' if it is not.

    What was given up behind a grace period may be freed at once now; what was freed in one way, and
    is in another, may go where it outlasts that.
    """
    if then.gone is None or _outlasts(world, gone):
        return "the patch may free it in another way"
    if gone.name != then.gone.name and not (waits(then.gone.name) and _is_at_once(gone.name)):
        return "the patch may free it in another way"
    if told.linked:
        return ""  # whatever waits before the link goes
    unseen = may_wait(world.library, world.source, function, told.steps[0], gone)
    return f"{unseen}() may wait for readers" if unseen else ""


def _is_at_once(name: str) -> bool:
    """True of what frees memory when it is called, into no cache of its own."""
    return "free" in concepts(name) and not waits(name) and name != "kmem_cache_free"


def _not_waited_for(
    world: World, function: Function, former: Function, then: GraceModel, told: GraceModel,
    explains: Callable[[Event], bool],
) -> str:  # fmt: skip
    """Why readers may be waited for still though no wait of the function is left; '' if not so.

    The comment says that it is this wait that they are kept away by. A patch that changes more than
    the function, or does anything there but take the wait away or move it, may have the wait, or
    what stands in for it, anywhere.
    """
    was = world.before
    wait = then.steps[1]
    if was is None or not waits_itself(wait.name) or not explains(wait):
        return "whoever frees it may wait for readers"
    if not _changes_only(world, was, function, former):
        return "the patch may have somebody else wait for readers"
    if not _takes_only(world, was, function, former, (wait.name, told.steps[0].name)):
        return "the patch may do something else in the wait's stead"
    unlink = then.steps[0]
    unseen = may_wait(was.library, was.source, former, unlink, wait)
    root = re.search(r"\w+", unlink.place.base) if unlink.place is not None else None
    behind = waits_behind(was.library, was.source, former, wait, root[0] if root else "")
    unseen = unseen or behind
    return f"{unseen}() may wait for readers" if unseen else ""


def _changes_only(world: World, was: World, function: Function, former: Function) -> bool:
    """True if a patch leaves all as it was but the body of one function."""
    now, then = world.source, was.source
    return (
        changed_files(world) == frozenset((now.path,))
        and now.data[: function.body_start] == then.data[: former.body_start]
        and now.data[function.body_end :] == then.data[former.body_end :]
    )


def _takes_only(
    world: World, was: World, function: Function, former: Function, moved: tuple[str, ...]
) -> bool:
    """True if a patch does nothing to a function but take away or move calls of these names."""
    now, then = (
        list(_statements(at.source, one, moved)) for at, one in ((world, function), (was, former))
    )
    return now == then


def _statements(source: SourceFile, function: Function, moved: tuple[str, ...]) -> Iterator[bytes]:
    """The statements of a function without blanks, and without calls of some names.

    A condition before nothing else is none.
    """
    code = source.code(function.start_byte, function.body_end)
    called = re.compile(rb"\b(?:%s)\s*\(.*\)\s*\Z" % "|".join(map(re.escape, moved)).encode(), re.S)
    for one in re.finditer(rb"[^;{}]+", code):
        left = b"".join(called.sub(b"", one[0]).split())
        ends = code[one.end() : one.end() + 1] == b";"
        if left and not (ends and _HEAD.fullmatch(left)):
            yield left


_HEAD = re.compile(rb"(?:else)?(?:if\(.*\)|else)?", re.S)


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


def _kept_out(world: World, reader: Reader) -> str:
    """What a reader may take a lock with before it looks: the updater's perhaps; '' if nothing."""
    source = world.library.source(reader.look.path)
    found = source.functions_named(reader.function) if source is not None else ()
    for one in found:
        assert source is not None  # it has the function
        if locked := may_lock(world.library, source, one, reader.look.top):
            return locked
    return "" if found else reader.function


def _undecided(model: GraceModel) -> GraceModel:
    if model.answer is not Answer.ALLOWS:
        return model
    return GraceModel(Answer.UNKNOWN, f"{model.why}, as far as is seen", place=model.place)
