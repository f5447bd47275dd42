"""Functions that sleep though their callers are told to be RCU readers."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.contexts import speaks_of_callers
from reviewer.claims.wording.duties import others, speaks_of_a_section
from reviewer.judging.callercontext import callers_switch_off
from reviewer.judging.context import always, assertion, first_sleep, where
from reviewer.judging.contextstate import Context
from reviewer.judging.holding import documented, one_of_several
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import AnchorKind, CodeFacts, Function, Operation
from reviewer.verdict import STANDS, Breaks, Decision, Verdict, agrees, broken, unknown
from reviewer.world import World

_READS = {"rcu_dereference": 1, "list_for_each_entry_rcu": 3, "hlist_for_each_entry_rcu": 3}
"""Each asserts rcu_read_lock_held() (include/linux/rcupdate.h, include/linux/rculist.h) unless
it has more arguments, which then say what else will do."""


class ReaderDoesNotSleep(Rule):
    """A function that is to be called under rcu_read_lock() is taken not to sleep.

    Why it breaks: a spinlock became a mutex, an allocation GFP_KERNEL, or the function waits for
    a grace period, and the comment still says "called under rcu_read_lock()". A caller that
    believes it sleeps inside a reader; if it waits for a grace period it waits for itself.

    Where it still holds: if the function drops the reader's lock first, sleeps only under a
    condition, or the reader is of a sleepable flavour (SRCU, RCU Tasks Trace).

    Write instead: what protects the data in a function that may sleep (a reference, a mutex,
    SRCU), or make it not sleep.

    Limits: only sleeps on every way through the function are reported.

    References: Documentation/RCU/checklist.rst; include/linux/rcupdate.h.
    """

    name = "reader-does-not-sleep"
    family = "rcu"
    since = "0.1"
    reads = (Reads(Kind.REQUIRES, object=("rcu-reader",)),)
    stale = (
        Example(
            """
            /* Must be called under rcu_read_lock(). */
            static void tern_dive(struct tern *t)
            {
                    mutex_lock(&t->lock);
                    t->depth++;
                    mutex_unlock(&t->lock);
            }
            """,
            words="Must be called under rcu_read_lock()",
            breaks="result",
        ),
        Example(
            """
            /* Called with rcu_read_lock() held. */
            static void tern_replace(struct tern *t)
            {
                    list_del_rcu(&t->list);
                    synchronize_rcu();
                    kfree(t);
            }
            """,
            words="Called with rcu_read_lock() held",
        ),
    )
    sound = (
        Example(
            """
            /* Must be called under rcu_read_lock(); drops it. */
            static void tern_dive(struct tern *t)
            {
                    rcu_read_unlock();
                    mutex_lock(&t->lock);
                    t->depth++;
                    mutex_unlock(&t->lock);
            }
            """
        ),
        Example(
            """
            /* Called under srcu_read_lock(). */
            static void tern_dive(struct tern *t)
            {
                    mutex_lock(&t->lock);
                    t->depth++;
                    mutex_unlock(&t->lock);
            }
            """
        ),
        Example(
            """
            /* Caller must hold rcu_read_lock() or the tern mutex. */
            static int tern_depth(struct tern *t)
            {
                    return rcu_dereference(t->data)->depth;
            }
            """
        ),
        Example(
            """
            /* Makes a new nest. Whoever looks at it later depends on RCU. */
            static void tern_nest(struct tern *t)
            {
                    might_sleep();
                    t->nest = 1;
            }
            """
        ),
        Example(
            """
            /* Called under rcu_read_lock() if @wait is false. */
            static void tern_dive(struct tern *t, bool wait)
            {
                    if (wait)
                            mutex_lock(&t->lock);
                    t->depth++;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if the function sleeps on every way through, as a reader of plain RCU."""
        if claim.object is None or claim.object.concept.startswith(
            ("rcu-reader.srcu", "rcu-reader.tasks")
        ):
            return None
        function = documented(claim, world)
        if function is None or others(claim):
            return None
        if one_of_several(claim):
            return unknown("it is one of several ways to call the function")
        asked = claim.get("held_by") == "caller"
        if not asked and (not speaks_of_callers(claim) or speaks_of_a_section(claim)):
            return _as_entered(claim, function, world)
        if function.has_error:
            return unknown(f"{function.name}() could not be parsed")
        facts = world.function_facts(function)
        sleep = first_sleep(facts, function, world.source)
        if sleep is None:
            checked = assertion(facts, "atomic") or _checks(facts)
            if checked is not None:
                return agrees(f"{function.name}() checks it", where(checked, world.path))
            return _by_callers(claim, function, facts, world)
        if _leaves_reader(facts, sleep):
            return unknown(f"{function.name}() drops rcu_read_lock() before it sleeps")
        return broken(
            f"{function.name}() is said to be called under rcu_read_lock(), but it sleeps: "
            f"{sleep.name}().",
            where(sleep, world.path),
            breaks=Breaks.RESULT,
        )


def _as_entered(claim: Claim, function: Function, world: World) -> Verdict | None:
    """Of "RCU is locked" over a function: whether its callers hold it, if it says so of them.

    It may as well enter a section itself, or speak of what it reads: what does not hold is open.
    """
    over = claim.comment.anchor.kind is AnchorKind.FUNCTION and not claim.comment.anchor.function
    if not over or claim.subject.concept != "code" or function.has_error:
        return None
    verdict = _by_callers(claim, function, world.function_facts(function), world)
    return verdict if verdict.decision in STANDS else unknown(verdict.message)


_FLAVOURS = {"rcu-reader.bh": Context.BH, "rcu-reader.sched": Context.PREEMPT}


def _by_callers(claim: Claim, function: Function, facts: CodeFacts, world: World) -> Verdict:
    """By what the callers hold, or else by what the function reads as only a reader may."""
    assert claim.object is not None
    silent = f"no sleep on every way through {function.name}()"
    context = _FLAVOURS.get(claim.object.concept, Context.RCU)
    verdict = callers_switch_off(claim, context, function, world, silent)
    if verdict.decision in (Decision.HOLDS, Decision.AGREES):
        return verdict
    read = _reads(facts)
    if read is not None:
        said = f"{function.name}() reads as an RCU reader without entering one: {read.name}()"
        return agrees(said, where(read, world.path))
    return unknown(verdict.message if verdict.decision is Decision.UNKNOWN else silent)


def _reads(facts: CodeFacts) -> Operation | None:
    """What lockdep lets only an RCU reader do, before any such section is entered here."""
    for operation in facts.operations:
        if any(one.startswith("rcu.read_lock") for one in operation.concepts):
            return None
        if len(operation.arguments) == _READS.get(operation.name, -1):
            return operation
    return None


def _checks(facts: CodeFacts) -> Operation | None:
    """The function's own unconditional look at whether a reader is held."""
    own = (op for op in facts.having("rcu.assert") if always(op) and not op.via)
    return next(own, None)


def _leaves_reader(facts: CodeFacts, sleep: Operation) -> bool:
    for operation in facts.operations:
        if operation is sleep:
            return False
        if any(concept.startswith("rcu.read_unlock") for concept in operation.concepts):
            return True
    return False
