"""Rules of pairing that name a function no code has."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.judging.back import pointed
from reviewer.judging.pairing import Partner, Place
from reviewer.judging.partners import alike, partners_of, vanished
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Location, Verdict, broken, unknown
from reviewer.world import World


class PartnerPlaceExists(Rule):
    """The function that a barrier is said to pair with is taken to exist.

    Why it breaks: a barrier orders nothing by itself; what makes it right is its partner on the
    other side. When the partner's function is renamed, split or removed, the pairing comment in
    another function is seldom in the patch. The next reader cannot check the ordering, and
    whoever changes either side does not know of the other.

    Where it still holds: if any code of the tree has the name, however built (token pasting,
    assembly), or if the name is a short form (``foo_*()``, ``foo_{a,b}()``) of names that exist.

    Write instead: the function that holds the partner today, with the primitive it uses.

    Limits: a name that some other code happens to have is not reported here;
    ``partner-has-barrier`` looks into it.

    References: Documentation/memory-barriers.txt, "SMP barrier pairing".
    """

    name = "partner-place-exists"
    family = "barriers"
    since = "0.1"
    tree_wide = True
    reads = (Reads(Kind.PAIRS),)
    stale = (
        Example(
            """
            static int heron_poll(struct heron *h)
            {
                    /* Pairs with the smp_wmb() in heron_publish_old(). */
                    smp_rmb();
                    return h->fish;
            }

            static void heron_publish(struct heron *h)
            {
                    smp_wmb();
                    h->ready = 1;
            }
            """,
            words="Pairs with the smp_wmb() in heron_publish_old()",
        ),
        Example(
            """
            static int teal_seen(struct teal *t)
            {
                    /* Paired with WRITE_ONCE() in teal_set()/teal_unset() */
                    return READ_ONCE(t->seen);
            }

            static void teal_set(struct teal *t)
            {
                    WRITE_ONCE(t->seen, 1);
            }
            """,
            words="WRITE_ONCE() in teal_set()",
        ),
        Example(
            """
            static int teal_seen(struct teal *t)
            {
                    /* A similar smp_rmb() lives in teal_peek_at_all(). */
                    smp_rmb();
                    return t->seen;
            }
            """,
            words="smp_rmb() lives in teal_peek_at_all()",
        ),
        Example(
            """
            static int teal_nap(struct teal *t)
            {
                    /* The memory barrier in teal_set_state saves us here. */
                    return t->seen;
            }
            """,
            words="memory barrier in teal_set_state",
        ),
        Example(
            """
            static int teal_seen(struct teal *t)
            {
                    /* A similar smb_rmb() lives in teal_peek_at_all(). */
                    smp_rmb();
                    return t->seen;
            }
            """,
            words="smb_rmb() lives in teal_peek_at_all()",
        ),
    )
    sound = (
        Example(
            """
            static int heron_poll(struct heron *h)
            {
                    /* Pairs with the smp_wmb() in heron_publish(). */
                    smp_rmb();
                    return h->fish;
            }

            static void heron_publish(struct heron *h)
            {
                    smp_wmb();
                    h->ready = 1;
            }
            """
        ),
        Example(
            """
            static void crane_land(struct crane *c)
            {
                    /* Paired with a barrier in crane_try_*(), and smp_rmb() in crane_{a,b}(). */
                    smp_mb();
            }
            static void crane_a(struct crane *c) { smp_rmb(); }
            static void crane_b(struct crane *c) { smp_rmb(); }
            """
        ),
        Example(
            """
            static void crane_land(struct crane *c)
            {
                    /* Pairs with the smp_rmb() in crane_v3/4_peek. */
                    smp_mb();
            }
            """
        ),
        Example(
            """
            static void crane_drop(struct crane *c)
            {
                    /* Corresponding get() is in crane_lift_all(). */
                    crane_put(c);
            }
            """
        ),
        Example(
            """
            static void crane_land(struct crane *c)
            {
                    /* This used to pair with the smp_rmb() in crane_peek_legacy(). */
                    smp_mb();
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if the index is complete and has no such name; holds where it is defined."""
        found = partners_of(claim)
        if claim.get("force") == "in":
            # without a word of pairing, "the get() in foo()" may be about anything
            found = tuple((one, place) for one, place in found if _is_barrier(one))
        places = [place for _, place in found if place.name and not place.file]
        if not places:
            return None
        if world.index is None or not world.index.complete:
            return unknown(f"no index of the tree to look {places[0].name} up in")
        for partner, place in found:
            if vanished(world, place):
                what = f"a barrier in {place.name}()" if partner.primitives else f"{place.name}()"
                return broken(
                    f"The comment relies on {what}, but no code in this tree has that name."
                    f"{_hint(world, claim, partner, place)}",
                    Location(world.path, claim.line, f"names {place.name}, which does not exist"),
                )
        return None


_BARRIER = re.compile(r"\w*(?:[rw]?mb|barrier|_ONCE|acquire|release|xchg)\w*", re.I)


def _is_barrier(partner: Partner) -> bool:
    """True if a barrier is named, be it misspelt (``smb_rmb()``)."""
    return partner.want is not None or any(_BARRIER.fullmatch(one) for one in partner.primitives)


def _hint(world: World, claim: Claim, partner: Partner, place: Place) -> str:
    """What is meant today: who points back to here, or else a name much like it."""
    if back := pointed(world, claim):
        return back
    near = alike(world, partner, place)
    return f" Meant today is probably {' or '.join(f'{one}()' for one in near)}." if near else ""
