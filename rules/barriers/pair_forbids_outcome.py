"""Pairs of barriers of which one is missing, shown by a model of both functions."""

from __future__ import annotations

from dataclasses import replace

from reviewer.claims.model import Claim, Kind
from reviewer.evidence.models.flags import DATA
from reviewer.evidence.models.lost import forbade, pair_left
from reviewer.evidence.models.pairs import Answer, PairModel
from reviewer.evidence.models.verdicts import judged
from reviewer.judging.machines import admitted
from reviewer.judging.partners import partners_of
from reviewer.kernel.order import BOTH, Order
from reviewer.kernel.table import order_of
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import (
    Breaks,
    Decision,
    Evidence,
    Location,
    Tier,
    Verdict,
    holds,
    unknown,
)
from reviewer.world import World


class PairForbidsOutcome(Rule):
    """Two barriers are said to pair, so that one side cannot see the other's steps out of order.

    Why it breaks: a barrier orders something for others only together with one on the other side.
    When either goes, the comment at the one that is left promises what no code does any more.

    How it is judged: both functions are followed along their paths, helpers included; what both
    touch around the two barriers makes a litmus test, with a stand-in for what is passed where only
    the flag is seen on both sides. The claim holds if the simulator finds the
    outcome impossible with both barriers, and possible without either one. It is broken if a
    barrier is missing, the outcome is possible as the code stands, and would not be with a barrier
    in that place. `kstale model PATH:LINE` prints the test. Where a patch takes a barrier away, the
    code before it tells which steps that stood between: it is broken if these stand in the code
    after it without the barrier, and the outcome, excluded before, is possible. If something else
    there excludes it still, that is told, and the pair rests on it.

    Write instead: put the barrier back, or say what orders the two sides now.

    Limits: plain accesses are taken for READ_ONCE() and WRITE_ONCE(): what a compiler may do to
    them is not asked. Accesses that stand in the callers are not seen, nor paths of functions that
    have too many; then the pair stays unknown. Pairs of marked accesses that order nothing
    (READ_ONCE() with WRITE_ONCE()) are left to marks-exclude-data-race.

    References: tools/memory-model/Documentation/recipes.txt; Documentation/memory-barriers.txt,
    "SMP barrier pairing".
    """

    name = "pair-forbids-outcome"
    family = "barriers"
    since = "0.1"
    tree_wide = True
    reads = (Reads(Kind.PAIRS),)
    stale = (
        Example(
            """
            static void plover_lay(struct plover *p, struct nest *n)
            {
                    n->eggs = 3;
                    WRITE_ONCE(p->nest, 1);
            }

            static int plover_look(struct plover *p, struct nest *n)
            {
                    /* Pairs with the smp_store_release() in plover_lay(). */
                    if (!smp_load_acquire(&p->nest))
                            return 0;
                    return n->age;
            }
            """,
            before="""
            static void plover_lay(struct plover *p, struct nest *n)
            {
                    n->eggs = 3;
                    smp_store_release(&p->nest, 1);
            }

            static int plover_look(struct plover *p, struct nest *n)
            {
                    /* Pairs with the smp_store_release() in plover_lay(). */
                    if (!smp_load_acquire(&p->nest))
                            return 0;
                    return n->age;
            }
            """,
            words="Pairs with the smp_store_release() in plover_lay()",
            breaks="result",
            broken_on=("arm64",),
        ),
        Example(
            """
            static int heron_poll(struct heron *h)
            {
                    if (!READ_ONCE(h->ready))
                            return 0;
                    /* Pairs with the smp_wmb() in heron_publish(). */
                    smp_rmb();
                    return h->fish;
            }

            static void heron_publish(struct heron *h)
            {
                    h->fish = 3;
                    WRITE_ONCE(h->ready, 1);
            }
            """,
            words="Pairs with the smp_wmb() in heron_publish()",
            breaks="result",
            broken_on=("arm64",),
        ),
        Example(
            """
            static void swan_wake(struct swan *s)
            {
                    WRITE_ONCE(s->food, 1);
                    /* Pairs with the smp_mb() in swan_sleep(). */
                    if (READ_ONCE(s->asleep))
                            poke(s);
            }

            static void swan_sleep(struct swan *s)
            {
                    WRITE_ONCE(s->asleep, 1);
                    smp_mb();
                    if (!READ_ONCE(s->food))
                            nap(s);
            }
            """,
            words="Pairs with the smp_mb() in swan_sleep()",
            breaks="result",
            broken_on=("x86-64-native", "arm64"),
        ),
    )
    sound = (
        Example(
            """
            static int plover_look(struct plover *p, struct nest *n)
            {
                    int v;

                    /* Pairs with the smp_store_release() in plover_lay(). */
                    v = READ_ONCE(p->nest);
                    return v ? p->count[v] : 0;
            }

            static void plover_lay(struct plover *p, struct nest *n)
            {
                    n->eggs = 3;
                    smp_mb();
                    WRITE_ONCE(p->nest, 1);
            }
            """,
            before="""
            static int plover_look(struct plover *p, struct nest *n)
            {
                    int v;

                    /* Pairs with the smp_store_release() in plover_lay(). */
                    v = READ_ONCE(p->nest);
                    return v ? p->count[v] : 0;
            }

            static void plover_lay(struct plover *p, struct nest *n)
            {
                    n->eggs = 3;
                    smp_store_release(&p->nest, 1);
            }
            """,
        ),
        Example(
            """
            static int heron_poll(struct heron *h)
            {
                    if (!READ_ONCE(h->ready))
                            return 0;
                    /* Pairs with the smp_wmb() in heron_publish(). */
                    smp_rmb();
                    return h->fish;
            }

            static void heron_publish(struct heron *h)
            {
                    h->fish = 3;
                    smp_wmb();
                    WRITE_ONCE(h->ready, 1);
            }
            """
        ),
        Example(
            """
            static void swan_wake(struct swan *s)
            {
                    WRITE_ONCE(s->food, 1);
                    /* Pairs with the smp_mb() in swan_sleep(). */
                    swan_poke(s);
            }

            static void swan_sleep(struct swan *s)
            {
                    WRITE_ONCE(s->asleep, 1);
                    smp_mb();
                    if (!READ_ONCE(s->food))
                            nap(s);
            }
            """
        ),
        Example(
            """
            static int teal_limit(struct teal *t)
            {
                    /* Pairs with the WRITE_ONCE() in teal_setopt(). */
                    return READ_ONCE(t->limit) + t->depth;
            }

            static void teal_setopt(struct teal *t, int v)
            {
                    t->depth = v;
                    WRITE_ONCE(t->limit, v);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Holds if the outcome is forbidden by both barriers only, broken if it is allowed."""
        unsure: PairModel | None = None
        held: Verdict | None = None
        for partner, place in partners_of(claim):
            if not place.name or place.file or not _orders(partner.primitives):
                continue
            model = pair_left(world, claim, partner, place)
            if model.answer is Answer.ALLOWS:
                # In a scan the outcome found may be another than the one that the comment means:
                # the only one of the whole of 6.12 was (0 of 1 right). So may that of a comment
                # that a patch adds. What was forbidden before the patch is the one that is meant.
                sure = model.before is not None or forbade(world, claim, partner, place)
                found = _verdict(claim, world, model, place.name, fallen=sure)
                tier = Tier.STRONG if model.in_callers else Tier.PROVED
                return replace(found, tier=tier if sure else Tier.HINT)
            if model.answer is Answer.UNKNOWN:
                unsure = unsure or model
            else:
                held = held or _verdict(claim, world, model, place.name)
        return unknown(unsure.why) if unsure is not None else held


def _orders(primitives: tuple[str, ...]) -> bool:
    """True unless the comment names marked accesses only, which order nothing."""
    known = [order for name in primitives if (order := order_of(name)) is not None]
    return not known or any(order & ~(BOTH | Order.DEPENDENCY) for order in known)


def _verdict(
    claim: Claim, world: World, model: PairModel, other: str, *, fallen: bool = False
) -> Verdict:
    """What the model says; ``fallen``: the code before the patch forbade the outcome."""
    assert model.program is not None
    if model.kept_by:
        first = model.kept_by[0]
        return holds(
            f"the barrier that the comment speaks of is gone; {first.name}() at {first.path}:"
            f"{first.line} still orders the two sides ({model.why}), and without it nothing does",
            *(Location(e.path, e.line, f"{e.name}()") for e in model.rests_on),
        )
    if model.answer is Answer.FORBIDS:
        return holds(
            f"with both barriers no {model.why} can be seen out of order; without either it can",
            *(Location(e.path, e.line, f"{e.name}()") for e in model.rests_on),
        )
    found = judged(model.program, admitted(world, claim))
    assert model.shape is not None
    side = "here" if model.missing == "own" else f"in {other}()"
    steps = [
        step
        for side in (model.shape.own, model.shape.other)
        for step in (side.first, side.last)
        if step.place != DATA
    ]
    said = (
        f"The barrier {side} that the comment speaks of is not there, and the two sides can see "
        f"each other's steps out of order ({model.why})."
    )
    if fallen:
        if not found.machines.broken:
            return unknown("the outcome that the barrier forbade is possible on no machine here")
        broken = found.machines.broken
        more = f" and {len(broken) - 2} more machines" if len(broken) > 2 else ""
        where = ", ".join(broken[:2]) + more
        passed = ", which stands in the callers" if model.in_callers else ""
        said = (
            f"This patch takes the barrier {side} away: the model of both sides says Never before "
            f"it and Sometimes after it ({where}): {model.why}{passed}."
        )
    return Verdict(
        Decision.BROKEN,
        said,
        breaks=Breaks.RESULT,
        evidence=Evidence(
            tuple(Location(e.path, e.line, f"{e.name} of {e.place}") for e in steps), found.witness
        ),
        machines=found.machines,
    )
