"""A way from where the kernel enters code to a function, on which a lock is certainly not taken.

An interrupt handler, a timer, a work item or a thread begins with no lock of the code that
registered it. If it calls the function, through callers none of which so much as spells the lock,
the function is called without it. Whether some condition on the way can never be true is not
asked: this is a hint, and no proof.
"""

from __future__ import annotations

import re

from reviewer.evidence.entry_points import registered
from reviewer.judging.callsites import Site, sites_of
from reviewer.judging.lockstate import Held, Wanted, lock_at
from reviewer.judging.proof import entered_with
from reviewer.source.model import Function
from reviewer.verdict import Location
from reviewer.world import World

_UP = 4
_CALLS_AT_MOST = 40


def unheld_way(world: World, function: Function, lock: str) -> tuple[Location, ...]:
    """The registration and the calls of such a way, () if there is none or too much to look at.

    ``lock`` is a name of its own: that of no other object.
    """
    return _follow(world, function, Wanted(lock, "", any_owner=True), set(), _UP)


def _follow(
    world: World, function: Function, lock: Wanted, seen: set[tuple[str, int]], depth: int
) -> tuple[Location, ...]:
    for site in sites_of(world, function).known:
        key = (site.path, site.start_byte)
        if key in seen or len(seen) > _CALLS_AT_MOST or not _ignores(world, site, lock):
            continue
        seen.add(key)
        call = Location(site.path, site.line, f"{site.caller.name}() calls {function.name}()")
        here = world if site.path == world.path else World(site.source, world.library)
        entry = registered(here, site.caller)
        if entry is not None:
            return (entry, call)
        above = _follow(here, site.caller, lock, seen, depth - 1) if depth > 1 else ()
        if above:
            return (*above, call)
    return ()


def _ignores(world: World, site: Site, lock: Wanted) -> bool:
    """True if the caller of a function neither has the lock nor knows of it."""
    if site.through or entered_with(site.caller, lock):
        return False
    code = site.source.code(site.caller.start_byte, site.caller.end_byte)
    if re.search(rb"\w*" + re.escape(lock.name.encode()), code):
        return False
    return lock_at(world, site, lock).held is Held.ENTRY
