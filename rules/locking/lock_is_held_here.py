"""Comments inside a function that say which lock is held at that place."""

from __future__ import annotations

from dataclasses import replace

from reviewer.claims.model import ANYWHERE, Claim, Kind
from reviewer.claims.wording.duties import singles_out
from reviewer.claims.wording.locks import (
    is_done_without,
    is_kept_out_of,
    is_of_all_places,
    is_of_another_path,
    says_held_now,
)
from reviewer.evidence.held_in_words import held_at
from reviewer.judging.callsites import Site, sites_of
from reviewer.judging.holding import Lock, one_of_several
from reviewer.judging.lockstate import Held, Wanted, dropped_later, lock_at
from reviewer.judging.meant import is_worked_out, meant
from reviewer.judging.place import function_around, place_of, taken_in
from reviewer.judging.proof import (
    Budget,
    joined,
    mostly,
    proof_at,
    shown,
    translated,
    wanted_here,
    ways_to,
)
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import AnchorKind, Function
from reviewer.verdict import Tier, Verdict, agrees, broken, unknown
from reviewer.world import World


class LockIsHeldHere(Rule):
    """ "We hold the lock here", "protected by the lock": what the code below a comment relies on.

    Why it breaks: the lock is dropped earlier than it used to be, or the code moved out of the
    section. The comment then explains why no lock is taken, where one is needed.

    Where it still holds: on every way to the place the lock has been taken and not dropped, in
    this function or in all its callers; or it is taken right there. That every way from there drops
    it first of all agrees.

    Write instead: lockdep_assert_held(), which is checked when the code runs.

    Limits: a lock of a common name must be spelled with its owner; helpers that take locks are
    looked through if they have one way only; calls through pointers make the callers unknown.

    References: Documentation/locking/lockdep-design.rst.
    """

    name = "lock-is-held-here"
    family = "locking"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read yet: 0 in 1,000 files of 6.12
    reads = (
        *(
            Reads(kind, object=("lock",))
            for kind in (Kind.REQUIRES, Kind.PROTECTED, Kind.STABLE, Kind.SERIALIZED)
        ),
        Reads(Kind.EXCLUDES, subject=("lock",)),
    )
    stale = (
        Example(
            """
            static void stock(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    pond->fish++;
                    spin_unlock(&pond->lock);
                    /* pond->lock is held here, so the count cannot change. */
                    pond->seen = pond->fish;
            }
            """,
            words="pond->lock is held",
        ),
    )
    sound = (
        Example(
            """
            static void stock(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    /* pond->lock is held here, so the count cannot change. */
                    pond->seen = pond->fish;
                    spin_unlock(&pond->lock);
            }
            """
        ),
        Example(
            """
            static void stock(struct pond *pond)
            {
                    /* pond->lock is held here, so the count cannot change. */
                    pond->seen = pond->fish;
            }

            void fill(struct pond *pond)
            {
                    guard(spinlock)(&pond->lock);
                    stock(pond);
            }
            """
        ),
        Example(
            """
            static void stock(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    /* The count is protected by pond->lock. */
                    pond->seen = pond->fish;
                    spin_unlock(&pond->lock);
            }
            """
        ),
        Example(
            """
            static void stock(struct pond *pond, int again)
            {
                    spin_lock(&pond->lock);
                    pond->fish++;
                    if (!again)
                            spin_unlock(&pond->lock);
                    /* pond->lock is held here if we were told to go on. */
                    pond->seen = pond->fish;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Follow the lock to the place."""
        function = function_around(claim, world)
        if function is None or claim.comment.anchor.kind is AnchorKind.LINE:
            return None
        if function.has_error:
            return unknown(f"{function.name}() could not be parsed")
        if claim.kind is Kind.PROTECTED and is_of_all_places(claim):
            return unknown("it is said of all places, and one alone does not show it")
        if claim.kind is not Kind.REQUIRES and is_kept_out_of(claim):
            return unknown("it is said of what is not done with the lock held")
        if claim.get("held_by") == "others":
            return unknown("it is said of somebody else who holds the lock")
        if is_done_without(claim):
            return unknown("it is said of a lock that another one stands in for")
        if claim.kind is Kind.PROTECTED and is_of_another_path(claim):
            return unknown("it is said of another path than the one here")
        if claim.kind is Kind.EXCLUDES:  # "pond->lock keeps the keeper out"
            claim = replace(claim, object=claim.subject)
        lock = meant(claim, function, world)
        site = place_of(claim, function, world)
        if lock is None:
            by_words = held_at(claim, site, world) if site is not None else None
            nothing = "the lock is named by words that match no one lock of the code"
            return by_words or unknown(nothing)
        wanted = wanted_here(lock)
        if site is None or wanted is None:
            return unknown(f"{lock.text} does not say whose lock it is")
        proof = proof_at(world, site, wanted, Budget())
        if proof is not None:
            said = f"{lock.text} is held here in {function.name}()"
            if claim.kind is Kind.EXCLUDES:  # whether the other side takes it is not asked
                return agrees(said, *proof.places)
            return proof.verdict(said)
        taken = taken_in(claim, site, wanted)
        if taken is not None:
            done = "takes or asserts" if taken.said else "takes"
            return taken.verdict(f"{function.name}() {done} {lock.text} here")
        state = lock_at(world, site, wanted)
        if state.held is Held.ENTRY:
            mostly = _by_most_ways(lock, wanted, function, world)
            if mostly is not None:
                return mostly
        open_ = state.held in (Held.ENTRY, Held.UNKNOWN)
        if open_ and (later := dropped_later(world, site, wanted)) is not None:
            dropped = f"{function.name}() drops {lock.text} below, on every way from here"
            return agrees(dropped, shown(site, later))
        if state.held is Held.RELEASED and _sure(claim, lock, world):
            return broken(
                f"The comment says that {lock.text} is held here, but {function.name}() has "
                "dropped it on every way to this place.",
                *(shown(site, operation) for operation in state.operations),
            )
        return unknown(f"{lock.text} is not certainly held at this place of {function.name}()")


def _by_most_ways(lock: Lock, wanted: Wanted, function: Function, world: World) -> Verdict | None:
    """Agrees if most ways to the function, or most calls, hold the lock and none lacks it."""

    def above(site: Site) -> Wanted | None:
        return translated(wanted, world.source, function, site)

    ways = ways_to(world, function, above)
    if ways.lacking:
        return None
    if ways.agree:
        seen = f"{len(ways.held)} of {ways.number} ways to {function.name}() that were seen"
        return agrees(f"{seen} certainly hold {lock.text}", *tuple(ways.held)[:8], partial=True)
    sites = sites_of(world, function, tables=True)
    budget = Budget()
    proofs = [
        proof
        for site in sites.known
        if (there := above(site)) is not None
        and (proof := proof_at(world, site, there, budget)) is not None
    ]
    number = len(sites.known) + sites.unread
    if sites.why or not mostly(len(proofs), number):
        return None
    seen = f"{len(proofs)} of {number} calls of {function.name}()"
    places = joined(proofs).places[:8]
    return agrees(f"{seen} certainly hold {lock.text}", *places, partial=True)


def _sure(claim: Claim, lock: Lock, world: World) -> bool:
    """True if the words say without a limit that the lock is held at this place."""
    if claim.kind is not Kind.REQUIRES or claim.get("force") != "states":
        return False
    if claim.scope != ANYWHERE or claim.get("held_by"):
        return False
    if singles_out(claim, lock.name) or one_of_several(claim) or is_worked_out(claim, lock):
        return False
    return says_held_now(claim)
