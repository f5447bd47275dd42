"""Whether a patch has callers order more than before: a barrier that is gone may be there."""

from __future__ import annotations

import re
from collections import Counter

from reviewer.evidence.models.calls import ORDERING
from reviewer.kernel import primitive
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

_CALLERS = 200
"""Files with callers that are compared with what they were."""


def callers_order_anew(world: World, source: SourceFile, function: Function) -> bool:
    """True if a caller orders more often than before, in whatever file: the barrier may be there.

    So it may if there are too many callers to look at.
    """
    paths = dict.fromkeys([source.path, *(one.path for one in world.callers(function.name))])
    return len(paths) > _CALLERS or any(_orders_anew(world, path, function) for path in paths)


def _orders_anew(world: World, path: str, function: Function) -> bool:
    """True if a function of a file that calls another one orders more often than before."""
    now = world.file(path)
    was = world.before.library.source(path) if world.before is not None else None
    if now is None or (was is not None and was.data == now.data):
        return False
    for caller in now.functions:
        words = _called(now, caller)
        if function.name not in words:
            continue
        if was is not None:
            for former in was.functions_named(caller.name):
                words -= _called(was, former)
        if any((known := primitive(word)) and known.order & ORDERING for word in words):
            return True
    return False


def _called(source: SourceFile, function: Function) -> Counter[str]:
    """What a function calls, with how often it does."""
    code = source.code(function.body_start, function.body_end)
    return Counter(name.decode() for name in re.findall(rb"\b([A-Za-z_]\w*)\s*\(", code))
