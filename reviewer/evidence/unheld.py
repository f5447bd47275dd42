"""A way from where the kernel enters code to a function, on which a lock is certainly not taken.

An interrupt handler, a timer, a work item or a thread begins with no lock of the code that
registered it. If it calls the function on every way through it, through callers that do so too and
none of which, nor what they call before, so much as spells the lock, the function is called without
it. A call under a condition, or behind a return, tells nothing: that may be the one that asks who
holds the lock. What the kernel enters has none to ask for: where it returns early does not matter.
A call through a member of an operations table counts where the condition is that there is one. What
is called through other pointers is not followed: this is a hint, and no proof.
"""

from __future__ import annotations

import re

from reviewer.evidence.entry_points import registered
from reviewer.judging.before import may_take_before
from reviewer.judging.callsites import Site, sites_of
from reviewer.judging.lockstate import Held, Wanted, lock_at
from reviewer.judging.proof import entered_with
from reviewer.kernel.table import named_locks
from reviewer.source.model import Function
from reviewer.verdict import Location
from reviewer.world import World

_UP = 4
_CALLS_AT_MOST = 40
_LEAVES = re.compile(rb"\b(?:return|goto)\b")
_IF_IT_IS = rb"\bif\s*\(\s*[\w>.-]+->"
_THEN = rb"\s*\)\s*(?:\{[^{}]*)?\Z"


def unheld_way(world: World, function: Function, lock: str) -> tuple[Location, ...]:
    """The registration and the calls of such a way, () if there is none or too much to look at.

    ``lock`` is a name of its own: that of no other object. One that has calls of its own
    (rtnl_lock(), bh_lock_sock()) is taken without being spelled.
    """
    if lock in named_locks():
        return ()
    return _follow(world, function, Wanted(lock, "", any_owner=True), set(), _UP)


def _follow(
    world: World, function: Function, lock: Wanted, seen: set[tuple[str, int]], depth: int
) -> tuple[Location, ...]:
    for site in sites_of(world, function, tables=depth == _UP).known:
        key = (site.path, site.start_byte)
        if key in seen or len(seen) > _CALLS_AT_MOST or not _ignores(world, site, lock):
            continue
        seen.add(key)
        call = Location(site.path, site.line, f"{site.caller.name}() calls {function.name}()")
        here = world if site.path == world.path else World(site.source, world.library)
        entry = registered(here, site.caller)
        if entry is not None:
            return (entry, call)
        if depth == 1 or _LEAVES.search(_before(site)):
            continue
        above = _follow(here, site.caller, lock, seen, depth - 1)
        if above:
            return (*above, call)
    return ()


def _ignores(world: World, site: Site, lock: Wanted) -> bool:
    """True if the caller of a function always calls it, neither has the lock nor knows of it."""
    if entered_with(site.caller, lock) or not _always(site):
        return False
    code = site.source.code(site.caller.start_byte, site.caller.end_byte)
    if lock.name.encode() in code or may_take_before(world, site, lock.name):
        return False
    return lock_at(world, site, lock).held is Held.ENTRY


def _always(site: Site) -> bool:
    """True if the call is made on every way that comes so far, in every configuration.

    Through a member of a table also where there is such a member.
    """
    call = site.facts.operations[site.number]
    if call.conditions or not site.through:
        return not (call.arms or call.conditions)
    asked = re.search(_IF_IT_IS + site.through.encode() + _THEN, _before(site))
    return len(call.arms) <= (asked is not None)


def _before(site: Site) -> bytes:
    """The code of a caller up to the call."""
    return site.source.code(site.caller.body_start, site.start_byte)
