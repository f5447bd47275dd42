"""Callers as evidence: in which context they call a function whose comment asks for one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.claims.model import Claim
from reviewer.judging.callsites import Site, Sites, sites_of
from reviewer.judging.contextstate import Context, Found, Level, context_at
from reviewer.judging.holding import one_of_several
from reviewer.source.model import Function
from reviewer.verdict import Location, Verdict, broken, holds, unknown
from reviewer.world import World

_CHANGES = re.compile(r"\b(?:enabl|re-?enabl|turns?|return|restor|unless|exit)\w*", re.I)
_SPARES = re.compile(r"\bGFP_(?:ATOMIC|NOWAIT)\b|\bfalse\b|\bNULL\b|(?:\A|\W)0\Z|NOWAIT|ATOMIC|!")
"""Arguments that may tell a function not to sleep this time."""


def callers_switch_off(
    claim: Claim, context: Context, function: Function, world: World, silent: str
) -> Verdict:
    """Judge "called with interrupts off"; ``silent`` is what the function itself says of it."""
    sites = sites_of(world, function)
    found = _states(world, sites, context)
    for site, state in found:
        if state.level is not Level.ON or state.deed is None or one_of_several(claim):
            continue
        if state.after and _CHANGES.search(claim.comment.text):
            continue
        return broken(
            f"The comment asks for {context.value} disabled, but {site.caller.name}() calls "
            f"{function.name}() with {context.value} on, as {state.deed.name}() "
            f"{'behind' if state.after else 'before'} the call shows.",
            *_evidence(site, state, function),
        )
    return _counted(sites, found, function, Level.OFF, f"{context.value} off", silent)


def callers_leave_on(
    claim: Claim, context: Context, function: Function, world: World, silent: str
) -> Verdict:
    """Judge "may sleep" and the like: broken if some caller certainly is in an atomic section."""
    sites = sites_of(world, function)
    found = _states(world, sites, context)
    for site, state in found:
        if state.level is not Level.OFF or state.deed is None or one_of_several(claim):
            continue
        if (
            any(_SPARES.search(one) for one in site.arguments)
            or site.facts.operations[site.number].conditions
        ):
            continue
        return broken(
            f"The comment does not go with {site.caller.name}(), which calls {function.name}() "
            f"with {context.value} off: {state.deed.name}() comes before.",
            *_evidence(site, state, function),
        )
    return _counted(sites, found, function, Level.ON, f"{context.value} on", silent)


def _states(world: World, sites: Sites, context: Context) -> list[tuple[Site, Found]]:
    return [(one, context_at(world, one, context)) for one in sites.known]


def _counted(
    sites: Sites,
    found: list[tuple[Site, Found]],
    function: Function,
    level: Level,
    words: str,
    silent: str,
) -> Verdict:
    if sites.why:
        return unknown(f"{silent}; {sites.why}")
    good = [(site, state) for site, state in found if state.level is level]
    if found and len(good) == len(found) and not sites.unread:
        shown = dict.fromkeys(at for site, state in good for at in _shows(site, state, words))
        every = "its only call is" if len(good) == 1 else f"all {len(good)} calls are"
        return holds(f"{function.name}(): {every} made with {words}", *shown)
    rest = f", {sites.unread} further mentions" if sites.unread else ""
    return unknown(f"{silent}; {len(good)} of {len(found)} calls seen have {words}{rest}")


def _shows(site: Site, state: Found, words: str) -> Iterator[Location]:
    """The operations that show in which context a call is made, one for each way to it."""
    if not state.deeds:
        yield Location(site.path, site.line, f"{site.caller.name}() calls it with {words}")
    for deed in state.deeds:
        path, line = deed.place if deed.via and deed.place[1] else ("", 0)
        note = f"{deed.name}() shows {words} where {site.caller.name}() calls it"
        yield Location(path or site.path, line or deed.line, note)


def _evidence(site: Site, state: Found, function: Function) -> tuple[Location, ...]:
    call = Location(site.path, site.line, f"{site.caller.name}() calls {function.name}()")
    if state.deed is None:
        return (call,)
    deed = state.deed
    through = f", by {deed.via[0]}()" if deed.via else ""
    return call, Location(site.path, deed.line, f"{deed.name}(){through}")
