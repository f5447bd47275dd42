"""What a function's comment says it leaves behind: "returns with X held", "drops X", "takes X"."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind, When
from reviewer.claims.wording.duties import singles_out
from reviewer.claims.wording.locks import is_left_always, left_free, left_held
from reviewer.judging.callsites import Site
from reviewer.judging.context import unless_left
from reviewer.judging.holding import one_of_several
from reviewer.judging.lockstate import AtCall, Held, Wanted, is_meant, is_shared, lock_on_exit
from reviewer.judging.meant import is_worked_out, meant
from reviewer.judging.place import certain
from reviewer.judging.proof import is_of_one, shown, wanted_here
from reviewer.judging.spoken import spoken_of
from reviewer.kernel.expressions import lock_name
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import Flow, Operation
from reviewer.verdict import Tier, Verdict, agrees, broken, holds, unknown
from reviewer.world import World


class ReturnsWithLock(Rule):
    """A caller counts on a lock that a function is said to take, to drop, or to return with.

    Why it breaks: the function was changed to drop the lock before it returns, or to leave that
    to its callers. Who follows the comment unlocks twice, or never.

    Where it still holds: the lock is held (or free) on every way out of the function, by what it
    does itself.

    Write instead: __acquires(x) or __releases(x), which sparse checks.

    Limits: a function that leaves the lock in one state on success and in another on failure is
    undecided; helpers that take or drop it are looked through if they have one way only.

    References: Documentation/dev-tools/sparse.rst.
    """

    name = "returns-with-lock"
    family = "locking"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read yet: 0 in 1,000 files of 6.12
    reads = (Reads(Kind.LEAVES, object=("lock",)), Reads(Kind.REQUIRES, object=("lock",)))
    stale = (
        Example(
            """
            /* Returns with pond->lock held. */
            static void stock(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    pond->fish++;
                    spin_unlock(&pond->lock);
            }
            """,
            words="Returns with pond->lock",
        ),
    )
    sound = (
        Example(
            """
            /* Returns with pond->lock held. */
            static void stock(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    pond->fish++;
            }
            """
        ),
        Example(
            """
            /* Returns with pond->lock held if there is one. */
            static void stock(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    pond->fish++;
                    spin_unlock(&pond->lock);
            }
            """
        ),
        Example(
            """
            /* Returns with pond->lock released. */
            static void stock(struct pond *pond)
            {
                    pond->fish++;
                    spin_unlock(&pond->lock);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Follow the lock to the function's exits."""
        if claim.kind is Kind.REQUIRES and claim.scope.when is not When.EXIT:
            return None
        spoken = spoken_of(claim, world)
        if spoken is None:
            return None
        if not spoken.here and claim.get("change") != "taken":
            return None
        function, world = spoken.function, spoken.world
        if function.has_error:
            return unknown(f"{function.name}() could not be parsed")
        lock = meant(claim, function, world)
        wanted = wanted_here(lock) if lock is not None else None
        if lock is None or wanted is None:
            return unknown("the lock is named by words that match no one lock of the code")
        site = Site(world.source, function, world.caller_facts(function, world.source), -1)
        left = lock_on_exit(world, site, wanted)
        name = f"{function.name}()"
        if claim.get("change") == "taken":
            return _takes(site, wanted, f"{name} takes {lock.text}")
        free = claim.get("change") == "released" or left_free(claim)
        if left.held is (Held.RELEASED if free else Held.YES):
            state = "dropped" if free else "held"
            places = (shown(site, operation) for operation in left.operations)
            sure = all(is_of_one(site, operation, wanted) for operation in left.operations)
            said = f"{lock.text} is {state} on every way out of {name}"
            return (holds if sure else agrees)(said, *places)
        against = Held.YES if free else Held.RELEASED
        certain = is_left_always(claim) and not one_of_several(claim)
        certain = certain and not singles_out(claim, lock.name) and (free or left_held(claim))
        certain = certain and not is_worked_out(claim, lock)
        if left.held is not against or not certain:
            return unknown(f"{lock.text} is not in one state on every way out of {name}")
        if free and claim.get("change"):
            return unknown(f"{name} ends with {lock.text} held, but may have dropped it before")
        return _contrary(left, site, free, f"{lock.text}", name)


def _contrary(left: AtCall, site: Site, free: bool, lock: str, name: str) -> Verdict:
    said, done = ("dropped", "held") if free else ("held", "dropped")
    return broken(
        f"The comment says that {name} returns with {lock} {said}, but on every way out it is "
        f"{done}.",
        *(shown(site, operation) for operation in left.operations),
    )


def _takes(site: Site, wanted: Wanted, said: str) -> Verdict:
    """Whether the function acquires the lock at all: by one operation, or by one of several."""
    taken = [op for op in site.facts.operations if _acquires(op, wanted)]
    if not taken:
        return unknown(f"{said} by nothing that can be seen")
    places = [shown(site, op) for op in taken]
    if len(taken) > 1:
        return agrees(f"{said} in {len(taken)} places", *places[:4])
    if not _on_every_way(site, taken[0], wanted):
        return agrees(f"{said}, if it does not fail and on some ways", *places)
    if not is_of_one(site, taken[0], wanted):
        return agrees(f"{said}, of one of its objects", *places)
    return holds(said, *places)


def _on_every_way(site: Site, operation: Operation, wanted: Wanted) -> bool:
    """True if a function cannot be left without the acquire, as far as conditions show."""
    if operation.flow is not Flow.ALWAYS or unless_left(operation, site.caller, site.source):
        return False
    return any(
        certain(operation, tag) and not (wanted.writes and is_shared(operation))
        for tag, spelled in operation.objects
        if lock_name(spelled) == wanted.name
    )


def _acquires(operation: Operation, wanted: Wanted) -> bool:
    return any(
        tag.startswith("lock.acquire")
        and lock_name(spelled) == wanted.name
        and is_meant(spelled, wanted)
        for tag, spelled in operation.objects
    )
