"""Comments inside a function that say what is switched off, or what sleeps, at that place."""

from __future__ import annotations

import re
from dataclasses import replace

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.contexts import is_noun, of_a_device
from reviewer.claims.wording.near import is_of_noun_before
from reviewer.judging.callercontext import callers_switch_off
from reviewer.judging.callsites import Site
from reviewer.judging.context import where
from reviewer.judging.contextstate import Context, Found, Level, context_at, switches_off
from reviewer.judging.holding import one_of_several
from reviewer.judging.place import first_done, function_around, place_of
from reviewer.rule import Example, Reads, Rule, under
from reviewer.source.model import AnchorKind, Function, Operation
from reviewer.verdict import Decision, Tier, Verdict, agrees, broken, holds, unknown
from reviewer.world import World

_OFF = {
    "irq-off": Context.IRQ,
    "preempt-off": Context.PREEMPT,
    "bh-off": Context.BH,
    "rcu-reader.bh": Context.BH,
    "rcu-reader.sched": Context.PREEMPT,
    "rcu-reader": Context.RCU,
}
_OTHER_READERS = ("rcu-reader.srcu", "rcu-reader.tasks")
_ON = {"irq-on": Context.IRQ, "preempt-on": Context.PREEMPT}


class ContextIsSoHere(Rule):
    """ "Interrupts are off here", "this may sleep": what the code below such a comment relies on.

    Why it breaks: the section that switched interrupts or preemption off ends earlier than it
    used to, or the code moved out of it.

    Where it still holds: they are switched off on every way to the place, here or in all callers;
    or what stands there is known to sleep. That the first thing done there switches them off, or
    asserts that they are, agrees.

    Write instead: lockdep_assert_irqs_disabled(), lockdep_assert_preemption_disabled().

    Limits: what a call through a pointer does is not known; early boot is left alone.

    References: include/linux/lockdep.h.
    """

    name = "context-is-so-here"
    family = "context"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read yet: 0 in 1,000 files of 6.12
    reads = (
        Reads(Kind.REQUIRES, object=(*_OFF, *_ON)),
        Reads(Kind.IMPLIES, object=("may-sleep",)),
        Reads(Kind.FORBIDS, object=("may-sleep",)),
    )
    stale = (
        Example(
            """
            static void stock(struct pond *pond)
            {
                    local_irq_disable();
                    pond->fish++;
                    local_irq_enable();
                    /* Interrupts are disabled here, so the count cannot change. */
                    pond->seen = pond->fish;
            }
            """,
            words="Interrupts are disabled",
        ),
    )
    sound = (
        Example(
            """
            static void stock(struct pond *pond)
            {
                    local_irq_disable();
                    /* Interrupts are disabled here, so the count cannot change. */
                    pond->seen = pond->fish;
                    local_irq_enable();
            }
            """
        ),
        Example(
            """
            static void stock(struct pond *pond)
            {
                    /* This may sleep. */
                    mutex_lock(&pond->mutex);
                    pond->fish++;
                    mutex_unlock(&pond->mutex);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Follow the context to the place."""
        function = function_around(claim, world)
        if function is None or claim.object is None:
            return None
        behind = claim.comment.anchor.kind is AnchorKind.LINE
        if behind and claim.kind is not Kind.REQUIRES:
            return None
        if function.has_error:
            return unknown(f"{function.name}() could not be parsed")
        site = place_of(claim, function, world)
        if site is None:
            return unknown("the comment stands over no code")
        if claim.kind is Kind.IMPLIES:
            return _sleeps_here(claim, world)
        if claim.kind is Kind.FORBIDS:
            return _cannot_sleep(claim, site, function, world)
        concept = claim.object.concept
        if concept.startswith(_OTHER_READERS):
            return None
        off = next((one for root, one in _OFF.items() if under(concept, (root,))), None)
        on = next((one for root, one in _ON.items() if under(concept, (root,))), None)
        context = off or on
        assert context is not None
        if context is Context.IRQ and of_a_device(claim):
            return unknown("the words may speak of a device's interrupt")
        state = context_at(world, site, context)
        if behind and not _is_so_behind(claim, site, state.level, context, world):
            return unknown("the statement itself may change what the comment behind it speaks of")
        here = f"{context.state(off is not None)} at this place of {function.name}()"
        if state.level is (Level.OFF if off else Level.ON) and state.operations:
            places = (where(operation, world.path) for operation in state.operations)
            return (agrees if _only_said(state) else holds)(here, *places)
        if off and not behind:
            done = next((o for o in first_done(claim, site) if switches_off(o, context)), None)
            if done is not None and not _on_some_ways(claim, site, done):
                said = f"{function.name}() has {context.state(off=True)} from here"
                return agrees(said, where(done, world.path))
        switched = state.operations and all(
            _switches_on(operation.concepts) for operation in state.operations
        )
        if off and state.level is Level.ON and switched and _sure(claim) and not behind:
            return broken(
                f"The comment says that {context.value} is off here, but {function.name}() has "
                "it on on every way to this place.",
                *(where(operation, world.path) for operation in state.operations),
            )
        if off and state.level is Level.ENTRY:
            above = callers_switch_off(claim, context, function, world, f"not certainly {here}")
            return above if above.decision is not Decision.BROKEN else unknown(above.message)
        return unknown(f"not certainly {here}")


def _cannot_sleep(claim: Claim, site: Site, function: Function, world: World) -> Verdict | None:
    """Holds by what makes the place atomic, agrees by what is done as in such a place."""
    if claim.get("why") == "callable" or is_of_noun_before(claim):
        return None
    state = context_at(world, site, Context.PREEMPT)
    here = f"this place of {function.name}()"
    if state.level is Level.OFF and state.operations:
        places = (where(operation, world.path) for operation in state.operations)
        return (agrees if _only_said(state) else holds)(f"{here} is atomic", *places)
    for operation in world.facts(claim).operations:
        if "context.atomic_alloc" in operation.concepts:
            return agrees(
                f"{here} allocates as one that cannot sleep", where(operation, world.path)
            )
    silent = f"{here} is not certainly atomic"
    if state.level is Level.ENTRY:
        above = callers_switch_off(claim, Context.PREEMPT, function, world, silent)
        return above if above.decision is not Decision.BROKEN else unknown(above.message)
    return unknown(silent)


def _is_so_behind(claim: Claim, site: Site, level: Level, context: Context, world: World) -> bool:
    """True if what is so before a statement is so behind it, where the comment stands.

    The place is the next statement of the block. Of a statement that leaves there is none; where
    the block ends it is not looked for.
    """
    anchor = claim.comment.anchor
    code = site.source.code(anchor.start_byte, anchor.end_byte)
    if _LEAVES.search(code) is not None:
        return True
    behind = site.source.code(anchor.end_byte, site.caller.body_end)
    at = anchor.end_byte + len(behind) - len(behind.lstrip())
    return context_at(world, replace(site, at=at), context).level is level


def _on_some_ways(claim: Claim, site: Site, done: Operation) -> bool:
    """True of what is done under a condition, or in a loop, that begins behind the comment."""
    ahead = site.source.code(claim.comment.anchor.start_byte, done.start_byte)
    return _ON_SOME_WAYS.search(ahead) is not None or any(arm >= site.at for arm in done.arms)


_ON_SOME_WAYS = re.compile(rb"\b(?:if|else|for|while|switch)\b|\?|&&|\|\|")
_LEAVES = re.compile(rb"\b(?:return|goto|break|continue)\b")


def _only_said(state: Found) -> bool:
    """True if an assertion is among what shows it."""
    return any("context.assert" in tag for one in state.operations for tag in one.concepts)


def _switches_on(concepts: frozenset[str]) -> bool:
    """True for what says so; that something sleeps may as well speak of a device's interrupts."""
    return bool(concepts & {"context.irq_on", "context.preempt_on"})


def _sleeps_here(claim: Claim, world: World) -> Verdict | None:
    """Agrees if something in the anchored code is known to sleep."""
    if is_noun(claim) and not claim.get("possible"):
        return None
    for operation in world.facts(claim).operations:
        if "context.sleeps" in operation.concepts and "lock.release" not in operation.concepts:
            return agrees(f"{operation.name}() may sleep", where(operation, world.path))
    return unknown("nothing in the code below the comment is known to sleep")


def _sure(claim: Claim) -> bool:
    """True if the words say without a limit that it is so at this place."""
    limited = claim.scope.condition or claim.scope.until or claim.scope.unless or claim.scope.when
    plain = claim.get("force") == "states" and not claim.get("held_by")
    return plain and not limited and not one_of_several(claim)
