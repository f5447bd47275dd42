"""Functions that sleep though they are documented not to, or for atomic context."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.contexts import is_outside, is_qualified
from reviewer.claims.wording.duties import on_entry, others, speaks_of_a_section
from reviewer.evidence.awake import awake
from reviewer.judging.callercontext import called_atomic
from reviewer.judging.context import assertion, first_sleep, sleeping, where
from reviewer.judging.holding import one_of_several
from reviewer.judging.spoken import spoken_of
from reviewer.kernel.entry_points import entered_by_call
from reviewer.rule import Example, Reads, Rule, under
from reviewer.source.model import Function
from reviewer.verdict import Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_ATOMIC = (
    *("atomic-context", "hardirq", "softirq", "nmi", "any-context"),
    *("irq-off", "preempt-off", "bh-off", "rcu-reader"),
)
_MAY_SLEEP_IN = ("rcu-reader.srcu", "rcu-reader.tasks_trace")


class CallableWithoutSleeping(Rule):
    """A function is documented not to sleep, or to be callable in atomic context.

    Why it breaks: a spinlock became a mutex, an allocation GFP_KERNEL, a wait for a grace period
    was added. Callers that trust the comment then sleep with a spinlock held or in an interrupt.

    Where it still holds: the function sleeps only when a parameter allows it, or only after it
    left the atomic section.

    Write instead: "Context: Process context. May sleep."

    Limits: operations under a condition are left undecided; so are words about callbacks and
    about the section between two calls. Its findings are hints: the few in 6.12 were misread
    comments (docs/judged-context.tsv). That nothing in a function is known to sleep agrees with
    the comment only where all that it calls is known.

    References: Documentation/doc-guide/kernel-doc.rst ("Function context").
    """

    name = "callable-without-sleeping"
    family = "context"
    since = "0.1"
    tier = Tier.HINT  # nine in ten right is not shown: docs/judged-context.tsv
    reads = (
        Reads(Kind.FORBIDS, object=("may-sleep",)),
        Reads(Kind.REQUIRES, object=("atomic-context", "hardirq", "softirq", "nmi", "any-context")),
    )
    stale = (
        Example(
            """
            /* Adds a duck. This function must not sleep. */
            void add_duck(struct pond *pond)
            {
                    mutex_lock(&pond->mutex);
                    pond->ducks++;
                    mutex_unlock(&pond->mutex);
            }
            """,
            words="must not sleep",
        ),
        Example(
            """
            /**
             * add_duck() - Add a duck.
             * @pond: where to.
             *
             * Context: Any context.
             */
            void add_duck(struct pond *pond)
            {
                    struct duck *duck = kmalloc(sizeof(*duck), GFP_KERNEL);

                    pond->duck = duck;
            }
            """,
            words="Any context",
        ),
    )
    sound = (
        Example(
            """
            /* Adds a duck. This function must not sleep. */
            void add_duck(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    pond->ducks++;
                    spin_unlock(&pond->lock);
            }
            """
        ),
        Example(
            """
            /* Calls @fn for each duck. The callback must not sleep. */
            void for_each_duck(struct pond *pond, void (*fn)(struct duck *))
            {
                    mutex_lock(&pond->mutex);
                    fn(pond->duck);
                    mutex_unlock(&pond->mutex);
            }
            """
        ),
        Example(
            """
            /**
             * add_duck() - Add a duck.
             * @pond: where to.
             *
             * Context: Any context that permits to sleep.
             */
            void add_duck(struct pond *pond)
            {
                    mutex_lock(&pond->mutex);
                    pond->ducks++;
                    mutex_unlock(&pond->mutex);
            }
            """
        ),
        Example(
            """
            /* May be called from interrupt context if @wait is false. */
            void add_duck(struct pond *pond, bool wait)
            {
                    if (wait)
                            mutex_lock(&pond->mutex);
                    pond->ducks++;
                    if (wait)
                            mutex_unlock(&pond->mutex);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if the function sleeps on every way through."""
        spoken = spoken_of(claim, world)
        if spoken is None or not spoken.here or claim.object is None:
            return None
        function, world = spoken.function, spoken.world
        if others(claim) or speaks_of_a_section(claim):
            return None
        if claim.kind is Kind.REQUIRES and (not on_entry(claim) or is_outside(claim)):
            return None
        other = claim.get("other")
        if is_qualified(claim):
            return None
        told = under(other, _ATOMIC) and not under(other, _MAY_SLEEP_IN)
        if claim.get("why") == "callable" and other and not told:
            return None
        if function.has_error:
            return unknown(f"{function.name}() could not be parsed")
        facts = world.function_facts(function)
        atomic = assertion(facts, "atomic", "irq_off", "preempt_off")
        if atomic is not None:
            return agrees(f"{function.name}() calls {atomic.name}()", where(atomic, world.path))
        sleep = first_sleep(facts, function, world.source)
        if sleep is None:
            handed = _handed_on(function, world)
            if handed and facts.complete:
                return unknown(f"{function.name}() hands on {handed}(), which may sleep")
            if facts.complete and sleeping(facts) is None:
                where_ = Location(world.path, function.start_line, "nothing in it sleeps")
                return agrees(f"all that {function.name}() does is known, and sleeps not", where_)
            called = called_atomic(function, world) if claim.kind is Kind.FORBIDS else None
            if called is not None:
                return called
            far = awake(world, function)
            if far.certain and not handed:
                where_ = Location(world.path, function.start_line, "nothing that it reaches sleeps")
                bodies = f"{far.looked_into} bodies that {function.name}() reaches"
                return agrees(f"{bodies} were looked into, and none sleeps", where_)
            if facts.complete:
                return unknown(f"{function.name}() does nothing that is known to sleep always")
            return unknown(f"{function.name}(): {facts.why_incomplete}")
        if one_of_several(claim) and claim.get("why") != "callable":
            return unknown("the comment leaves a choice")
        return broken(
            f"The comment says that {function.name}() does not sleep, but it calls "
            f"{sleep.name}() at line {sleep.line} on every path.",
            where(sleep, world.path),
        )


def _handed_on(function: Function, world: World) -> str:
    """A function that a call is given and that is not known to stay awake: kref_put() runs it.

    What is only registered, a work item or a callback of RCU, is run elsewhere.
    """
    for operation in world.function_facts(function).operations:
        for number, name in enumerate(operation.arguments):
            if entered_by_call(operation.name, number):
                continue
            for given in world.source.functions_named(name.lstrip("&")):
                facts = None if given.has_error else world.function_facts(given)
                if facts is None or not facts.complete or sleeping(facts) is not None:
                    return given.name
    return ""
