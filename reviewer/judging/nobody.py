"""Functions that are said to be called with a lock that nobody takes on any way to them.

Every call has to be seen, and those of the callers, up to a few levels or to where nothing calls
any more. That the lock is taken further up cannot be excluded, so no file on the way may even
spell it in its code: this is a hint, and no proof.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reviewer.judging.callsites import Site, sites_of
from reviewer.judging.lockstate import Held, Wanted, lock_at
from reviewer.judging.meant import spelled_in
from reviewer.judging.proof import entered_with
from reviewer.kernel.expressions import lock_name
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

_UP = 3
_CALLS_AT_MOST = 32


@dataclass(slots=True)
class _Seen:
    calls: dict[tuple[str, int], Site] = field(default_factory=dict)
    files: set[SourceFile] = field(default_factory=set)
    complete: bool = True


def calls_without(world: World, function: Function, lock: str) -> tuple[Site, ...]:
    """The calls of a function, if neither they nor their callers' files know of the lock.

    ``lock`` is a name of its own. () if some call cannot be seen, or may hold it.
    """
    seen = _Seen()
    _follow(world, function, Wanted(lock, "", any_owner=True), seen, _UP)
    if not seen.complete or not seen.calls:
        return ()
    if any(_knows(source, lock) for source in seen.files):
        return ()
    return tuple(seen.calls.values())


def _follow(world: World, function: Function, lock: Wanted, seen: _Seen, depth: int) -> None:
    seen.files.add(world.source)
    sites = sites_of(world, function)
    if sites.why or sites.unread:
        seen.complete = False
        return
    for site in sites.known:
        key = (site.path, site.start_byte)
        if not seen.complete or key in seen.calls:
            continue
        seen.calls[key] = site
        seen.files.add(site.source)
        state = lock_at(world, site, lock)
        told = state.held is not Held.ENTRY or bool(entered_with(site.caller, lock))
        if told or len(seen.calls) > _CALLS_AT_MOST:
            seen.complete = False
        elif depth > 1:
            here = world if site.path == world.path else World(site.source, world.library)
            _follow(here, site.caller, lock, seen, depth - 1)


def _knows(source: SourceFile, lock: str) -> bool:
    """True if the code of a file spells the lock, or does something with it by another name."""
    word = re.compile(rb"\b\w*" + re.escape(lock.encode()) + rb"\w*\b")
    if word.search(source.code()):
        return True
    return any(lock_name(one) == lock for one in spelled_in(source))
