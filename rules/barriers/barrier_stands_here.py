"""Comments that explain a barrier which is no longer there."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.barriers import may_stand_elsewhere, pairs_two_others
from reviewer.judging.barriers import across, order_of, wanted
from reviewer.judging.pairing import Partner
from reviewer.judging.partners import Standing, beside, own_side, partners_of
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Breaks, Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World


class BarrierStandsHere(Rule):
    """A comment explains the barrier beside it; the barrier is taken to be there.

    Why it breaks: the barrier is removed or moves away with the code, and the comment that said
    what it pairs with is left behind. The other side still relies on it.

    Where it still holds: if the code under the comment, or what is called there, has that barrier
    or a stronger one. Where the comment does not name its own side, anything that can pair with
    the other side will do: with a write barrier whatever orders reads, with a marked access any
    marked access, and locks and waits with all of them.

    Write instead: nothing, if no order is needed any more (then the partner can go too); else the
    barrier.

    Limits: only comments inside functions; a function with assembly is left undecided. Another
    barrier within a few lines of the code under the comment is taken for the one that is meant.
    A comment that speaks of a barrier above, below or implied is broken only if its whole
    function has none.

    References: Documentation/memory-barriers.txt, "SMP barrier pairing".
    """

    name = "barrier-stands-here"
    family = "barriers"
    since = "0.1"
    shown_by = frozenset(("marks-exclude-data-race", "pair-forbids-outcome"))
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
        Example(
            """
            static void ibis_publish(struct ibis *i)
            {
                    spin_lock(&i->lock);
                    i->fish = ibis_catch(i);
                    spin_unlock(&i->lock);

                    if (!i->fish)
                            return;

                    i->tide = 0;
                    i->wind = 0;

                    /* Pairs with the smp_rmb() in ibis_look(). */
                    i->ready = 1;
            }

            static int ibis_look(struct ibis *i)
            {
                    smp_rmb();
                    return i->fish;
            }
            """,
            words="Pairs with the smp_rmb() in ibis_look()",
            breaks="result",
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
        """Broken if nothing in the code under the comment orders as its side must."""
        if not claim.comment.anchor.function or claim.get("force"):
            return None
        if pairs_two_others(claim):
            return unknown("the comment tells of the barriers of two other functions")
        named = claim.subject.name if claim.subject.concept.startswith("barrier:") else ""
        if order_of(named) is None or (want := wanted(named)) is None:
            named = ""
            partners = [one for one, _ in partners_of(claim) if one.want is not None]
            if not partners:
                return None
            want = across(tuple(name for one in partners for name in one.primitives))
        side = Partner((named,) if named else (), want, (), "")
        near = beside(world, claim, side)
        match near.standing:
            case Standing.DIRECT | Standing.HELPER:
                assert near.call is not None
                where = Location(near.call.path, near.call.line, f"{near.call.name}()")
                return agrees("the comment's own side is there", where)
            case Standing.WEAK:
                assert near.call is not None
                return unknown(f"only {near.call.name}() stands here, which might do")
            case Standing.UNRESOLVED:
                return None
            case Standing.UNSEEN:
                return unknown("what is called under the comment might order; it was not seen")
        return self._absent(claim, world, side, named)

    def _absent(self, claim: Claim, world: World, side: Partner, named: str) -> Verdict:
        """Nothing orders under the comment: broken, unless the function's order may be meant."""
        found = own_side(world, claim, side)
        name = claim.comment.anchor.function
        what = f"{named}()" if named else "barrier or marked access"
        here = Location(world.path, claim.comment.anchor.start_line, f"no {what} at this code")
        # In a scan 0 of 1 was right in the whole of 6.12: not every call is seen.
        tier = None if world.before is not None else Tier.HINT
        match found.standing:
            case Standing.ABSENT:
                return broken(
                    f"The comment explains a {what}, but {name}() has none, nor anything "
                    f"stronger, itself or in what it calls.",
                    Location(world.path, found.bodies[0].line, f"{name}() has no {what}"),
                    breaks=Breaks.RESULT,
                    tier=tier,
                )
            case Standing.OPAQUE | Standing.UNSEEN | Standing.UNRESOLVED:
                return unknown("what the function calls might order; it was not seen")
        if may_stand_elsewhere(claim):
            return unknown("the comment may speak of a barrier elsewhere in its function")
        assert found.call is not None
        return broken(
            f"The comment explains a {what}, but there is none in the code under it, nor anything "
            f"else there that orders as a pair needs.",
            here,
            Location(found.call.path, found.call.line, f"the nearest is {found.call.name}()"),
            breaks=Breaks.RESULT,
            tier=tier,
        )
