"""Mentions of RCU interfaces that are gone."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.telling import is_history
from reviewer.judging.grace import REMOVED
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Location, Verdict, broken, unknown
from reviewer.world import World


class FlavourStillExists(Rule):
    """An RCU flavour or helper that a comment relies on is taken to exist.

    Why it breaks: RCU-sched and RCU-bh were merged into RCU, and the context-tracking half of RCU
    moved out of it. Comments still say synchronize_sched(), call_rcu_bh() or rcu_nmi_enter().
    The reader looks for readers of a flavour that nobody waits for any more.

    Where it still holds: if any code of the tree has the name (an older tree); if the comment
    tells how it used to be.

    Write instead: the name in the message. A comment that argued with preempt-disabled regions
    stays right after the merge: synchronize_rcu() waits for those too.

    Limits: names of RCU's own interface only; other vanished names are the references family's.

    References: Documentation/RCU/whatisRCU.rst; kernel/rcu/update.c; kernel/context_tracking.c.
    """

    name = "flavour-still-exists"
    family = "rcu"
    since = "0.1"
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("function", "identifier", "constant")),)
    stale = (
        Example(
            """
            static void gull_free(struct gull *g)
            {
                    /* Walkers run with preemption off, so wait with synchronize_sched(). */
                    synchronize_rcu();
                    kfree(g);
            }
            """,
            words="synchronize_sched()",
        ),
        Example(
            """
            /* The table is freed by call_rcu_bh(), see gull_free(). */
            struct gull_table { int n; };
            """,
            words="call_rcu_bh()",
        ),
    )
    sound = (
        Example(
            """
            static void gull_free(struct gull *g)
            {
                    /* This used to be synchronize_sched(). */
                    synchronize_rcu();
                    kfree(g);
            }
            """
        ),
        Example(
            """
            /* The low bits are kept free for a future call_rcu_bh() with flags. */
            struct gull_table { int n; };
            """
        ),
        Example(
            """
            static void synchronize_sched(void) { }

            static void gull_free(struct gull *g)
            {
                    /* Wait with synchronize_sched() for the walkers. */
                    synchronize_sched();
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if the name was RCU's, and no code has it."""
        name = claim.object.name if claim.object is not None else ""
        today = REMOVED.get(name)
        if today is None:
            return None
        index = world.index
        if index is None or not index.complete:
            return unknown(f"no index of the tree to look {name} up in")
        if index.occurs(name) or is_history(claim):
            return None
        hint = f" Its place has been taken by {today}." if index.occurs(today) else ""
        return broken(
            f"The comment relies on {name}, which this tree no longer has.{hint}",
            Location(world.path, claim.line, f"no code has {name}"),
        )
