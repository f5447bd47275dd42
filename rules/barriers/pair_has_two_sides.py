"""Barriers that are said to pair with a function which orders nothing."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.judging.barriers import BARRIERS, BOTH, FULL, SECTIONS, order_of
from reviewer.judging.bodies import bodies
from reviewer.judging.pairing import Partner, Place
from reviewer.judging.partners import Standing, partners_of, standing
from reviewer.judging.statements import following
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Location, Verdict, agrees, broken, unknown
from reviewer.world import World


class PairHasTwoSides(Rule):
    """A barrier is said to pair with a function, and that function is taken to order something.

    Why it breaks: the comment names the other side's function but not its barrier ("Pairs with
    foo_put()"). When foo_put() loses its barrier, its marked accesses and its lock, the barrier
    on this side stands alone, and a barrier alone orders nothing for anyone.

    Where it still holds: if the function, or what it calls, has any barrier, atomic operation,
    marked access, lock, wait or wake-up: what exactly the comment means is not known.

    Write instead: the primitive and the function that it pairs with today; or drop the barrier
    with its comment.

    Limits: the comment must stand at a barrier of its own, so that "pairs with" is not about get
    and put. A function with assembly, or whose callees cannot be seen, is left undecided.

    References: Documentation/memory-barriers.txt, "SMP barrier pairing".
    """

    name = "pair-has-two-sides"
    family = "barriers"
    since = "0.1"
    tree_wide = True
    reads = (Reads(Kind.PAIRS),)
    stale = (
        Example(
            """
            static int snipe_look(struct snipe *s)
            {
                    if (!s->ready)
                            return 0;
                    /* This barrier pairs with snipe_publish(). */
                    smp_rmb();
                    return s->bill;
            }

            static void snipe_publish(struct snipe *s)
            {
                    s->bill = 7;
                    s->ready = 1;
            }
            """,
            words="barrier pairs with snipe_publish()",
        ),
    )
    sound = (
        Example(
            """
            static int snipe_look(struct snipe *s)
            {
                    if (!s->ready)
                            return 0;
                    /* This barrier pairs with snipe_publish(). */
                    smp_rmb();
                    return s->bill;
            }

            static void snipe_order(void)
            {
                    smp_wmb();
            }

            static void snipe_publish(struct snipe *s)
            {
                    s->bill = 7;
                    snipe_order();
                    s->ready = 1;
            }
            """
        ),
        Example(
            """
            static void snipe_put(struct snipe *s)
            {
                    /* Pairs with snipe_get(). */
                    s->users--;
            }

            static void snipe_get(struct snipe *s)
            {
                    s->users++;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if the comment's barrier is there and the named function orders nothing."""
        if claim.get("force") or not _at_barrier(claim, world):
            return None
        for partner, place in partners_of(claim):
            if not partner.primitives and place.called and not place.file:
                return _judge(world, place)
        return None


def _at_barrier(claim: Claim, world: World) -> bool:
    """True if the comment is about a barrier: it names one as its own, or stands above one."""
    if claim.subject.concept.startswith("barrier:"):
        return bool((order_of(claim.subject.name) or BOTH) & FULL)
    below = following(world.source, claim.comment.end_byte)
    if below is None or not claim.comment.anchor.function:
        return False
    return any((order_of(name) or BOTH) & FULL for name in below.calls)


def _judge(world: World, place: Place) -> Verdict:
    anything = Partner(("barrier",), BARRIERS | BOTH, (place,), place.name)
    found = standing(world, anything, place)
    match found.standing:
        case Standing.ABSENT:
            return broken(
                f"The barrier is said to pair with {place.name}(), but {place.name}() has no "
                f"barrier, marked access, atomic operation or lock, nor has what it calls.",
                *(
                    Location(body.path, body.line, f"{body.name}() orders nothing")
                    for body in found.bodies
                ),
            )
        case Standing.DIRECT | Standing.HELPER:
            order = order_of(found.call.name) if found.call is not None else None
            if order is None or not order & FULL or order & SECTIONS:
                return unknown(f"{place.name}() has no barrier, but an access or a lock")
            assert found.call is not None
            where = Location(found.call.path, found.call.line, f"{found.call.name}()")
            return agrees(f"{place.name}() orders something", where)
        case _:
            known = bool(bodies(world, place.name))
            return unknown(
                f"what {place.name}() orders cannot be told"
                if known
                else f"no definition of {place.name}() at hand"
            )
