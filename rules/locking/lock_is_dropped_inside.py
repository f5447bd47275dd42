"""Functions said to drop a lock and take it again, which never touch it."""

from __future__ import annotations

import re

from reviewer.claims.lock_names import lock_name
from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.locks import drops_and_takes_again
from reviewer.judging.bodies import bodies_in, reached, sees_far
from reviewer.judging.holding import documented
from reviewer.kernel import primitive
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import Function
from reviewer.verdict import Location, Verdict, agrees, broken, holds, unknown
from reviewer.world import World

_LETS_GO = re.compile(
    r"\w*(?:unlock|release|relock|resched|sleep|wait|schedule|drop|put|break|relax|yield|guard"
    r"|up_(?:read|write)|done|lend|bounce|switch|swap|_end|exit|leave)\w*|up",
    re.I,
)
_GLOBAL = re.compile(r"\(?\s*&\w+\s*(?:[,)]|\Z)")
"""A lock that is no member: not the one that a comment calls ``x->lock``."""
_POINTER = re.compile(rb"(?:->|\.)\s*\w+\s*\)?\s*\(")


class LockIsDroppedInside(Rule):
    """A function is said to release a lock and take it again; its caller allows for that.

    Why it breaks: the work that needed the lock dropped goes away or is deferred, so that the
    lock is now held all the way through, and the comment stays. Callers re-check state for
    nothing, and whoever adds a call that must not run under the lock believes it does not.

    Where it still holds: if the function, or anything in its folder that it calls, lets go of a
    lock of that name.

    Write instead: "Called with the lock held".

    Limits: header comments of functions; a function that hands the lock on, or calls through
    pointers, may drop it there: unknown.

    References: Documentation/locking/lockdep-design.rst.
    """

    name = "lock-is-dropped-inside"
    family = "locking"
    since = "0.1"
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("field", "identifier")),)
    stale = (
        Example(
            """
            static void finish(struct pond *pond)
            {
                    pond->ducks--;
            }

            /* Called with pond->lock held, releases and re-acquires pond->lock. */
            static void give_back(struct pond *pond)
            {
                    finish(pond);
            }
            """,
            words="pond->lock",
        ),
        Example(
            """
            static DEFINE_SPINLOCK(weir_lock);

            static void finish(struct pond *pond)
            {
                    spin_lock(&weir_lock);
                    pond->ducks--;
                    spin_unlock(&weir_lock);
            }

            /* Called with pond->lock held, releases and re-acquires pond->lock. */
            static void give_back(struct pond *pond)
            {
                    finish(pond);
            }
            """,
            words="pond->lock",
        ),
    )
    sound = (
        Example(
            """
            /* Drop feed_lock and reacquire it. */
            static void give_back(struct pond *pond)
            {
                    spin_unlock(&pond->late_feed_lock);
                    spin_lock(&pond->late_feed_lock);
            }
            """
        ),
        Example(
            """
            static void finish(struct pond *pond)
            {
                    spin_unlock(&pond->lock);
                    feed(pond);
                    spin_lock(&pond->lock);
            }

            /* Called with pond->lock held, releases and re-acquires pond->lock. */
            static void give_back(struct pond *pond)
            {
                    finish(pond);
            }
            """
        ),
        Example(
            """
            /* Drops pond->lock and reacquires it. */
            static void give_back(struct pond *pond)
            {
                    pond->ops->feed(pond);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if nothing within reach lets go of a lock of that name."""
        if claim.object is None or world.path.startswith(OTHER_PROGRAMS):
            return None
        name = lock_name(claim.object.name)
        if not name:
            return None
        if not drops_and_takes_again(claim):
            return None
        function = documented(claim, world)
        if function is None:
            return None
        if not sees_far(world):
            return unknown(f"what {function.name}() calls needs the index of the tree")
        return _search(function, name, claim, world)


def _search(function: Function, name: str, claim: Claim, world: World) -> Verdict:
    folder = world.path.rpartition("/")[0]
    leaf = re.compile(rf"(?:\b|_){re.escape(name)}\b")
    spelled = claim.object.name if claim.object is not None else name
    seen: set[tuple[str, int]] = set()
    for body in bodies_in(world.source, function.name):
        if body.start > function.start_byte + 400:
            continue
        if _POINTER.search(body.code()):
            return unknown(f"{function.name}() calls through a pointer")
        dropped: list[Location] = []
        for call in reached(world, body, _primitive):
            near = call.path.rpartition("/")[0] == folder
            if not near and not call.path.startswith("include/"):
                continue
            given = call.arguments.split(";")[0]
            handed = leaf.search(given) and not ("->" in spelled and _GLOBAL.match(given))
            if handed and _LETS_GO.fullmatch(call.name):
                where = Location(call.path, call.line, f"{call.name}()")
                if spelled in call.arguments:
                    dropped.append(where)
                elif not dropped:
                    return unknown(f"{call.name}() at line {call.line} drops a {name}")
            if dropped:
                continue
            if "unlock" in call.name and not _primitive(call.name):
                return unknown(f"{call.name}() at line {call.line} may drop it")
            key = (call.body.path, call.body.start)
            if near and key not in seen:
                seen.add(key)
                if _POINTER.search(call.body.code()):
                    return unknown(f"{call.body.name}() calls through a pointer")
            if handed and not _primitive(call.name):
                return unknown(f"{call.name}() is handed {name}")
        if dropped:
            said = f"{dropped[0].note} lets go of {name}"
            return holds(said, *dropped) if len(dropped) == 1 else agrees(said, *dropped)
    return broken(
        f"The comment says that {function.name}() drops {spelled} and takes it again, but nothing "
        "it calls here lets go of a lock of that name.",
        Location(world.path, function.start_line, f"{function.name}() begins here"),
    )


def _primitive(name: str) -> bool:
    return primitive(name) is not None
