"""Functions said to wait for a grace period, by name, which no longer do."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind, Modality
from reviewer.claims.wording.waits import said_domain, who_calls
from reviewer.judging.bodies import Body, bodies, sees_far
from reviewer.judging.grace import flavour_of, is_alike, surely_waits, waits_in
from reviewer.kernel import Flavour
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.program.scope import in_sight
from reviewer.rule import Example, Reads, Rule
from reviewer.tree.model import NameKind, Sense
from reviewer.verdict import Breaks, Location, Tier, Verdict, agrees, broken, holds, unknown
from reviewer.world import World

_WAIT = re.compile(r"(?:synchronize|call)_(?:s?rcu\w*|net)|s?rcu_barrier\w*")


class NamedFunctionWaits(Rule):
    """A comment says that some function calls synchronize_rcu(); it is taken to wait there.

    Why it breaks: the wait in the other function is replaced (by lists that it walks, by another
    flavour) or moved, and comments elsewhere still build on it: the critical sections it waited
    for no longer hold anything up.

    Where it still holds: if the function, or what it calls, waits for that flavour. Whether a
    callback behind its grace period, or a look whether it has passed, will do is undecided.

    Write instead: what the function does today.

    Limits: "foo() calls synchronize_rcu()" and lists of the shape "foo(): Invokes …"; a function
    that calls through pointers may wait there: unknown. What lies behind functions of other files
    is looked at two deep; if more is behind them, the finding is a hint.

    References: kernel/rcu/tasks.h, rcu_tasks_postscan(); Documentation/RCU/whatisRCU.rst.
    """

    name = "named-function-waits"
    family = "rcu"
    since = "0.1"
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("function",)),)
    stale = (
        Example(
            """
            /*
             * tern_scan():
             *      Invoke synchronize_srcu() to wait for all terns that are leaving.
             */
            static void tern_scan(struct tern *t)
            {
                    list_splice_init(&t->leaving, &t->gone);
            }
            """,
            words="synchronize_srcu()",
            breaks="result",
        ),
        Example(
            """
            /* tern_scan():
             *      Invokes synchronize_srcu() to wait for all terns that are leaving.
             */
            static void tern_scan(struct tern *t)
            {
                    tern_count(t);
            }

            void tern_count(struct tern *t)
            {
                    tern_look_at_far_cliff(t);
            }
            """,
            words="synchronize_srcu()",
            breaks="result",
        ),
    )
    sound = (
        Example(
            """
            /* tern_scan():
             *      Invokes synchronize_srcu() to wait for all terns that are leaving.
             */
            static void tern_scan(struct tern *t)
            {
                    tern_count(t);
            }

            static void tern_count(struct tern *t)
            {
                    tern_look_at_far_cliff(t);
            }
            """
        ),
        Example(
            """
            static void tern_wait(struct tern *t)
            {
                    synchronize_srcu(&t->srcu);
            }

            /* Here tern_scan() calls synchronize_srcu() to wait for the others. */
            static void tern_scan(struct tern *t)
            {
                    tern_wait(t);
            }
            """
        ),
        Example(
            """
            /* tern_scan() calls synchronize_srcu() by way of its ops. */
            static void tern_scan(struct tern *t)
            {
                    t->ops->wait(t);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if the named function has no wait of that flavour within reach."""
        name = claim.object.name if claim.object is not None else ""
        if not _WAIT.fullmatch(name) or claim.modality is not Modality.ASSERTED:
            return None
        if world.path.startswith(OTHER_PROGRAMS):
            return None
        said = who_calls(claim)
        wanted = flavour_of(name)
        if not said or wanted is None or _WAIT.fullmatch(said):
            return None
        if not sees_far(world):
            return unknown(f"what {said}() calls needs the index of the tree")
        found = [one for one in bodies(world, said) if _in_sight(one, world)]
        if len(found) != 1:
            return unknown(f"{said}() is not defined just once where the file sees it")
        body = found[0]
        within = waits_in(world, body)
        waits = [
            call
            for call in within.calls
            if call.name == name or flavour_of(call.name) in {wanted, Flavour.ANY}
        ]
        if waits:
            where = [Location(one.path, one.line, f"{one.name}()") for one in waits]
            alike = [one for one in waits if is_alike(one, name, said_domain(claim))]
            if not alike:
                return unknown(
                    f"{said}() reaches {waits[0].name}(), which does not wait as is said"
                )
            waits = alike
            words = f"{said}() reaches {waits[0].name}()"
            sure = len(waits) == 1 and _is_certain(world, body, waits[0].name)
            return (holds if sure else agrees)(words, *where)
        if within.near:
            return unknown(f"{said}() is not seen to wait, but {within.unseen}")
        return broken(
            f"The comment says that {said}() calls {name}(), but neither it nor what it calls "
            "waits for such a grace period.",
            Location(body.path, body.line, f"{said}() is defined"),
            breaks=Breaks.RESULT,
            tier=Tier.HINT if within.unseen else None,
        )


def _is_certain(world: World, body: Body, name: str) -> bool:
    """True if the function itself is seen to wait, whichever way it goes."""
    function = body.source.function_at(body.end - 1)
    return function is not None and surely_waits(world, body.source, function, name)


def _in_sight(body: Body, world: World) -> bool:
    """True unless it is another driver's own function, of which the comment does not speak."""
    return in_sight(world.path, Sense(NameKind.FUNCTION, body.path, static=not body.shared))
