"""Functions that demand the atomic context their callers are told to avoid."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.contexts import is_noun, of_a_device
from reviewer.claims.wording.duties import others
from reviewer.evidence.asserted_mutex import asserted_mutex
from reviewer.judging.callercontext import callers_leave_on
from reviewer.judging.context import assertion, first_sleep, sleep_reached, sleeping, where
from reviewer.judging.contextstate import Context
from reviewer.judging.spoken import spoken_of
from reviewer.rule import Example, Reads, Rule, under
from reviewer.source.model import Function
from reviewer.verdict import Decision, Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_CONTRARY = {
    "irq-on": ("irq_off", "irq"),
    "preempt-on": ("preempt_off", "irq_off", "atomic", "irq"),
    "process-context": ("irq", "softirq"),
    "irq-off": ("irq_off",),
    "preempt-off": ("preempt_off", "irq_off"),
    "hardirq": ("irq",),
    "softirq": ("softirq",),
    "atomic-context": ("preempt_off", "irq_off", "atomic", "irq"),
    "may-sleep": ("preempt_off", "irq_off", "atomic", "irq"),
}
_ELSEWHERE = ("process-context", "hardirq", "softirq")
"""Contexts that are no matter of what the caller switched off."""


class CallerMaySleep(Rule):
    """The caller is told that it may sleep, or must not be in atomic context.

    Why it breaks: the function moved under a spinlock or into an interrupt handler and asserts
    so, while the comment still promises a context that can sleep. Or a caller in the tree has
    interrupts or preemption off at the call.

    Where it still holds: if the function itself sleeps on every way through, or every call is made
    by code that sleeps right before or after it.

    Write instead: the context that the function's assertions, or its callers, show.

    Limits: assertions and callers are evidence here; what the function calls is only where the
    comment says that it may sleep, or may not be called where that is a bug. A caller whose
    arguments may tell the function not to sleep (GFP_ATOMIC, false, 0) is left alone.

    References: include/linux/lockdep.h, include/linux/kernel.h (cant_sleep()).
    """

    name = "caller-may-sleep"
    family = "context"
    since = "0.1"
    tier = Tier.HINT  # 3 of 8 findings of a whole 6.12 were right, all read
    reads = (
        Reads(Kind.REQUIRES, object=("irq-on", "preempt-on", "process-context")),
        Reads(
            Kind.FORBIDS,
            object=("irq-off", "preempt-off", "hardirq", "softirq", "atomic-context"),
        ),
        Reads(Kind.IMPLIES, object=("may-sleep",)),
    )
    stale = (
        Example(
            """
            /* Must not be called with interrupts disabled. */
            void add_duck(struct pond *pond)
            {
                    lockdep_assert_irqs_disabled();
                    pond->ducks++;
            }
            """,
            words="Must not be called with interrupts disabled",
        ),
        Example(
            """
            /* Must not be called with interrupts disabled. */
            static void add_duck(struct pond *pond)
            {
                    pond->ducks++;
            }

            void look(struct pond *pond)
            {
                    spin_lock_irq(&pond->lock);
                    add_duck(pond);
                    spin_unlock_irq(&pond->lock);
            }
            """,
            words="Must not be called with interrupts disabled",
        ),
    )
    sound = (
        Example(
            """
            /* Adds a duck. This function may sleep. */
            static void add_duck(struct pond *pond, gfp_t gfp)
            {
                    pond->duck = kmalloc(8, gfp);
            }

            void look(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    add_duck(pond, GFP_ATOMIC);
                    spin_unlock(&pond->lock);
            }
            """
        ),
        Example(
            """
            /* Must not be called with interrupts disabled. */
            void add_duck(struct pond *pond)
            {
                    lockdep_assert_irqs_enabled();
                    pond->ducks++;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if the function asserts the contrary without a condition."""
        spoken = spoken_of(claim, world)
        if spoken is None or claim.object is None or others(claim):
            return None
        verdict = _judged(claim, spoken.function, spoken.world)
        if not spoken.here and verdict.decision is not Decision.AGREES:
            return unknown(f"it is said in passing, far from {spoken.function.name}()")
        return verdict


def _judged(claim: Claim, function: Function, world: World) -> Verdict:
    assert claim.object is not None
    if function.has_error:
        return unknown(f"{function.name}() could not be parsed")
    contrary = next(
        (given for root, given in _CONTRARY.items() if under(claim.object.concept, (root,))),
        (),
    )
    facts = world.function_facts(function)
    found = assertion(facts, *contrary)
    if found is None:
        sleep = first_sleep(facts, function, world.source)
        if sleep is not None:
            said = f"{function.name}() itself sleeps, in {sleep.name}() at line {sleep.line}"
            return agrees(said, where(sleep, world.path))
        words = claim.quote.strip().lower()
        silent = f"{function.name}() asserts nothing to the contrary"
        if under(claim.object.concept, _ELSEWHERE):
            asleep = sleeping(facts)
            if asleep is None:
                deeper = _by_calls(function, world) or _by_assertion(function, world)
                return deeper or unknown(silent)
            said = f"{function.name}() may sleep, in {asleep.name}() at line {asleep.line}"
            return agrees(said, where(asleep, world.path))
        if claim.kind is Kind.IMPLIES and not claim.get("possible") and is_noun(claim):
            return unknown(f"{words!r} may be a noun here")
        asleep = sleeping(facts) if claim.kind is Kind.IMPLIES else None
        if asleep is not None:
            said = f"{function.name}() may sleep, in {asleep.name}() at line {asleep.line}"
            return agrees(said, where(asleep, world.path))
        irq = under(claim.object.concept, ("irq-on", "irq-off"))
        deeper = None if irq else _by_calls(function, world) or _by_assertion(function, world)
        if deeper is not None:
            return deeper
        if irq and of_a_device(claim):
            return unknown("the words may speak of a device's interrupt")
        context = Context.IRQ if irq else Context.PREEMPT
        return callers_leave_on(claim, context, function, world, silent)
    return broken(
        f"The comment does not go with {found.name}() at line {found.line} of {function.name}().",
        where(found, world.path),
    )


def _by_calls(function: Function, world: World) -> Verdict | None:
    """Agrees if something that the function calls, however deep, may sleep."""
    call = sleep_reached(world, function)
    if call is None:
        return None
    through = call.via[-1].name if call.via else function.name
    said = f"{function.name}() may sleep, as {through}() calls {call.name}()"
    return agrees(said, Location(call.path, call.line, f"{call.name}()"))


def _by_assertion(function: Function, world: World) -> Verdict | None:
    """Agrees if the function, or what it calls, asserts that a mutex is held: by a task."""
    place = asserted_mutex(world, function)
    if place is None:
        return None
    return agrees(f"{function.name}() runs with a lock held that sleeps, says {place.note}", place)
