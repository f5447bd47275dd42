"""Comments that rely on a wait for a grace period that the code no longer does."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Pattern
from reviewer.claims.wording.waits import is_said_to_be_here, said_domain, says_below
from reviewer.judging.bodies import Call, sees_far
from reviewer.judging.grace import (
    Waits,
    flavour_of,
    follows_straight,
    is_alike,
    surely_waits,
    waits_of,
)
from reviewer.kernel import Flavour
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import Function
from reviewer.verdict import Breaks, Location, Verdict, agrees, broken, holds, unknown
from reviewer.world import World


class GracePeriodIsWaitedFor(Rule):
    """A comment says that the code waits for a grace period; it is taken to do so.

    Why it breaks: synchronize_rcu() below the comment is removed, made asynchronous, or becomes
    a wait for other readers (SRCU, RCU Tasks), and the comment that explains why readers cannot
    be left stays. What is freed next may then still be read.

    Where it still holds: if the function, or what it calls, waits for that flavour;
    synchronize_net() and the expedited forms are waits of RCU. Whether a callback behind its grace
    period, or a look whether it has passed, will do is undecided.

    Write instead: what waits today and where, or why no wait is needed.

    Limits: only comments inside functions that speak of the code around them (below, here, this
    wait). What is called through pointers, or deeper than is looked, may wait: unknown.

    References: Documentation/RCU/whatisRCU.rst, Documentation/RCU/checklist.rst.
    """

    name = "grace-period-is-waited-for"
    family = "rcu"
    since = "0.1"
    reads = (Reads(Kind.WAITS, object=("rcu-gp",)),)
    patterns = (
        Pattern(
            "wait-stands-here",
            Kind.WAITS,
            r"{object:gp} (?:call )?(?:below|above|here|that follows|following)",
            subject="code",
            concepts=(("object", "rcu-gp"),),
        ),
    )
    stale = (
        Example(
            """
            static void skua_remove(struct skua *s)
            {
                    list_del_rcu(&s->list);
                    /* synchronize_rcu() below waits for all readers of the list. */
                    kfree(s);
            }
            """,
            words="synchronize_rcu() below",
            breaks="result",
        ),
        Example(
            """
            static void skua_remove(struct skua *s)
            {
                    list_del_rcu(&s->list);
                    /* The synchronize_srcu() below waits for the callbacks. */
                    synchronize_rcu();
                    kfree(s);
            }
            """,
            words="synchronize_srcu() below",
        ),
    )
    sound = (
        Example(
            """
            static void skua_remove(struct skua *s)
            {
                    list_del_rcu(&s->list);
                    /* synchronize_rcu() below waits for all readers of the list. */
                    synchronize_net();
                    kfree(s);
            }
            """
        ),
        Example(
            """
            static void skua_settle(struct skua *s)
            {
                    synchronize_rcu_expedited();
            }

            static void skua_remove(struct skua *s)
            {
                    list_del_rcu(&s->list);
                    /* Wait for an RCU grace period before we free it. */
                    skua_settle(s);
                    kfree(s);
            }
            """
        ),
        Example(
            """
            static void skua_remove(struct skua *s)
            {
                    /* The synchronize_rcu() here was removed, s is never freed. */
                    list_del_rcu(&s->list);
            }
            """
        ),
        Example(
            """
            static void skua_read(struct skua *s)
            {
                    /* Freed after an RCU grace period, so this is safe. */
                    look(s);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if the comment's own function has no wait of that flavour within reach."""
        if claim.object is None or not claim.comment.anchor.function:
            return None
        function = world.function(claim)
        if function is None:
            return None
        named = claim.object.name
        wanted = flavour_of(named) if named else None
        if not is_said_to_be_here(claim):
            return unknown("the comment may speak of code elsewhere")
        waits = waits_of(world, function)
        fitting = [c for c in waits.calls if _fits(c.name, named, wanted)]
        if fitting:
            alike = [c for c in fitting if is_alike(c, named, said_domain(claim))]
            if not alike:
                return unknown(f"{fitting[0].name}() is there, but does not wait as is said")
            fitting = alike
            first = min(fitting, key=lambda call: call.name != named)
            where = Location(first.path, first.line, f"{first.name}()")
            if _all_before(claim, world, function, first):
                return unknown(f"{first.name}() comes before what says that it is below")
            sure = len(fitting) == 1 and _is_certain(claim, world, function, first.name)
            return (holds if sure else agrees)(f"{first.name}() is there", where)
        if not sees_far(world):
            return unknown(f"what {function.name}() calls needs the index of the tree")
        if not named or wanted is None:
            return unknown(f"no wait in reach of {function.name}(), but none is named either")
        if waits.unseen:
            return unknown(f"no {named}() in {function.name}(), but {waits.unseen}")
        where = Location(world.path, function.start_line, f"{function.name}() begins here")
        other = _other(waits)
        if other:
            return broken(
                f"The comment speaks of {named}() here, but {function.name}() waits for other "
                f"readers: {other.name}().",
                Location(other.path, other.line, f"{other.name}()"),
                where,
                breaks=Breaks.RESULT,
            )
        return broken(
            f"The comment speaks of {named}() here, but neither {function.name}() nor what it "
            f"calls waits for a grace period.",
            where,
            breaks=Breaks.RESULT,
        )


def _is_certain(claim: Claim, world: World, function: Function, name: str) -> bool:
    """True if whoever comes by the comment does the wait, or whoever enters the function."""
    end = claim.comment.end_byte
    return surely_waits(world, world.source, function, name) or any(
        one.name == name and not one.via and follows_straight(world.source, end, one)
        for one in world.function_facts(function).operations
    )


def _all_before(claim: Claim, world: World, function: Function, wait: Call) -> bool:
    """True if the words say "below", and every such wait stands above them.

    One that a helper reaches stands where the helper is called.
    """
    through = wait.via[0].name if wait.via else wait.name
    places = [
        one.start_byte
        for one in world.function_facts(function).operations
        if one.name == wait.name or (*one.via, one.name)[0] == through
    ]
    return (
        says_below(claim) and bool(places) and all(at < claim.comment.start_byte for at in places)
    )


def _fits(name: str, named: str, wanted: Flavour | None) -> bool:
    have = flavour_of(name)
    if have is None:
        return False
    wanted = wanted or Flavour.RCU
    return have in {wanted, Flavour.ANY} or name == named


def _other(waits: Waits) -> Call | None:
    return next(iter(waits.calls), None)
