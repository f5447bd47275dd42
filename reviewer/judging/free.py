"""Whether a lock is certainly not held where a function is called.

It is not where the caller has dropped it on every way, or takes it itself behind the call. Where
the caller does nothing with a lock of that name its own callers are asked, up to a thread, a work
item, a timer or an interrupt handler, which begins with no lock of others; nothing that is called
on the way may so much as spell it. A helper that is not looked into may still take it, and what
is called through a pointer: so comment and code agree, and no more.
"""

from __future__ import annotations

from reviewer.judging.before import may_take_before
from reviewer.judging.callsites import InTable, Site, Sites, sites_of
from reviewer.judging.lockstate import Held, Wanted, lock_at
from reviewer.judging.proof import Budget, entered_with, shown, translated
from reviewer.kernel.entry_points import enters_apart
from reviewer.verdict import Location
from reviewer.world import World

_UP = 5
_CALLS_AT_MOST = 48


def free_at_every_call(world: World, site: Site, wanted: Wanted) -> tuple[Location, ...] | None:
    """What shows that the function around ``site`` is nowhere called with a lock of its words.

    None if that is not certain.
    """
    return _on_entry(world, site, wanted, Budget(_CALLS_AT_MOST), _UP)


def _on_entry(
    world: World, site: Site, wanted: Wanted, budget: Budget, depth: int
) -> tuple[Location, ...] | None:
    function = site.caller
    if function.static and site.path.endswith(".h"):
        return None
    here = world if site.path == world.path else World(site.source, world.library)
    sites, begun = _less_begun(sites_of(here, function, tables=True))
    if sites.why or sites.unread or not (sites.known or begun):
        return None
    found = dict.fromkeys(begun)
    for one in sites.known:
        above = translated(wanted, site.source, function, one)
        free = None if above is None else _at(here, one, above, budget, depth)
        if free is None:
            return None
        found.update(dict.fromkeys(free))
    return tuple(found)


def _at(
    world: World, site: Site, wanted: Wanted, budget: Budget, depth: int
) -> tuple[Location, ...] | None:
    if not budget.spend() or entered_with(site.caller, wanted) or site.through:
        return None
    state = lock_at(world, site, wanted)
    if state.held in (Held.RELEASED, Held.TAKEN_AFTER):
        return tuple(shown(site, one) for one in state.operations)
    if state.held is not Held.ENTRY or depth == 0 or may_take_before(world, site, wanted.name):
        return None
    return _on_entry(world, site, wanted, budget, depth - 1)


def _less_begun(sites: Sites) -> tuple[Sites, tuple[Location, ...]]:
    """The calls less those of what the kernel begins with no lock of others, and where it is."""
    rest, sure = sites.entered(_is_begun)
    said = (
        Location(one.path, one.line, f"{one.member.partition(' ')[0]}() has it begin with no lock")
        for one in sure
    )
    return rest, tuple(said)


def _is_begun(table: InTable) -> bool:
    call, _, number = table.member.partition(" ")
    return number.isdigit() and not table.lock and enters_apart(call, int(number))
