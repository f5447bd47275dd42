"""Comments inside a function that say which lock is not held at that place."""

from __future__ import annotations

from reviewer.claims.model import ANYWHERE, Claim, Kind
from reviewer.claims.wording.locks import says_free_now, says_of_holding
from reviewer.judging.callsites import Site
from reviewer.judging.free import free_at_every_call
from reviewer.judging.holding import lock_of, one_of_several
from reviewer.judging.lockstate import Held, Wanted, is_meant, lock_at
from reviewer.judging.meant import is_worked_out, meant
from reviewer.judging.place import first_done, function_around, place_of
from reviewer.judging.proof import is_of_one, shown, wanted_here
from reviewer.kernel.expressions import lock_name
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import AnchorKind, Operation
from reviewer.verdict import Tier, Verdict, agrees, broken, holds, unknown
from reviewer.world import World


class LockIsNotHeldHere(Rule):
    """ "We do not hold the lock here", "must be done outside the lock": what the code relies on.

    Why it breaks: the lock is taken earlier than it used to be, or the code moved into the
    section. Where the comment explains why something is read again, or what may sleep, it is then
    needless, or a deadlock.

    Where it still holds: the lock was dropped on every way to the place. That it may be another
    object's lock of that name, that another function is spoken of, that it is taken behind the
    place, or an assertion that it is not held, agrees.

    Write instead: lockdep_assert_not_held().

    Limits: that no caller holds the lock agrees; that one does is not told here. A finding needs a
    lock that the function itself takes on every way to the place, and words that say without a
    limit that it is free.

    References: Documentation/locking/lockdep-design.rst.
    """

    name = "lock-is-not-held-here"
    family = "locking"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read: none in the whole of 6.12
    reads = (Reads(Kind.FORBIDS, object=("lock",)),)
    stale = (
        Example(
            """
            static void stock(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    /* We do not hold pond->lock here: look at it twice. */
                    if (pond->full)
                            pond->fish--;
                    spin_unlock(&pond->lock);
            }
            """,
            words="do not hold pond->lock",
        ),
    )
    sound = (
        Example(
            """
            static void stock(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    pond->fish++;
                    spin_unlock(&pond->lock);
                    /* We do not hold pond->lock here: look at it twice. */
                    if (pond->full)
                            pond->fish--;
            }
            """
        ),
        Example(
            """
            static void stock(struct pond *pond)
            {
                    /* We do not hold pond->lock here: look at it twice. */
                    if (pond->full)
                            return;
                    spin_lock(&pond->lock);
                    pond->fish++;
                    spin_unlock(&pond->lock);
            }
            """
        ),
        Example(
            """
            static void stock(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    /* feed() must not be called with pond->lock held, so note it for later. */
                    pond->hungry = 1;
                    spin_unlock(&pond->lock);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Follow the lock to the place, and from there on."""
        function = function_around(claim, world)
        if function is None or claim.comment.anchor.kind is AnchorKind.LINE:
            return None
        if function.has_error:
            return unknown(f"{function.name}() could not be parsed")
        if claim.get("held_by") == "others":
            return unknown("it is said of somebody else who does not hold the lock")
        lock = meant(claim, function, world)
        if lock is None:
            return unknown("the lock is named by words that match no one lock of the code")
        site = place_of(claim, function, world)
        wanted = wanted_here(lock)
        if site is None or wanted is None:
            return unknown(f"{lock.text} does not say whose lock it is")
        state = lock_at(world, site, wanted)
        here = f"at this place of {function.name}()"
        if state.held is Held.RELEASED and _is_nested(site, wanted):
            return unknown(f"{lock.text} is taken more often than dropped {here}")
        if state.held is Held.RELEASED and state.operations:
            dropped = f"{function.name}() has dropped {lock.text} on every way to this place"
            proved = claim.about == "code" and not is_worked_out(claim, lock)
            proved = proved and all(is_of_one(site, one, wanted) for one in state.operations)
            at = (shown(site, one) for one in state.operations)
            return holds(dropped, *at) if proved else agrees(dropped, *at)
        if state.held is Held.YES:
            taken = [one for one in state.operations if one.about("lock.acquire")]
            sure = bool(taken) and len(taken) == len(state.operations)
            if sure and _says_so(claim) and not is_worked_out(claim, lock):
                return broken(
                    f"The comment says that {lock.text} is not held here, but {function.name}() "
                    "takes it on every way to this place.",
                    *(shown(site, one) for one in taken),
                )
            return unknown(f"{lock.text} is held {here}")
        for operation in first_done(claim, site):
            if _denies(operation, wanted):
                said = f"{function.name}() asserts that {lock.text} is not held"
                return agrees(said, shown(site, operation))
        if state.held is not Held.ENTRY:  # as in a loop that takes it further down
            return unknown(f"nothing shows that {lock.text} is not held {here}")
        later = next((o for o in site.facts.operations if _is_next(o, site.at, wanted)), None)
        if later is not None and _takes(later, wanted) and says_of_holding(claim):
            behind = f"{function.name}() takes {lock.text} only behind this place"
            return agrees(behind, shown(site, later))
        free = free_at_every_call(world, site, wanted) if says_of_holding(claim) else None
        if free is not None:
            said = (
                f"{function.name}() is nowhere called with {lock.text} held, and does not take it"
            )
            return agrees(said, *free[:8])
        return unknown(f"nothing shows that {lock.text} is not held {here}")


def _says_so(claim: Claim) -> bool:
    """True if the words say without a limit that the lock is not held at this place."""
    if claim.get("force") != "states" or claim.scope != ANYWHERE or lock_of(claim) is None:
        return False
    return says_free_now(claim) and not one_of_several(claim)


def _is_nested(site: Site, wanted: Wanted) -> bool:
    """True if what readers may take twice is dropped fewer times than it is taken."""
    tags = [
        tag
        for operation in site.facts.operations
        if operation.start_byte < site.at
        for tag, one in operation.objects
        if is_meant(one, wanted)
    ]
    taken = sum(tag.startswith("lock.acquire.read") for tag in tags)
    return taken > sum(tag.startswith("lock.release") for tag in tags)


def _is_next(operation: Operation, at: int, wanted: Wanted) -> bool:
    """True for what is done behind a place with a lock of that name, whoever's it is."""
    return operation.start_byte >= at and any(
        tag.startswith("lock.") and lock_name(one) == wanted.name for tag, one in operation.objects
    )


def _takes(operation: Operation, wanted: Wanted) -> bool:
    """True for a call that takes the lock itself, and may not fail to."""
    return not operation.via and any(
        tag.startswith("lock.acquire") and not tag.endswith(".try") and is_meant(one, wanted)
        for tag, one in operation.objects
    )


def _denies(operation: Operation, wanted: Wanted) -> bool:
    return any(
        tag.startswith("lock.assert_not") and is_meant(one, wanted)
        for tag, one in operation.objects
    )
