"""Pairs of barriers of one kind, which order nothing between them."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.judging.barriers import ACQUIRES, RELEASES, Order, order_in_prose, order_of
from reviewer.judging.bodies import Body, bodies, reached
from reviewer.judging.pairing import Partner, Place
from reviewer.judging.partners import partners_of
from reviewer.judging.statements import following
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Breaks, Location, Verdict, agrees, broken, unknown
from reviewer.world import World

_READS = "orders reads only"
_WRITES = "orders writes only"


class BarriersCanPair(Rule):
    """Two barriers of one direction are taken for a pair.

    Why it breaks: a pair hands something over: one side writes the data and then the flag, the
    other reads the flag and then the data. smp_rmb() with smp_rmb(), or an acquire with an
    acquire, has no side that publishes; smp_wmb() with smp_wmb() none that looks. Such a comment
    is copied from the wrong side, or the barrier that the other side had was changed.

    Where it still holds: if the other function has a barrier of the other direction, a full
    barrier, or anything else that is fully ordered or may be a critical section.

    Write instead: the barrier that is there on the other side; or, if the code is as the comment
    says, the barrier that is missing there.

    Limits: the comment's own barrier must be named or directly below it, and be one of
    smp_rmb(), smp_wmb(), an acquire load or a release store. A pair of write barriers that is
    only about the order of the final values (the "2+2W" shape) is not known to the kernel's model
    to be ordered, and is reported too.

    References: Documentation/memory-barriers.txt, "SMP barrier pairing";
    tools/memory-model/Documentation/recipes.txt.
    """

    name = "barriers-can-pair"
    family = "barriers"
    since = "0.1"
    tree_wide = True
    reads = (Reads(Kind.PAIRS),)
    stale = (
        Example(
            """
            static int plover_look(struct plover *p)
            {
                    if (!p->ready)
                            return 0;
                    /* Pairs with the smp_rmb() in plover_hatch(). */
                    smp_rmb();
                    return p->eggs;
            }

            static void plover_hatch(struct plover *p)
            {
                    p->eggs = 4;
                    smp_rmb();
                    p->ready = 1;
            }
            """,
            words="Pairs with the smp_rmb() in plover_hatch()",
            breaks="result",
        ),
        Example(
            """
            static void plover_hatch(struct plover *p)
            {
                    p->eggs = 4;
                    /* This smp_wmb() pairs with the write barrier in plover_look(). */
                    smp_wmb();
                    p->ready = 1;
            }

            static int plover_look(struct plover *p)
            {
                    if (!p->ready)
                            return 0;
                    smp_wmb();
                    return p->eggs;
            }
            """,
            words="smp_wmb() pairs with the write barrier in plover_look()",
            breaks="result",
        ),
    )
    sound = (
        Example(
            """
            static int plover_look(struct plover *p)
            {
                    if (!p->ready)
                            return 0;
                    /* Pairs with the smp_wmb() in plover_hatch(). */
                    smp_rmb();
                    return p->eggs;
            }

            static void plover_hatch(struct plover *p)
            {
                    p->eggs = 4;
                    smp_wmb();
                    p->ready = 1;
            }
            """
        ),
        Example(
            """
            static int plover_look(struct plover *p)
            {
                    /* Pairs with the acquire in plover_hatch(); see there for the release. */
                    if (!smp_load_acquire(&p->ready))
                            return 0;
                    return p->eggs;
            }

            static void plover_hatch(struct plover *p)
            {
                    if (smp_load_acquire(&p->warm)) {
                            p->eggs = 4;
                            smp_store_release(&p->ready, 1);
                    }
            }
            """
        ),
        Example(
            """
            static int plover_look(struct plover *p)
            {
                    /* A similar smp_rmb() lives in plover_peek(). */
                    smp_rmb();
                    return p->eggs;
            }

            static int plover_peek(struct plover *p)
            {
                    smp_rmb();
                    return p->eggs;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if both sides are of one direction and the other side has nothing else."""
        if claim.get("force"):
            return None
        own = _own(claim, world)
        way = _way(own)
        if not way:
            return None
        for partner, place in partners_of(claim):
            if place.name and not place.file and _same_way(partner, way):
                return _judge(claim, world, own, way, partner, place)
        return None


def _own(claim: Claim, world: World) -> str:
    """The barrier the comment names as its own, or the one directly below it."""
    if claim.subject.concept.startswith("barrier:"):
        return claim.subject.name
    below = following(world.source, claim.comment.end_byte)
    if below is None or not claim.comment.anchor.function:
        return ""
    known = [name for name in below.calls if order_of(name) not in {None, Order.NONE}]
    return known[0] if len(known) == 1 else ""


def _way(name: str) -> str:
    """The one direction that a primitive orders, or '' if it orders both or none."""
    order = order_in_prose(name) or order_of(name) or Order.NONE
    if Order.MB in order or Order.LOCK in order:
        return ""
    if order & ACQUIRES:
        return "" if order & RELEASES else _READS
    return _WRITES if order & RELEASES else ""


def _same_way(partner: Partner, way: str) -> bool:
    return bool(partner.primitives) and all(_way(name) == way for name in partner.primitives)


def _judge(
    claim: Claim, world: World, own: str, way: str, partner: Partner, place: Place
) -> Verdict | None:
    found = bodies(world, place.name)
    if not found:
        return unknown(f"no definition of {place.name}() at hand")
    if any(body.has_asm() for body in found):
        return unknown(f"{place.name}() holds assembly")
    said = " or ".join(partner.primitives)
    for body in found:
        for call in reached(world, body, lambda name: order_of(name) is not None):
            if _other_way(call.name, way):
                where = Location(call.path, call.line, f"{call.name}()")
                return agrees(f"{place.name}() also has {call.name}()", where)
    here = world.source.line_of(claim.comment.end_byte)
    return broken(
        f"{own}() here and {said} in {place.name}() are no pair: each {way}, and {place.name}() "
        f"has nothing of the other direction.",
        Location(world.path, here, f"{own}() {way}"),
        *(_place(body, way) for body in found),
        breaks=Breaks.RESULT,
    )


def _other_way(name: str, way: str) -> bool:
    """True if an operation might be the other side of the pair after all."""
    order = order_of(name)
    if order is None:
        return False
    if Order.LOCK in order or Order.MB in order:
        return True
    return bool(order & (RELEASES if way == _READS else ACQUIRES | Order.DEPENDENCY))


def _place(body: Body, way: str) -> Location:
    return Location(body.path, body.line, f"what {body.name}() has {way}")
