"""Functions that do not run with interrupts, preemption or bottom halves off as documented."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.duties import on_entry, perhaps_on_entry
from reviewer.judging.callercontext import callers_switch_off
from reviewer.judging.context import assertion, first_sleep, turns_irqs_on, where
from reviewer.judging.contextstate import Context
from reviewer.judging.holding import documented, one_of_several
from reviewer.rule import Example, Reads, Rule, under
from reviewer.source.model import CodeFacts, Function
from reviewer.verdict import Decision, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_WORDS = {"irq-off": "interrupts", "preempt-off": "preemption", "bh-off": "bottom halves"}
_CONTEXTS = {"irq-off": Context.IRQ, "preempt-off": Context.PREEMPT, "bh-off": Context.BH}
_SAME = {
    "irq-off": ("irq_off",),
    "preempt-off": ("preempt_off", "irq_off", "atomic"),
    "bh-off": ("softirq", "irq_off"),
}
_OPPOSITE = {
    "irq-off": ("irq_on", "preempt_on", "threaded"),
    "preempt-off": ("preempt_on", "threaded"),
    "bh-off": (),
}


class CallerDisablesIrqs(Rule):
    """The caller is told to disable interrupts, preemption or bottom halves first.

    Why it breaks: the function changed to sleep, to assert the contrary, or to disable and
    enable interrupts itself with spin_lock_irq() and spin_unlock_irq(), which leaves them on for
    a caller that had them off. Or a caller moved to a context that can sleep, as a mutex it takes
    before the call shows.

    Where it still holds: lockdep_assert_irqs_disabled() and the like; the irqsave variants; a
    function that first turns interrupts on again; every call in the tree made with them off.

    Write instead: the context that the function's own assertions name.

    Limits: what happens under a condition is left undecided.

    References: Documentation/locking/locktypes.rst, include/linux/lockdep.h.
    """

    name = "caller-disables-irqs"
    family = "context"
    since = "0.1"
    tier = Tier.HINT  # 2 of 4 findings of a whole 6.12 were right, all read
    reads = (Reads(Kind.REQUIRES, object=tuple(_WORDS)),)
    stale = (
        Example(
            """
            /* Called with interrupts disabled. */
            static void count_duck(struct pond *pond)
            {
                    spin_lock_irq(&pond->lock);
                    pond->ducks++;
                    spin_unlock_irq(&pond->lock);
            }
            """,
            words="Called with interrupts disabled",
        ),
        Example(
            """
            /* Must be called with preemption disabled. */
            static void drain(struct pond *pond)
            {
                    mutex_lock(&pond->mutex);
                    pond->ducks = 0;
                    mutex_unlock(&pond->mutex);
            }
            """,
            words="Must be called with preemption disabled",
        ),
        Example(
            """
            /* Must be called with interrupts disabled. */
            static void drain(struct pond *pond)
            {
                    lockdep_assert_irqs_enabled();
                    pond->ducks = 0;
            }
            """,
            words="Must be called with interrupts disabled",
        ),
        Example(
            """
            /* Called with preemption disabled. */
            static void count_duck(struct pond *pond)
            {
                    pond->ducks++;
            }

            void look(struct pond *pond)
            {
                    mutex_lock(&pond->mutex);
                    count_duck(pond);
                    mutex_unlock(&pond->mutex);
            }
            """,
            words="Called with preemption disabled",
        ),
    )
    sound = (
        Example(
            """
            /* Waits for the handler. IRQs must be masked before calling this. */
            static void quiet(struct pond *pond)
            {
                    synchronize_irq(pond->irq);
            }
            """
        ),
        Example(
            """
            /* Called with preemption disabled. */
            static void count_duck(struct pond *pond)
            {
                    pond->ducks++;
            }

            void look(struct pond *pond)
            {
                    mutex_lock(&pond->mutex);
                    spin_lock(&pond->lock);
                    count_duck(pond);
                    spin_unlock(&pond->lock);
                    mutex_unlock(&pond->mutex);
            }
            """
        ),
        Example(
            """
            /* Called with interrupts disabled. */
            static void count_duck(struct pond *pond)
            {
                    lockdep_assert_irqs_disabled();
                    pond->ducks++;
            }
            """
        ),
        Example(
            """
            /* Called with interrupts disabled. */
            static void count_duck(struct pond *pond)
            {
                    unsigned long flags;

                    spin_lock_irqsave(&pond->lock, flags);
                    pond->ducks++;
                    spin_unlock_irqrestore(&pond->lock, flags);
            }
            """
        ),
        Example(
            """
            /* Called with interrupts disabled, which it enables while it waits. */
            static void wait_for_duck(struct pond *pond)
            {
                    local_irq_enable();
                    mutex_lock(&pond->mutex);
                    mutex_unlock(&pond->mutex);
                    local_irq_disable();
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Compare with what the function asserts, turns on and waits for.

        "Interrupts are disabled" over a function may as well speak of what it does: it only agrees.
        """
        function = documented(claim, world)
        if function is None or claim.object is None or not perhaps_on_entry(claim):
            return None
        if function.has_error:
            return unknown(f"{function.name}() could not be parsed")
        verdict = _judged(claim, function, world)
        if not on_entry(claim) and verdict.decision not in (Decision.HOLDS, Decision.AGREES):
            return unknown("the words do not say for certain that the caller sees to it")
        return verdict


def _judged(claim: Claim, function: Function, world: World) -> Verdict:
    assert claim.object is not None
    state = next(root for root in _WORDS if under(claim.object.concept, (root,)))
    facts = world.function_facts(function)
    same = assertion(facts, *_SAME[state])
    if same is not None:
        return agrees(f"{function.name}() calls {same.name}()", where(same, world.path))
    if one_of_several(claim):
        return unknown("the comment leaves a choice")
    against = _against(state, function, facts, world)
    if against is not None:
        return against
    silent = f"{function.name}() shows nothing about {_WORDS[state]}"
    if facts.having("context.irq_on"):
        return unknown(silent)
    return callers_switch_off(claim, _CONTEXTS[state], function, world, silent)


def _against(state: str, function: Function, facts: CodeFacts, world: World) -> Verdict | None:
    what = _WORDS[state]
    opposite = assertion(facts, *_OPPOSITE[state])
    if opposite is not None:
        return broken(
            f"The comment asks for {what} disabled, but {function.name}() calls "
            f"{opposite.name}() at line {opposite.line}.",
            where(opposite, world.path),
        )
    pair = turns_irqs_on(facts) if state == "irq-off" else None
    if pair is not None:
        return broken(
            f"The comment asks for interrupts disabled, but {function.name}() uses "
            f"{pair[0].name}() and {pair[1].name}(), which leave them enabled.",
            *(where(one, world.path) for one in pair),
        )
    sleep = first_sleep(facts, function, world.source)
    if sleep is not None and "wait.irq" in sleep.concepts:
        return unknown("what waits for a handler is called with the device's interrupts masked")
    if sleep is not None:
        return broken(
            f"The comment asks for {what} disabled, but {function.name}() may sleep in "
            f"{sleep.name}() at line {sleep.line}.",
            where(sleep, world.path),
        )
    return None
