"""Callers as evidence: in which context they call a function whose comment asks for one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from reviewer.claims.model import Claim
from reviewer.claims.wording.contexts import speaks_of_change
from reviewer.judging.callsites import Site, Sites, sites_of
from reviewer.judging.contextstate import Context, Found, Level, context_at
from reviewer.judging.holding import one_of_several
from reviewer.judging.proof import Budget, Proof, joined, mostly
from reviewer.source.model import Function
from reviewer.verdict import Location, Verdict, agrees, broken, holds, unknown
from reviewer.world import World

_SPARES = re.compile(r"\bGFP_(?:ATOMIC|NOWAIT)\b|\bfalse\b|\bNULL\b|(?:\A|\W)0\Z|NOWAIT|ATOMIC|!")
"""Arguments that may tell a function not to sleep this time."""
_UP = 5
"""How many callers up the context is looked for in which a caller is entered itself."""


def callers_switch_off(
    claim: Claim, context: Context, function: Function, world: World, silent: str
) -> Verdict:
    """Judge "called with interrupts off"; ``silent`` is what the function itself says of it."""
    sites = sites_of(world, function, tables=True)
    for site, state in _states(world, sites, context):
        if context is Context.RCU:
            break  # what else keeps a grace period from ending is not looked for
        if site.through:
            continue
        if state.level is not Level.ON or state.operation is None or one_of_several(claim):
            continue
        if state.after and speaks_of_change(claim):
            continue
        return broken(
            f"The comment asks for {context.value} disabled, but {site.caller.name}() calls "
            f"{function.name}() with {context.value} on, as {state.operation.name}() "
            f"{'behind' if state.after else 'before'} the call shows.",
            *_evidence(site, state, function),
        )
    return _counted(world, sites, f"{function.name}()", context, Level.OFF, silent)


def callers_leave_on(
    claim: Claim, context: Context, function: Function, world: World, silent: str
) -> Verdict:
    """Judge "may sleep" and the like: broken if some caller certainly is in an atomic section."""
    sites = sites_of(world, function, tables=True)
    for site, state in _states(world, sites, context):
        if (
            site.through
            or state.level is not Level.OFF
            or state.operation is None
            or one_of_several(claim)
        ):
            continue
        if (
            any(_SPARES.search(one) for one in site.arguments)
            or site.facts.operations[site.number].conditions
        ):
            continue
        return broken(
            f"The comment does not go with {site.caller.name}(), which calls {function.name}() "
            f"with {context.value} off: {state.operation.name}() comes before.",
            *_evidence(site, state, function),
        )
    return _counted(world, sites, f"{function.name}()", context, Level.ON, silent)


def called_atomic(function: Function, world: World) -> Verdict | None:
    """Agrees if some call is certainly made where nothing may sleep: it is relied on not to."""
    sites = sites_of(world, function, tables=True)
    call = atomic_call(replace(sites, known=tuple(s for s in sites.known if not s.through)), world)
    if call is None:
        return None
    caller, places = call
    said = f"{caller} calls {function.name}() with preemption off"
    return agrees(said, *places, partial=True)


def atomic_call(sites: Sites, world: World) -> tuple[str, tuple[Location, ...]] | None:
    """Who of some callers certainly calls with preemption off, and by what; None if nobody does."""
    for site in sites.known[:_ASKED_AT_MOST]:
        state = context_at(world, site, Context.PREEMPT)
        if state.level is Level.OFF and state.operations:
            return f"{site.caller.name}()", tuple(_shows(site, state, "preemption off"))
    return None


_ASKED_AT_MOST = 12


def calls_made_so(world: World, sites: Sites, called: str, context: Context) -> Verdict:
    """Whether calls, of ``called`` in a message, are made with something switched off."""
    return _counted(world, sites, called, context, Level.OFF, "not every call can be told")


def _states(world: World, sites: Sites, context: Context) -> list[tuple[Site, Found]]:
    return [(one, context_at(world, one, context)) for one in sites.known]


def _counted(
    world: World, sites: Sites, called: str, context: Context, level: Level, silent: str
) -> Verdict:
    if sites.why:
        return unknown(f"{silent}; {sites.why}")
    words = context.state(level is Level.OFF)
    budget = Budget()
    sites, said = _entered(world, sites, context, level)
    every = [_proof(world, one, context, level, budget, _UP) for one in sites.known]
    good = [one for one in every if one is not None]
    shown = tuple(dict.fromkeys(at for one in good for at in one.places))
    if good and len(good) == len(every) and not sites.unread:
        calls = "its only call is" if len(good) == 1 else f"all {len(good)} calls are"
        judged = agrees if said or any(one.said for one in good) else holds
        return judged(f"{called}: {calls} made with {words}", *said, *shown)
    if said and not every and not sites.unread:
        return agrees(f"{called} is entered with {words}", *said)
    rest = f", {sites.unread} further mentions" if sites.unread else ""
    if mostly(len(good), len(every)):
        most = f"{called}: {len(good)} of {len(every)} calls seen are made with {words}"
        return agrees(f"{most}, the others cannot be told{rest}", *shown[:8], partial=True)
    return unknown(f"{silent}; {len(good)} of {len(every)} calls seen have {words}{rest}")


def _proof(
    world: World, site: Site, context: Context, level: Level, budget: Budget, depth: int
) -> Proof | None:
    """The operations that show the context of a call, here or in all callers; None if not sure."""
    if not budget.spend():
        return None
    state = context_at(world, site, context)
    if state.level is level:
        return Proof(tuple(_shows(site, state, context.state(level is Level.OFF))))
    if state.level is not Level.ENTRY or depth == 0:
        return None
    if site.caller.static and site.path.endswith(".h"):
        return None
    here = world if site.path == world.path else World(site.source, world.library)
    above = sites_of(here, site.caller, tables=True)
    sites, said = _entered(here, above, context, level)
    if sites.why or sites.unread or not (sites.known or said):
        return None
    found = [Proof(said, said=True)] if said else []
    for one in sites.known:
        proof = _proof(here, one, context, level, budget, depth - 1)
        if proof is None:
            return None
        found.append(proof)
    return joined(found)


_GIVEN: Mapping[Level, Mapping[Context, tuple[str, ...]]] = {
    Level.OFF: {
        Context.IRQ: ("hardirq",),
        Context.PREEMPT: ("hardirq", "softirq"),
        Context.BH: ("hardirq", "softirq"),
    },
    Level.ON: dict.fromkeys((Context.IRQ, Context.PREEMPT, Context.BH), ("process-context",)),
}
"""What the context in which the kernel enters a function tells. A handler may run in a thread, by
the command line or with PREEMPT_RT, so nothing holds by it."""


def _entered(
    world: World, sites: Sites, context: Context, level: Level
) -> tuple[Sites, tuple[Location, ...]]:
    """The calls less those by what the kernel is handed to enter it so, and where that is done.

    Not those through a member that some call in sight makes otherwise: who calls his driver's
    suspend() with a spin lock held has another contract.
    """
    given = _GIVEN.get(level, {}).get(context, ())
    contrary = Level.ON if level is Level.OFF else Level.OFF
    otherwise = {
        one.through
        for one in sites.known
        if given and one.through and context_at(world, one, context).level is contrary
    }
    rest, sure = sites.entered(lambda one: one.context in given and one.member not in otherwise)
    words = context.state(level is Level.OFF)
    said = (
        Location(one.path, one.line, f"{one.member.partition(' ')[0]}: entered with {words}")
        for one in sure
    )
    return rest, tuple(said)


def _shows(site: Site, state: Found, words: str) -> Iterator[Location]:
    """The operations that show in which context a call is made, one for each way to it."""
    if not state.operations:
        yield Location(site.path, site.line, f"{site.caller.name}() calls it with {words}")
    for operation in state.operations:
        path, line = operation.place if operation.via and operation.place[1] else ("", 0)
        note = f"{operation.name}() shows {words} where {site.caller.name}() calls it"
        yield Location(path or site.path, line or operation.line, note)


def _evidence(site: Site, state: Found, function: Function) -> tuple[Location, ...]:
    call = Location(site.path, site.line, f"{site.caller.name}() calls {function.name}()")
    if state.operation is None:
        return (call,)
    operation = state.operation
    through = f", by {operation.via[0]}()" if operation.via else ""
    return call, Location(site.path, operation.line, f"{operation.name}(){through}")
