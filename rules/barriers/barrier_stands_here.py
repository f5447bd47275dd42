"""Comments that explain a barrier which is no longer there."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.judging.barriers import BARRIERS, BOTH, Order, order_of, wanted
from reviewer.judging.pairing import Partner
from reviewer.judging.partners import Standing, own_side, partners_of
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Breaks, Location, Verdict, broken, holds, unknown
from reviewer.world import World

_ORDERS = Order.MB | Order.RMB | Order.WMB | Order.ACQUIRE | Order.RELEASE

_OTHER_SIDE = re.compile(r"\b(?:in|within|of|from|by|inside)\b")


class BarrierStandsHere(Rule):
    """A comment explains the barrier beside it; the barrier is taken to be there.

    Why it breaks: the barrier is removed or moves away with the code, and the comment that said
    what it pairs with is left behind. The other side still relies on it.

    Where it still holds: if the function, or what it calls, has that barrier or a stronger one.
    Where the comment does not name its own side, anything that orders will do, and so will
    marked accesses, locks and waits.

    Write instead: nothing, if no order is needed any more (then the partner can go too); else the
    barrier.

    Limits: only comments inside functions; a function with assembly is left undecided.

    References: Documentation/memory-barriers.txt, "SMP barrier pairing".
    """

    name = "barrier-stands-here"
    family = "barriers"
    since = "0.1"
    reads = (Reads(Kind.PAIRS),)
    stale = (
        Example(
            """
            static int ibis_look(struct ibis *i)
            {
                    /* Pairs with the smp_wmb() in ibis_publish(). */
                    return i->fish;
            }

            static void ibis_publish(struct ibis *i)
            {
                    smp_wmb();
                    i->ready = 1;
            }
            """,
            words="Pairs with the smp_wmb() in ibis_publish()",
            breaks="result",
        ),
        Example(
            """
            static void ibis_publish(struct ibis *i)
            {
                    i->fish = 1;
                    /* This smp_wmb() pairs with smp_rmb() in ibis_look(). */
                    WRITE_ONCE(i->ready, 1);
            }
            """,
            words="smp_wmb() pairs with smp_rmb()",
        ),
    )
    sound = (
        Example(
            """
            static int ibis_look(struct ibis *i)
            {
                    /* Pairs with the smp_wmb() in ibis_publish(). */
                    smp_rmb();
                    return i->fish;
            }
            """
        ),
        Example(
            """
            static int ibis_peek(struct ibis *i)
            {
                    return rcu_dereference(i->nest)->fish;
            }

            static int ibis_look(struct ibis *i)
            {
                    /* Pairs with the smp_wmb() in ibis_publish(). */
                    return ibis_peek(i);
            }

            static void ibis_publish(struct ibis *i)
            {
                    /* This smp_wmb() pairs with the dependency in ibis_peek(). */
                    smp_store_release(&i->nest, i->spare);
            }
            """
        ),
        Example(
            """
            static void ibis_put(struct ibis *i)
            {
                    /* Pairs with ibis_get(). */
                    i->users--;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if nothing in reach of the comment's function orders as its side must."""
        if not claim.comment.anchor.function or claim.get("force"):
            return None
        if _OTHER_SIDE.search(claim.quote.lower().partition("pair")[0]):
            return unknown("the comment tells of the barriers of two other functions")
        named = claim.subject.name if claim.subject.concept.startswith("barrier:") else ""
        want = wanted(named) if named and order_of(named) is not None else None
        if want is None:
            named = ""
            if not any(p.want is not None and p.want & _ORDERS for p, _ in partners_of(claim)):
                return None
            want = BARRIERS | BOTH
        found = own_side(world, claim, Partner((named,) if named else (), want, (), ""))
        match found.standing:
            case Standing.UNRESOLVED:
                return None
            case Standing.UNSEEN:
                return unknown("what the function calls needs the index of the tree")
            case Standing.OPAQUE | Standing.WEAK:
                return unknown("only assembly, a lock or a wake-up that might order")
            case Standing.ABSENT:
                what = f"{named}()" if named else "barrier"
                name = claim.comment.anchor.function
                return broken(
                    f"The comment explains a {what}, but {name}() has none, nor anything "
                    f"stronger, itself or in what it calls.",
                    Location(world.path, found.bodies[0].line, f"{name}() has no {what}"),
                    breaks=Breaks.RESULT,
                )
            case _:
                return holds("the comment's own side is there")
