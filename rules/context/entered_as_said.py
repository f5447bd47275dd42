"""Functions whose comment says that they run as an interrupt handler, a tasklet, a work item."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.contexts import is_second_half
from reviewer.claims.wording.duties import by_a_handler, others, speaks_of_a_section
from reviewer.evidence.entry_points import entries_of
from reviewer.judging.holding import documented, one_of_several
from reviewer.judging.place import function_around
from reviewer.rule import Example, Reads, Rule, under
from reviewer.source.model import AnchorKind, Function
from reviewer.verdict import Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_CONTEXTS = ("hardirq", "softirq", "process-context")
_IRQS_ON = "irq-on"
_PINNED = "migrate-off"
"""A handler stays on its CPU."""


class EnteredAsSaid(Rule):
    """ "Called from interrupt context", "runs in a workqueue": how a function is entered.

    Why it breaks: a handler became a threaded one, a tasklet a work item, and the comment above
    the function still says that it runs in an interrupt, or the other way round.

    Where it still holds: what registers the function, or a caller of it, gives that context.

    Write instead: the context that what registers the function gives.

    Limits: a function may be entered in several ways; comment and code agree if one of them is
    the one that is said. It is a finding only if every way is known and none is.

    References: Documentation/core-api/genericirq.rst, Documentation/core-api/workqueue.rst.
    """

    name = "entered-as-said"
    family = "context"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read yet
    fallback = True
    tree_wide = True
    reads = (Reads(Kind.REQUIRES, object=(*_CONTEXTS, "atomic-context", _PINNED, _IRQS_ON)),)
    stale = (
        Example(
            """
            /* Called from interrupt context. */
            static void feed(struct work_struct *work)
            {
                    food++;
            }

            void open_pond(struct pond *pond)
            {
                    INIT_WORK(&pond->work, feed);
            }
            """,
            words="Called from interrupt context",
        ),
        Example(
            """
            /* Called when the pond is due. The timer code always calls with interrupts on. */
            static enum hrtimer_restart feed(struct hrtimer *timer)
            {
                    food++;
                    return HRTIMER_NORESTART;
            }

            void open_pond(struct pond *pond)
            {
                    hrtimer_init(&pond->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
                    pond->timer.function = feed;
            }
            """,
            words="always calls with interrupts on",
        ),
    )
    sound = (
        Example(
            """
            /* Must be called with interrupts on. */
            static enum hrtimer_restart feed(struct pond *pond)
            {
                    food++;
                    return HRTIMER_NORESTART;
            }

            void open_pond(struct pond *pond)
            {
                    feed(pond);
            }
            """
        ),
        Example(
            """
            /* Called when the pond is due. The timer code always calls with interrupts on. */
            static enum hrtimer_restart feed(struct hrtimer *timer)
            {
                    food++;
                    return HRTIMER_NORESTART;
            }

            void open_pond(struct pond *pond)
            {
                    hrtimer_init(&pond->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
                    pond->timer.function = feed;
            }
            """
        ),
        Example(
            """
            /* Called from the interrupt handler's thread, or from ISR bottom half. */
            static void eat(struct pond *pond)
            {
                    food--;
            }

            static irqreturn_t feed(int irq, void *data)
            {
                    eat(data);
                    return IRQ_HANDLED;
            }

            int open_pond(struct pond *pond)
            {
                    return request_threaded_irq(pond->irq, NULL, feed, 0, "pond", pond);
            }
            """
        ),
        Example(
            """
            /* Called from interrupt context. */
            static irqreturn_t feed(int irq, void *data)
            {
                    return IRQ_HANDLED;
            }

            int open_pond(struct pond *pond)
            {
                    return request_irq(pond->irq, feed, 0, "pond", pond);
            }
            """
        ),
        Example(
            """
            /* Called from interrupt context. */
            static void feed(struct work_struct *work)
            {
                    food++;
            }

            void open_pond(struct pond *pond)
            {
                    INIT_WORK(&pond->work, feed);
                    pond->feed_now = feed;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Compare with what registers the function and its callers."""
        function = documented(claim, world)
        inside = function_around(claim, world) if function is None else None
        function = function or inside
        if function is None or claim.object is None or world.index is None:
            return None
        if claim.comment.anchor.kind is AnchorKind.LINE or others(claim, but_callers=True):
            return None
        if is_second_half(claim):
            return unknown("the words may speak of what follows the interrupt, in a thread")
        if not inside and speaks_of_a_section(claim) and not claim.get("held_by"):
            return None
        if under(claim.object.concept, (_IRQS_ON,)):
            return None if inside else _with_interrupts(function, world)
        wanted = [one for one in _CONTEXTS if under(claim.object.concept, (one,))]
        wanted = wanted or ["hardirq", "softirq"]
        found = entries_of(world, function)
        for context in wanted:
            if context in found.shown:
                places = found.shown[context]
                return agrees(places[0].note, *places[:4])
        unsure = inside or one_of_several(claim) or by_a_handler(claim)
        if unsure or not found.shown or found.unknown:
            return unknown(f"it is not known how {function.name}() is entered")
        places = [place for every in found.shown.values() for place in every]
        return broken(
            f"The comment says that {function.name}() runs in {wanted[0].replace('-', ' ')}, but "
            f"all that is known to enter it gives another: {places[0].note}.",
            *places[:3],
        )


def _with_interrupts(function: Function, world: World) -> Verdict:
    """Of "called with interrupts on": broken if the function itself is what an interrupt runs."""
    places = entries_of(world, function, up=0).shown.get("hardirq", [])
    if not places:
        return unknown(f"it is not known how {function.name}() is entered")
    return broken(
        f"The comment says that {function.name}() is called with interrupts on, but "
        f"{places[0].note}, where they are off.",
        *places[:3],
    )
