"""Members of operations tables that a comment says are called with a lock held, or without it."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.evidence.operations import described_member, parameters_of
from reviewer.judging.callercontext import calls_made_so
from reviewer.judging.callsites import Site, sites_through
from reviewer.judging.contextstate import Context
from reviewer.judging.holding import GENERIC, Lock, lock_of, one_of_several
from reviewer.judging.lockstate import Held, Wanted, lock_at, mapped
from reviewer.judging.meant import lock_of_word
from reviewer.judging.proof import Budget, joined, mostly, proof_at, shown
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.rule import Example, Reads, Rule, under
from reviewer.verdict import Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_CONTEXTS = {
    "irq-off": Context.IRQ,
    "preempt-off": Context.PREEMPT,
    "bh-off": Context.BH,
    "rcu-reader": Context.RCU,
}


class MemberIsCalledSo(Rule):
    """An operation's comment says what its callers hold, and those who implement it rely on it.

    Why it breaks: the core takes another lock around the call, or none, and the table with its
    comment stays as it was.

    Where it still holds: every call through the member is made so, at the call or in all callers.

    Write instead: what the calls are made with; lockdep_assert_held() in the implementations.

    Limits: a member whose name other structs have too counts where the struct of the call is
    certain; what is called under another name is not seen.

    References: Documentation/process/coding-style.rst, "The inline disease" (on pointers to
    functions); Documentation/networking/netdevices.rst, which says such rules for one table.
    """

    name = "member-is-called-so"
    family = "locking"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read yet
    tree_wide = True
    reads = (
        Reads(Kind.REQUIRES, object=("lock", *_CONTEXTS)),
        Reads(Kind.FORBIDS, object=("lock",)),
    )
    stale = (
        Example(
            """
            struct pond_ops {
                    /* Called without pond->lock held. */
                    void (*pond_feed)(struct pond *pond);
            };

            void pond_tick(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    pond->ops->pond_feed(pond);
                    spin_unlock(&pond->lock);
            }
            """,
            words="Called without pond->lock held",
        ),
    )
    sound = (
        Example(
            """
            struct pond_ops {
                    /* Called with pond->lock held. */
                    void (*pond_feed)(struct pond *pond);
            };

            void pond_tick(struct pond *p)
            {
                    spin_lock(&p->lock);
                    p->ops->pond_feed(p);
                    spin_unlock(&p->lock);
            }
            """
        ),
        Example(
            """
            struct pond_ops {
                    /* Called without pond->lock held. */
                    void (*pond_feed)(struct pond *pond);
            };

            void pond_tick(struct pond *one, struct pond *other)
            {
                    spin_lock(&one->lock);
                    one->ops->pond_feed(other);
                    spin_unlock(&one->lock);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Ask every call through the member."""
        struct, member = described_member(claim)
        if not member or claim.object is None or world.path.startswith(OTHER_PROGRAMS):
            return None
        given = parameters_of(claim, member, world)
        if given is None:
            return None
        sites = sites_through(world, member, struct)
        if not sites.known:
            return unknown(f"no call through {struct}::{member} can be told")
        context = next(
            (c for root, c in _CONTEXTS.items() if under(claim.object.concept, (root,))), None
        )
        if context is not None:
            return calls_made_so(world, sites, f"{struct}::{member}()", context)
        lock = lock_of(claim)
        if lock is not None and lock.prose:
            lock = lock_of_word(claim, world)
        if lock is None:
            return unknown("the lock is named by words that match no one lock of the code")
        wanted = [_wanted(lock, given, site) for site in sites.known]
        if claim.kind is Kind.FORBIDS:
            return _without(claim, lock, list(zip(sites.known, wanted, strict=True)), world)
        budget = Budget()
        proofs = [
            proof
            for site, one in zip(sites.known, wanted, strict=True)
            if one is not None and (proof := proof_at(world, site, one, budget)) is not None
        ]
        calls = f"calls of {struct}::{member}() seen"
        said = f"{len(proofs)} of {len(sites.known)} {calls} hold {lock.text}"
        if len(proofs) == len(sites.known) and not sites.unread:
            return joined(proofs).verdict(f"all calls of {struct}::{member}() hold {lock.text}")
        if proofs and mostly(len(proofs), len(sites.known)):
            return agrees(said, *joined(proofs).places[:8], partial=True)
        return unknown(said)


def _wanted(lock: Lock, parameters: tuple[str, ...], site: Site) -> Wanted | None:
    """The lock in the words of one caller; None if it cannot be told whose it is."""
    writes = lock.mode == "write"
    if not lock.owner:
        return (
            None if lock.name in GENERIC else Wanted(lock.name, "", any_owner=True, writes=writes)
        )
    exact = mapped(lock.owner, lock.name, parameters, site.arguments)
    return Wanted(lock.name, exact, writes=writes) if exact else None


def _without(
    claim: Claim, lock: Lock, calls: list[tuple[Site, Wanted | None]], world: World
) -> Verdict:
    """Broken if some call is certainly made with the lock."""
    for site, wanted in calls:
        if wanted is None or one_of_several(claim):
            continue
        state = lock_at(world, site, wanted)
        if state.held is Held.YES and state.operation is not None and lock.owner:
            return broken(
                f"The comment says that {site.through}() is called without {lock.text}, but "
                f"{site.caller.name}() calls it with it held.",
                shown(site, state.operation),
            )
    return unknown(f"no call is seen that certainly holds {lock.text}")
