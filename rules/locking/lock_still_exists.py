"""Rules of locking that name a lock no code has."""

from __future__ import annotations

from itertools import islice

from reviewer.claims.lock_names import lock_name
from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Pattern
from reviewer.claims.wording.mentions import is_of_old_releases
from reviewer.judging.locks import (
    is_gone,
    is_placeholder,
    lost_locks,
    misspelt,
    out_of_sight,
    prose_locks,
    spelled_otherwise,
    successor,
    used_as_lock,
)
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.program.scope import in_sight
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Location, Severity, Verdict, broken, unknown
from reviewer.world import World

_PROSE = tuple(f"lock:{name}" for name in prose_locks())


class LockStillExists(Rule):
    """The lock that a comment tells the reader to hold is taken to exist.

    Why it breaks: locks are renamed, split and removed (mmap_sem became mmap_lock, i_mutex
    became i_rwsem, the big kernel lock went away) and the comments that state the locking rules
    stay. Whoever follows them looks for a lock that is not there, or takes another of a similar
    name.

    Where it still holds: if any code of the kernel proper has the name, however built (token
    pasting, assembly); if the comment tells history; if the file shortens a longer name.

    Write instead: the lock that the code takes or asserts today.

    Limits: a name that another subsystem happens to use is not reported. A lock called by words
    only ("the pool lock") is not looked up, but for the few in ``reviewer/judging/locks.toml``.

    References: Documentation/locking/, Documentation/filesystems/locking.rst.
    """

    name = "lock-still-exists"
    family = "locking"
    since = "0.1"
    tree_wide = True
    reads = (
        Reads(Kind.REFERS, object=("identifier", "field")),
        Reads(Kind.REFERS, object=_PROSE),
        Reads(Kind.REQUIRES, object=("lock",)),
        Reads(Kind.PROTECTED, object=("lock",)),
    )
    patterns = (
        Pattern(
            "holds-removed-lock",
            Kind.REFERS,
            r"\b(?:under|hold(?:s|ing)?|held|tak(?:es?|ing|en)|with|without|acquir(?:es?|ed|ing)"
            r"|drop(?:s|ping|ped)?|releas(?:es?|ing|ed)|protected by|grab(?:s|bing|bed)?)"
            r"(?: the| its)? {object:lock}",
            concepts=tuple(("object", one) for one in _PROSE),
        ),
        Pattern(
            "removed-lock-held",
            Kind.REFERS,
            r"{object:lock} (?:(?:is|must|should|be|still|to|already|not) )*"
            r"(?:held|taken|protects?|serializes|dropped|released|protection)",
            concepts=tuple(("object", one) for one in _PROSE),
        ),
    )
    stale = (
        Example(
            """
            struct pond { spinlock_t pond_lock; int fish; };

            /* Caller must hold pond->pond_mutex. */
            static void stock(struct pond *pond)
            {
                    pond->fish++;
            }
            """,
            words="pond->pond_mutex",
        ),
        Example(
            """
            /* The list of ducks is walked under duck_list_rwsem. */
            int count_ducks(void)
            {
                    return nr_ducks;
            }
            """,
            words="duck_list_rwsem",
        ),
        Example(
            """
            /* Called with the BKL held. */
            void quack(void)
            {
                    nr_quacks++;
            }
            """,
            words="BKL",
        ),
    )
    sound = (
        Example(
            """
            struct pond { spinlock_t pond_lock; int fish; };

            /* Caller must hold pond->pond_lock. */
            static void stock(struct pond *pond)
            {
                    pond->fish++;
            }
            """
        ),
        Example(
            """
            /* This used to be called with pond_mutex held, but no longer is. */
            static void stock(struct pond *pond)
            {
                    pond->fish++;
            }
            """
        ),
        Example(
            """
            /* BKL held [before 2.5.x] */
            void quack(void)
            {
                    nr_quacks++;
            }
            """
        ),
        Example(
            """
            struct farm { struct mutex pond_lock; };

            /* Must be called with farm_pond_lock held. */
            static void drain(struct farm *farm)
            {
                    lockdep_assert_held(&farm->pond_lock);
            }
            """
        ),
        Example(
            """
            /* Waits until the PLL sets carrier_lock and symbol_lock bits. */
            static int wait_for_carrier(void)
            {
                    return 0;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if no code has the name; None if some has, or it is no lock here."""
        if claim.object is None or world.path.startswith(OTHER_PROGRAMS):
            return None
        if is_of_old_releases(claim):
            return None
        if claim.kind is not Kind.REFERS:
            if not claim.object.text.startswith("@") or not claim.object.name.isidentifier():
                return None  # every other name comes as a reference of its own
        elif claim.object.concept in _PROSE:
            return _prose(claim, world)
        name = lock_name(claim.object.name) or misspelt(claim)
        if not name or "_" not in name or is_placeholder(name):
            return None
        if claim.kind is Kind.REFERS and not (name in lost_locks() or used_as_lock(claim)):
            return None
        index = world.index
        if index is None or not index.complete:
            return unknown(f"no index of the tree to look {name} up in")
        if not is_gone(name, index):
            bare = claim.object.name == name
            return out_of_sight(claim, name, world, index) if bare else None
        near = spelled_otherwise(name, world)
        if near:
            return unknown(f"no lock is called {name}, but it may be short for {near}")
        return _gone(claim, world, name)


def _gone(claim: Claim, world: World, name: str) -> Verdict:
    today = successor(name, world)
    hint = f" Today's name is probably {today}." if today else ""
    where = [Location(world.path, claim.line, f"names {name}, which no code of the tree has")]
    if today and world.index is not None:
        seen = (d for d in world.index.definitions(today) if in_sight(world.path, d))
        where += [Location(d.path, d.line, f"{today} is defined") for d in islice(seen, 1)]
    return broken(
        f"The comment speaks of {name}, but no code in this tree has a lock of that name.{hint}",
        *where,
    )


def _prose(claim: Claim, world: World) -> Verdict | None:
    assert claim.object is not None
    lock = prose_locks()[claim.object.concept.partition(":")[2]]
    if claim.object.text.lower() not in lock.words:
        return None
    index = world.index
    if index is None or not index.complete:
        return unknown("no index of the tree to look the lock up in")
    used = next((name for name in lock.names if index.used_in_kernel(name)), "")
    if used:
        return unknown(f"{used} occurs in the tree")
    return broken(
        f"The comment speaks of {claim.object.text}; {lock.today}.",
        Location(world.path, claim.line, f"no code of the tree has {' or '.join(lock.names)}"),
        severity=Severity.LOW,
    )
