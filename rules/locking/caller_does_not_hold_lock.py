"""Functions that rely on the lock their callers are told not to hold."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.duties import others
from reviewer.judging.callers import callers_do_not_hold
from reviewer.judging.callsites import Site
from reviewer.judging.free import free_at_every_call
from reviewer.judging.holding import (
    Lock,
    Same,
    annotated,
    documented,
    lock_of,
    lock_operations,
    one_of_several,
)
from reviewer.judging.meant import meant
from reviewer.judging.proof import wanted_here
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import Function
from reviewer.verdict import Decision, Location, Verdict, agrees, broken, holds, unknown
from reviewer.world import World


class CallerDoesNotHoldLock(Rule):
    """The caller is told not to hold a lock, and the function is taken to want it free.

    Why it breaks: locking moved to the caller, the function now asserts the lock or is annotated
    with __must_hold(), and the comment still forbids what the code demands. Or the comment
    contradicts itself: it forbids the lock in one paragraph and asks for it in another, left
    from a sibling function it was copied from. Or a caller in the tree holds the lock.

    Where it still holds: the function takes the lock itself, or asserts that it is not held.

    Write instead: what lockdep_assert_held*() in the code says.

    Limits: a lock with a common name (lock, mutex) is compared with its owner as written. That no
    caller holds it agrees: a helper that is not looked into may take it.

    References: Documentation/locking/lockdep-design.rst, include/linux/lockdep.h.
    """

    name = "caller-does-not-hold-lock"
    family = "locking"
    since = "0.1"
    reads = (Reads(Kind.FORBIDS, object=("lock",)),)
    stale = (
        Example(
            """
            /* Must not be called with pond_mutex held. */
            static void stock(struct pond *pond)
            {
                    lockdep_assert_held(&pond_mutex);
                    pond->fish++;
            }
            """,
            words="Must not be called with pond_mutex held",
        ),
        Example(
            """
            /*
             * Adds a fish. This takes pond_lock once for all, and so should not be called with
             * pond_lock held.
             *
             * This function must be called with pond_lock held.  It is dropped before returning.
             */
            static void stock(struct pond *pond)
            {
                    pond->fish++;
                    spin_unlock(&pond->pond_lock);
            }
            """,
            words="should not be called with pond_lock held",
        ),
        Example(
            """
            /* Must not be called with p->lock held. */
            static void stock(struct pond *p)
            {
                    p->fish++;
            }

            void fill(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    stock(pond);
                    spin_unlock(&pond->lock);
            }
            """,
            words="Must not be called with p->lock held",
        ),
    )
    sound = (
        Example(
            """
            /* Must not be called with p->lock held. */
            static void stock(struct pond *p)
            {
                    p->fish++;
            }

            void fill(struct pond *pond, struct pond *other)
            {
                    spin_lock(&other->lock);
                    stock(pond);
                    spin_unlock(&other->lock);
            }
            """
        ),
        Example(
            """
            /* Must not be called with pond_mutex held. */
            static void stock(struct pond *pond)
            {
                    mutex_lock(&pond_mutex);
                    pond->fish++;
                    mutex_unlock(&pond_mutex);
            }
            """
        ),
        Example(
            """
            /* Must not be called with pond->lock held. */
            static void stock(struct pond *pond)
            {
                    lockdep_assert_held(&pond->farm->lock);
                    pond->fish++;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Compare with what the function asserts, takes and drops."""
        function = documented(claim, world)
        if function is None or others(claim):
            return None
        lock = lock_of(claim)
        if lock is None or lock.prose:
            lock = meant(claim, function, world) or lock
        if lock is None:
            return unknown("the lock is named by words that match no lock of the code")
        verdict = _told(claim, lock, function, world)
        said = lock_of(claim)
        if said is None or said.prose:  # the words may mean another than the one that fits
            if verdict.decision is Decision.BROKEN:
                return unknown(f"the lock is called by words ({verdict.message})")
            if verdict.decision is Decision.HOLDS:
                return agrees(verdict.message, *verdict.rests_on)
        return verdict


def _told(claim: Claim, lock: Lock, function: Function, world: World) -> Verdict:
    """By what the function asserts, takes and drops, and by what its callers hold."""
    if function.has_error:
        return unknown(f"{function.name}() could not be parsed")
    note = annotated(lock, claim, function)
    if note:
        return broken(
            f"The comment forbids {lock.text}, but {function.name}() is annotated {note}.",
            Location(world.path, function.start_line, note),
        )
    against = callers_do_not_hold(claim, lock, function, world)
    if against is not None:
        return against
    done = lock_operations(lock, claim, function, world.function_facts(function))
    if not done:
        wanted = wanted_here(lock)
        site = Site(world.source, function, world.caller_facts(function, world.source), -1)
        free = free_at_every_call(world, site, wanted) if wanted is not None else None
        if free is not None:
            return agrees(f"{function.name}() is nowhere called with {lock.text} held", *free[:8])
        return unknown(f"{function.name}() neither asserts nor takes {lock.text} itself")
    first = done[0]
    at = first.location(world.path, f"{first.operation.name}({first.spelled})")
    if first.operation.via:  # what counts is that the helper is called
        at = Location(world.path, first.operation.line, f"{first.operation.via[0]}()")
    what = f"{function.name}() at line {first.operation.line}"
    if first.kind in ("acquire", "try", "assert_not"):
        said = f"{what} does {first.operation.name}({first.spelled})"
        again = any(one.kind in ("acquire", "try", "assert_not") for one in done[1:])
        return agrees(said, at) if again else holds(said, at)
    if first.sure is not Same.YES or not first.always:
        return unknown(f"{what} does {first.operation.name}({first.spelled}), maybe of another")
    if one_of_several(claim):
        return unknown("the comment leaves a choice of locks")
    does = "asserts that it is held" if first.kind == "assert" else "drops it"
    return broken(f"The comment forbids to hold {lock.text}, but {what} {does}.", at)
