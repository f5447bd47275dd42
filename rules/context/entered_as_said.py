"""Functions whose comment says that they run as an interrupt handler, a tasklet, a work item."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.contexts import is_second_half
from reviewer.claims.wording.duties import others, speaks_of_a_section
from reviewer.evidence.entry_points import entries_of
from reviewer.judging.holding import documented, one_of_several
from reviewer.judging.place import function_around
from reviewer.rule import Example, Reads, Rule, under
from reviewer.source.model import AnchorKind
from reviewer.verdict import Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_CONTEXTS = ("hardirq", "softirq", "process-context")
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
    reads = (Reads(Kind.REQUIRES, object=(*_CONTEXTS, "atomic-context", _PINNED)),)
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
    )
    sound = (
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
        if claim.comment.anchor.kind is AnchorKind.LINE or others(claim):
            return None
        if is_second_half(claim):
            return unknown("the words may speak of what follows the interrupt, in a thread")
        if not inside and speaks_of_a_section(claim) and not claim.get("held_by"):
            return None
        wanted = [one for one in _CONTEXTS if under(claim.object.concept, (one,))]
        wanted = wanted or ["hardirq", "softirq"]
        found = entries_of(world, function)
        for context in wanted:
            if context in found.shown:
                places = found.shown[context]
                return agrees(places[0].note, *places[:4])
        if inside or not found.shown or found.unknown or one_of_several(claim):
            return unknown(f"it is not known how {function.name}() is entered")
        places = [place for every in found.shown.values() for place in every]
        return broken(
            f"The comment says that {function.name}() runs in {wanted[0].replace('-', ' ')}, but "
            f"all that is known to enter it gives another: {places[0].note}.",
            *places[:3],
        )
