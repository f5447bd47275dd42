"""Comments that say in which order two locks are taken."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.evidence.nesting import Taken, orders_of
from reviewer.judging.holding import Lock, lock_called
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import Operation
from reviewer.verdict import Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_TWO = """
struct pond {{
        struct mutex feed_mutex;
        spinlock_t fish_lock;
}};

/* {words} */
static void stock(struct pond *pond)
{{
        {first}
        {then}
        pond_feed(pond);
        {last}
        {end}
}}
"""
"""What some examples are made of."""


class LocksNestAsSaid(Rule):
    """A comment, or a table at the head of a file, says which of two locks is the outer one.

    Why it breaks: a function is changed to take the two the other way round, or the order was
    turned everywhere and the comment stayed. Whoever follows the comment then deadlocks against
    the code.

    Where it still holds: the functions that take both take the inner one while they hold the
    outer one. A lock that is only tried for, or taken by a function for nested locks, may come in
    any order.

    Write instead: the order that the code has, or lockdep annotations (might_lock_nested(),
    lockdep_set_subclass()), which are checked when the code runs.

    Limits: only functions that take both locks themselves are looked at; a lock must have a name
    of its own in the kernel, else it counts in the comment's file and as it is spelled there.
    That all callers of a function hold the outer lock is not followed.

    References: Documentation/locking/lockdep-design.rst.
    """

    name = "locks-nest-as-said"
    family = "locking"
    since = "0.2"
    tree_wide = True
    tier = Tier.HINT
    reads = (Reads(Kind.NESTS),)
    stale = (
        Example(
            _TWO.format(
                words="Lock order: fish_lock nests inside feed_mutex.",
                first="spin_lock(&pond->fish_lock);",
                then="mutex_lock(&pond->feed_mutex);",
                last="mutex_unlock(&pond->feed_mutex);",
                end="spin_unlock(&pond->fish_lock);",
            ),
            words="fish_lock nests inside feed_mutex",
        ),
    )
    sound = (
        Example(
            _TWO.format(
                words="Lock order: fish_lock nests inside feed_mutex.",
                first="mutex_lock(&pond->feed_mutex);",
                then="spin_lock(&pond->fish_lock);",
                last="spin_unlock(&pond->fish_lock);",
                end="mutex_unlock(&pond->feed_mutex);",
            )
        ),
        Example(
            _TWO.format(
                words="Lock order: fish_lock nests inside feed_mutex.",
                first="spin_lock(&pond->fish_lock);",
                then="if (!mutex_trylock(&pond->feed_mutex)) return;",
                last="mutex_unlock(&pond->feed_mutex);",
                end="spin_unlock(&pond->fish_lock);",
            )
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Look for both orders."""
        inner, outer = lock_called(claim.subject), lock_called(claim.object)
        if inner is None or outer is None:
            return unknown("a lock is named by words that match no one lock of the code")
        found = orders_of(world, outer, inner)
        if found.why:
            return unknown(found.why)
        if found.reversed:
            first = found.reversed[0]
            return broken(
                f"The comment says that {inner.text} is taken inside {outer.text}, but "
                f"{first.function}() takes {outer.text} while it holds {inner.text}.",
                *_shown(first, inner, outer),
            )
        if not found.as_said:
            return unknown(f"no function was seen that takes {inner.text} and {outer.text}")
        number = len(found.as_said)
        return agrees(
            f"{number} place{'s' if number > 1 else ''} take {inner.text} inside {outer.text}, and "
            "none was seen that does it the other way round",
            *_shown(found.as_said[0], outer, inner),
            partial=True,
        )


def _shown(taken: Taken, held: Lock, then: Lock) -> tuple[Location, Location]:
    return (
        _at(taken, taken.held, f"{taken.function}() takes {held.text}"),
        _at(taken, taken.taken, f"and here {then.text}"),
    )


def _at(taken: Taken, operation: Operation, note: str) -> Location:
    path, line = operation.place
    return Location(path or taken.path, line or operation.line, note)
